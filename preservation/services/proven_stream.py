"""A held file as a stream that is compared with its digest at its end."""

from hashlib import sha512
from io import RawIOBase
from typing import TYPE_CHECKING

from preservation.errors import Unavailable, could_not

if TYPE_CHECKING:
    from typing_extensions import Buffer


class ProvenStream(RawIOBase):
    """Closes what it reads from. Whoever reads less than all of it has proven nothing.

    Raises Unavailable at the end of bytes that are not those of the SHA-512, and where the medium does not give them.
    """

    def __init__(self, stream: RawIOBase, expected: bytes, name: str) -> None:
        self._stream = stream
        self._expected = expected
        self._name = name
        self._digest = sha512()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        try:
            count = self._stream.readinto(buffer) or 0
        except OSError as error:
            raise could_not(f"cannot read {self._name}", error) from error
        into = memoryview(buffer)
        self._digest.update(into[:count])
        if not count and into.nbytes and self._digest.digest() != self._expected:
            raise Unavailable(f"{self._name} is damaged")
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()
