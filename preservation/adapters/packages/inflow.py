"""Pieces of bytes as something to read from, with an exact count."""

from collections.abc import Iterator

from preservation.adapters.packages.refusal import PIECE, Refused


class Inflow:
    """Reads forward only, and gives at most `most` bytes in all: beyond that `excess` is raised."""

    def __init__(self, pieces: Iterator[bytes], *, most: int, excess: Refused) -> None:
        self._pieces = pieces
        self._piece = b""
        self._at = 0
        self._left = most
        self._excess = excess

    def some(self, limit: int) -> bytes:
        """Between 1 and `limit` bytes; empty only at the end."""
        while self._at == len(self._piece):
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._left -= len(piece)
            if self._left < 0:
                raise self._excess
            self._piece, self._at = piece, 0
        taken = self._piece[self._at : self._at + limit]
        self._at += len(taken)
        return taken

    def exactly(self, count: int) -> bytes:
        """`count` bytes, fewer only at the end. For small counts: it gathers them."""
        got = self.some(count)
        if len(got) == count:
            return got
        parts = [got]
        while got and (count := count - len(got)) > 0:
            got = self.some(count)
            parts.append(got)
        return b"".join(parts)

    def chunks(self, count: int) -> Iterator[bytes]:
        """The next `count` bytes in pieces; Refused if there are fewer."""
        while count > 0:
            piece = self.some(min(count, PIECE))
            if not piece:
                raise Refused("PKG-CORRUPT", reason="the archive ends within a file")
            count -= len(piece)
            yield piece

    def skip(self, count: int) -> None:
        for _ in self.chunks(count):
            pass
