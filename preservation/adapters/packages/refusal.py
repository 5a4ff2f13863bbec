"""How the parts of this package tell each other that an archive cannot be read on."""

from collections.abc import Iterator
from typing import BinaryIO

from preservation.domain.findings import Finding, Severity
from preservation.errors import Unavailable

PIECE = 1 << 20


class Refused(Exception):
    """Unpacking stops here. It carries the finding and never leaves this package: opening turns it into that finding."""

    def __init__(self, code: str, path: str = "", **values: str) -> None:
        super().__init__(code)
        self.finding = Finding(code, Severity.ERROR, path, values)


def read_pieces(stream: BinaryIO, length: int | None = None) -> Iterator[bytes]:
    """The stream's bytes from where it stands, at most `length` of them, in pieces of at most 1 MiB."""
    remaining = length
    while remaining is None or remaining > 0:
        wanted = PIECE if remaining is None else min(PIECE, remaining)
        try:
            piece = stream.read(wanted)
        except OSError as error:
            raise Unavailable(f"the archive cannot be read: {error.strerror}") from error
        if not piece:
            return
        if remaining is not None:
            remaining -= len(piece)
        yield piece
