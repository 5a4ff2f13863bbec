"""A transaction's intent in the hands of its writer: its steps, and a sign of life now and then, whatever the writer waits for.

A sign of life is the same intent written again, under another nonce. It comes from a thread of its own, which ends with the
writer, also with one that was forgotten: nobody would go on with what that one has begun.
"""

import threading
from contextlib import suppress
from weakref import ref

from preservation.adapters.object_stores.s3.bucket import NEW, Bucket
from preservation.adapters.object_stores.s3.intent import BEAT_SECONDS, Intent, read_intent
from preservation.adapters.object_stores.s3.settling import Settling
from preservation.errors import PreservationError, Unavailable

_ATTEMPTS = 4


class Standing:
    """Created with the intent, which nobody may have begun before. `is_lost` once somebody else has settled it."""

    def __init__(self, bucket: Bucket, settling: Settling, intent: Intent) -> None:
        self._bucket, self._settling = bucket, settling
        self._changing = threading.Lock()
        self._over = threading.Event()
        self._nonces: set[str] = set()
        self.is_lost = False
        self.intent = settling.signed(intent)
        etag = bucket.put(self.intent.key, self.intent.to_bytes(), condition=NEW)
        if etag is None:
            raise Unavailable(f"the transaction {intent.tx} is under way in {bucket.address}")
        # Whoever recovers goes by the intent: nothing is written on a server's word that it is there.
        kept = bucket.head(self.intent.key)
        if kept is None or kept.etag != etag:
            raise Unavailable(f"{bucket.address}: the server did not keep the transaction {intent.tx}")
        self._etag = etag
        self._nonces.add(self.intent.nonce)
        threading.Thread(target=_beat, args=(ref(self), self._over), name="s3-beat", daemon=True).start()

    def advance(self, intent: Intent) -> bool:
        """Write the next step; False if somebody else has settled the transaction. Unavailable."""
        with self._changing:
            return self._write(intent)

    def end(self, intent: Intent) -> str | None:
        """Write the last step: no sign of life comes after it. Its ETag; None if somebody else has settled it."""
        with self._changing:
            self._over.set()
            return self._etag if self._write(intent) else None

    def stop(self) -> None:
        """No sign of life any more; one that is on its way is waited for."""
        with self._changing:
            self._over.set()

    def lose(self) -> None:
        """As `stop`, without waiting."""
        self._over.set()

    def beat(self) -> None:
        """A sign of life. One that the server does not take is not the end: the next one may reach it."""
        with suppress(PreservationError), self._changing:
            if not self._over.is_set() and not self._write(self.intent):
                self.is_lost = True
                self._over.set()

    def _write(self, intent: Intent) -> bool:
        ours = self._settling.signed(intent)
        self._nonces.add(ours.nonce)
        for _ in range(_ATTEMPTS):
            written = self._bucket.put(ours.key, ours.to_bytes(), condition=self._etag)
            if written is not None:
                self.intent, self._etag = ours, written
                return True
            found = read_intent(self._bucket, ours.tx)
            if found is None or found[0].nonce not in self._nonces:
                return False
            # What stands there is ours: an earlier writing that was not answered, or with another ETag.
            self._etag = found[1].etag
        raise Unavailable(f"{self._bucket.address}: the server does not keep the transaction {ours.tx}")


def _beat(one: "ref[Standing]", over: threading.Event) -> None:
    while not over.wait(BEAT_SECONDS):
        standing = one()
        if standing is None:
            return
        standing.beat()
        # What waits must not keep it.
        del standing
