"""Where in a piece of work a system call stands, told so that two runs can be compared: ids that are made anew are left out."""

import re
from collections.abc import Iterable
from pathlib import Path

from tests.drills.syscalls import Call

_RANDOM = (
    (re.compile(r"(?:[0-9a-f]{3}/){3}[0-9a-f]{64}"), "OBJECT"),
    (re.compile(r"(?<=/)[0-9a-f]{3}/[0-9a-f]{3}/[0-9a-f]{3}(?![^ ])"), "3"),
    (re.compile(r"(?<=/)[0-9a-f]{3}/[0-9a-f]{3}(?![^ ])"), "2"),
    (re.compile(r"(?<=/)[0-9a-f]{3}(?![^ ])"), "1"),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"[0-9a-f]{16,}"), "TOKEN"),
)


def place_of(call: Call, folder: Path) -> str:
    """What the call does to which paths below the folder."""
    paths = [path.removeprefix(f"{folder}/") for path in call.paths if path.startswith(f"{folder}/")]
    text = " ".join([call.name, *(paths or call.paths)])
    for pattern, name in _RANDOM:
        text = pattern.sub(name, text)
    return text


def places(calls: Iterable[Call], folder: Path) -> frozenset[str]:
    """The different places of calls."""
    return frozenset(place_of(call, folder) for call in calls)
