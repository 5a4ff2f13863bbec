"""The bytes between the archive's process and an engine's: compact, and safe to read from a process that went wrong.

Every frame is a 32-bit big-endian length and so many bytes.

A question is one byte that says how to look, and the paths, as bytes, with NUL between them: the one byte that no path
holds. It is answered by two frames: the files' total size in bytes as decimal text, as soon as it is known, so that the
asking side can set its deadline; and then the answers.

Answers are given as numbers into a table that both sides keep. The frame is one JSON document, `[reset, new, numbers]`:
whether the table begins anew, the entries to append to it, and one number for each path. A thousand scans of the same kind
thus cost one entry. An entry is either a sentence (a string) or the fields of a FormatIdentification.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final

from preservation.domain.formats import Basis, FormatIdentification

Answer = FormatIdentification | str

HEADER: Final = struct.Struct(">I")
MOST_BYTES: Final = 64 * 1024 * 1024
"""A longer frame is a broken one."""

WHOLE: Final = b"f"
"""Look at the whole file."""

ENDS: Final = b"e"
"""Look at the beginning and the end only."""


_BASES: Final = frozenset(basis.value for basis in Basis)
_MOST_KNOWN: Final = 100_000


class BrokenFrame(Exception):
    """What came is not what the protocol allows."""


def pack(body: bytes) -> bytes:
    return HEADER.pack(len(body)) + body


def length_of(header: bytes) -> int:
    """The length that a header announces. Raises BrokenFrame if it is beyond MOST_BYTES."""
    (length,) = HEADER.unpack(header)
    if length > MOST_BYTES:
        raise BrokenFrame(f"a frame of {length} bytes")
    return int(length)


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame of a blocking stream, None at its end. Raises BrokenFrame if it ends within one."""
    header = stream.read(HEADER.size)
    if not header:
        return None
    if len(header) < HEADER.size:
        raise BrokenFrame("a header cut short")
    length = length_of(header)
    body = stream.read(length)
    if len(body) < length:
        raise BrokenFrame("a frame cut short")
    return body


def question(how: bytes, paths: Sequence[bytes]) -> bytes:
    """The paths must hold no NUL."""
    return how + b"\0".join(paths)


def parse_question(body: bytes) -> tuple[bytes, list[bytes]]:
    return body[:1], body[1:].split(b"\0")


def fields(answer: Answer) -> object:
    """An answer as JSON can hold it."""
    if isinstance(answer, str):
        return answer
    return [
        answer.puid,
        answer.name,
        answer.version,
        answer.mime,
        answer.basis.value,
        answer.engine,
        answer.engine_version,
        answer.signatures,
        list(answer.alternatives),
        answer.warning,
    ]


def answer_of(entry: object) -> Answer:
    """The inverse of `fields`. Raises BrokenFrame for anything else."""
    match entry:
        case str():
            return entry
        case [
            str() | None as puid,
            str(name),
            str(version),
            str(mime),
            str(basis),
            str(engine),
            str(engine_version),
            str(signatures),
            list(alternatives),
            str(warning),
        ] if basis in _BASES and all(isinstance(each, str) for each in alternatives):
            return FormatIdentification(
                puid=puid,
                name=name,
                version=version,
                mime=mime,
                basis=Basis(basis),
                engine=engine,
                engine_version=engine_version,
                signatures=signatures,
                alternatives=tuple(alternatives),
                warning=warning,
            )
    raise BrokenFrame("an answer of an unknown shape")


class AnswerWriter:
    """The engine's side of the table. It starts anew before it grows beyond `most` entries."""

    def __init__(self, most: int = 20_000) -> None:
        self._most = most
        self._numbers: dict[Answer, int] = {}

    def encode(self, answers: Sequence[Answer]) -> bytes:
        reset = len(self._numbers) > self._most
        if reset:
            self._numbers.clear()
        new: list[object] = []
        numbers: list[int] = []
        for answer in answers:
            number = self._numbers.get(answer)
            if number is None:
                number = self._numbers[answer] = len(self._numbers)
                new.append(fields(answer))
            numbers.append(number)
        return json.dumps([reset, new, numbers], separators=(",", ":")).encode("ascii")


class AnswerReader:
    """The asking side of the table. `known` is shared by several, so that equal answers are one object everywhere."""

    def __init__(self, known: dict[Answer, Answer]) -> None:
        self._known = known
        self._table: list[Answer] = []

    def decode(self, body: bytes, expected: int) -> list[Answer]:
        """So many answers, in order. Raises BrokenFrame if the frame holds anything else."""
        try:
            reset, new, numbers = json.loads(body)
            if reset:
                self._table.clear()
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            for entry in new:
                answer = answer_of(entry)
                self._table.append(self._known.setdefault(answer, answer))
            answers = [self._table[number] for number in numbers]
        except (ValueError, TypeError, IndexError, RecursionError) as problem:
            raise BrokenFrame(str(problem)) from problem
        if len(answers) != expected:
            raise BrokenFrame(f"{len(answers)} answers to {expected} questions")
        return answers


def hello(about: Mapping[str, str]) -> bytes:
    """The first frame of an engine: `engine`, `version`, `signatures`, or `problem` if it could not start."""
    return json.dumps(dict(about)).encode("ascii")


def parse_hello(body: bytes) -> dict[str, str]:
    try:
        about = json.loads(body)
    except ValueError as problem:
        raise BrokenFrame(str(problem)) from problem
    if not isinstance(about, dict) or not all(isinstance(value, str) for value in about.values()):
        raise BrokenFrame("a greeting of an unknown shape")
    return about
