"""Message digests. SHA-512 addresses content (OCFL 1.1, 3.5.1 recommends it); SHA-256 goes with it, taken in the same pass."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

CONTENT_ALGORITHM = "sha512"
SECOND_ALGORITHM = "sha256"

# BagIt's normalised names (RFC 8493, 2.4) and OCFL's (1.1, 3.5.4 and the digest-algorithms extension) to hashlib's.
_HASHLIB_NAMES = {
    "md5": "md5",
    "sha1": "sha1",
    "sha224": "sha224",
    "sha256": "sha256",
    "sha384": "sha384",
    "sha512": "sha512",
    "sha3224": "sha3_224",
    "sha3256": "sha3_256",
    "sha3384": "sha3_384",
    "sha3512": "sha3_512",
    "blake2b-512": "blake2b",
    "blake2b512": "blake2b",
    "sha512/256": "sha512_256",
}


class Hasher(Protocol):
    """What hashlib's objects do."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None: ...

    def digest(self) -> bytes: ...

    def hexdigest(self) -> str: ...


def is_supported(algorithm: str) -> bool:
    """Whether `hasher` knows this normalised name."""
    return algorithm in _HASHLIB_NAMES


def hasher(algorithm: str) -> Hasher:
    """A fresh hasher for a normalised algorithm name; KeyError for an unknown one."""
    name = _HASHLIB_NAMES[algorithm]
    return hashlib.new(name, usedforsecurity=False)


@dataclass(frozen=True, slots=True)
class FileDigests:
    """The two digests taken of every file, raw (64 and 32 bytes)."""

    sha512: bytes
    sha256: bytes
