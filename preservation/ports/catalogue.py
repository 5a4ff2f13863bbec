"""The catalogue: the index that the database holds."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from preservation.domain.deposits import Deposit, RememberedAnswer, Upload
from preservation.domain.holdings import (
    AIPSummary,
    AIPVersion,
    AIPView,
    Collection,
    CopyRecord,
    FilePage,
    FixityLine,
    FormatHolding,
    FoundFile,
    ReplicaFigures,
    ReplicaRecord,
    Representation,
    StoredFile,
    Transfer,
    TransferStatus,
)
from preservation.domain.ledger import EventFilter, SequencedEvent
from preservation.ports.catalogue_transaction import CatalogueTransaction
from preservation.ports.identifications import IdentificationWalk
from preservation.ports.service_tables import ServiceTables


class Catalogue(ServiceTables, IdentificationWalk, Protocol):
    """The database behind one repository. Reads see committed state. Raises Unavailable when it does not answer."""

    def begin(self) -> AbstractContextManager[CatalogueTransaction]:
        """A write transaction: commits at the end of the block, rolls back on an exception."""
        ...

    def collections(self) -> Sequence[Collection]: ...

    def replicas(self) -> Sequence[ReplicaRecord]: ...

    def transfer(self, id: str) -> Transfer | None: ...

    def transfers(self, status: TransferStatus | None = None) -> Iterator[Transfer]: ...

    def transfers_page(
        self,
        *,
        status: TransferStatus | None = None,
        collections: Sequence[str] | None = None,
        account: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[tuple[Transfer, Deposit | None]]:
        """Newest first, behind the id `before`; with `collections` or `account` only those of these, of that depositor."""
        ...

    def deposit(self, transfer: str) -> Deposit | None: ...

    def dropped(
        self, drop: str, statuses: AbstractSet[TransferStatus], *, limit: int = 1000
    ) -> Sequence[tuple[Transfer, Deposit]]:
        """What came from a watched place and stands so, the oldest first; without those of which that was told there already."""
        ...

    def upload(self, id: str) -> Upload | None: ...

    def uploads_of(self, transfer: str) -> Sequence[Upload]: ...

    def uploads_expired(self, *, before: datetime, limit: int = 1000) -> Sequence[Upload]: ...

    def answer(self, account: str, key: str) -> RememberedAnswer | None: ...

    def aip(self, id: str) -> AIPSummary | None: ...

    def aips(
        self, *, after: str | None = None, limit: int = 100, collection: str | None = None
    ) -> Sequence[AIPSummary]:
        """Ordered by id; `after` is the last id of the page before."""
        ...

    def aips_within(
        self, collections: Sequence[str] | None, *, after: str | None = None, limit: int = 100
    ) -> Sequence[AIPSummary]:
        """As `aips`, of several collections; of all if None."""
        ...

    def search(
        self, text: str, *, collections: Sequence[str] | None = None, before: int | None = None, limit: int = 100
    ) -> tuple[Sequence[AIPSummary], int | None]:
        """AIPs whose title and description have all the words of a text, newest first; and where the next page begins.

        Case, marks and the stroke of d make no difference; a word that ends with * stands for all that begin so. A page may be
        short, or empty, and not be the last: None says that nothing is left. WrongUse for a text without a word, or with too
        many.
        """
        ...

    def aip_view(self, id: str) -> AIPView | None:
        """All of it as of one moment."""
        ...

    def versions(self, aip: str) -> Sequence[AIPVersion]: ...

    def versions_of(self, aips: Sequence[str]) -> Mapping[str, Sequence[AIPVersion]]:
        """As `versions`, of several AIPs by one question; an unknown one has no entry."""
        ...

    def files(self, aip: str, version: int | None = None) -> Iterator[StoredFile]:
        """The state of a version (the head if None), ordered by logical path, streamed."""
        ...

    def files_page(
        self, aip: str, *, version: int | None = None, after: int = 0, limit: int = 100, path: str | None = None
    ) -> FilePage | None:
        """Files of a version (the head if None), by number, after one; None if there is no such AIP.

        A file has a number within its AIP, from 1; a rebuild may give it another. With `path` the one of that logical path.
        """
        ...

    def file(self, aip: str, number: int) -> FoundFile | None:
        """A file by its number; None if there is no such AIP."""
        ...

    def representations(self, aip: str, version: int | None = None) -> Sequence[Representation]: ...

    def format_holdings(self, collections: Sequence[str] | None = None) -> Sequence[FormatHolding]:
        """What head versions hold by format, the most files first."""
        ...

    def collections_of(self, ids: Sequence[str]) -> Mapping[str, str]:
        """The collection of each of these AIPs and transfers; others are left out."""
        ...

    def dublin_core(self, aip: str) -> Sequence[tuple[str, str]]: ...

    def copies(self, aip: str) -> Sequence[CopyRecord]: ...

    def copies_on(self, replica: str, *, after: str | None = None, limit: int = 1000) -> Sequence[CopyRecord]:
        """Ordered by AIP id, a page at a time."""
        ...

    def copies_lacking(
        self, replica: str, *, after: str | None = None, limit: int = 1000, behind: bool = False
    ) -> Sequence[tuple[str, int]]:
        """(aip, head version) of AIPs whose copy on this replica is absent, behind the head, or not intact.

        With `behind` without those of the head that are known to be bad: they are to be repaired, not to be brought.
        """
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

    def unproven(self) -> int:
        """How many events cannot be proven yet: they have no place, or no signature covers it."""
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
