"""A place that hangs is waited for once, and holds up nobody else."""

import json
import threading
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.disks import disk_spaces
from preservation.adapters.object_stores.posix.identity import Identity
from preservation.adapters.patience import in_time
from preservation.domain.events import EventOutcome, EventType
from preservation.errors import ReplicaAway
from preservation.settings import read_settings
from tests.homes import make_home


def test_what_answers_in_time_is_handed_on() -> None:
    assert in_time("here", lambda: 7, 30.0) == 7


@pytest.mark.parametrize("error", [TimeoutError("of the file system's own"), PermissionError("no"), KeyError("id")])
def test_what_goes_wrong_is_handed_on(error: Exception) -> None:
    def look() -> None:
        raise error

    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            in_time("refuses", look, 30.0)
        assert caught.value is error


def test_a_place_that_hangs_is_given_up_and_not_looked_at_again_until_it_answers() -> None:
    answers, looks = threading.Event(), list[str]()

    def look() -> str:
        looks.append("look")
        answers.wait()
        return "there"

    for _ in range(3):
        with pytest.raises(TimeoutError, match="the share does not answer"):
            in_time("the share", look, 0.01)
    assert looks == ["look"]
    assert in_time("another place", lambda: 1, 30.0) == 1

    answers.set()
    for thread in threading.enumerate():
        if thread.name == "look at the share":
            thread.join()
    assert in_time("the share", look, 30.0) == "there"
    assert looks == ["look", "look"]


def test_a_replica_whose_place_hangs_is_away_and_its_disk_is_left_out(tmp_path: Path) -> None:
    answers = threading.Event()
    with pytest.raises(TimeoutError):
        in_time(str(tmp_path), answers.wait, 0.01)

    with pytest.raises(ReplicaAway, match="does not answer"):
        Identity(str(tmp_path), "urn:uuid:00000000-0000-7000-8000-000000000001").check()
    assert disk_spaces({"replica a": tmp_path}) == []
    (elsewhere,) = disk_spaces({"replica a": tmp_path, "home": tmp_path.parent})
    assert elsewhere.place == "home"
    answers.set()


def test_a_replica_that_has_answered_and_hangs_later_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, name = threading.Event(), "urn:uuid:00000000-0000-7000-8000-000000000001"
    (tmp_path / "replica.json").write_text(json.dumps({"id": name}))
    identity = Identity(str(tmp_path), name)
    identity.check()
    with pytest.raises(TimeoutError):
        in_time(str(tmp_path), answers.wait, 0.01)

    monkeypatch.setattr("preservation.adapters.object_stores.posix.identity._JUST_SECONDS", 0.0)
    for check in (identity.check, identity.check_quickly, identity.await_answer):
        with pytest.raises(ReplicaAway, match="does not answer"):
            check()
    answers.set()


@pytest.mark.parametrize("is_hung", [False, True])
def test_a_reader_gets_a_file_from_another_replica_where_the_first_one_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_hung: bool
) -> None:
    home, answers = make_home(tmp_path / "home"), threading.Event()
    (tmp_path / "letter.txt").write_text("for the reader")
    aip = home.preserved(tmp_path / "letter.txt")
    # Whoever looks at this file on the first replica tells of it.
    next(home.object(aip, "a").rglob("letter.txt")).write_text("something else")
    monkeypatch.setattr("preservation.adapters.object_stores.posix.identity._JUST_SECONDS", 0.0)
    with bootstrap.reading(read_settings(home.root, {})) as repository:
        (version,) = repository.catalogue.versions(aip)
        (file,) = [one for one in repository.catalogue.files(aip, 1) if one.content_path.endswith("letter.txt")]
        if is_hung:
            with pytest.raises(TimeoutError):
                in_time(str(home.replica("a")), answers.wait, 0.01)
        pieces = repository.file_delivery().open(version, "unassigned", file)
        assert pieces is not None
        given = b"".join(pieces)
    answers.set()
    told = [one for one in home.events(EventType.FIXITY_CHECK) if one.outcome is EventOutcome.FAILURE]

    assert given == b"for the reader"
    assert len(told) == (0 if is_hung else 1)
