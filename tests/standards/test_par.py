"""Rules for formats in PAR's shape: out, in again, and what other programs' documents come to."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from preservation.adapters.policy_files.formats import format_policy
from preservation.adapters.policy_files.formats_text import formats_text
from preservation.adapters.policy_files.toml_table import parse
from preservation.domain.format_rules import FormatRule, FormatRules, MigrateWhen, MigrationRule, Risk
from preservation.domain.registered_formats import RegisteredFormat
from preservation.standards.par import PRONOM, write_par
from preservation.standards.par_reading import NotPar, read_par

NOW = datetime(2026, 11, 23, tzinfo=UTC)
MIGRATION = MigrationRule(
    name="word",
    sources=frozenset({"fmt/40", "fmt/39"}),
    target="fmt/477",
    recipe="office-to-pdfa-2b",
    when=MigrateWhen.SCHEDULE,
    parameters={"dpi": 300, "profile": "sRGB"},
    bounds={"text": "equal"},
    collections=frozenset({"H49.64"}),
)


def policy(tmp_path: Path, text: str) -> tuple[FormatRules, tuple[MigrationRule, ...]]:
    found = format_policy(tmp_path / "formats.toml", parse(tmp_path / "formats.toml", text.encode()))
    return found.rules, found.migrations


RULES = """
[families.word]
puids = ["fmt/39", "fmt/40"]
risk = "high"
accept = "review"
reasons = ["Old.", "Cũ."]
[formats."fmt/477"]
preferred = true
risk = "low"
"""


def written(tmp_path: Path) -> dict[str, Any]:
    rules, _ = policy(tmp_path, RULES)
    known = {"fmt/40": RegisteredFormat("fmt/40", "Word", "97", ("application/msword",), ("doc",))}
    return json.loads(json.dumps(write_par(rules, [MIGRATION], format_of=known.get, now=NOW)))  # type: ignore[no-any-return]


def test_what_is_written_is_read_back_as_the_same_rules_and_migrations(tmp_path: Path) -> None:
    rules, _ = policy(tmp_path, RULES)

    found = read_par(written(tmp_path))

    assert list(found.left_out) == []
    assert {puid: rule for puids, rule in found.rules for puid in puids} == dict(rules.by_puid)
    assert list(found.migrations) == [MIGRATION]
    text = formats_text(found.rules, found.migrations, prefix="par")
    again, migrations = policy(tmp_path, text)
    assert dict(again.by_puid) == dict(rules.by_puid)
    assert migrations == (MIGRATION,)


def test_each_entity_has_what_the_schemas_demand(tmp_path: Path) -> None:
    value = written(tmp_path)

    for one in value["fileFormats"]:
        assert {"id", "localLastModifiedDate"} <= one.keys()
        assert one["id"].keys() == {"guid", "name", "namespace"}
    for one in value["preservationActions"]:
        assert {"id", "description", "type", "tool", "inputFiles", "outputFiles"} <= one.keys()
    allowed = {"id", "localLastModifiedDate", "description", "formats", "notes", "preservationActionTypes"}
    for one in value["businessRules"]:
        assert one.keys() <= allowed | {"preservationActions", "formatFamilies"}
    assert {one["id"]["name"] for one in value["fileFormats"]} == {"fmt/39", "fmt/40", "fmt/477"}
    assert len({one["id"]["guid"] for one in value["businessRules"]}) == len(value["businessRules"])


def test_what_another_program_says_of_risk_is_taken_and_its_actions_are_named_as_left_out() -> None:
    foreign = {
        "fileFormats": [
            {"id": {"guid": "1", "name": "fmt/40", "namespace": PRONOM}, "risk": "High", "note": "Old."},
            {"id": {"guid": "2"}, "identifiers": [{"identifier": "fmt/41", "identifierType": "PUID"}], "risk": "low"},
            {"id": {"guid": "3", "name": "fmt/42"}, "risk": "who knows"},
        ],
        "preservationActions": [{"id": {"guid": "4", "name": "action/1"}, "tool": {"toolName": "DROID"}}],
        "businessRules": [{"id": {"guid": "5", "name": "br/1", "namespace": "elsewhere"}}],
    }

    found = read_par(foreign)

    assert list(found.rules) == [
        (("fmt/40",), FormatRule(risk=Risk.HIGH, reasons=("Old.",))),
        (("fmt/41",), FormatRule(risk=Risk.LOW)),
    ]
    assert [name for name, _ in found.left_out] == ["br/1", "action/1"]
    assert not found.says_accept
    assert "accept" not in formats_text(found.rules, found.migrations, prefix="par", says_accept=found.says_accept)


@pytest.mark.parametrize("name", ["fmt/abc", "fmt/", "x-fmt/0", "fmt/1/2", "fmt/12345678"])
def test_what_only_looks_like_a_puid_is_none(name: str) -> None:
    identifiers = [{"identifier": name, "identifierType": "PUID"}]

    found = read_par({"fileFormats": [{"id": {"name": name}, "risk": "high", "identifiers": identifiers}]})

    assert list(found.rules) == []


@pytest.mark.parametrize(
    "value",
    [None, [], {}, {"fileFormats": "x"}, {"businessRules": [1]}, {"fileFormats": [{}] * 20_001}],
    ids=["null", "a list", "empty", "no list", "no entity", "too many"],
)
def test_what_is_no_such_document_is_refused(value: object) -> None:
    with pytest.raises(NotPar):
        read_par(value)
