"""Checksum files as md5sum and its family write them, and as Archivematica takes them from a transfer's `metadata/`.

GNU coreutils manual, "md5sum invocation": the digest, a space, a space or "*", the name; a line that begins with a
backslash has a name with escaped line feeds and backslashes.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from io import RawIOBase

from preservation.domain.digests import hasher
from preservation.domain.finding_log import FindingLog
from preservation.domain.names import escape

_NAME = re.compile(r"metadata/checksum\.(md5|sha1|sha256|sha512)\Z")
_LINE = re.compile(rb"(\\?)([0-9A-Fa-f]{32,128}) [ *](.+)\Z", re.DOTALL)
_ESCAPES = {b"\\n": b"\n", b"\\r": b"\r", b"\\\\": b"\\"}
_MAX_LINE = 1 << 16


def checksum_algorithm(path: str) -> str | None:
    """The algorithm that a file's name promises, None if it is no checksum file."""
    match = _NAME.match(path)
    return match.group(1) if match else None


def read_checksum_file(
    stream: RawIOBase, path: str, algorithm: str, files: Mapping[str, int], notes: FindingLog
) -> Iterator[tuple[str, bytes]]:
    """(package path, raw digest) of each line that names a file of the package.

    Names are relative to the checksum file, to the package, or to its `objects/`, whichever is there. A line that does not
    parse ends the reading with a warning; a name that is nowhere is an error, for something was left behind.
    """
    size = 2 * len(hasher(algorithm).digest())
    for number, line in enumerate(_lines(stream), start=1):
        if not line.strip():
            continue
        match = _LINE.match(line)
        if match is None or len(match.group(2)) != size:
            notes.warning("PKG-CHECKSUM-UNREADABLE", path, line=str(number))
            return
        raw = re.sub(rb"\\[nr\\]", lambda found: _ESCAPES[found.group()], match.group(3)) if match.group(1) else None
        named = escape(match.group(3) if raw is None else raw)
        found = _find(named, path, files)
        if found is None:
            notes.error("PKG-CHECKSUM-MISSING", named, file=path)
        else:
            yield found, bytes.fromhex(match.group(2).decode("ascii"))


def _find(named: str, path: str, files: Mapping[str, int]) -> str | None:
    folder = posixpath.dirname(path)
    for base in (folder, "", "objects"):
        candidate = posixpath.normpath(posixpath.join(base, named))
        if candidate in files:
            return candidate
    return None


def _lines(stream: RawIOBase) -> Iterator[bytes]:
    """Lines without their end; a longer one than any real one comes in parts, which do not parse."""
    rest = b""
    while piece := stream.read(1 << 18):
        rest += piece
        *whole, rest = rest.split(b"\n")
        yield from (line.removesuffix(b"\r") for line in whole)
        if len(rest) > _MAX_LINE:
            yield rest
            rest = b""
    if rest:
        yield rest.removesuffix(b"\r")
