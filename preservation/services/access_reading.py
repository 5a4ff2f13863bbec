"""Content verified while it is read: from the first replica whose bytes have the digests that the ledger proves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512
from io import RawIOBase
from typing import Protocol

from preservation.domain.finding_log import FindingLog
from preservation.domain.fixity import Damaged, FixityResult, Intact, Missing, Unreadable
from preservation.errors import NotHere, ReplicaAway, Unavailable
from preservation.ports import ReplicaStore, Sink
from preservation.standards.ocfl.version_names import version_number

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file on its way out. `place` is its path in the DIP, raw; `name` is what findings call it; digests lower-case hex."""

    name: str
    content_path: str
    sha512: str
    sha256: str
    place: bytes


@dataclass(frozen=True, slots=True)
class Holder:
    """A replica that may hold the content. `version` is the newest one that it is known to have, 0 if none."""

    store: ReplicaStore
    name: str
    version: int


class Receiver(Protocol):
    """The part of `ports.ExportTarget` that takes files."""

    def put(self, path: bytes, data: bytes | memoryview) -> None: ...

    def create(self, path: bytes) -> Sink: ...

    def discard(self, path: bytes) -> None: ...


class _NotRead(Exception):
    """The replica stopped in the middle of a file."""


class VerifiedContent:
    """Reads the content of one OCFL object. Not safe for several threads.

    `notes` gets a warning for each file that a replica did not have right; `unsure` tells whether the file last asked for,
    or its replica, could not be read somewhere, so that nobody can say that it is lost. `sources` are the replicas that gave
    files. With `cold` it reads from the medium, past the caches.
    """

    def __init__(
        self,
        object_root: str,
        holders: Sequence[Holder],
        away: Mapping[str, str],
        notes: FindingLog,
        *,
        cold: bool = False,
    ) -> None:
        self._object_root = object_root
        self._holders = list(holders)
        self._some_are_away = bool(away)
        self._notes = notes
        self._buffer = bytearray(PIECE)
        self.unsure = self._some_are_away
        self.sources: set[str] = set()
        self._cold = cold

    def deliver(self, file: Delivery, target: Receiver) -> int | None:
        """Copy one file, right or not at all. Its size in bytes; None if no replica gave the right bytes."""
        self.unsure = self._some_are_away
        for holder in tuple(self._holders):
            result = self._try(holder, file, target)
            if isinstance(result, Intact):
                self.sources.add(holder.store.id)
                return result.size
            self._note(holder, file, result)
        return None

    def _note(self, holder: Holder, file: Delivery, result: FixityResult) -> None:
        values = {"replica": holder.store.id, "name": holder.name}
        if isinstance(result, Damaged):
            self._notes.warning("EXPORT-SOURCE-DAMAGED", file.name, **values)
        elif isinstance(result, Unreadable):
            self.unsure = True
            is_away = holder not in self._holders
            code, path = ("EXPORT-REPLICA-AWAY", "") if is_away else ("EXPORT-SOURCE-UNREADABLE", file.name)
            self._notes.warning(code, path, **values, reason=result.reason)
        elif (version_number(file.content_path.partition("/")[0]) or 0) <= holder.version:
            # A replica that is still to get this version lacks nothing that it was known to have.
            self._notes.warning("EXPORT-SOURCE-MISSING", file.name, **values)

    def _try(self, holder: Holder, file: Delivery, target: Receiver) -> FixityResult:
        key = f"{self._object_root}/{file.content_path}"
        try:
            try:
                stream = holder.store.open_cold(key) if self._cold else holder.store.open(key)
            except NotHere:
                # Nothing is missing from a replica that is not there: an unmounted folder looks empty.
                holder.store.check_identity()
                return Missing(key)
        except ReplicaAway as error:
            return self._leave(holder, key, str(error))
        except Unavailable as error:
            return Unreadable(key, str(error))
        with stream:
            try:
                return self._pour(stream, key, file, target)
            except _NotRead as error:
                return Unreadable(key, str(error))

    def _leave(self, holder: Holder, key: str, reason: str) -> FixityResult:
        """Ask this replica no more: each further file would only fail as slowly."""
        self._holders.remove(holder)
        self._some_are_away = True
        return Unreadable(key, reason)

    def _pour(self, stream: RawIOBase, key: str, file: Delivery, target: Receiver) -> FixityResult:
        view = memoryview(self._buffer)
        count = _fill(stream, view)
        if count < PIECE:
            data = view[:count]
            result = _judge(key, file, sha512(data).hexdigest(), sha256(data).hexdigest(), count)
            if isinstance(result, Intact):
                target.put(file.place, data)
            return result
        return self._pour_pieces(stream, key, file, target)

    def _pour_pieces(self, stream: RawIOBase, key: str, file: Delivery, target: Receiver) -> FixityResult:
        """The first piece is in the buffer already. What was written is taken back unless all of it turns out right."""
        view = memoryview(self._buffer)
        first, second, size, count = sha512(), sha256(), 0, PIECE
        result: FixityResult | None = None
        sink = target.create(file.place)
        try:
            try:
                while count:
                    first.update(view[:count])
                    second.update(view[:count])
                    sink.write(view[:count])
                    size += count
                    count = _fill(stream, view)
            finally:
                sink.close()
            result = _judge(key, file, first.hexdigest(), second.hexdigest(), size)
        finally:
            if not isinstance(result, Intact):
                target.discard(file.place)
        return result


def _judge(key: str, file: Delivery, first: str, second: str, size: int) -> FixityResult:
    if first == file.sha512 and second == file.sha256:
        return Intact(key, size)
    return Damaged(key, file.sha256, second)


def _fill(stream: RawIOBase, view: memoryview) -> int:
    """Read until the buffer is full or the file ends; how many bytes that were."""
    filled = 0
    try:
        while filled < len(view) and (count := stream.readinto(view[filled:])):
            filled += count
    except OSError as error:
        raise _NotRead(error.strerror or type(error).__name__) from error
    return filled
