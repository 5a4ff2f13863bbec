"""Making a new replica in a folder."""

import os
from collections.abc import Iterator, Mapping

from preservation.adapters.object_stores.posix import claims, durable, listing, setting_aside, writing
from preservation.adapters.object_stores.posix.identity import MARKER
from preservation.errors import Conflict


def fill(root: str, files: Mapping[str, bytes], marker: bytes) -> None:
    """Put the first files into an absent or empty folder, then, last, the marker that makes it a replica.

    Conflict if something is there already that is not the unfinished beginning of such a replica.
    """
    _make_root(root)
    stranger = next(_strangers(root, files), None)
    if stranger is not None:
        raise Conflict(f"{root} is not empty: it holds {stranger}")
    for name in (claims.WORK, setting_aside.QUARANTINE):
        durable.make_directories(root, name)
    writing.put(root, files.items())
    writing.put(root, [(MARKER, marker)])


def _make_root(root: str) -> None:
    missing: list[str] = []
    while not os.path.isdir(root):
        missing.append(root)
        root = os.path.dirname(root)
    for path in reversed(missing):
        os.mkdir(path)
        durable.flush_directory(os.path.dirname(path))


def _strangers(root: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """What a crash in the middle of `fill` cannot have left."""
    ours = {key.partition("/")[0] for key in files} | {claims.WORK, setting_aside.QUARANTINE}
    for name in sorted(os.listdir(root)):
        if name not in ours:
            yield name
        for key, _ in listing.walk(root, name):
            if key not in files and not key.startswith(f"{claims.WORK}/put-"):
                yield key
