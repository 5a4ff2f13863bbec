"""Bringing a transaction to its end, whoever began it: finished if it has passed its point of no return, undone otherwise.

Who settles first makes themselves its owner, by a conditional write; another one that comes meanwhile leaves it to them while
they live. Nothing is deleted below an object but by the owner of the transaction that its claim names, and only where no
inventory refers to: a new object without root inventory, or the folder of a version that is not the head.

S3 cannot delete on a condition. An owner on another machine that stands still between its look and its deletion for longer than
the lease, and then goes on, could delete what somebody else has written since; fixity finds that, and repair mends it.
"""

import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from preservation.adapters.object_stores.s3.bucket import Bucket, Head
from preservation.adapters.object_stores.s3.clearing import abandon_uploads, clear_all, clear_own
from preservation.adapters.object_stores.s3.heading import make_head
from preservation.adapters.object_stores.s3.intent import (
    CLAIMS,
    INVENTORY,
    TRANSACTIONS,
    Intent,
    State,
    claimed_by,
    is_alive,
    read_intent,
    this_process,
)
from preservation.adapters.object_stores.s3.lanes import Lanes
from preservation.errors import ReplicaAway, Unavailable

FINISHED, UNDONE, CLEARED = "finished", "undone", "cleared"
_OVER = (State.COMMITTING, State.COMMITTED)
_AGAIN = "again"
_ENDED = (State.FENCED, State.OVERTAKEN)


class Settling:
    """The ends of transactions on one replica. `headers` go with what becomes part of an object (its lock)."""

    def __init__(self, bucket: Bucket, lanes: Lanes) -> None:
        self._bucket, self._lanes = bucket, lanes
        self._me = f"{this_process()} {secrets.token_hex(4)}"
        # Threads of one process have one name as owners.
        self._undoing = threading.Lock()
        self._active: set[str] = set()

    def enter(self, tx: str) -> None:
        """Somebody here begins a transaction: while they are at it nobody settles it for them."""
        self._active.add(tx)

    def leave(self, tx: str) -> None:
        """They are done with it, whatever came of it."""
        self._active.discard(tx)

    def is_busy(self, intent: Intent, head: Head) -> bool:
        """Whether its owner may be at it."""
        return intent.tx in self._active if intent.owner == self._me else is_alive(intent, head)

    def recover(self, headers: dict[str, str]) -> Sequence[tuple[str, str]]:
        """Settle every transaction whose owner is gone. Idempotent.

        One that cannot be settled holds up no other; what the first was is raised at the end.
        """
        settled: list[tuple[str, str]] = []
        failed: list[Unavailable] = []
        for tx in self._transactions():
            with _put_off(failed):
                settled.extend(self._recover(tx, headers))
        for page in self._bucket.list(f"{CLAIMS}/"):
            for key, _ in page:
                with _put_off(failed):
                    if (tx_of := claimed_by(self._bucket, key)) is not None:
                        self.forget_claim(key, tx_of)
        if failed:
            raise failed[0]
        return settled

    def _recover(self, tx: str, headers: dict[str, str]) -> Iterator[tuple[str, str]]:
        found = read_intent(self._bucket, tx)
        if found is None:
            clear_all(self._bucket, self._lanes, f"{TRANSACTIONS}/{tx}/")
            yield tx, CLEARED
        elif not self.is_busy(*found) and (outcome := self.settle(tx, State.FENCED, headers)) is not None:
            yield found[0].object_root, outcome

    def forget_claim(self, claim_key: str, tx: str) -> None:
        """Remove a claim whose transaction is gone: it was undone between its intent and its claim. Nothing else frees it."""
        if read_intent(self._bucket, tx) is None and claimed_by(self._bucket, claim_key) == tx:
            self._bucket.remove(claim_key)

    def settle(self, tx: str, end: State, headers: dict[str, str]) -> str | None:
        """FINISHED, or UNDONE with `end` as its last state; None if there is no such transaction, or its owner is at it."""
        while (found := read_intent(self._bucket, tx)) is not None:
            intent, head = found
            if intent.state is State.COMMITTED and self.is_busy(intent, head):
                return FINISHED
            if intent.state in _OVER:
                return FINISHED if self.finish(intent, head.etag, headers) else UNDONE
            with self._undoing:
                if (outcome := self._settle_undone(tx, end)) is not _AGAIN:
                    return outcome
        return None

    def _settle_undone(self, tx: str, end: State) -> str | None:
        found = read_intent(self._bucket, tx)
        if found is None:
            return None
        intent, head = found
        if intent.state in _ENDED and intent.owner != self._me and is_alive(intent, head):
            return None
        taken = None
        if intent.state not in _OVER:
            taken = self.advance(intent if intent.state in _ENDED else replace(intent, state=end), head.etag)
        if taken is None:
            return _AGAIN
        self._undo(taken[0])
        return UNDONE

    def signed(self, intent: Intent) -> Intent:
        """As ours, and unlike anything that was written before."""
        return replace(intent, owner=self._me, nonce=secrets.token_hex(8))

    def advance(self, intent: Intent, etag: str) -> tuple[Intent, str] | None:
        """Write the next state, as ours, if it still stands as it was read; None if it does not."""
        ours = self.signed(intent)
        written = self._bucket.put(intent.key, ours.to_bytes(), condition=etag)
        return None if written is None else (ours, written)

    def finish(self, intent: Intent, etag: str, headers: dict[str, str]) -> bool:
        """From the point of no return to the end. False if the head is another than it was begun from: then it is undone."""
        if intent.state is State.COMMITTING:
            if not make_head(self._bucket, intent, headers):
                taken = self.advance(replace(intent, state=State.FENCED), etag)
                if taken is not None:
                    self._undo(taken[0])
                return False
            committed = self.advance(replace(intent, state=State.COMMITTED), etag)
            if committed is None:
                return True
            intent, etag = committed
        elif self.advance(intent, etag) is None:
            return True
        self._release(intent)
        return True

    def _undo(self, intent: Intent) -> None:
        """Only what is ours: by the claim, and below a folder that no inventory refers to."""
        is_ours = claimed_by(self._bucket, intent.claim_key) == intent.tx
        if is_ours and not (intent.base is None and self._bucket.head(f"{intent.object_root}/{INVENTORY}")):
            abandon_uploads(self._bucket, intent.own_folder)
            clear_own(self._bucket, self._lanes, intent)
        self._release(intent)

    def _release(self, intent: Intent) -> None:
        """What was staged, the claim, and last the intent: until then somebody else can do this over again."""
        abandon_uploads(self._bucket, intent.staged)
        clear_all(self._bucket, self._lanes, intent.staged)
        if claimed_by(self._bucket, intent.claim_key) == intent.tx:
            self._bucket.remove(intent.claim_key)
        self._bucket.remove(intent.key)

    def _transactions(self) -> list[str]:
        start = f"{TRANSACTIONS}/"
        keys = (key for page in self._bucket.list(start) for key, _ in page)
        return sorted({key.removeprefix(start).partition("/")[0] for key in keys})


@contextmanager
def _put_off(failed: list[Unavailable]) -> Iterator[None]:
    """What could not be done is told later; that nothing can be done is told at once."""
    try:
        yield
    except ReplicaAway:
        raise
    except Unavailable as error:
        failed.append(error)
