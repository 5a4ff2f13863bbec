"""The four outcomes of a fixity check. Each is its own type, so that none can be mistaken for another."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Intact:
    """The bytes were read and agree with the recorded digest."""

    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Damaged:
    """The bytes were read and do not agree."""

    key: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The store answered, and it holds nothing here.

    `is_deleted` says that somebody deleted it where the store keeps what is deleted: a delete marker stands over it.
    """

    key: str
    is_deleted: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """We could not tell. Never counted as intact, never as damage."""

    key: str
    reason: str


FixityResult = Intact | Damaged | Missing | Unreadable
