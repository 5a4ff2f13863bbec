"""The same story on PostgreSQL, and from one database to the other by a rebuild."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.homes import TestHome, assert_sound, make_home, originals, preservation
from tests.package_builders import bag_files, write_files
from tests.postgresql_server import postgresql_server

__all__ = ["postgresql_server"]

pytestmark = pytest.mark.postgresql
VARIABLE = "PRESERVATION_DATABASE_URL"


def test_init_ingest_fixity_verify_and_rebuild_onto_either_database(
    postgresql_server: Callable[[str | None], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_url, second_url = postgresql_server(None), postgresql_server(None)
    monkeypatch.setenv(VARIABLE, first_url)
    home = TestHome(make_home(tmp_path / "home").root, first_url)
    aip = home.preserved(write_files(tmp_path / "bag", bag_files({"data/tờ trình.txt": b"1"})))
    home.preserved(write_files(tmp_path / "more", {"a\nb.txt": b"2"}), "--aip", aip, "--mode", "supplement")
    rejected = write_files(tmp_path / "bad", bag_files())
    (rejected / "data/a.txt").write_bytes(b"changed")
    home.ingest(rejected)
    (kept,) = (home.object(aip, "b") / "v1" / "content").rglob("tờ trình.txt")
    kept.chmod(0o644)
    kept.write_bytes(b"?")
    checked = home.run("fixity", "run", "--all")
    assert_sound(home)
    key = home.root / "keys" / "ledger.key"
    root, dump, transfers, copies = home.root_hash(), home.dump(), home.transfers(), home.known_copies()

    occupied = preservation("rebuild", "--from", home.replica("b"), "--key", key, "--home", tmp_path / "x", "--json")
    monkeypatch.setenv(VARIABLE, second_url)
    again = preservation("rebuild", "--from", home.replica("b"), "--key", key, "--home", tmp_path / "p", "--json")
    on_postgresql = TestHome(tmp_path / "p", second_url)
    second = (on_postgresql.dump(), on_postgresql.transfers(), on_postgresql.known_copies(), on_postgresql.root_hash())
    monkeypatch.delenv(VARIABLE)
    back = preservation("rebuild", "--from", home.replica("a"), "--key", key, "--home", tmp_path / "s", "--json")
    on_sqlite = TestHome(tmp_path / "s")
    third = (on_sqlite.dump(), on_sqlite.transfers(), on_sqlite.known_copies(), on_sqlite.root_hash())

    assert (checked.status, checked.json["repaired"]) == (0, 1)
    assert (occupied.status, occupied.json["error"]) == (2, "Conflict")
    assert (again.status, again.json["problems"]) == (0, [])
    assert (back.status, back.json["problems"]) == (0, [])
    for rebuilt in (second, third):
        for found, expected in zip(rebuilt, (dump, transfers, copies, root), strict=True):
            assert found == expected
    assert "a\nb.txt" in originals(home.replica("a") / str(on_sqlite.show(aip)["path"]))


def test_a_database_that_holds_a_repository_is_not_given_to_a_second_home(
    postgresql_server: Callable[[str | None], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, postgresql_server(None))
    make_home(tmp_path / "first")

    answer = preservation("init", "--home", tmp_path / "second", "--json")

    assert (answer.status, answer.json["error"]) == (2, "Conflict")
