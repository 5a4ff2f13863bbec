"""Replicas: whole copies of the repository."""

from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from io import RawIOBase
from typing import Protocol

from preservation.domain.holdings import ReplicaRecord


class Sink(Protocol):
    """A file being written."""

    def write(self, data: bytes | memoryview) -> int: ...

    def close(self) -> None: ...


class VersionWriter(Protocol):
    """One OCFL version on its way into one replica (evidence: stage, seal, read back, commit).

    Until `commit` returns nothing that was there has changed for a reader. Paths are relative to the OCFL object root.
    Methods may be called from several threads, but not twice for one path.
    """

    def put(self, path: str, data: bytes | memoryview) -> None:
        """Stage a whole small file."""
        ...

    def local_path(self, path: str) -> str | None:
        """Where a staged file lies on this machine, for tools that want a file name; None if it does not."""
        ...

    def create(self, path: str) -> Sink:
        """Stage a file in pieces."""
        ...

    def discard(self, path: str) -> None:
        """Take a staged file back: its content is already held by an earlier version."""
        ...

    def flush(self) -> None:
        """Make what is staged so far durable: `open_sealed` may read it. More may be staged, meanwhile and afterwards."""
        ...

    def seal(self) -> None:
        """Make everything staged durable, and drop it from caches. Raises DiskFull or Unavailable."""
        ...

    def open_sealed(self, path: str) -> RawIOBase:
        """A staged file, read from the medium rather than from a cache."""
        ...

    def commit(self) -> None:
        """Make the version the head, durably. Raises Conflict if the head is no longer the one we began from.

        Needs `inventory.json` and its sidecar staged, both in the object root and in the version folder.
        """
        ...

    def abort(self) -> None:
        """Undo: nothing staged remains. Idempotent."""
        ...


class ReplicaStore(Protocol):
    """Bytes under keys: one whole copy of the repository. Keys are "/"-separated relative paths.

    Reading what was written MUST give the written bytes at once; listing may lag. Every write MUST be durable when it
    returns. Raises ReplicaAway when the location is not there or is not the replica that it should be, Unavailable when
    it does not answer, DiskFull when it has no room. Safe to call from several threads.
    """

    @property
    def id(self) -> str: ...

    @property
    def device(self) -> str:
        """Names what the replica shares with others: two stores with one device have one queue and one flush."""
        ...

    def check_identity(self) -> None:
        """Raises ReplicaAway unless the marker of this very replica can be read."""
        ...

    def open(self, key: str) -> RawIOBase:
        """From the start. NotHere if there is no such key."""
        ...

    def open_cold(self, key: str) -> RawIOBase:
        """As `open`, but from the medium: what a fixity check must use."""
        ...

    def read_cold(self, objects: Sequence[tuple[str, int]]) -> Generator[memoryview | None, None, None]:
        """Small objects whole and from the medium, in the order given; each is (key, size), as `list` tells them.

        A view holds its bytes until the next one is asked for. None for what could not be had like this, be it large,
        missing, unreadable or of another size by now: nothing is said of it, and `open_cold` has to be asked.
        """
        ...

    def read(self, key: str) -> bytes:
        """A small object whole. NotHere if there is no such key."""
        ...

    def size(self, key: str) -> int | None:
        """In bytes; None if there is no such key."""
        ...

    def local_path(self, key: str) -> str | None:
        """Where an object lies on this machine, for tools that want a file name and only read; None if it does not.

        NotHere if there is no such key. What lies there may be damaged: reading it proves nothing.
        """
        ...

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        """(key, size) of every object below the prefix (a folder, without trailing slash), sorted by key."""
        ...

    def put(self, items: Iterable[tuple[str, bytes]]) -> None:
        """Write objects that never change afterwards, durable as a group. Same bytes again: fine; others: ImmutableConflict."""
        ...

    def replace(self, key: str, data: bytes) -> None:
        """Put new bytes in place of the old, atomically."""
        ...

    def restore(self, key: str, chunks: Iterable[bytes], tx: str) -> None:
        """Write an object back in place of a damaged or missing one, atomically. The caller has verified the source."""
        ...

    def set_aside(self, key: str, reason_id: str) -> str | None:
        """Move a damaged object out of the way and keep it as evidence; its new key, None if there was nothing."""
        ...

    def remove_partial_tiles(self, keys: Sequence[str]) -> None:
        """Remove ledger tiles that a full tile has made superfluous. The only removal that this port knows."""
        ...

    def begin_version(
        self, tx: str, object_root: str, version: int, base_inventory_digest: str | None
    ) -> VersionWriter:
        """Start a version. `base_inventory_digest` is the SHA-512 hex of the root inventory it builds on, None for v1."""
        ...

    def fence(self, tx: str) -> None:
        """See to it that a version begun under this name can never be committed any more, whoever has it, dead or alive.

        One that has passed its point of no return is finished, any other is undone; when this returns, what the object's root
        inventory says is final. Nothing happens if there is none. Raises Unavailable if it cannot be found out.
        """
        ...

    def recover(self) -> Sequence[tuple[str, str]]:
        """Finish or undo what a crash left: (object root, what was done) for each. Running it twice is running it once."""
        ...


class ReplicaOpener(Protocol):
    def open(self, record: ReplicaRecord) -> ReplicaStore:
        """The store behind a record, by its URL's scheme. Does not touch it yet."""
        ...

    def open_unmarked(self, record: ReplicaRecord, others: Collection[str]) -> ReplicaStore | None:
        """The store at the record's place although its marker is damaged or missing: only for giving the marker back.

        None if nothing is there, or if the marker names one of the `others`. The caller MUST have other proof of what it is.
        """
        ...

    def create(self, record: ReplicaRecord) -> ReplicaStore:
        """Make a new replica: explanation, OCFL storage roots, marker. What was cut off is gone on with.

        Conflict if the place holds anything but the beginning of this very replica.
        """
        ...

    def fixed_files(self, record: ReplicaRecord) -> Mapping[str, bytes]:
        """What every replica of the repository holds from its beginning, by key: the marker last, and README.txt, which alone
        may be another one by another release; the other bytes never change.
        """
        ...
