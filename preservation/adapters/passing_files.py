"""A large file read once, from its start to its end, without pushing everything else out of the page cache.

What was read is of no more use, and its pages are the next ones that the reading needs: giving them back as it goes keeps them
few and warm. For small files the bookkeeping would cost more than it brings.
"""

import os
from io import FileIO
from typing import Any

LARGE = 64 << 20
STEP = 8 << 20


class PassingFile(FileIO):
    """A FileIO over a descriptor of its own that gives back the pages behind it."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "rb")
        self._position = 0
        self._given_back = 0

    def readinto(self, buffer: Any, /) -> int:
        count = super().readinto(buffer) or 0
        self._position += count
        if count and self._position - self._given_back >= STEP:
            os.posix_fadvise(self.fileno(), self._given_back, self._position - self._given_back, os.POSIX_FADV_DONTNEED)
            self._given_back = self._position
        return count


def opened_for_passing(descriptor: int, size: int) -> FileIO:
    """A stream over a descriptor at its start, which it closes in the end; `size` decides whether it is worth the trouble."""
    return PassingFile(descriptor) if size >= LARGE else FileIO(descriptor, "rb")
