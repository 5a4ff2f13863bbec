"""The commit protocol for S3, which has no rename: content where it belongs, unreferred to, then inventories, the root's last.

begin    the intent, then the claim on the object, each created only if it is not there
stage    content goes in place, created only; the version's inventory, the root's, and what lies beside it are kept in `work/`.
         Who does not get the claim, or does not find the object as expected, keeps everything there
seal     the intent gains the new inventory's digest: all of it is there
placing  who has no claim fences off who has, once the object is still what it began from, and copies
commit   the intent says so: the point of no return; then the version's inventory and its sidecar are created, then the root
         inventory is replaced if its ETag is the one that was read (created, for a first version), then the sidecar (`heading`)
tidy     what was staged, the claim, the intent
"""

import secrets
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from functools import partial
from hashlib import sha512
from io import RawIOBase

from preservation.adapters.object_stores.posix.keys import checked
from preservation.adapters.object_stores.s3.bucket import NEW, Bucket
from preservation.adapters.object_stores.s3.clearing import clear_own
from preservation.adapters.object_stores.s3.intent import (
    INVENTORY,
    SIDECAR,
    Intent,
    State,
    claimed_by,
    read_intent,
)
from preservation.adapters.object_stores.s3.lanes import Group, Lanes
from preservation.adapters.object_stores.s3.placing import (
    HELD_BYTES,
    place,
    place_large,
    root_inventory,
    write_new,
)
from preservation.adapters.object_stores.s3.reading import ReadAhead
from preservation.adapters.object_stores.s3.settling import Settling
from preservation.adapters.object_stores.s3.staging import StagedSink
from preservation.adapters.object_stores.s3.standing import Standing
from preservation.errors import Conflict, NotHere, Unavailable
from preservation.ports import Sink

_WAITS = 300
_WAIT_SECONDS = 0.1
AHEAD_BYTES = 1 << 20
OVERTAKEN, FENCED = "another version was committed first", "it was fenced off"


class S3VersionWriter:
    """One version on its way into one replica. See ports.VersionWriter for the promises."""

    def __init__(
        self, bucket: Bucket, lanes: Lanes, settling: Settling, intent: Intent, headers: dict[str, str]
    ) -> None:
        self._bucket, self._lanes, self._settling, self._headers = bucket, lanes, settling, headers
        self._group = Group(lanes)
        self._sizes: dict[str, int] = {}
        self._root_digest = ""
        self._lost = ""
        self._base: str | None = None
        self._standing = Standing(bucket, settling, intent)
        settling.enter(intent.tx)
        try:
            self._is_holder = self._claim()
        except BaseException:
            self._standing.stop()
            settling.leave(intent.tx)
            raise

    def put(self, path: str, data: bytes | memoryview) -> None:
        key = self._key(path)
        kept = bytes(data)
        self._note(path, kept)
        # Where another version was committed first nobody wants this one any more, and the commit says so.
        with suppress(Conflict):
            self._go_on()
            headers, guard = self._headers_for(path), self._check_claim
            self._group.submit(len(kept), partial(write_new, self._bucket, key, kept, headers, guard))

    def local_path(self, path: str) -> str | None:
        return None

    def create(self, path: str) -> Sink:
        key = self._key(path)
        with suppress(Conflict):
            self._go_on()
        return StagedSink(
            self._bucket,
            self._lanes,
            self._group,
            key,
            mark=f"{self._intent.tx} {secrets.token_hex(8)}",
            headers=self._headers_for(path),
            closed=partial(self._closed, path),
            digest=path == INVENTORY,
            going_on=self._go_on,
            guard=self._check_claim,
        )

    def discard(self, path: str) -> None:
        key = self._key(path)
        if self._sizes.pop(path, None) is None:
            raise NotHere(f"{path} was not staged")
        with suppress(Conflict):
            # It may still be on its way.
            self._group.wait()
            self._check_claim()
            self._bucket.remove(key)

    def flush(self) -> None:
        with suppress(Conflict):
            self._group.wait()

    def seal(self) -> None:
        with suppress(Conflict):
            self._seal()

    def _seal(self) -> None:
        self._group.wait()
        folder = f"v{self._intent.version}/"
        for path in (INVENTORY, SIDECAR, f"{folder}{INVENTORY}", f"{folder}{SIDECAR}"):
            if path not in self._sizes:
                raise Unavailable(f"{path} is not staged")
        self._advance(replace(self._intent, state=State.SEALED, new=self._root_digest))

    def open_sealed(self, path: str) -> RawIOBase:
        key = self._key(path)
        size = self._sizes.get(path)
        if size is None:
            raise NotHere(f"{path} was not staged")
        try:
            self._go_on()
        except Conflict as error:
            raise Unavailable(str(error)) from error
        if size <= AHEAD_BYTES:
            return ReadAhead(self._lanes.submit(size, partial(self._bucket.get, key)), key)
        try:
            return self._bucket.open(key)
        except NotHere as error:
            raise Unavailable(f"{path} is no longer where it was staged") from error

    def commit(self) -> None:
        if self._intent.state is not State.SEALED and not self._lost:
            raise ValueError("a version is sealed before it is committed")
        self._go_on()
        self._check_base()
        if self._is_holder:
            self._remove_strays(but=self._sizes)
        else:
            self._advance(replace(self._intent, state=State.PLACING))
            self._place()
        self._go_on()
        etag = self._standing.end(replace(self._intent, state=State.COMMITTING))
        if etag is None:
            raise self._find_out()
        is_head = self._settling.finish(self._intent, etag, self._headers)
        self._settling.leave(self._intent.tx)
        if not is_head:
            raise Conflict(f"{self._intent.object_root} is no longer what this version was made from")

    def abort(self) -> None:
        self._lost = self._lost or "it was given up"
        self._group.settle()
        self._standing.stop()
        self._settling.leave(self._intent.tx)
        self._settling.settle(self._intent.tx, State.FENCED, self._headers)

    def lose(self, reason: str) -> None:
        """Told that it was fenced off by somebody in this process."""
        self._lost = reason
        self._standing.lose()

    def _claim(self) -> bool:
        """Whether we may write in place: the object is ours alone, and what it should be."""
        if not self._take_claim():
            return False
        folder = f"{self._intent.object_root}/v{self._intent.version}"
        if self._is_base() and self._bucket.head(f"{folder}/{INVENTORY}") is None:
            return True
        self._bucket.remove(self._intent.claim_key)
        return False

    def _take_claim(self) -> bool:
        """Whether the claim is ours, and there."""
        written = self._bucket.put(self._intent.claim_key, self._intent.tx.encode(), condition=NEW)
        return written is not None and claimed_by(self._bucket, self._intent.claim_key) == self._intent.tx

    def _is_base(self) -> bool:
        now = root_inventory(self._bucket, self._intent.object_root)
        self._base = now.etag if now else None
        return (now.digest if now else None) == self._intent.base

    def _check_base(self) -> None:
        root = self._intent.object_root
        if self._is_holder:
            now = self._bucket.head(f"{root}/{INVENTORY}")
            is_base = (now.etag if now else None) == self._base
        else:
            is_base = self._is_base()
        if not is_base:
            raise Conflict(f"{root} is no longer what this version was made from")

    def _place(self) -> None:
        """Take the object over from whoever holds it, and bring what was staged into place."""
        for _ in range(_WAITS):
            if self._take_claim():
                break
            holder = claimed_by(self._bucket, self._intent.claim_key)
            found = read_intent(self._bucket, holder) if holder else None
            # Whoever cannot be overtaken any more may have broken off: what is committing is finished by whoever comes.
            may_settle = (State.OPEN, State.SEALED, State.COMMITTING)
            if found is not None and (found[0].state in may_settle or not self._settling.is_busy(*found)):
                self._settling.settle(found[0].tx, State.OVERTAKEN, self._headers)
            elif found is None and holder is not None:
                self._settling.forget_claim(self._intent.claim_key, holder)
            else:
                time.sleep(_WAIT_SECONDS)
            self._check_base()
        else:
            raise Unavailable(f"{self._intent.object_root} is held by another transaction")
        self._check_base()
        self._is_holder = True
        self._remove_strays(but=())
        placed = {path: size for path, size in self._sizes.items() if self._intent.goes_in_place(path)}
        headers, guard = self._headers, self._check_claim
        for path, size in placed.items():
            source, target = self._intent.staged + path, f"{self._intent.object_root}/{path}"
            if size <= HELD_BYTES:
                self._group.submit(size, partial(place, self._bucket, source, target, headers, guard))
            else:
                mark = f"{self._intent.tx} {secrets.token_hex(8)}"
                place_large(self._bucket, self._lanes, source, target, mark=mark, headers=headers, guard=guard)
        self._group.wait()

    def _remove_strays(self, but: Collection[str]) -> None:
        """What somebody who was fenced off wrote after it had been cleared away."""
        if not clear_own(self._bucket, self._lanes, self._intent, but):
            raise Conflict(f"{self._intent.object_root}/v{self._intent.version} is already there")

    def _key(self, path: str) -> str:
        if self._is_holder and self._intent.goes_in_place(checked(path)):
            return f"{self._intent.object_root}/{path}"
        return self._intent.staged + checked(path)

    def _headers_for(self, path: str) -> dict[str, str]:
        """Only what stays is locked."""
        return self._headers if self._is_holder and self._intent.goes_in_place(path) else {}

    def _note(self, path: str, data: bytes) -> None:
        self._sizes[path] = len(data)
        if path == INVENTORY:
            self._root_digest = sha512(data).hexdigest()

    def _closed(self, path: str, size: int, digest: str) -> None:
        self._sizes[path] = size
        if path == INVENTORY:
            self._root_digest = digest

    @property
    def _intent(self) -> Intent:
        return self._standing.intent

    def _go_on(self) -> None:
        """Raises if it was fenced off."""
        if self._standing.is_lost and not self._lost:
            raise self._find_out()
        if self._lost:
            raise self._reason()

    def _advance(self, intent: Intent) -> None:
        self._go_on()
        if not self._standing.advance(intent):
            raise self._find_out()

    def _check_claim(self) -> None:
        """Raises if the object is no longer ours: asked before anything that stands there is replaced."""
        if not self._is_holder:
            return
        if claimed_by(self._bucket, self._intent.claim_key) != self._intent.tx:
            raise self._find_out()

    def _find_out(self) -> Exception:
        """Whether somebody else's version took its place, or it was fenced off."""
        found = read_intent(self._bucket, self._intent.tx)
        is_gone_on = claimed_by(self._bucket, self._intent.claim_key) not in (None, self._intent.tx)
        is_overtaken = found[0].state is State.OVERTAKEN if found else is_gone_on or not self._is_base()
        if self._lost != FENCED:
            self._lost = OVERTAKEN if is_overtaken else FENCED
        return self._reason()

    def _reason(self) -> Exception:
        kind = Conflict if self._lost == OVERTAKEN else Unavailable
        return kind(f"{self._intent.object_root} {self._intent.tx}: {self._lost}")
