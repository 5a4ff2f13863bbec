"""Files looked into by commands: held ones and others, reports over what is held, and what `doctor` says of the tools."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from preservation.cli.tool_parts import tool_part
from preservation.domain.events import EventType
from preservation.domain.tools import ToolState
from tests.homes import TestHome, make_home, preservation
from tests.package_builders import write_files

XML = b'<?xml version="1.0"?>\n<a><b/></a>\n'
FILES = {"good.xml": XML, "broken.xml": XML.replace(b"<b/>", b"<b>"), "text.txt": "Tiếng Việt\n".encode()}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("examined") / "home", identify=True)


@pytest.fixture(scope="module")
def aip(home: TestHome, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Held, and examined."""
    taken = home.preserved(write_files(tmp_path_factory.mktemp("package") / "p", FILES))
    answer = home.run("format", "examine")
    assert answer.status == 0, answer
    assert (answer.json["examined_aips"], answer.json["files"], answer.json["invalid"]) == (1, 3, 1)
    return taken


def test_what_was_examined_is_not_examined_again(home: TestHome, aip: str) -> None:
    answer = home.run("format", "examine", "--aip", aip)

    assert (answer.status, answer.json["examined_aips"]) == (0, 0)


def test_a_file_shows_what_was_found_about_it(home: TestHome, aip: str) -> None:
    answer = home.run("aip", "file", aip, "representations/rep1/data/broken.xml")
    shown = preservation("aip", "file", aip, "representations/rep1/data/text.txt", "--home", home.root)
    absent = home.run("aip", "file", aip, "representations/rep1/data/no.xml")

    found = answer.json["examination"]
    assert (found["kind"], found["validity"]) == ("xml", "invalid")
    assert any(one["error"] for one in found["faults"])
    assert found["tools"]
    assert "well-formed" in shown.out or "valid" in shown.out
    assert absent.status == 2


def report(home: TestHome, *options: str) -> dict[str, Any]:
    answer = home.run("format", "report", *options)
    assert answer.status == 0, answer
    return dict(answer.json)


def test_reports_count_by_what_was_found(home: TestHome, aip: str) -> None:
    by_validity = {one["validity"]: one["files"] for one in report(home, "--by", "validity")["groups"]}
    by_kind = {one["kind"]: one["files"] for one in report(home, "--by", "kind")["groups"]}
    since = report(home, "--by", "year", "--since", "2020-01-01")

    assert by_validity["invalid"] == 1
    assert sum(by_validity.values()) == 3
    assert by_kind["xml"] == 2
    assert [one["added_files"] for one in since["groups"]] == [3]


def test_a_report_as_csv_can_be_read_by_others(home: TestHome, aip: str) -> None:
    answer = preservation("format", "report", "--csv", "--home", home.root)
    rows = list(csv.DictReader(io.StringIO(answer.out)))

    assert sum(int(row["files"]) for row in rows) == 3
    assert {"format", "label", "aips", "bytes"} <= set(rows[0])


def test_a_date_that_is_none_is_wrong_use(home: TestHome, aip: str) -> None:
    assert home.run("format", "report", "--since", "yesterday").status == 2
    assert home.run("format", "report", "--collection", "no such").status == 2


def test_the_forecast_names_formats_with_a_reason(home: TestHome, aip: str) -> None:
    found = home.run("format", "forecast").json["formats"]

    assert all(one["superseded_by"] or one["risk"] in ("high", "medium") for one in found)


def test_files_on_disk_are_examined_without_a_home(tmp_path: Path) -> None:
    folder = write_files(tmp_path / "files", {**FILES, "empty.bin": b""})
    assert "PRESERVATION_HOME" not in os.environ

    answer = preservation("format", "examine", folder)

    lines = {Path(one["path"]).name: one for one in map(json.loads, answer.out.splitlines())}
    assert answer.status == 0
    assert lines["broken.xml"]["validity"] == "invalid"
    assert lines["good.xml"]["validity"] in ("valid", "well-formed")
    assert lines["good.xml"]["puid"] == "fmt/101"
    assert set(lines) == {*FILES, "empty.bin"}


def test_a_scan_that_is_off_by_the_policy_is_wrong_use(home: TestHome, aip: str) -> None:
    answer = home.run("format", "scan")

    assert answer.status == 2
    assert "off by the policy" in answer.json["message"]
    assert home.events(EventType.VIRUS_CHECK) == []


def test_a_missing_tool_is_named_with_its_package_and_what_is_done_without() -> None:
    missing = ToolState("gs", None, "ghostscript", "PDF to PDF/A", "no PDF is migrated")

    part = tool_part(missing, needed=False)

    assert (part.part, part.state, part.needed) == ("gs", "missing", False)
    assert part.detail == "PDF to PDF/A: apt-get install ghostscript; without it: no PDF is migrated"


def test_doctor_tells_of_every_tool_and_fails_where_the_policy_wants_a_scan_that_cannot_be_made(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    (home.root / "policies" / "formats.toml").write_text('first = "none"\n\n[viruses]\nscan = "clamav"\n')
    (home.root / "preservation.toml").write_text(f'clamav_database = "{tmp_path / "absent"}"\n')

    answer = home.run("doctor")

    parts = {one["part"]: one for one in answer.json}
    assert {"ffprobe", "gs", "soffice", "pikepdf"} <= set(parts)
    for one in answer.json:
        assert one["state"] != "missing" or "without" in one["detail"] or "install" in one["detail"], one
    assert parts["fence for tools"]["state"] in ("ok", "doubtful")
    assert (parts["virus scan"]["state"], parts["virus scan"]["needed"], answer.status) == ("failed", True, 1)
