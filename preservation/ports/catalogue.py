"""The catalogue: the index that the database holds."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from preservation.domain.holdings import (
    AIPSummary,
    AIPVersion,
    Collection,
    CopyRecord,
    FixityLine,
    NewAIPVersion,
    ReplicaFigures,
    ReplicaRecord,
    StoredFile,
    Transfer,
    TransferStatus,
)
from preservation.domain.ledger import EncodedEvent, EventFilter, SequencedEvent


class CatalogueTransaction(Protocol):
    """Changes that commit together or not at all. An index: everything here can be made again from a replica."""

    def save_collection(self, collection: Collection) -> None: ...

    def save_transfer(self, transfer: Transfer) -> None:
        """Insert, or update by id."""
        ...

    def record_version(self, new: NewAIPVersion) -> None:
        """Insert a version with its whole file state. Conflict if this (aip, number) is already there."""
        ...

    def save_replica(self, replica: ReplicaRecord) -> None: ...

    def save_copies(self, copies: Iterable[CopyRecord]) -> None:
        """Insert or update by (aip, replica)."""
        ...

    def append_events(self, events: Iterable[EncodedEvent]) -> None:
        """Append, unsequenced. There is no way to change or remove one: triggers refuse it."""
        ...

    def add_fixity_batch(self, batch: str, lines: Iterable[FixityLine]) -> None: ...

    def take_unsequenced(self, limit: int) -> Sequence[tuple[int, bytes]]:
        """(event key, entry bytes) of events that have no place in the tree yet, oldest first."""
        ...

    def assign_sequence(self, first: int, event_keys: Sequence[int]) -> None:
        """Give the events the leaf indices first, first+1, ... Conflict if `first` is not the present size."""
        ...

    def save_checkpoint(self, size: int, root: bytes, note: str) -> None:
        """Remember what was signed. Conflict if a larger one, or another root of the same size, is there already."""
        ...

    def restore_events(self, events: Iterable[tuple[int, EncodedEvent]]) -> None:
        """Rebuild only: events at their known places, into an empty or growing log."""
        ...


class Catalogue(Protocol):
    """The database behind one repository. Reads see committed state. Raises Unavailable when it does not answer."""

    def begin(self) -> AbstractContextManager[CatalogueTransaction]:
        """A write transaction: commits at the end of the block, rolls back on an exception."""
        ...

    def collections(self) -> Sequence[Collection]: ...

    def replicas(self) -> Sequence[ReplicaRecord]: ...

    def transfer(self, id: str) -> Transfer | None: ...

    def transfers(self, status: TransferStatus | None = None) -> Iterator[Transfer]: ...

    def aip(self, id: str) -> AIPSummary | None: ...

    def aips(
        self, *, after: str | None = None, limit: int = 100, collection: str | None = None
    ) -> Sequence[AIPSummary]:
        """Ordered by id; `after` is the last id of the page before."""
        ...

    def versions(self, aip: str) -> Sequence[AIPVersion]: ...

    def files(self, aip: str, version: int | None = None) -> Iterator[StoredFile]:
        """The state of a version (the head if None), ordered by logical path, streamed."""
        ...

    def dublin_core(self, aip: str) -> Sequence[tuple[str, str]]: ...

    def copies(self, aip: str) -> Sequence[CopyRecord]: ...

    def copies_on(self, replica: str, *, after: str | None = None, limit: int = 1000) -> Sequence[CopyRecord]:
        """Ordered by AIP id, a page at a time."""
        ...

    def copies_lacking(self, replica: str, *, after: str | None = None, limit: int = 1000) -> Sequence[tuple[str, int]]:
        """(aip, head version) of AIPs whose copy on this replica is absent, behind the head, or not intact."""
        ...

    def replica_figures(self, since: datetime) -> Sequence[ReplicaFigures]:
        """Every replica's copies in numbers, by id. `within` counts firm answers since then; pending ones are no copies."""
        ...

    def events(self, where: EventFilter, *, after: int = 0, limit: int = 100) -> Sequence[tuple[int, SequencedEvent]]:
        """(cursor, event) in order of recording."""
        ...

    def event(self, id: str) -> SequencedEvent | None: ...

    def heads_without_act(
        self, agents: Sequence[str], *, after: str | None = None, limit: int = 100, aip: str | None = None
    ) -> Sequence[tuple[str, int]]:
        """(aip, head version), ordered by AIP id, of those whose head is linked to no event by any of these agents.

        An event says that it is about one version by linking `domain.identifiers.version_id`. With `aip` only that one.
        """
        ...

    def ledger_size(self) -> int:
        """How many events have a place in the tree."""
        ...

    def ledger_entries(self, first: int, limit: int) -> Sequence[SequencedEvent]:
        """Sequenced events from leaf index `first`, in order."""
        ...

    def checkpoint(self) -> tuple[int, bytes, str] | None:
        """(size, root, note) of the newest one signed."""
        ...

    def fixity_lines(self, batch: str) -> Iterator[FixityLine]: ...

    def fixity_batches(self) -> Sequence[str]: ...

    def version_of_inventory(self, inventory_digest: str) -> AIPVersion | None: ...

    def dump(self) -> Iterator[tuple[str, ...]]:
        """Every row that a rebuild must bring back, as text, in a fixed order: what two databases are compared by."""
        ...

    def close(self) -> None: ...
