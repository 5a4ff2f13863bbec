"""A replica in memory that keeps the promises of `ports.ReplicaStore` for objects, and can be told to fail around any write."""

import io
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

from typing_extensions import Buffer

from preservation.errors import ImmutableConflict, NotHere, ReplicaAway, Unavailable, WrongUse
from preservation.ports import VersionWriter

# Told (operation, key, "before" or "after") around every object that is written; it may raise.
Watcher = Callable[[str, str, str], None]


def unwatched(_operation: str, _key: str, _moment: str) -> None:
    """Lets everything pass."""


class MemoryStream(io.RawIOBase):
    """Bytes as an unbuffered stream."""

    def __init__(self, data: bytes) -> None:
        self._rest = memoryview(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        into = memoryview(buffer).cast("B")
        count = min(len(into), len(self._rest))
        into[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class MemoryStore:
    """Objects in a dict. `is_away` makes every call raise ReplicaAway; `watch` sees each write before and after it persists.

    Keys in `unreadable` are there, and nobody can read them.
    """

    def __init__(self, id: str = "replica-1") -> None:
        self._id = id
        self.objects: dict[str, bytes] = {}
        self.is_away = False
        self.unreadable: set[str] = set()
        self.watch: Watcher = unwatched
        self._lock = threading.RLock()

    @property
    def id(self) -> str:
        return self._id

    @property
    def device(self) -> str:
        return f"memory:{self._id}"

    def check_identity(self) -> None:
        if self.is_away:
            raise ReplicaAway(f"{self._id} is away")

    def open(self, key: str) -> io.RawIOBase:
        return MemoryStream(self.read(key))

    def open_cold(self, key: str) -> io.RawIOBase:
        return self.open(key)

    def read_cold(self, objects: Sequence[tuple[str, int]]) -> Generator[memoryview | None, None, None]:
        self.check_identity()
        for key, size in objects:
            data = self.objects.get(key)
            yield memoryview(data) if data is not None and len(data) == size else None

    def read(self, key: str) -> bytes:
        self.check_identity()
        with self._lock:
            if key not in self.objects:
                raise NotHere(key)
            if key in self.unreadable:
                raise Unavailable(f"{key} cannot be read")
            return self.objects[key]

    def size(self, key: str) -> int | None:
        self.check_identity()
        with self._lock:
            return len(self.objects[key]) if key in self.objects else None

    def local_path(self, key: str) -> str | None:
        self.read(key)
        return None

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        self.check_identity()
        with self._lock:
            found = sorted((key, len(data)) for key, data in self.objects.items() if key.startswith(f"{prefix}/"))
        return iter(found)

    def put(self, items: Iterable[tuple[str, bytes]]) -> None:
        for key, data in items:
            with self._lock:
                if self.objects.get(key, data) != data:
                    raise ImmutableConflict(key)
            self._write("put", key, data)

    def replace(self, key: str, data: bytes) -> None:
        self._write("replace", key, data)

    def restore(self, key: str, chunks: Iterable[bytes], tx: str) -> None:
        self._write("restore", key, b"".join(chunks))

    def set_aside(self, key: str, reason_id: str) -> str | None:
        self.check_identity()
        with self._lock:
            if key not in self.objects:
                return None
            kept = f"quarantine/{reason_id}/{key}"
            self.watch("set_aside", key, "before")
            self.objects[kept] = self.objects.pop(key)
            self.watch("set_aside", key, "after")
            return kept

    def remove_partial_tiles(self, keys: Sequence[str]) -> None:
        self.check_identity()
        for key in keys:
            if not key.startswith("ledger/tile/") or ".p/" not in key:
                raise WrongUse(f"{key} is not a partial tile")
            with self._lock:
                self.watch("remove", key, "before")
                self.objects.pop(key, None)
                self.watch("remove", key, "after")

    def begin_version(
        self, tx: str, object_root: str, version: int, base_inventory_digest: str | None
    ) -> VersionWriter:
        raise WrongUse("this store holds no OCFL objects")

    def fence(self, tx: str) -> None:
        """Nothing is ever begun here: a version needs a replica that keeps one."""

    def recover(self) -> Sequence[tuple[str, str]]:
        return ()

    def _write(self, operation: str, key: str, data: bytes) -> None:
        self.check_identity()
        with self._lock:
            self.watch(operation, key, "before")
            self.objects[key] = data
            self.watch(operation, key, "after")
