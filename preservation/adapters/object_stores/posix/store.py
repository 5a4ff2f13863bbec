"""ports.ReplicaStore over a folder."""

import os
import stat
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import RawIOBase

from preservation.adapters.object_stores.posix import (
    beneath,
    claims,
    cold_reading,
    creation,
    durable,
    listing,
    recovery,
    setting_aside,
    version_writer,
    writing,
)
from preservation.adapters.object_stores.posix.identity import FORMAT, MARKER, Identity, Unmarked
from preservation.adapters.object_stores.posix.intent import Intent
from preservation.adapters.object_stores.posix.keys import checked
from preservation.errors import NotHere, ReplicaAway, Unavailable

__all__ = ["FORMAT", "MARKER", "PosixStore", "create"]


class PosixStore:
    """One replica at `root`, known by `replica_id`. See ports.ReplicaStore for the promises."""

    def __init__(self, root: str, replica_id: str, identity: Identity | Unmarked | None = None) -> None:
        self._root = root
        self._id = replica_id
        self._identity = identity or Identity(root, replica_id)
        self._cold = cold_reading.ColdReading(root)

    @property
    def id(self) -> str:
        return self._id

    @property
    def device(self) -> str:
        try:
            return f"dev:{os.stat(self._root).st_dev}"
        except OSError as error:
            raise ReplicaAway(f"{self._root} is not there: {error.strerror}") from error

    def check_identity(self) -> None:
        self._identity.check()

    def open(self, key: str) -> RawIOBase:
        checked(key)
        self._identity.await_answer()
        with self._reading(f"cannot open {key}"):
            descriptor = beneath.open_file(self._root, key)
        return open(descriptor, "rb", buffering=0)

    def open_cold(self, key: str) -> RawIOBase:
        checked(key)
        self._identity.await_answer()
        with self._reading(f"cannot open {key}"):
            return version_writer.open_cold(self._root, key)

    def read_cold(self, objects: Sequence[tuple[str, int]]) -> Generator[memoryview | None, None, None]:
        self._identity.check_quickly()
        yield from self._cold.read(objects)

    def read(self, key: str) -> bytes:
        with self.open(key) as stream, durable.translated(f"cannot read {key}"):
            return stream.readall() or b""

    def size(self, key: str) -> int | None:
        folder, _, name = checked(key).rpartition("/")
        try:
            with self._reading(f"cannot look at {key}"):
                above = beneath.open_folder(self._root, folder)
                try:
                    found = os.stat(name, dir_fd=above, follow_symlinks=False)
                finally:
                    os.close(above)
        except NotHere:
            return None
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def local_path(self, key: str) -> str | None:
        checked(key)
        with self._reading(f"cannot look at {key}"):
            # Opened and closed again, because a link on the way would lead a tool to what is not this replica's.
            os.close(beneath.open_file(self._root, key))
        return f"{os.path.abspath(self._root)}/{key}"

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        checked(prefix)
        self._identity.check_quickly()
        yield from listing.walk(self._root, prefix)
        # A replica that goes away meanwhile looks as if it held nothing more.
        self._identity.check_quickly()

    def put(self, items: Iterable[tuple[str, bytes]]) -> None:
        with self._writing("cannot put objects"):
            writing.put(self._root, items)

    def replace(self, key: str, data: bytes) -> None:
        with self._writing(f"cannot replace {key}"):
            writing.replace(self._root, key, [data], "replace")

    def restore(self, key: str, chunks: Iterable[bytes], tx: str) -> None:
        checked(key)
        with self._writing(f"cannot restore {key}"):
            # What stands where a folder should be is damage as well, and kept as evidence like other damage.
            obstacle = writing.obstacle(self._root, key)
            if obstacle is not None:
                setting_aside.set_aside(self._root, obstacle, tx)
            writing.replace(self._root, key, chunks, f"restore-{tx}")

    def set_aside(self, key: str, reason_id: str) -> str | None:
        checked(key)
        with self._writing(f"cannot set {key} aside"):
            return setting_aside.set_aside(self._root, key, checked(reason_id))

    def remove_partial_tiles(self, keys: Sequence[str]) -> None:
        for key in keys:
            if ".p/" not in checked(key) or not key.startswith(("ledger/tile/", "texts/")):
                raise ValueError(f"{key} is not a partial tile")
        with self._writing("cannot remove partial tiles"):
            for key in keys:
                self._remove_partial_tile(key)

    def begin_version(
        self, tx: str, object_root: str, version: int, base_inventory_digest: str | None
    ) -> version_writer.PosixVersionWriter:
        intent = Intent(object_root=checked(object_root), version=version, base=base_inventory_digest, new=None)
        if "/" in checked(tx):
            raise ValueError(f"not the name of a transaction: {tx!r}")
        with self._writing(f"cannot stage {object_root}"):
            return version_writer.PosixVersionWriter(self._root, tx, intent)

    def fence(self, tx: str) -> None:
        with self._writing(f"cannot fence off {tx} in {self._root}"):
            recovery.fence(self._root, tx)

    def recover(self) -> Sequence[tuple[str, str]]:
        self.check_identity()
        with self._writing(f"cannot recover {self._root}"):
            beside = "" if isinstance(self._identity, Unmarked) else MARKER
            durable.make_directories(self._root, claims.WORK, beside=beside)
            return recovery.recover(self._root)

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        """Nothing is missing from a replica that is not there."""
        self._identity.check_quickly()
        try:
            with durable.translated(what):
                yield
        except NotHere:
            self._identity.check_quickly()
            raise

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        """Nothing is written to a place that is not the replica. A folder that vanishes meanwhile is no missing key."""
        self._identity.check_quickly()
        try:
            yield
        except OSError as error:
            self._identity.check_quickly()
            translated = durable.translate(error, what)
            if isinstance(translated, NotHere):
                raise Unavailable(f"{what}: {error.strerror}") from error
            raise translated from error

    def _remove_partial_tile(self, key: str) -> None:
        folder, _, name = key.rpartition("/")
        try:
            above = beneath.open_folder(self._root, folder)
        except FileNotFoundError:
            return
        try:
            os.unlink(name, dir_fd=above)
        except FileNotFoundError:
            pass
        finally:
            os.close(above)
        durable.prune_empty(os.path.dirname(f"{self._root}/{folder}"), os.path.basename(folder))


def create(root: str, replica_id: str, *, first_files: Iterable[tuple[str, bytes]], marker: bytes) -> PosixStore:
    """Make a new replica in an absent or empty folder. Conflict if something else than its unfinished beginning is there."""
    with durable.translated(f"cannot make a replica in {root}"):
        creation.fill(os.path.abspath(root), dict(first_files), marker)
    return PosixStore(root, replica_id)
