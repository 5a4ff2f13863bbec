"""Making a new replica in a folder."""

import os
from collections.abc import Iterator, Mapping

from preservation.adapters.object_stores.posix import beneath, claims, durable, listing, setting_aside, writing
from preservation.adapters.object_stores.posix.identity import MARKER
from preservation.errors import Conflict


def fill(root: str, files: Mapping[str, bytes], marker: bytes) -> None:
    """Put the first files into an absent or empty folder, then, last, the marker that makes it a replica.

    Conflict if something is there already that is not the beginning of this very replica.
    """
    _make_root(root)
    stranger = next(_strangers(root, files, marker), None)
    if stranger is not None:
        raise Conflict(f"{root} is not empty: it holds {stranger}")
    for name in (claims.WORK, setting_aside.QUARANTINE):
        durable.make_directories(root, name)
    writing.put(root, files.items())
    writing.put(root, [(MARKER, marker)])


def is_beginning(root: str, files: Mapping[str, bytes], marker: bytes) -> bool:
    """Whether a folder holds nothing but what `fill` put or was putting there, with this marker or none."""
    return next(_strangers(root, files, marker), None) is None


def _make_root(root: str) -> None:
    missing: list[str] = []
    while not os.path.isdir(root):
        missing.append(root)
        root = os.path.dirname(root)
    for path in reversed(missing):
        os.mkdir(path)
        durable.flush_directory(os.path.dirname(path))


def _strangers(root: str, files: Mapping[str, bytes], marker: bytes) -> Iterator[str]:
    """What a crash in the middle of `fill`, or just after it, cannot have left."""
    ours = {key.partition("/")[0] for key in files} | {claims.WORK, setting_aside.QUARANTINE}
    if _holds_marker(root, marker):
        ours.add(MARKER)
    for name in sorted(os.listdir(root)):
        if name not in ours:
            yield name
        for key, _ in listing.walk(root, name):
            if key not in files and not key.startswith(f"{claims.WORK}/put-"):
                yield key


def _holds_marker(root: str, marker: bytes) -> bool:
    try:
        with open(beneath.open_file(root, MARKER), "rb") as stream:
            return stream.read(len(marker) + 1) == marker
    except OSError:
        return False
