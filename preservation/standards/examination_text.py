"""Examinations as the texts of events keep them: canonical JSON.

    found   {"tools": [[name, version], ...], "properties": [[name, value, unit], ...], "faults": [[code, detail, is_error], ...]}

Files that came to the same share one such text, but for their kind and validity, which stand with each file.
"""

import json

from preservation.domain.events import Json
from preservation.domain.examinations import Examination, Fault, Kind, Property, Validity
from preservation.domain.tools import ToolDescription
from preservation.standards.canonical_json import canonical

MOST_TEXT = 1000
MOST_NAME = 100
MOST_PROPERTIES = 100
MOST_FAULTS = 30
MOST_TOOLS = 30
# What a number may be so that its JSON says the same to everybody (RFC 8785, which goes by IEEE 754).
_MOST_NUMBER = (1 << 53) - 1


def found_json(one: Examination) -> dict[str, Json]:
    """What was found, within bounds: of more properties and faults than any tool should give only the first are kept."""
    return {
        "tools": [[_plain(tool.name, MOST_NAME), _plain(tool.version, MOST_NAME)] for tool in one.tools[:MOST_TOOLS]],
        "properties": [
            [_plain(each.name, MOST_NAME), _value(each.value), _plain(each.unit, MOST_NAME)]
            for each in one.properties[:MOST_PROPERTIES]
        ],
        "faults": [
            [_plain(each.code, MOST_NAME), _plain(each.detail, MOST_TEXT), each.is_error]
            for each in one.faults[:MOST_FAULTS]
        ],
    }


def found_text(found: Json) -> str:
    """The one text for what was found."""
    return canonical(found).decode()


def examination_of(kind: str, validity: str, text: str) -> Examination:
    """The inverse of `found_text`, with what stands beside it. ValueError for another text."""
    match json.loads(text):
        case {"tools": list(tools), "properties": list(properties), "faults": list(faults)}:
            return Examination(
                Kind(kind),
                Validity(validity),
                tuple(ToolDescription(*one) for one in tools),
                tuple(Property(*one) for one in properties),
                tuple(Fault(*one) for one in faults),
            )
    raise ValueError("not what an examination found")


def _value(value: str | int | bool) -> Json:  # noqa: FBT001 - a value, not a switch
    if isinstance(value, str):
        return _plain(value, MOST_TEXT)
    return value if isinstance(value, bool) or abs(value) <= _MOST_NUMBER else str(value)


def _plain(text: str, most: int) -> str:
    """What a tool said, as text that has a canonical form, that databases can keep, and that has an end."""
    return text[:most].encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
