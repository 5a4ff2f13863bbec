"""What the catalogue records of versions is held against the ledger, which an attacker with the database cannot change."""

# Statements are put together of constants of this module.
# ruff: noqa: S608

import sqlite3
from pathlib import Path

import pytest

from tests.homes import TestHome, make_home
from tests.package_builders import write_files


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    made = make_home(tmp_path / "home")
    aip = made.preserved(write_files(tmp_path / "first", {"a.txt": b"1"}))
    made.preserved(write_files(tmp_path / "second", {"a.txt": b"2"}), "--aip", aip)
    return made


def run(home: TestHome, statement: str) -> None:
    with sqlite3.connect(home.root / "preservation.db") as database:
        assert database.execute(statement).rowcount > 0
    database.close()


OF_THE_AIP = "WHERE number = 2 AND aip_key = (SELECT max(key) FROM aip)"
ANOTHER = (
    "INSERT INTO aip_version (aip_key, number, created, inventory_digest, inventory_prefix, file_count, bytes, message)"
    f" SELECT aip_key, 3, created, 'cd', 0, 0, 0, '' FROM aip_version {OF_THE_AIP}"
)


@pytest.mark.parametrize(
    ("statement", "codes", "status"),
    [
        (f"UPDATE aip_version SET inventory_digest = 'ab' {OF_THE_AIP}", ["LEDGER-VERSION-ALTERED"], 1),
        (ANOTHER, ["LEDGER-VERSION-ALTERED"], 1),
        (f"DELETE FROM aip_version {OF_THE_AIP}", ["LEDGER-VERSION-LACKING"], 0),
    ],
)
def test_a_version_that_the_ledger_knows_otherwise_is_named(
    home: TestHome, statement: str, codes: list[str], status: int
) -> None:
    before = home.run("audit", "verify")
    run(home, statement)

    after = home.run("audit", "verify")

    assert (before.status, before.json["problems"]) == (0, [])
    assert (after.status, [one["code"] for one in after.json["problems"]]) == (status, codes)
