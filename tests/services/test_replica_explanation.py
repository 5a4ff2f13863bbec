"""A release that explains replicas in other words: earlier words are no damage, and give way to its own by an event."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.domain.events import EventType
from preservation.services.replica_upkeep import Mended
from preservation.standards.replica_readme import replica_readme
from tests.homes import preservation
from tests.services.fixity_kit import FixityKit, Quiet, a_home, damage

EARLIER = "How to read this, as an earlier release put it.\n"
LATER = "How to read this, as a later release will put it.\n"


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def test_a_text_that_an_earlier_release_recorded_is_renewed_and_is_no_damage(kit: FixityKit) -> None:
    later = _release(kit, LATER)
    later.save_record(Quiet())
    seen = len(kit.events())

    mended = _check(kit, later)

    assert mended == []
    assert _text(kit, "a") == LATER
    assert kit.kept("a") == []
    (event,) = kit.events()[seen:]
    assert (event.type, event.detail["act"]) == (EventType.MODIFICATION, "explanation renewed")
    assert _check(kit, later) == []


def test_until_the_new_text_is_recorded_the_earlier_one_stays(kit: FixityKit) -> None:
    seen = len(kit.events())

    mended = _check(kit, _release(kit, LATER))

    assert mended == []
    assert _text(kit, "a") == replica_readme()
    assert len(kit.events()) == seen


def test_a_text_that_was_never_recorded_is_damage_whatever_the_release(kit: FixityKit) -> None:
    damage(kit.folder("a") / "README.txt", b"never ours")
    later = _release(kit, LATER)
    later.save_record(Quiet())

    mended = _check(kit, later)

    assert [(one.key, one.found, one.reason) for one in mended] == [("README.txt", "damaged", "")]
    assert _text(kit, "a") == LATER
    assert kit.kept("a") == [b"never ours"]


def test_the_first_command_that_writes_records_the_new_text_and_renews_every_replica_that_is_here(
    tmp_path: Path,
) -> None:
    home = _home_of_an_earlier_release(tmp_path)
    (home / "replicas" / "b").rename(tmp_path / "away")

    added = preservation("collection", "add", "fonds", "Fonds", "--home", home)

    assert added.status == 0
    assert (home / "replicas" / "a" / "README.txt").read_text() == replica_readme()
    (tmp_path / "away").rename(home / "replicas" / "b")
    assert (home / "replicas" / "b" / "README.txt").read_text() == EARLIER
    preservation("replica", "sync", "--home", home)
    checked = preservation("fixity", "run", "--all", "--home", home, "--json")
    assert (checked.status, checked.json["replica_files"]) == (0, [])
    assert (home / "replicas" / "b" / "README.txt").read_text() == replica_readme()
    assert preservation("audit", "verify", "--home", home).status == 0


def _home_of_an_earlier_release(place: Path) -> Path:
    with a_home(place, versions=1) as kit:
        earlier = _release(kit, EARLIER)
        earlier.save_record(Quiet())
        for replica, store in earlier.replicas.stores.items():
            assert earlier.upkeep().check(earlier.replicas.records[replica], store) == []
        assert _text(kit, "b") == EARLIER
        return kit.home


def _release(kit: FixityKit, text: str) -> bootstrap.Repository:
    """The same home, opened by a release that explains replicas so."""
    return replace(kit.repository, opener=replace(kit.repository.opener, readme=text))


def _check(kit: FixityKit, repository: bootstrap.Repository) -> list[Mended]:
    repository.sequencer.run()
    first = kit.ids[0]
    return repository.upkeep().check(repository.replicas.records[first], repository.replicas.stores[first])


def _text(kit: FixityKit, name: str) -> str:
    return (kit.folder(name) / "README.txt").read_text()
