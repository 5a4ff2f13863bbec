"""What a replica holds beside AIPs: found, set aside, made right; what is not ours to judge is left alone."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from preservation.domain.events import EventOutcome, EventType
from preservation.errors import ReplicaAway
from preservation.services.replica_upkeep import BATCH_DIFFERS, UNKNOWN_OBJECT, Mended
from tests.drills.bitrot_judge import leftovers, snapshot
from tests.services.fixity_kit import FixityKit, a_home, damage


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def test_a_sound_replica_needs_nothing_and_makes_no_event(kit: FixityKit) -> None:
    seen = len(kit.events())

    assert _check(kit) == []
    assert len(kit.events()) == seen


@pytest.mark.parametrize(
    "key",
    [
        "README.txt",
        "ocfl/0=ocfl_1.1",
        "ocfl/ocfl_layout.json",
        "repository/extensions/0004-hashed-n-tuple-storage-layout/config.json",
        "ledger/checkpoint",
    ],
)
def test_a_damaged_file_is_set_aside_and_written_again_with_an_event_for_each_step(kit: FixityKit, key: str) -> None:
    true = damage(kit.folder("a") / key, b"rotten")
    seen = len(kit.events())

    mended = _check(kit)

    assert [(one.key, one.found, one.reason) for one in mended] == [(key, "damaged", "")]
    assert (kit.folder("a") / key).read_bytes() == true
    assert kit.kept("a") == [b"rotten"]
    assert [(event.type, event.outcome) for event in kit.events()[seen:]] == [
        (EventType.FIXITY_CHECK, EventOutcome.FAILURE),
        (EventType.QUARANTINE, EventOutcome.SUCCESS),
        (EventType.RECOVERY, EventOutcome.SUCCESS),
        (EventType.FIXITY_CHECK, EventOutcome.SUCCESS),
    ]


@pytest.mark.parametrize("folder", ["ledger", "texts", "ledger/tile/0", "ocfl/extensions"])
def test_a_link_in_place_of_a_folder_is_no_copy(kit: FixityKit, folder: str) -> None:
    place = kit.folder("a") / folder
    before = _files(place)
    place.rename(kit.home / "elsewhere")
    place.symlink_to(kit.home / "elsewhere")

    mended = _check(kit)

    assert all(not one.reason for one in mended)
    assert not place.is_symlink()
    assert _files(place) == {name: data for name, data in before.items() if name not in _leftovers(kit, place)}
    assert _check(kit) == []


@pytest.mark.parametrize("key", ["ledger/checkpoint", "README.txt", "texts/000.jsonl"])
def test_a_folder_in_place_of_a_file_is_set_aside(kit: FixityKit, key: str) -> None:
    place = kit.folder("a") / key
    true = place.read_bytes()
    place.unlink()
    (place / "deep").mkdir(parents=True)

    mended = _check(kit)

    assert [one.key for one in mended] == [key]
    assert place.read_bytes() == true


def test_files_that_belong_to_nothing_are_set_aside_whatever_their_names(kit: FixityKit) -> None:
    for number, folder in enumerate(["ocfl", "ledger/tile/0", "texts", "fixity", "repository/extensions"]):
        (kit.folder("a") / folder).mkdir(exist_ok=True)
        with open(bytes(kit.folder("a") / folder) + b"/left\xff", "wb") as stream:
            stream.write(b"%d" % number)

    mended = _check(kit)

    assert len(mended) == 5
    assert all(one.found == "damaged" and not one.reason for one in mended)
    assert sorted(kit.kept("a")) == [b"0", b"1", b"2", b"3", b"4"]
    assert _check(kit) == []


def test_what_lies_at_the_top_and_what_a_crash_left_of_a_batch_is_left_alone(kit: FixityKit) -> None:
    (kit.folder("a") / "lost+found").mkdir()
    (kit.folder("a") / "fixity").mkdir(exist_ok=True)
    (kit.folder("a") / "fixity" / "01a204c5-9492-7000-9977-9a1e5d174c0a.jsonl").write_bytes(b"[]\n")

    assert _check(kit) == []


def test_an_object_that_nobody_knows_is_told_and_left_where_it_is(kit: FixityKit) -> None:
    name = "0123456789" + "ab" * 27
    unknown = kit.folder("a") / "ocfl" / name[:3] / name[3:6] / name[6:9] / name
    (unknown / "v1").mkdir(parents=True)
    (unknown / "v1" / "one").write_bytes(b"1")
    (unknown / "two").write_bytes(b"2")

    mended = _check(kit)

    assert mended == [Mended(str(unknown.relative_to(kit.folder("a"))), "damaged", None, UNKNOWN_OBJECT)]
    assert (unknown / "two").read_bytes() == b"2"


def test_a_batch_is_only_written_again_from_lines_that_the_ledger_recorded(kit: FixityKit) -> None:
    kit.run()
    batch = next((kit.folder("a") / "fixity").iterdir())
    true = damage(batch)
    connection = _database(kit)
    connection.execute("UPDATE fixity_line SET bytes = bytes + 1")
    connection.commit()

    mended = _check(kit)

    assert [(one.found, one.reason) for one in mended] == [("damaged", BATCH_DIFFERS)]
    connection.execute("UPDATE fixity_line SET bytes = bytes - 1")
    connection.commit()
    connection.close()
    assert [one.reason for one in _check(kit)] == [""]
    assert batch.read_bytes() == true


@pytest.mark.parametrize("is_checkpoint_gone", [False, True])
def test_a_lost_marker_is_given_back_where_the_rest_proves_whose_it_is(
    kit: FixityKit, is_checkpoint_gone: bool
) -> None:
    true = damage(kit.folder("a") / "replica.json")
    if is_checkpoint_gone:
        (kit.folder("a") / "ledger" / "checkpoint").unlink()
    record = kit.repository.replicas.records[kit.ids[0]]
    with pytest.raises(ReplicaAway):
        kit.repository.opener.open(record).check_identity()

    mended = kit.repository.upkeep().restore_marker(record)

    assert mended is not None
    assert (kit.folder("a") / "replica.json").read_bytes() == true


def test_a_marker_with_a_flipped_bit_in_its_id_is_damage(kit: FixityKit) -> None:
    marker = kit.folder("a") / "replica.json"
    wrong = kit.ids[0][:-1] + ("0" if kit.ids[0][-1] != "0" else "1")
    true = damage(marker, marker.read_bytes().replace(kit.ids[0].encode(), wrong.encode()))

    mended = kit.repository.upkeep().restore_marker(kit.repository.replicas.records[kit.ids[0]])

    assert mended is not None
    assert marker.read_bytes() == true


def test_an_empty_mount_point_gets_no_marker(kit: FixityKit) -> None:
    kit.folder("a").rename(kit.home / "elsewhere")
    kit.folder("a").mkdir()
    record = kit.repository.replicas.records[kit.ids[0]]

    assert kit.repository.upkeep().restore_marker(record) is None
    assert not list(kit.folder("a").iterdir())


def test_another_replica_in_its_place_is_left_alone(kit: FixityKit) -> None:
    marker = (kit.folder("b") / "replica.json").read_bytes()
    damage(kit.folder("a") / "replica.json", marker)

    assert kit.repository.upkeep().restore_marker(kit.repository.replicas.records[kit.ids[0]]) is None
    assert (kit.folder("a") / "replica.json").read_bytes() == marker


def test_a_marker_that_still_names_the_replica_but_is_damaged_elsewhere_is_made_right(kit: FixityKit) -> None:
    marker = kit.folder("a") / "replica.json"
    true = damage(marker, marker.read_bytes().replace(b'"a"', b'"c"'))

    mended = _check(kit)

    assert [(one.key, one.found, one.reason) for one in mended] == [("replica.json", "damaged", "")]
    assert marker.read_bytes() == true


def _files(place: Path) -> dict[Path, bytes]:
    return {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def _leftovers(kit: FixityKit, place: Path) -> set[Path]:
    """Partial tiles of earlier sizes, which need not be there."""
    root = kit.folder("a")
    return {
        Path(key).relative_to(place.relative_to(root))
        for key in leftovers(kit.home, snapshot(kit.folder("b")))
        if key.startswith(str(place.relative_to(root)))
    }


def _check(kit: FixityKit) -> list[Mended]:
    kit.repository.sequencer.run()
    first = kit.ids[0]
    return kit.repository.upkeep().check(kit.repository.replicas.records[first], kit.repository.replicas.stores[first])


def _database(kit: FixityKit) -> sqlite3.Connection:
    return sqlite3.connect(kit.home / "preservation.db")
