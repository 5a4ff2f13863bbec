"""Repair: a damaged or missing file is set aside and made again from a copy that agrees with the logged digest (CPP-004).

Never by majority: a source counts only if its bytes have the digest that the ledger proves. Each step's outcome is an event,
made by the caller in one transaction with the copy's new state.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512

from preservation.domain.fixity import Damaged, FixityResult, Intact, Missing, Unreadable
from preservation.errors import Conflict, NotHere, ReplicaAway, Unavailable
from preservation.ports import ReplicaStore
from preservation.services.fixity_check import check_file

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Repair:
    """What was done about one file. `source` is the replica that it came from, "" where its bytes followed from the ledger.

    `aside` is where the damaged bytes are kept; it may be there although the repair failed afterwards.
    """

    key: str
    found: FixityResult
    repaired: bool
    source: str = ""
    aside: str | None = None
    reason: str = ""


class _SourceDiffers(Exception):
    """The source's bytes turned out wrong while they were copied."""


def set_stranger_aside(store: ReplicaStore, problem: FixityResult, repair_id: str) -> Repair:
    """Move a file that does not belong out of the way."""
    try:
        aside = store.set_aside(problem.key, repair_id)
    except (Unavailable, NotHere) as error:
        return Repair(problem.key, problem, repaired=False, reason=str(error))
    return Repair(problem.key, problem, repaired=True, aside=aside)


def repair_known(store: ReplicaStore, problem: FixityResult, data: bytes, repair_id: str) -> Repair:
    """Make a file again whose bytes follow from what is known."""
    return _Replacement(store, problem, repair_id).make(sha256(data).digest(), "", [data])


def repair_file(
    store: ReplicaStore, problem: FixityResult, expected: bytes, *, sources: Sequence[ReplicaStore], repair_id: str
) -> Repair:
    """Make one content file right again, from the first source with the expected digest (SHA-256, or SHA-512 of 64 bytes)."""
    replacement = _Replacement(store, problem, repair_id)
    outcome = Repair(problem.key, problem, repaired=False, reason="no other copy has the logged digest")
    for source in sources:
        if source.id == store.id or not _agrees(source, problem.key, expected):
            continue
        outcome = replacement.make(expected, source.id, _verified(source, problem.key, expected))
        if outcome.repaired:
            break
    return outcome


class _Replacement:
    """Sets a file aside once, whatever comes after it, and puts another in its place."""

    def __init__(self, store: ReplicaStore, problem: FixityResult, repair_id: str) -> None:
        self._store = store
        self._problem = problem
        self._repair_id = repair_id
        self._aside: str | None = None

    def make(self, expected: bytes, source: str, chunks: Iterable[bytes]) -> Repair:
        if not isinstance(self._problem, Damaged | Missing):
            return self._outcome(source, "could not be read")
        key = self._problem.key
        try:
            self._aside = self._aside or self._store.set_aside(key, self._repair_id)
            self._store.restore(key, chunks, self._repair_id)
            now, _ = check_file(self._store, key, expected)
        except (Unavailable, NotHere, Conflict, _SourceDiffers) as error:
            return self._outcome(source, str(error))
        if isinstance(now, Intact):
            return self._outcome(source, "")
        return self._outcome(
            source, now.reason if isinstance(now, Unreadable) else "what was written back differs when read"
        )

    def _outcome(self, source: str, reason: str) -> Repair:
        problem = self._problem
        return Repair(problem.key, problem, repaired=not reason, source=source, aside=self._aside, reason=reason)


def _agrees(source: ReplicaStore, key: str, expected: bytes) -> bool:
    try:
        result, _ = check_file(source, key, expected)
    except ReplicaAway:
        return False
    return isinstance(result, Intact)


def _verified(source: ReplicaStore, key: str, expected: bytes) -> Iterator[bytes]:
    """The source's bytes; raises at the end unless they were the right ones, so that the writer gives up before its rename."""
    digest = sha512() if len(expected) == 64 else sha256()
    with source.open(key) as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
            yield piece
    if digest.digest() != expected:
        raise _SourceDiffers(f"{source.id} no longer has the logged bytes of {key}")
