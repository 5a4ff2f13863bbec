"""One AIP version on its way to several replicas at once.

A replica that fails while others go on is dropped, with its reason; what it lacks is brought later by `replication`. Only
when none is left does the failure become the caller's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import Self

from preservation.domain.packages import PackageFile
from preservation.errors import Conflict, NotHere, ReplicaAway, Unavailable, Unsettled
from preservation.ports import ReplicaStore, Sink, VersionWriter
from preservation.services.reading_back import StagedFile, read_back


class ReplicaWriters:
    """The version writers of the replicas that still take part. Methods may be called from several threads."""

    def __init__(
        self, writers: Mapping[str, VersionWriter], source_path: Callable[[PackageFile], str | None] | None
    ) -> None:
        self._writers = dict(writers)
        self._dropped: dict[str, str] = {}
        self._source_path = source_path
        self._dropping = Lock()
        self._committed = False
        self._read_back: set[str] = set()
        # Work on many small files goes better one thread at a time: whoever does some takes its turn.
        self.turn = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Undo unless `commit` was reached, whatever ended the block."""
        if not self._committed:
            self.abort()

    @property
    def replicas(self) -> Sequence[str]:
        """Ids of the replicas that take part."""
        return list(self._writers)

    @property
    def dropped(self) -> Mapping[str, str]:
        """Ids of the replicas that no longer take part, with the reason."""
        return dict(self._dropped)

    def put(self, path: str, data: bytes | memoryview) -> None:
        for replica, writer in list(self._writers.items()):
            try:
                writer.put(path, data)
            except Unavailable as error:
                self._drop(replica, error)

    def create(self, path: str) -> Sink:
        sinks: dict[str, Sink] = {}
        for replica, writer in list(self._writers.items()):
            try:
                sinks[replica] = writer.create(path)
            except Unavailable as error:
                self._drop(replica, error)
        return _ManySinks(sinks, self._drop)

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Stage a file from its pieces."""
        sink = self.create(path)
        try:
            for chunk in chunks:
                sink.write(chunk)
        finally:
            sink.close()

    def discard(self, path: str) -> None:
        for replica, writer in list(self._writers.items()):
            try:
                writer.discard(path)
            except (Unavailable, NotHere) as error:
                self._drop(replica, error)

    def local_path(self, path: str, file: PackageFile) -> str:
        """A path of the local file system where these bytes can be looked at: staged if possible, else in the package."""
        for writer in list(self._writers.values()):
            if (local := writer.local_path(path)) is not None:
                return local
        source = self._source_path(file) if self._source_path is not None else None
        if source is None:
            raise Unavailable(f"{file.path} has no place on this machine where a tool could look at it")
        return source

    def seal(self) -> None:
        """Make what is staged durable on every replica."""
        for replica, writer in list(self._writers.items()):
            try:
                writer.seal()
            except (Unavailable, NotHere) as error:
                self._drop(replica, error)

    def flush(self) -> None:
        """Make what is staged so far durable on every replica, so that it can be read back while more is coming in."""
        for replica, writer in list(self._writers.items()):
            try:
                writer.flush()
            except (Unavailable, NotHere) as error:
                self._drop(replica, error)

    def read_back(self, files: Iterable[StagedFile], advance: Callable[[int], None]) -> None:
        """Read staged files from every replica's medium and compare; a replica that differs is dropped.

        What was read back before is not read again.
        """
        waiting = {file.path: file for file in files if file.path not in self._read_back}
        for replica, reason in read_back(self._writers, list(waiting.values()), advance, self.turn):
            if replica in self._writers:
                self._drop(replica, Unavailable(reason))
        self._read_back.update(waiting)

    def commit(self) -> None:
        """Make the version the head on every replica. Conflict if the first one refuses: then nothing was committed.

        Unsettled if none is known to have it, and one may.
        """
        is_in_doubt = False
        for replica, writer in list(self._writers.items()):
            try:
                writer.commit()
                self._committed = True
            except Conflict as error:
                if not self._committed:
                    if is_in_doubt:
                        raise Unsettled(str(error)) from error
                    raise
                self._drop(replica, error)
            except (Unavailable, NotHere) as error:
                is_in_doubt = True
                self._drop(replica, error)

    def abort(self) -> None:
        """Undo everywhere. A replica that cannot even do that is cleared by its recovery later."""
        for writer in self._writers.values():
            with suppress(Unavailable, NotHere):
                writer.abort()
        self._writers = {}

    def _drop(self, replica: str, error: Exception) -> None:
        with self._dropping:
            writer = self._writers.pop(replica, None)
            if writer is not None:
                self._dropped[replica] = str(error)
                with suppress(Unavailable, NotHere):
                    writer.abort()
            if not self._writers:
                reasons = "; ".join(f"{name}: {reason}" for name, reason in self._dropped.items())
                raise Unavailable(f"no replica could be written to ({reasons})") from error


def begin(
    stores: Iterable[ReplicaStore],
    *,
    tx: str,
    object_root: str,
    version: int,
    base: str | None,
    source_path: Callable[[PackageFile], str | None] | None = None,
) -> ReplicaWriters:
    """Start a version on every store that answers. Raises Unavailable if none does."""
    writers: dict[str, VersionWriter] = {}
    reasons: list[str] = []
    for store in stores:
        try:
            store.check_identity()
            writers[store.id] = store.begin_version(tx, object_root, version, base)
        except (ReplicaAway, Unavailable) as error:
            reasons.append(str(error))
    if not writers:
        raise Unavailable("no replica could be written to: " + ("; ".join(reasons) or "none is known"))
    return ReplicaWriters(writers, source_path)


class _ManySinks:
    def __init__(self, sinks: Mapping[str, Sink], drop: Callable[[str, Exception], None]) -> None:
        self._sinks = dict(sinks)
        self._drop = drop

    def write(self, data: bytes | memoryview) -> int:
        for replica, sink in list(self._sinks.items()):
            try:
                sink.write(data)
            except Unavailable as error:
                del self._sinks[replica]
                with suppress(Unavailable):
                    sink.close()
                self._drop(replica, error)
        return len(data)

    def close(self) -> None:
        for replica, sink in list(self._sinks.items()):
            del self._sinks[replica]
            try:
                sink.close()
            except Unavailable as error:
                self._drop(replica, error)
