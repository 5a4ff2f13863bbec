"""The members of a tar archive, read once, forward."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from preservation.adapters.packages import tar_headers
from preservation.adapters.packages.inflow import Inflow
from preservation.adapters.packages.members import Kind, Member
from preservation.adapters.packages.refusal import Refused
from preservation.adapters.packages.tar_headers import BLOCK, TarHeader
from preservation.domain.finding_log import FindingLog
from preservation.domain.names import escape

# Long names and extended headers are read whole, so they are bounded: a path, some attributes, not a file.
_MAX_EXTENSION = 1 << 20


@dataclass(frozen=True, slots=True)
class _Extensions:
    """What extension headers say about the member that follows them."""

    name: bytes | None = None
    size: int | None = None
    modified: int | None = None
    sparse: bool = False


class TarStream:
    """Iterate once; a member's content can be read until the next member is asked for."""

    def __init__(self, inflow: Inflow, notes: FindingLog) -> None:
        self._inflow = inflow
        self._notes = notes
        self._unread = 0

    def __iter__(self) -> Iterator[Member]:
        while (found := self._next()) is not None:
            header, extensions = found
            kind = _kind(header, extensions)
            # Only these have bytes of their own; elsewhere the size is a hint or a left-over.
            has_content = kind in (Kind.FILE, Kind.UNSUPPORTED)
            size = (header.size if extensions.size is None else extensions.size) if has_content else 0
            self._unread = size
            padding = -size % BLOCK
            yield Member(
                name=escape(header.name if extensions.name is None else extensions.name),
                kind=kind,
                size=size,
                modified=header.modified * 1_000_000_000 if extensions.modified is None else extensions.modified,
                content=self._content,
                remark=f"type {chr(header.type)!r}",
            )
            self._inflow.skip(self._unread)
            self._skip_padding(padding)

    def _content(self) -> Iterator[bytes]:
        for piece in self._inflow.chunks(self._unread):
            self._unread -= len(piece)
            yield piece

    def _skip_padding(self, count: int) -> None:
        if len(self._inflow.exactly(count)) < count:
            self._notes.warning("PKG-TAR-NO-END")

    def _next(self) -> tuple[TarHeader, _Extensions] | None:
        extensions = _Extensions()
        while True:
            block = self._inflow.exactly(BLOCK)
            if len(block) < BLOCK or not any(block):
                self._end(block)
                return None
            header = tar_headers.read_header(block)
            if header.type in (tar_headers.PAX, tar_headers.PAX_GLOBAL):
                data = self._extension(header)
                if header.type == tar_headers.PAX:
                    extensions = _with_pax(extensions, tar_headers.read_pax(data))
            elif header.type == tar_headers.GNU_LONG_NAME:
                extensions = replace(extensions, name=self._extension(header).rstrip(b"\x00"))
            elif header.type in (tar_headers.GNU_LONG_LINK, tar_headers.GNU_VOLUME):
                self._extension(header)
            else:
                return header, extensions

    def _extension(self, header: TarHeader) -> bytes:
        if header.size > _MAX_EXTENSION:
            raise Refused("PKG-HEADER-TOO-LARGE", size=str(header.size), limit=str(_MAX_EXTENSION))
        data = self._inflow.exactly(header.size)
        if len(data) < header.size or len(self._inflow.exactly(-header.size % BLOCK)) < -header.size % BLOCK:
            raise Refused("PKG-CORRUPT", reason="the archive ends within a header")
        return data

    def _end(self, block: bytes) -> None:
        """Two blocks of zeros end an archive (POSIX); what follows them is padding, or something that hides there."""
        if len(block) < BLOCK:
            if any(block):
                raise Refused("PKG-CORRUPT", reason="the archive ends within a header")
            self._notes.warning("PKG-TAR-NO-END")
            return
        while piece := self._inflow.some(1 << 20):
            if piece.count(0) != len(piece):
                self._notes.warning("PKG-TRAILING-BYTES")
                return


def _with_pax(extensions: _Extensions, records: dict[bytes, bytes]) -> _Extensions:
    size, modified, name = records.get(b"size"), records.get(b"mtime"), records.get(b"path")
    return replace(
        extensions,
        name=extensions.name if name is None else name,
        size=extensions.size if size is None else tar_headers.pax_size(size),
        modified=extensions.modified if modified is None else tar_headers.pax_nanoseconds(modified),
        sparse=extensions.sparse or any(key.startswith(b"GNU.sparse.") for key in records),
    )


def _kind(header: TarHeader, extensions: _Extensions) -> Kind:
    if extensions.sparse:
        return Kind.UNSUPPORTED
    if header.type in tar_headers.REGULAR:
        return Kind.FILE
    if header.type == tar_headers.DIRECTORY:
        return Kind.DIRECTORY
    if header.type in tar_headers.LINKS:
        return Kind.LINK
    return Kind.DEVICE if header.type in tar_headers.DEVICES else Kind.UNSUPPORTED
