"""Other people's collections through the real ingest: their makers' verdicts, and nothing written where it should not be."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.homes import TestHome, assert_sound, make_home, tree

pytestmark = pytest.mark.corpora

GOOD = {"valid", "valid-with-warning", "bag-valid", "accept", "transfer"}
BAD = {"invalid", "invalid-on-windows", "bag-invalid", "refuse"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("corpora") / "home")


def rows(suite: Path) -> Iterator[dict[str, str]]:
    with (suite / "manifest.csv").open(newline="") as stream:
        yield from csv.DictReader(stream)


def wrong_verdicts(home: TestHome, suite: Path, cases: list[dict[str, str]]) -> list[tuple[str, object]]:
    """Take every case in by one command; those that came out otherwise than the suite says."""
    answer = home.run("ingest", *(suite / case["path"] for case in cases))
    assert answer.status in (0, 1), answer.err
    assert answer.err == ""
    wrong: list[tuple[str, object]] = []
    for case, taken in zip(cases, answer.json, strict=True):
        wanted = "preserved" if is_good(case) else "rejected"
        if taken["status"] != wanted:
            wrong.append((case["case_id"], (taken["status"], taken["reason"], taken["findings"][:3])))
        if wanted == "rejected" and not any(one["severity"] == "error" for one in taken["findings"]):
            wrong.append((case["case_id"], "no reason was given"))
    return wrong


def is_good(case: dict[str, str]) -> bool:
    return case["expected"] not in BAD


def test_every_bag_comes_out_as_its_suite_says(home: TestHome, corpora: Path) -> None:
    suite = corpora / "bagit"
    cases = [row for row in rows(suite) if row["kind"] in ("dir", "archive")]
    before = tree(suite)

    wrong = wrong_verdicts(home, suite, cases)

    assert len(cases) == 56
    assert {case["expected"] for case in cases} <= GOOD | BAD
    assert wrong == []
    assert tree(suite) == before


def test_every_transfer_comes_out_as_its_suite_says(home: TestHome, corpora: Path) -> None:
    suite = corpora / "transfers"
    cases = [row for row in rows(suite) if "JHOVE" not in row["kind"]]
    before = tree(suite)

    wrong = wrong_verdicts(home, suite, cases)

    assert len(cases) >= 26
    assert wrong == []
    assert tree(suite) == before


def test_hostile_files_and_archives_come_out_as_their_suite_says(
    home: TestHome, corpora: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = corpora / "hostile-input"
    cases = [row for row in rows(suite) if row["kind"] in ("archive path traversal", "minimal file")]
    names = sorted({row["path"].split("/")[0] for row in rows(suite)} - {row["path"].split("/")[0] for row in cases})
    before = tree(suite)
    monkeypatch.chdir(tmp_path)

    wrong = wrong_verdicts(home, suite, cases)
    folders = [home.ingest(suite / name)[0]["status"] for name in names]

    assert len(cases) == 41
    assert wrong == []
    assert folders == ["preserved"] * len(names)
    assert list(tmp_path.iterdir()) == []
    assert tree(suite) == before


def test_the_home_is_sound_after_all_of_that(home: TestHome, corpora: Path) -> None:
    assert_sound(home)
    assert {one.status.value for one in home.transfers()} == {"preserved", "rejected"}
