"""What came of one file as JSON: a line of the work folder's journal, and an entry of the migration document in the AIP.

    {"source", "sha256", "size", "outcome": "migrated", "seconds", "commands", "tools", "before",
     "results": [{"size", "sha512", "sha256", "format", "after"}], "comparison": {"sameness", "detail", "tools", "measures"}}
    {"source", "sha256", "size", "outcome": "failed" | "left", "seconds", "code", "detail", "tools", "comparison"?}

`before` and `after` are examinations: {"kind", "validity", "tools", "properties": [[name, value, unit]], "faults"}. A tool is
[name, version]; a measure [name, before, after, bound, holds]. Texts of tools are cut where they have no end.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from preservation.domain.conversions import Comparison
from preservation.domain.events import Json
from preservation.domain.examinations import Examination
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.domain.tools import ToolDescription
from preservation.services.migration_batch import NotMigrated, Outcome

_MOST_TEXT = 1000
_MOST_ROWS = 200


class EntryOutcome(StrEnum):
    """LEFT: the file itself is the reason, no tool had to fail at it."""

    MIGRATED = "migrated"
    FAILED = "failed"
    LEFT = "left"


def entry_of(file: StoredFile, outcome: Outcome) -> dict[str, Json]:
    """What is kept about one file."""
    entry: dict[str, Json] = {
        "source": file.logical_path,
        "sha256": file.sha256.hex(),
        "size": file.size,
        "seconds": str(round(outcome.seconds, 3)),
    }
    if isinstance(outcome, NotMigrated):
        entry |= {
            "outcome": (EntryOutcome.LEFT if outcome.is_of_source else EntryOutcome.FAILED).value,
            "code": outcome.code,
            "detail": _plain(outcome.detail),
            "tools": _tools(outcome.tools),
        }
        return entry | ({"comparison": _comparison(outcome.comparison)} if outcome.comparison else {})
    return entry | {
        "outcome": EntryOutcome.MIGRATED.value,
        "commands": [_plain(one) for one in outcome.converted.commands[:_MOST_ROWS]],
        "tools": _tools(outcome.converted.tools),
        "before": _examination(outcome.before),
        "results": [
            {
                "size": one.kept.size,
                "sha512": one.kept.sha512.hex(),
                "sha256": one.kept.sha256.hex(),
                "format": format_json(one.format),
                "after": _examination(one.examination),
            }
            for one in outcome.results
        ],
        "comparison": _comparison(outcome.comparison),
    }


def outcome_of(entry: Mapping[str, Json]) -> EntryOutcome:
    return EntryOutcome(str(entry["outcome"]))


def results_of(entry: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The results of a migrated file; none of another."""
    results: Sequence[Mapping[str, Any]] = entry.get("results", ())
    return results


def tools_of(entry: Mapping[str, Any]) -> set[ToolDescription]:
    """Every tool that converted, compared or examined."""
    told = [entry, entry.get("before", {}), entry.get("comparison", {})]
    told += [one["after"] for one in results_of(entry)]
    return {ToolDescription(str(name), str(version)) for one in told for name, version in one.get("tools", ())}


def format_json(found: FormatIdentification) -> dict[str, Json]:
    return {
        "puid": found.puid,
        "name": found.name,
        "version": found.version,
        "mime": found.mime,
        "basis": found.basis.value,
        "engine": found.engine,
        "engine_version": found.engine_version,
        "signatures": found.signatures,
        "alternatives": list(found.alternatives),
        "warning": found.warning,
    }


def format_of(value: Mapping[str, Any]) -> FormatIdentification:
    """The inverse of `format_json`."""
    return FormatIdentification(
        **{**value, "basis": Basis(value["basis"]), "alternatives": tuple(value["alternatives"])}
    )


def _examination(found: Examination) -> dict[str, Json]:
    return {
        "kind": found.kind.value,
        "validity": found.validity.value,
        "tools": _tools(found.tools),
        "properties": [
            [one.name, _plain(one.value) if isinstance(one.value, str) else one.value, one.unit]
            for one in found.properties[:_MOST_ROWS]
        ],
        "faults": [[one.code, _plain(one.detail), one.is_error] for one in found.faults[:_MOST_ROWS]],
    }


def _comparison(found: Comparison) -> dict[str, Json]:
    return {
        "sameness": found.sameness.value,
        "detail": _plain(found.detail),
        "tools": _tools(found.tools),
        "measures": [
            [_plain(one.name), _plain(one.before), _plain(one.after), _plain(one.bound), one.holds]
            for one in found.measures[:_MOST_ROWS]
        ],
    }


def _tools(tools: Sequence[ToolDescription]) -> list[Json]:
    return [[one.name, one.version] for one in tools[:_MOST_ROWS]]


def _plain(text: str) -> str:
    """What a tool said, as text that every reader of JSON takes, with an end."""
    return text[:_MOST_TEXT].encode("utf-8", "replace").decode()
