"""One write transaction. Keeps the promises of `ports.CatalogueTransaction`."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from preservation.adapters.database import events, fixity, ledger, replicas, submissions, versions
from preservation.adapters.database.failures import translated
from preservation.adapters.database.formats import FormatKeys
from preservation.adapters.database.wire import Wire
from preservation.domain.holdings import Collection, CopyRecord, FixityLine, NewAIPVersion, ReplicaRecord, Transfer
from preservation.domain.ledger import EncodedEvent


class Transaction:
    """Not for several threads. Once a method has raised, the transaction can only roll back."""

    def __init__(self, wire: Wire, formats: FormatKeys) -> None:
        self._wire = wire
        self._formats = formats
        self.failed = False

    def save_collection(self, collection: Collection) -> None:
        with self._step():
            submissions.save_collection(self._wire, collection)

    def save_transfer(self, transfer: Transfer) -> None:
        with self._step():
            submissions.save_transfer(self._wire, transfer)

    def record_version(self, new: NewAIPVersion) -> None:
        with self._step():
            versions.record_version(self._wire, new, self._formats)

    def save_replica(self, replica: ReplicaRecord) -> None:
        with self._step():
            replicas.save_replica(self._wire, replica)

    def save_copies(self, copies: Iterable[CopyRecord]) -> None:
        with self._step():
            replicas.save_copies(self._wire, copies)

    def append_events(self, appended: Iterable[EncodedEvent]) -> None:
        with self._step():
            events.append_events(self._wire, appended)

    def add_fixity_batch(self, batch: str, lines: Iterable[FixityLine]) -> None:
        with self._step():
            fixity.add_fixity_batch(self._wire, batch, lines)

    def take_unsequenced(self, limit: int) -> Sequence[tuple[int, bytes]]:
        with self._step():
            return ledger.take_unsequenced(self._wire, limit)

    def assign_sequence(self, first: int, event_keys: Sequence[int]) -> None:
        with self._step():
            ledger.assign_sequence(self._wire, first, event_keys)

    def save_checkpoint(self, size: int, root: bytes, note: str) -> None:
        with self._step():
            ledger.save_checkpoint(self._wire, size, root, note)

    def restore_events(self, restored: Iterable[tuple[int, EncodedEvent]]) -> None:
        with self._step():
            ledger.restore_events(self._wire, restored)

    @contextmanager
    def _step(self) -> Iterator[None]:
        self.failed = True
        with translated():
            yield
        self.failed = False
