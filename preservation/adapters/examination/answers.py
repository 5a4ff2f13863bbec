"""What goes to the fenced process, and the lines that come back: one when a file is begun, one with its answer.

The process parses hostile files, so its answers are believed no further than their shape: whatever is not of that shape is
a broken answer, and texts are bounded once more.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from preservation.adapters.examination.look import MAX_FAULTS, MAX_PROPERTIES, plain
from preservation.domain.content_kinds import Family, kind_of_family
from preservation.domain.examinations import Examination, Fault, Property, Validity
from preservation.domain.tools import ToolDescription

MAX_TOOLS: Final = 20


@dataclass(frozen=True, slots=True)
class Question:
    """A file's family, how it was identified, and its name's end; `seconds` is how long it may take."""

    family: Family
    puid: str | None
    mime: str
    suffix: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`family` is the one that was looked for: another than asked for where that was OTHER and the first bytes say more."""

    family: Family
    examination: Examination


class BrokenAnswer(Exception):
    """Something that this program's own process would not say."""


def pack_questions(questions: Sequence[Question]) -> bytes:
    return json.dumps([[one.family, one.puid, one.mime, one.suffix, one.seconds] for one in questions]).encode()


def unpack_questions(data: bytes) -> list[Question]:
    return [
        Question(Family(family), puid, mime, suffix, seconds)
        for family, puid, mime, suffix, seconds in json.loads(data)
    ]


def pack_answer(number: int, answer: Answer) -> bytes:
    found = answer.examination
    said = {
        "n": number,
        "family": answer.family,
        "validity": found.validity,
        "tools": [[one.name, one.version] for one in found.tools],
        "properties": [[one.name, one.value, one.unit] for one in found.properties],
        "faults": [[one.code, one.detail, one.is_error] for one in found.faults],
    }
    return json.dumps(said).encode() + b"\n"


def pack_start(number: int) -> bytes:
    return b'{"start": %d}\n' % number


@dataclass(frozen=True, slots=True)
class Said:
    """All that one process said: answers by number, and the file that it had begun and not answered, None without one."""

    answers: dict[int, Answer]
    open: int | None


def unpack_said(out: bytes, count: int) -> Said:
    """Up to the last whole line; what comes after an answer that is broken is not believed."""
    answers: dict[int, Answer] = {}
    begun: int | None = None
    for line in out.split(b"\n")[:-1]:
        try:
            said = json.loads(line)
            if "start" in said:
                begun = _number(said["start"], count)
            else:
                answers[_number(said["n"], count)] = _answer(said)
                begun = None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, BrokenAnswer):
            break
    return Said(answers, begun)


def _answer(said: dict[str, Any]) -> Answer:
    family = Family(said["family"])
    return Answer(
        family,
        Examination(
            kind_of_family(family),
            Validity(said["validity"]),
            tuple(ToolDescription(_text(name), _text(version)) for name, version in said["tools"][:MAX_TOOLS]),
            tuple(
                Property(_text(name), _value(value), _text(unit))
                for name, value, unit in said["properties"][:MAX_PROPERTIES]
            ),
            tuple(
                Fault(_text(code), _text(detail), error is True) for code, detail, error in said["faults"][:MAX_FAULTS]
            ),
        ),
    )


def _number(value: object, count: int) -> int:
    if type(value) is not int or not 0 <= value < count:
        raise BrokenAnswer
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BrokenAnswer
    return plain(value)


def _value(value: object) -> str | int | bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 1 << 63:
        return value
    return _text(value)
