"""One file of an AIP given to somebody, verified while it is read (CPP-006).

A small file is read whole and compared before the first byte goes out; where a replica has it wrong, the next one is asked. A
large file goes out as it is read, but for its last piece: that waits until the digest of all is right, so that a wrong file
never arrives whole. A part of a file cannot be verified by itself: whoever asks for parts compares the digest of what they make.
A part that is all of it is verified as the whole is.

What turns out wrong is an event and a fixity job for the AIP, once an hour at most.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import RawIOBase

from preservation.domain.events import EventOutcome, EventType, LinkedObject
from preservation.domain.fixity import Damaged, Missing
from preservation.domain.holdings import AIPVersion, StoredFile
from preservation.domain.jobs import JobKind, NewJob
from preservation.errors import NotHere, Unavailable
from preservation.ports import Catalogue, Clock, Minter
from preservation.services.access_reading import Holder
from preservation.services.access_sources import find_holders
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.replica_set import ReplicaSet

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `first` to `last`, both included, counted from 0."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class FileDelivery:
    """The service. `collection` of a call is the AIP's, so that its people see the job."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    minter: Minter
    clock: Clock

    def open(
        self, version: AIPVersion, collection: str, file: StoredFile, part: Part | None = None
    ) -> Iterator[bytes] | None:
        """The file's pieces; None where every replica answered and none has it right.

        The first piece is read before this returns, so that what fails at once raises at once: Unavailable. While the pieces are
        read, Unavailable is raised too where the content turns out not to be what it should be.
        """
        return _Delivery(self, version, collection, file, part).start()


@dataclass(frozen=True, slots=True)
class _Delivery:
    service: FileDelivery
    version: AIPVersion
    collection: str
    file: StoredFile
    part: Part | None

    def start(self) -> Iterator[bytes] | None:
        key = f"{self.service.locations.object_root(self.version.aip)}/{self.file.content_path}"
        unsure = bool(self.service.replicas.away)
        for holder in find_holders(self.service.catalogue, self.service.replicas, self.version):
            try:
                stream = holder.store.open(key)
            except NotHere:
                unsure |= self._note_missing(holder, key)
                continue
            except Unavailable:
                unsure = True
                continue
            pieces = self._pieces(holder, key, stream)
            try:
                first = next(pieces)
            except StopIteration:
                return iter(())
            except Unavailable:
                unsure = True
                continue
            except _Wrong:
                continue
            return self._rest(first, pieces)
        if unsure:
            raise Unavailable(f"no replica gives {key} now")
        return None

    def _rest(self, first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
        yield first
        try:
            yield from pieces
        except _Wrong as error:
            raise Unavailable("the content is not what it should be: its end was not given out") from error

    def _pieces(self, holder: Holder, key: str, stream: RawIOBase) -> Iterator[bytes]:
        with stream:
            try:
                # What is asked for from its first byte on is most often the whole: as players and download programs ask.
                if self.part is None or (self.part.first, self.part.last) == (0, self.file.size - 1):
                    yield from self._whole(holder, key, stream)
                else:
                    yield from self._some(holder, key, stream, self.part)
            except OSError as error:
                raise Unavailable(f"cannot read {key}: {error.strerror}") from error

    def _whole(self, holder: Holder, key: str, stream: RawIOBase) -> Iterator[bytes]:
        digest, size, held = sha256(), 0, b""
        while piece := _read(stream, PIECE):
            digest.update(piece)
            size += len(piece)
            if size > self.file.size:
                break
            if held:
                yield held
            held = piece
        if size != self.file.size or digest.digest() != self.file.sha256:
            self._note(holder, Damaged(key, self.file.sha256.hex(), digest.hexdigest()))
            raise _Wrong
        if held:
            yield held

    def _some(self, holder: Holder, key: str, stream: RawIOBase, part: Part) -> Iterator[bytes]:
        stream.seek(part.first)
        left = part.last - part.first + 1
        while left:
            piece = _read(stream, min(PIECE, left))
            if not piece:
                # It ends where it should not: that much can be told without its digest.
                self._note(holder, Damaged(key, self.file.sha256.hex(), ""))
                raise _Wrong
            left -= len(piece)
            yield piece

    def _note_missing(self, holder: Holder, key: str) -> bool:
        """Whether it may be there all the same."""
        try:
            holder.store.check_identity()
        except Unavailable:
            return True
        if holder.version >= self.version.number:
            self._note(holder, Missing(key))
        return False

    def _note(self, holder: Holder, found: Damaged | Missing) -> None:
        """Tell of it, and have the AIP looked at, unless that was done within this hour."""
        service, now = self.service, self.service.clock.now()
        word = "damaged" if isinstance(found, Damaged) else "missing"
        event = service.recorder.event(
            EventType.FIXITY_CHECK,
            EventOutcome.FAILURE,
            objects=[
                LinkedObject(
                    id=self.version.aip,
                    kind="aip",
                    version=self.version.number,
                    digest=f"sha512:{self.version.inventory_digest}",
                ),
                LinkedObject(id=holder.store.id, kind="replica"),
            ],
            detail={"act": "delivery", "outcome": word, "expected": f"sha256:{self.file.sha256.hex()}"},
            private={"file": self.file.content_path},
        )
        job = NewJob(
            id=service.minter.urn(),
            kind=JobKind.FIXITY,
            subject=self.version.aip,
            parameters={"aip": self.version.aip, "selection": "all"},
            collection=self.collection,
            key=f"fixity after delivery {self.version.aip} {now:%Y-%m-%dT%H}",
        )
        with service.catalogue.begin() as tx:
            if tx.add_job(job, now=now):
                tx.append_events([event])


class _Wrong(Exception):
    """The replica does not have the file as it should be."""


def _read(stream: RawIOBase, count: int) -> bytes:
    """So many bytes, fewer only at the end."""
    found: list[bytes] = []
    while count and (piece := stream.read(count)):
        found.append(piece)
        count -= len(piece)
    return found[0] if len(found) == 1 else b"".join(found)
