"""`transfer check --agreement`: a producer finds out which rules a package breaks before handing it over."""

from pathlib import Path

import pytest

from tests.homes import TestHome, make_home, preservation
from tests.package_builders import write_files

AGREEMENT = """
title = "Sở Nội vụ"
collection = "unassigned"
package_types = ["bag"]
max_files = 1
required_metadata = ["title"]

[formats]
"x-fmt/111" = "refuse"
other = "review"
"""
FILES = {"a.txt": b"plain text\n", "b.png": b"\x89PNG\r\n\x1a\n"}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write_files(tmp_path / "set", FILES)


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    made = make_home(tmp_path / "home", identify=True)
    (made.root / "policies" / "agreements").mkdir(exist_ok=True)
    (made.root / "policies" / "agreements" / "so-noi-vu.toml").write_text(AGREEMENT)
    return made


def test_every_rule_that_is_broken_is_named_with_formats_where_there_is_a_home(home: TestHome, package: Path) -> None:
    answer = home.run("transfer", "check", package, "--agreement", "so-noi-vu")

    codes = {one["code"] for one in answer.json["findings"]}
    assert answer.status == 1
    assert codes >= {
        "AGREEMENT-PACKAGE-TYPE",
        "AGREEMENT-FILES",
        "AGREEMENT-METADATA",
        "AGREEMENT-FORMAT-REFUSED",
    }
    assert (answer.json["agreement"], answer.json["valid"]) == ("so-noi-vu", False)
    assert sum(one["count"] for one in answer.json["formats"]) == 2
    assert "x-fmt/111" in {one["puid"] for one in answer.json["formats"]}


def test_a_file_with_an_agreement_needs_no_home_and_says_nothing_of_formats(package: Path, tmp_path: Path) -> None:
    file = tmp_path / "theirs.toml"
    file.write_text(AGREEMENT)

    broken = preservation("transfer", "check", package, "--agreement", file, "--json")
    file.write_text('title = "t"\ncollection = "c"\n')
    kept = preservation("transfer", "check", package, "--agreement", file, "--json")

    codes = {one["code"] for one in broken.json["findings"] if one["code"].startswith("AGREEMENT")}
    assert (broken.status, codes) == (1, {"AGREEMENT-PACKAGE-TYPE", "AGREEMENT-FILES", "AGREEMENT-METADATA"})
    assert (kept.status, kept.json["valid"], kept.json["formats"], kept.json["agreement"]) == (0, True, [], "theirs")


def test_without_an_agreement_nothing_is_said_of_one(package: Path) -> None:
    answer = preservation("transfer", "check", package, "--json")

    assert (answer.status, answer.json["agreement"], answer.json["formats"]) == (0, None, [])


@pytest.mark.parametrize("named", ["nobody", "no-such-file.toml"])
def test_an_agreement_that_is_nowhere_is_wrong_use(home: TestHome, package: Path, named: str) -> None:
    answer = home.run("transfer", "check", package, "--agreement", named)

    assert answer.status == 2
    assert named in answer.json["message"]


def test_an_agreement_that_makes_no_sense_is_named(package: Path, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("title = 3\n")

    answer = preservation("transfer", "check", package, "--agreement", tmp_path / "x.toml", "--json")

    assert answer.status == 2
    assert "x.toml" in answer.json["message"]
