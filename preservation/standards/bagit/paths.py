"""How manifests and fetch.txt write paths (RFC 8493, 2.1.3 and 2.2.3), and which are refused (5.1)."""

import re
from dataclasses import dataclass

from preservation.domain.names import MARK, escape
from preservation.domain.package_paths import unsafe_reason

PAYLOAD = "data/"

_ENCODED = re.compile(r"%(0[AaDd]|25)")
_ENCODED_BEFORE_RFC = re.compile(r"%(0[AaDd])")
_ANY_PERCENT = re.compile(r"%(?!0[AaDd]|25)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class WrittenPath:
    """A path as a line gives it, to be looked up.

    `readings` are what it may mean, best first, as text by `domain.names`. `dotted` if it began with "./". `fault` is the
    reason to refuse it, None if there is none.
    """

    readings: tuple[str, ...]
    dotted: bool
    fault: str | None


def read_path(text: str, *, is_rfc: bool) -> WrittenPath:
    """Understand one written path.

    RFC 8493 wants LF, CR and "%" encoded, and nothing else, so any other "%" breaks it. The drafts left "%" alone, and
    writers of their time encode LF and CR or nothing: there the literal path is tried first, then the decoded one.
    """
    fault: str | None = None
    if is_rfc:
        fault = "PERCENT" if _ANY_PERCENT.search(text) else None
        readings = [_decode(text, _ENCODED)]
    else:
        readings = [text]
        if _ENCODED_BEFORE_RFC.search(text):
            readings.append(_decode(text, _ENCODED_BEFORE_RFC))
    dotted = text.startswith("./")
    if dotted:
        readings = [_without_dots(reading) for reading in readings]
    for reading in readings:
        fault = fault or refusal(reading)
    known = tuple(escape(reading.encode()) if MARK in reading else reading for reading in readings)
    return WrittenPath(known, dotted, fault)


def refusal(path: str) -> str | None:
    """Why a path that is written in a bag is refused, None if it is not.

    "~" and "~user" before a slash name home folders in a shell (RFC 8493, 5.1); URLs are no paths at all.
    """
    unsafe = unsafe_reason(path)
    if unsafe is not None:
        return unsafe
    first, slash, _ = path.partition("/")
    if first == "~" or (slash and first.startswith("~")):
        return "HOME"
    if _SCHEME.match(path):
        return "URL"
    return None


def _decode(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(lambda match: chr(int(match.group(1), 16)), text)


def _without_dots(path: str) -> str:
    while path.startswith("./"):
        path = path[2:]
    return path
