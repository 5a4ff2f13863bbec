"""Documents on their way out: each is handed to whoever stores it, and what was stored is checked and remembered."""

from collections.abc import Callable, Iterator

from preservation.domain.holdings import StoredFile
from preservation.errors import WrongUse

Write = Callable[[str, Iterator[bytes]], StoredFile]


class Journal:
    """What was written so far. `write` raises WrongUse where something else was stored than was given."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self.rows: list[StoredFile] = []

    def write(self, path: str, chunks: Iterator[bytes]) -> StoredFile:
        given = _Counted(chunks)
        row = self._write(path, given)
        if row.logical_path != path or next(given, None) is not None or row.size != given.bytes:
            raise WrongUse(f"{path} was not stored as it was given")
        self.rows.append(row)
        return row


class _Counted(Iterator[bytes]):
    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.bytes = 0

    def __next__(self) -> bytes:
        chunk = next(self._chunks)
        self.bytes += len(chunk)
        return chunk
