"""ports.ReplicaStore over a bucket."""

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from io import RawIOBase
from weakref import WeakValueDictionary

from minio import time as amz_time
from minio.credentials.providers import Provider

from preservation.adapters.object_stores.posix.keys import checked
from preservation.adapters.object_stores.s3 import reading, setting_aside, version_writer
from preservation.adapters.object_stores.s3.abilities import Abilities
from preservation.adapters.object_stores.s3.address import S3Address
from preservation.adapters.object_stores.s3.bucket import NEW, Bucket
from preservation.adapters.object_stores.s3.identity import Identity
from preservation.adapters.object_stores.s3.intent import Intent, State
from preservation.adapters.object_stores.s3.lanes import Group, Lanes
from preservation.adapters.object_stores.s3.leftovers import leftovers
from preservation.adapters.object_stores.s3.options import S3Options
from preservation.adapters.object_stores.s3.probe import check_lock, known_abilities
from preservation.adapters.object_stores.s3.settling import Settling
from preservation.adapters.object_stores.s3.shown import shown
from preservation.adapters.object_stores.s3.uploads import Upload
from preservation.adapters.object_stores.s3.wire import Wire
from preservation.errors import Deleted, ImmutableConflict, NotHere, Unavailable

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class _Known:
    """What is made once the server was asked for the first time."""

    bucket: Bucket
    settling: Settling


class S3Store:
    """One replica in a bucket; any marker is believed unless `is_marked`. See ports.ReplicaStore for the promises.

    The marker is read before anything is written or listed, and where something is not there. An object that is there is given
    without: whoever reads it compares digests.
    """

    def __init__(
        self, address: S3Address, replica_id: str, provider: Provider, options: S3Options, *, is_marked: bool = True
    ) -> None:
        self._id, self._address = replica_id, address
        self._wire = Wire(address, provider, options)
        self._lanes = Lanes(options.lanes)
        self._identity = Identity(Bucket(self._wire, Abilities()), replica_id if is_marked else None)
        self._known: _Known | None = None
        self._asking = threading.Lock()
        self._writers: WeakValueDictionary[str, version_writer.S3VersionWriter] = WeakValueDictionary()

    @property
    def id(self) -> str:
        return self._id

    @property
    def device(self) -> str:
        return self._address.device

    @property
    def abilities(self) -> Abilities:
        """What the server was found to do. Unavailable, ReplicaAway."""
        return self._ready().bucket.abilities

    def check_identity(self) -> None:
        self._identity.check()

    def open(self, key: str) -> RawIOBase:
        checked(key)
        try:
            return self._reader.open(key)
        except NotHere as error:
            self._identity.check()
            bucket = self._ready().bucket
            if bucket.abilities.versioned and bucket.has_delete_marker(key):
                raise Deleted(f"{key} in {self._address.name} was deleted: a delete marker stands over it") from error
            raise

    def open_cold(self, key: str) -> RawIOBase:
        return self.open(key)

    def read_cold(self, objects: Sequence[tuple[str, int]]) -> Generator[memoryview | None, None, None]:
        self._identity.check()
        yield from reading.read_whole(self._reader, self._lanes, objects)

    def read(self, key: str) -> bytes:
        with self.open(key) as stream:
            return b"".join(iter(lambda: stream.read(_PIECE) or b"", b""))

    def size(self, key: str) -> int | None:
        found = self._reader.head(checked(key))
        if found is None:
            self._identity.check()
        return found.size if found else None

    def local_path(self, key: str) -> str | None:
        if self.size(key) is None:
            raise NotHere(f"there is no {key} in {self._address.name}")
        return None

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        start = f"{checked(prefix)}/"
        self._identity.check()
        yield from shown(self._reader, start)
        # One that is emptied meanwhile looks as if it held nothing more.
        self._identity.check()

    def put(self, items: Iterable[tuple[str, bytes]]) -> None:
        self._identity.check()
        bucket = self._ready().bucket
        group = Group(self._lanes)
        try:
            for key, data in items:
                group.submit(len(data), partial(_put_new, bucket, checked(key), data))
        finally:
            group.settle()
        group.check()

    def replace(self, key: str, data: bytes) -> None:
        self._write_over(checked(key), [data], "replace")

    def restore(self, key: str, chunks: Iterable[bytes], tx: str) -> None:
        self._write_over(checked(key), chunks, f"restore {tx}")

    def set_aside(self, key: str, reason_id: str) -> str | None:
        checked(key), checked(reason_id)
        self._identity.check()
        return setting_aside.set_aside(self._ready().bucket, self._lanes, key, reason_id)

    def remove_partial_tiles(self, keys: Sequence[str]) -> None:
        for key in keys:
            if ".p/" not in checked(key) or not key.startswith(("ledger/tile/", "texts/")):
                raise ValueError(f"{key} is not a partial tile")
        self._identity.check()
        group = Group(self._lanes)
        for key in keys:
            group.submit(0, partial(self._reader.remove, key))
        group.wait()

    def begin_version(
        self, tx: str, object_root: str, version: int, base_inventory_digest: str | None
    ) -> version_writer.S3VersionWriter:
        checked(object_root)
        if "/" in checked(tx):
            raise ValueError(f"not the name of a transaction: {tx!r}")
        self._identity.check()
        known = self._ready()
        intent = Intent(tx, object_root, version, base_inventory_digest, None, State.OPEN, "", "")
        writer = version_writer.S3VersionWriter(known.bucket, self._lanes, known.settling, intent, self._lock_headers())
        self._writers[tx] = writer
        return writer

    def fence(self, tx: str) -> None:
        self._identity.check()
        if self._ready().settling.settle(tx, State.FENCED, self._lock_headers()) == "undone":
            writer = self._writers.get(tx)
            if writer is not None:
                writer.lose(version_writer.FENCED)

    def recover(self) -> Sequence[tuple[str, str]]:
        self._identity.check()
        return self._ready().settling.recover(self._lock_headers())

    def leftovers(self) -> Sequence[str]:
        """What was broken off and waits to be settled, or cannot be, one sentence each. Unavailable, ReplicaAway."""
        self._identity.check()
        return list(leftovers(self._ready().bucket))

    @property
    def _reader(self) -> Bucket:
        return self._known.bucket if self._known else Bucket(self._wire, Abilities())

    def _ready(self) -> _Known:
        with self._asking:
            if self._known is None:
                abilities = known_abilities(self._wire)
                check_lock(self._address, abilities)
                bucket = Bucket(self._wire, abilities)
                self._known = _Known(bucket, Settling(bucket, self._lanes))
            return self._known

    def _lock_headers(self) -> dict[str, str]:
        """Until when what is written now is locked."""
        lock = self._address.lock
        if lock is None:
            return {}
        until = amz_time.utcnow() + timedelta(days=lock.days)
        return {
            "x-amz-object-lock-mode": lock.mode,
            "x-amz-object-lock-retain-until-date": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def _write_over(self, key: str, chunks: Iterable[bytes], mark: str) -> None:
        """One request, or parts that are put together at the end: until then the old object stands."""
        self._identity.check()
        headers = self._lock_headers() if key.startswith(("ocfl/", "repository/")) else {}
        upload = Upload(self._ready().bucket, self._lanes, key, mark=mark, guard=None, headers=headers)
        try:
            for chunk in chunks:
                upload.write(chunk)
            upload.finish()
        except BaseException:
            upload.abandon()
            raise


def _put_new(bucket: Bucket, key: str, data: bytes) -> None:
    if bucket.put(key, data, condition=NEW) is not None:
        return
    try:
        held = bucket.get(key)[0]
    except NotHere as error:
        raise Unavailable(f"{bucket.address}: {key} was there and is gone") from error
    if held != data:
        raise ImmutableConflict(f"{key} already holds other bytes")
