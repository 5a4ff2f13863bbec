"""An archive file whose digest is taken while it is unpacked."""

import io
import os
from hashlib import sha512

from preservation.adapters.packages.refusal import read_pieces


class CarrierFile(io.BufferedReader):
    """A stream that hashes what is read in order, wherever readers jump to in between.

    A tar archive is read forward anyhow, so that nothing is read twice for its digest. Of a zip archive what was skipped, and
    all that comes after it, is read once more.
    """

    def __init__(self, path: bytes) -> None:
        super().__init__(io.FileIO(path), buffer_size=1 << 16)
        self._digest = sha512()
        self._hashed = 0

    def read(self, size: int | None = -1, /) -> bytes:
        start = self.tell()
        data = super().read(size)
        if start <= self._hashed < start + len(data):
            self._digest.update(memoryview(data)[self._hashed - start :])
            self._hashed = start + len(data)
        return data

    def sha512(self) -> bytes:
        """Of the whole file; reads what is left of it. Raises Unavailable if it cannot be read."""
        self.seek(self._hashed, os.SEEK_SET)
        for _ in read_pieces(self):
            pass
        return self._digest.digest()
