import errno
from hashlib import sha512
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING

import pytest

from preservation.errors import Unavailable
from preservation.services.proven_stream import ProvenStream
from tests.memory_store import MemoryStream

if TYPE_CHECKING:
    from typing_extensions import Buffer


class BadSector(RawIOBase):
    """Gives nothing."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        raise OSError(errno.EIO, "Input/output error")


def test_bytes_that_are_the_files_pass_and_others_are_refused_at_their_end() -> None:
    right = ProvenStream(MemoryStream(b"abc"), sha512(b"abc").digest(), "x")
    wrong = BufferedReader(ProvenStream(MemoryStream(b"abd"), sha512(b"abc").digest(), "x"))

    assert right.readall() == b"abc"
    assert wrong.read(2) == b"ab"
    with pytest.raises(Unavailable, match="damaged"):
        wrong.read()


def test_a_bad_sector_is_a_file_that_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="x: Input/output error"):
        ProvenStream(BadSector(), b"", "x").read(10)
