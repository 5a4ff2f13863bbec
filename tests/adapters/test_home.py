"""A home's own files, its lock, and the identifiers that are made in it."""

import itertools
import threading
from pathlib import Path

import pytest

from preservation.adapters.clock import SystemClock, SystemMinter
from preservation.adapters.home import IDENTITY_FILE, REBUILDING, Home
from preservation.errors import Conflict, NotHere, Unavailable, WrongUse


def test_identifiers_are_version_7_uuids_that_only_grow_whoever_asks() -> None:
    minter = SystemMinter()
    made: list[list[str]] = [[] for _ in range(4)]
    threads = [threading.Thread(target=lambda own=own: own.extend(minter.urn() for _ in range(5000))) for own in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(own == sorted(own) for own in made)
    together = list(itertools.chain.from_iterable(made))
    assert len(set(together)) == 20_000
    assert {urn[23] for urn in together} == {"7"}
    assert {urn[28] for urn in together} <= set("89ab")


def test_salts_are_32_bytes_and_times_are_aware() -> None:
    minter = SystemMinter()

    assert len(minter.salt()) == 32
    assert minter.salt() != minter.salt()
    assert SystemClock().now().utcoffset() is not None


def test_an_identity_is_read_back_and_what_is_no_identity_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path)

    with pytest.raises(NotHere):
        home.identity()
    home.save_identity({"id": "urn:x"})
    assert home.identity() == {"id": "urn:x"}
    for text in ("[]", "{", "\xff"):
        (tmp_path / IDENTITY_FILE).write_text(text, encoding="latin-1")
        with pytest.raises(WrongUse):
            home.identity()


def test_a_home_is_made_only_where_nothing_is(tmp_path: Path) -> None:
    Home(tmp_path / "deep" / "home").make()

    assert (tmp_path / "deep" / "home" / "keys").stat().st_mode & 0o777 == 0o700
    with pytest.raises(Conflict):
        Home(tmp_path / "deep").make()
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        Home(tmp_path / "file").make()


def test_what_a_rebuild_left_is_cleared_away_and_nothing_else_ever_is(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make_for_rebuild()
    home.save_identity({"id": "urn:x"})
    (home.root / "preservation.db").touch()

    with pytest.raises(NotHere):
        home.check_whole()
    home.make_for_rebuild()

    assert sorted(path.name for path in home.root.iterdir()) == ["keys", "policies", REBUILDING, "replicas", "staging"]
    home.finish_rebuild()
    home.check_whole()
    with pytest.raises(Conflict):
        home.make_for_rebuild()


def test_the_settings_of_a_home_may_be_there_before_a_rebuild(tmp_path: Path) -> None:
    (tmp_path / "preservation.toml").write_text('language = "vi"\n')

    Home(tmp_path).make_for_rebuild()

    assert (tmp_path / "preservation.toml").read_text() == 'language = "vi"\n'
