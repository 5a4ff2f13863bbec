"""Recovery from every state in which a crash can leave a transaction."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from preservation.adapters.object_stores.posix import durable
from preservation.adapters.object_stores.posix.store import PosixStore
from preservation.errors import Conflict, Unavailable
from tests.adapters.posix_cuts import CUTS, FIRST, SECOND, TX, Scene, finished
from tests.adapters.posix_replicas import REPLICA, a_replica, tree
from tests.contracts.replica_store_builders import AVersion, a_version, begin, stage, write_version
from tests.drills.judges import others_complaints, our_complaints


@pytest.mark.parametrize(
    ("version", "cut", "is_new"), [pytest.param(v, cut, new, id=f"v{v.number} {name}") for v, name, cut, new in CUTS]
)
def test_every_cut_leaves_the_old_state_or_the_new(
    tmp_path: Path, version: AVersion, cut: Callable[[Scene], None], is_new: bool
) -> None:
    scene = Scene(tmp_path / "replica", version)
    cut(scene)
    restarted = PosixStore(str(scene.folder), REPLICA)
    first = restarted.recover()
    once = tree(scene.folder)
    second = restarted.recover()

    assert tree(scene.folder / "ocfl") == (scene.after if is_new else scene.before)
    assert len(first) <= 1
    assert second == []
    assert tree(scene.folder) == once
    assert list((scene.folder / "work").iterdir()) == []
    assert our_complaints(scene.folder / "ocfl") == []
    assert others_complaints(scene.folder / "ocfl") == []


def test_who_is_fenced_off_while_placing_leaves_no_empty_folders(tmp_path: Path) -> None:
    folder = tmp_path / "replica"
    store = a_replica(folder)
    before = tree(folder / "ocfl")
    writer = stage(begin(store, FIRST, tx=TX), FIRST)
    writer.seal()
    store.fence(TX)
    with pytest.raises(Unavailable):
        writer.commit()
    writer.abort()

    assert tree(folder / "ocfl") == before
    assert others_complaints(folder / "ocfl") == []


def test_who_is_fenced_off_between_placing_and_committing_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last moment: its version folder is placed, and taken back, and its inventory is somewhere else by now."""
    folder = tmp_path / "replica"
    store = a_replica(folder)
    write_version(store, FIRST, tx="tx-0")
    before = tree(folder / "ocfl")
    writer = stage(begin(store, SECOND, FIRST, tx=TX), SECOND)
    writer.seal()
    flush = durable.flush_directory

    def flush_and_fence(flushed: str) -> None:
        flush(flushed)
        if flushed.endswith(f"{TX}/object"):
            PosixStore(str(folder), REPLICA).fence(TX)

    monkeypatch.setattr(durable, "flush_directory", flush_and_fence)
    with pytest.raises(Unavailable):
        writer.commit()
    writer.abort()

    assert tree(folder / "ocfl") == before


def test_an_undone_version_can_be_written_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "replica", SECOND)
    scene.place()
    store = PosixStore(str(scene.folder), REPLICA)
    outcome = store.recover()
    write_version(store, SECOND, FIRST, tx="tx-2")

    assert outcome == [(SECOND.object_root, "undone")]
    assert tree(scene.folder / "ocfl") == scene.after


def test_another_transactions_version_is_not_taken_for_ours(tmp_path: Path) -> None:
    """Ours is sealed, and not placed; a rival has placed its own vN and is about to commit it."""
    scene = Scene(tmp_path / "replica", SECOND)
    rival = a_version(2, base=FIRST, note="rival")
    writer = begin(scene.store, rival, FIRST, tx="tx-rival")
    stage(writer, rival).seal()
    (scene.folder / "work/tx-rival/object/v2").rename(scene.target / "v2")
    outcome = PosixStore(str(scene.folder), REPLICA).recover()

    assert outcome == [(SECOND.object_root, "undone")]
    assert (scene.target / "v2/inventory.json").read_bytes() == rival.files["v2/inventory.json"]


def test_a_loser_that_aborts_leaves_the_winners_version_in_place(tmp_path: Path) -> None:
    store = a_replica(tmp_path / "replica")
    write_version(store, FIRST)
    loser = stage(begin(store, SECOND, FIRST, tx="tx-loser"), SECOND)
    loser.seal()
    rival = a_version(2, base=FIRST, note="rival")
    stage(begin(store, rival, FIRST, tx="tx-rival"), rival).seal()
    target = tmp_path / "replica" / FIRST.object_root
    (tmp_path / "replica/work/tx-rival/object/v2").rename(target / "v2")

    with pytest.raises(Conflict):
        loser.commit()
    loser.abort()
    assert (target / "v2/inventory.json").read_bytes() == rival.files["v2/inventory.json"]


def test_a_stale_transaction_does_not_undo_what_was_built_upon_it(tmp_path: Path) -> None:
    """Committed, killed before its sidecar; then the next version was written before anybody ran recovery."""
    scene = Scene(tmp_path / "replica", SECOND)
    scene.place()
    scene.move_inventory()
    third = a_version(3, base=SECOND)
    store = PosixStore(str(scene.folder), REPLICA)
    write_version(store, third, SECOND, tx="tx-3")
    before = tree(scene.folder / "ocfl")
    store.recover()

    assert tree(scene.folder / "ocfl") == before
    assert our_complaints(scene.folder / "ocfl") == []


def test_damage_to_the_inventory_does_not_take_a_committed_version_away(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "replica", SECOND)
    finished(scene)
    inventory = scene.target / "inventory.json"
    inventory.chmod(0o644)
    inventory.write_bytes(b"rot")
    PosixStore(str(scene.folder), REPLICA).recover()

    assert (scene.target / "v2/inventory.json").read_bytes() == SECOND.files["v2/inventory.json"]


def test_damage_to_the_inventory_does_not_keep_an_unfinished_version_in_place(tmp_path: Path) -> None:
    scene = Scene(tmp_path / "replica", SECOND)
    scene.place()
    inventory = scene.target / "inventory.json"
    inventory.chmod(0o644)
    inventory.write_bytes(b"rot")
    PosixStore(str(scene.folder), REPLICA).recover()

    assert not (scene.target / "v2").exists()


@pytest.mark.parametrize("stranger", ["../../outside", "/outside", "ocfl/../../outside"])
def test_an_intent_that_points_out_of_the_replica_is_not_believed(tmp_path: Path, stranger: str) -> None:
    scene = Scene(tmp_path / "replica", SECOND)
    (tmp_path / "outside/v2").mkdir(parents=True)
    intent = scene.work / "intent.json"
    text = intent.read_text()
    intent.chmod(0o644)
    intent.write_text(text.replace(SECOND.object_root, stranger))
    shutil.rmtree(scene.stage / "v2")
    outcome = PosixStore(str(scene.folder), REPLICA).recover()

    assert outcome == [(TX, "cleared")]
    assert (tmp_path / "outside/v2").is_dir()


def test_what_is_left_of_single_objects_is_cleared(tmp_path: Path) -> None:
    store = a_replica(tmp_path / "replica")
    before = tree(tmp_path / "replica")
    work = tmp_path / "replica/work"
    (work / "put-1").mkdir()
    (work / "put-1/0").write_bytes(b"half")
    (work / "put-1.claim").write_bytes(b"")
    (work / "stranger").write_bytes(b"x")
    first, second = store.recover(), store.recover()

    assert first == [("put-1", "cleared"), ("stranger", "cleared")]
    assert second == []
    assert tree(tmp_path / "replica") == before


def test_a_replica_whose_work_folder_was_lost_gets_it_back(tmp_path: Path) -> None:
    store = a_replica(tmp_path / "replica")
    (tmp_path / "replica/work").rmdir()

    assert store.recover() == []
    store.put([("ledger/x", b"x")])
    assert store.read("ledger/x") == b"x"


def test_a_transaction_that_cannot_be_settled_holds_up_no_other(tmp_path: Path) -> None:
    store = a_replica(tmp_path / "replica")
    work = tmp_path / "replica" / "work"
    (work / "a" / "intent.json").mkdir(parents=True)
    (work / "b" / "object").mkdir(parents=True)
    with pytest.raises(Unavailable):
        store.recover()

    assert sorted(path.name for path in work.iterdir() if path.suffix != ".claim") == ["a"]
