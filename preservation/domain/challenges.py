"""Nonce challenges to a copy that somebody else keeps, as LOCKSS asks them: an answer that no stored digest can give.

Who asks sends 32 random bytes, who answers adds 32 of their own. The answer is the SHA-256 over both, and then for each file of
the OCFL object, ordered by the bytes of its path: the length of the path, the path, the number of bytes, the bytes. Lengths are
eight bytes, the highest first. Neither side can answer from a digest that was kept: the bytes have to be read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

NONCE_BYTES = 32


@dataclass(frozen=True, slots=True)
class ChallengeAnswer:
    """The nonce of the one who answers, and the digest; both lower-case hex of 32 bytes."""

    nonce: str
    digest: str


class ChallengeHash:
    """The digest of one answer, fed with the files in their order."""

    def __init__(self, asked: bytes, answered: bytes) -> None:
        """ValueError unless both nonces are 32 bytes."""
        if len(asked) != NONCE_BYTES or len(answered) != NONCE_BYTES:
            raise ValueError(f"a nonce is {NONCE_BYTES} bytes")
        self._digest = sha256(asked + answered)

    def begin(self, path: str, size: int) -> None:
        """Another file, of so many bytes, which come next."""
        name = path.encode()
        self._digest.update(len(name).to_bytes(8) + name + size.to_bytes(8))

    def update(self, data: bytes | memoryview) -> None:
        self._digest.update(data)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def in_order(paths: Iterable[str]) -> list[str]:
    """By the bytes of their names."""
    return sorted(paths, key=lambda path: path.encode())


def is_asked_on(aip: str, day: date, every_days: int) -> bool:
    """Whether it is an AIP's turn: each has one day of `every_days`, spread evenly, which nobody has to remember."""
    return is_asked_within(aip, day, day, every_days)


def is_asked_within(aip: str, first: date, last: date, every_days: int) -> bool:
    """Whether an AIP's turn is on one of the days from `first` to `last`."""
    turn = int.from_bytes(sha256(aip.encode()).digest()[:8])
    return (last.toordinal() - turn) % every_days <= last.toordinal() - first.toordinal()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerRound:
    """What came of asking one peer at one time, in AIPs.

    `absent`: the peer says that it holds no such thing. `unanswered`: nothing can be said. `own`: our own copy could not be read
    or was not intact, so that there was nothing to compare with.
    """

    time: datetime
    agreed: int = 0
    differs: int = 0
    absent: int = 0
    unanswered: int = 0
    own: int = 0
