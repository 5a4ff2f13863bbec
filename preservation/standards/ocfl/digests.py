"""The digest algorithms of OCFL 1.1, 3.4, and of its extensions 0001 and 0009, each with the shape of its values."""

import hashlib
import re
from collections.abc import Mapping
from typing import Final

from preservation.domain.digests import Hasher

CONTENT_ALGORITHMS: Final = ("sha512", "sha256")

_HEX_LENGTHS: Final[Mapping[str, int]] = {
    "md5": 32,
    "sha1": 40,
    "sha256": 64,
    "sha512": 128,
    "sha512/256": 64,
    "blake2b-512": 128,
    "blake2b-160": 40,
    "blake2b-256": 64,
    "blake2b-384": 96,
}

# The size of a file in bytes stands in a fixity block like a digest (extension 0009).
SIZE: Final = "size"

_HEX = re.compile(r"[0-9A-Fa-f]+")
_DECIMAL = re.compile(r"[0-9]{1,19}")


class _ByteCounter:
    """What extension 0009 calls the algorithm `size`."""

    __slots__ = ("_count",)

    def __init__(self) -> None:
        self._count = 0

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        self._count += len(data)

    def digest(self) -> bytes:
        return str(self._count).encode()

    def hexdigest(self) -> str:
        return str(self._count)


def is_known(algorithm: str) -> bool:
    """Whether the name is in the specification's vocabulary or in a registered extension's."""
    return algorithm in _HEX_LENGTHS or algorithm == SIZE


def is_well_formed(algorithm: str, value: str) -> bool:
    """Whether the text can be a value of this known algorithm."""
    if algorithm == SIZE:
        return _DECIMAL.fullmatch(value) is not None
    return len(value) == _HEX_LENGTHS[algorithm] and _HEX.fullmatch(value) is not None


def in_lower_case(value: str) -> str:
    """The value as it is compared. One that is in lower case already stays the same object: there may be many of them."""
    lower = value.lower()
    return value if lower == value else lower


def new_hasher(algorithm: str) -> Hasher:
    """A fresh hasher; KeyError for a name that `is_known` does not know."""
    if algorithm == SIZE:
        return _ByteCounter()
    length = _HEX_LENGTHS[algorithm]
    if algorithm.startswith("blake2b-"):
        return hashlib.blake2b(digest_size=length // 2, usedforsecurity=False)
    return hashlib.new(algorithm.replace("/", "_"), usedforsecurity=False)


def hex_digest(algorithm: str, data: bytes) -> str:
    """The value for bytes at hand, lower case."""
    hasher = new_hasher(algorithm)
    hasher.update(data)
    return hasher.hexdigest()
