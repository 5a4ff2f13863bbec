"""The catalogue. Keeps the promises of `ports.Catalogue` on SQLite and PostgreSQL."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import closing, contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from preservation.adapters.database import (
    acts,
    deposits,
    dump,
    event_walks,
    events,
    figures,
    fixity,
    holdings,
    ledger,
    pages,
    replicas,
    search,
    submissions,
    views,
)
from preservation.adapters.database.engine import open_engine, reader, writer
from preservation.adapters.database.failures import translated
from preservation.adapters.database.formats import FormatKeys, KnownFormats, KnownValues
from preservation.adapters.database.identification_walks import IdentificationWalks
from preservation.adapters.database.service_tables import DatabaseServiceTables
from preservation.adapters.database.transaction import Transaction
from preservation.adapters.database.wire import Wire
from preservation.adapters.database.wire_transactions import glancing, reading
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
from preservation.errors import Conflict, DiskFull, Unavailable, Unsettled


def open_catalogue(url: str) -> "Catalogue":
    """The catalogue behind `sqlite:///PATH` or `postgresql+psycopg://...`.

    The database must be there and have been brought to the present schema (`upgrade.upgrade`). Raises WrongUse for
    another kind of URL, Unavailable where a SQLite file is missing. A server is not asked before the first use.
    """
    return Catalogue(open_engine(url))


class Catalogue(IdentificationWalks, DatabaseServiceTables):
    """Safe to call from several threads. A streamed answer holds a connection and one committed state until its end."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._reader = reader(engine)
        self._writer = writer(engine)
        self._formats = KnownFormats()
        self._values = KnownValues()

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        """A write transaction.

        Raises Conflict at the end of the block if one of its methods had raised and the exception was kept inside:
        half of what was meant is never committed. Raises Unsettled if the database fell silent while it committed.
        """
        formats = FormatKeys(self._formats.keys)
        with translated():
            connection = self._writer.connect()
        # Closing rolls back whatever was not committed. What the block itself raises passes through as it is.
        with closing(connection):
            with translated():
                connection.begin()
                wire = Wire(connection)
            transaction = Transaction(wire, formats)
            yield transaction
            if transaction.failed:
                raise Conflict("a step of this transaction failed: nothing of it is kept")
            _commit(connection, wire)
        self._formats.learn(formats.fresh)

    def collections(self) -> Sequence[Collection]:
        with self._reading() as connection:
            return submissions.collections(connection)

    def replicas(self) -> Sequence[ReplicaRecord]:
        with self._reading() as connection:
            return replicas.replicas(connection)

    def transfer(self, id: str) -> Transfer | None:
        with self._reading() as connection:
            return submissions.transfer(connection, id)

    def transfers(self, status: TransferStatus | None = None) -> Iterator[Transfer]:
        with self._reading() as connection:
            yield from submissions.transfers(connection, status)

    def transfers_page(
        self,
        *,
        status: TransferStatus | None = None,
        collections: Sequence[str] | None = None,
        account: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[tuple[Transfer, Deposit | None]]:
        with self._reading() as connection:
            return deposits.transfers_page(
                connection, status=status, collections=collections, account=account, before=before, limit=limit
            )

    def deposit(self, transfer: str) -> Deposit | None:
        with self._reading() as connection:
            return deposits.deposit(connection, transfer)

    def dropped(
        self, drop: str, statuses: AbstractSet[TransferStatus], *, limit: int = 1000
    ) -> Sequence[tuple[Transfer, Deposit]]:
        with self._reading() as connection:
            return deposits.dropped(connection, drop, statuses, limit)

    def upload(self, id: str) -> Upload | None:
        with self._reading() as connection:
            return deposits.upload(connection, id)

    def uploads_of(self, transfer: str) -> Sequence[Upload]:
        with self._reading() as connection:
            return deposits.uploads_of(connection, transfer)

    def uploads_expired(self, *, before: datetime, limit: int = 1000) -> Sequence[Upload]:
        with self._reading() as connection:
            return deposits.uploads_expired(connection, before, limit)

    def answer(self, account: str, key: str) -> RememberedAnswer | None:
        with self._reading() as connection:
            return deposits.answer(connection, account, key)

    def aip(self, id: str) -> AIPSummary | None:
        with self._reading() as connection:
            return holdings.aip(connection, id)

    def aips(
        self, *, after: str | None = None, limit: int = 100, collection: str | None = None
    ) -> Sequence[AIPSummary]:
        with self._reading() as connection:
            return holdings.aips(connection, after=after, limit=limit, collection=collection)

    def aips_within(
        self, collections: Sequence[str] | None, *, after: str | None = None, limit: int = 100
    ) -> Sequence[AIPSummary]:
        with self._reading() as connection:
            return pages.aips_within(connection, collections, after=after, limit=limit)

    def search(
        self, text: str, *, collections: Sequence[str] | None = None, before: int | None = None, limit: int = 100
    ) -> tuple[Sequence[AIPSummary], int | None]:
        with self._reading() as connection:
            return search.search(connection, text, collections=collections, before=before, limit=limit)

    def aip_view(self, id: str) -> AIPView | None:
        with reading(self._reader) as wire:
            return views.aip_view(wire, id)

    def versions(self, aip: str) -> Sequence[AIPVersion]:
        with self._reading() as connection:
            return holdings.versions(connection, aip)

    def versions_of(self, aips: Sequence[str]) -> Mapping[str, Sequence[AIPVersion]]:
        with self._reading() as connection:
            return holdings.versions_of(connection, aips)

    def files(self, aip: str, version: int | None = None) -> Iterator[StoredFile]:
        with self._reading() as connection:
            yield from holdings.files(connection, aip, version)

    def files_page(
        self, aip: str, *, version: int | None = None, after: int = 0, limit: int = 100, path: str | None = None
    ) -> FilePage | None:
        with glancing(self._engine) as wire:
            return views.files_page(wire, self._values, aip, version=version, after=after, limit=limit, path=path)

    def file(self, aip: str, number: int) -> FoundFile | None:
        with glancing(self._engine) as wire:
            return views.file(wire, self._values, aip, number)

    def representations(self, aip: str, version: int | None = None) -> Sequence[Representation]:
        with self._reading() as connection:
            return pages.representations(connection, aip, version)

    def format_holdings(self, collections: Sequence[str] | None = None) -> Sequence[FormatHolding]:
        with self._reading() as connection:
            return pages.format_holdings(connection, collections)

    def collections_of(self, ids: Sequence[str]) -> Mapping[str, str]:
        with self._reading() as connection:
            return pages.collections_of(connection, ids)

    def dublin_core(self, aip: str) -> Sequence[tuple[str, str]]:
        with self._reading() as connection:
            return holdings.dublin_core(connection, aip)

    def copies(self, aip: str) -> Sequence[CopyRecord]:
        with self._reading() as connection:
            return replicas.copies(connection, aip)

    def copies_on(self, replica: str, *, after: str | None = None, limit: int = 1000) -> Sequence[CopyRecord]:
        with self._reading() as connection:
            return replicas.copies_on(connection, replica, after=after, limit=limit)

    def copies_lacking(
        self, replica: str, *, after: str | None = None, limit: int = 1000, behind: bool = False
    ) -> Sequence[tuple[str, int]]:
        with self._reading() as connection:
            return replicas.copies_lacking(connection, replica, after=after, limit=limit, behind=behind)

    def replica_figures(self, since: datetime) -> Sequence[ReplicaFigures]:
        with self._reading() as connection:
            return figures.replica_figures(connection, since)

    def events(self, where: EventFilter, *, after: int = 0, limit: int = 100) -> Sequence[tuple[int, SequencedEvent]]:
        with glancing(self._engine) as wire:
            return event_walks.events(wire, where, after=after, limit=limit)

    def event(self, id: str) -> SequencedEvent | None:
        with self._reading() as connection:
            return events.event(connection, id)

    def heads_without_act(
        self, agents: Sequence[str], *, after: str | None = None, limit: int = 100, aip: str | None = None
    ) -> Sequence[tuple[str, int]]:
        with self._reading() as connection:
            return acts.heads_without_act(connection, agents, after=after, limit=limit, aip=aip)

    def ledger_size(self) -> int:
        with self._reading() as connection:
            return ledger.ledger_size(connection)

    def unproven(self) -> int:
        with self._reading() as connection:
            return ledger.unproven(connection)

    def ledger_entries(self, first: int, limit: int) -> Sequence[SequencedEvent]:
        with self._reading() as connection:
            return ledger.ledger_entries(connection, first, limit)

    def checkpoint(self) -> tuple[int, bytes, str] | None:
        with self._reading() as connection:
            return ledger.checkpoint(connection)

    def fixity_lines(self, batch: str) -> Iterator[FixityLine]:
        with self._reading() as connection:
            yield from fixity.fixity_lines(connection, batch)

    def fixity_batches(self) -> Sequence[str]:
        with self._reading() as connection:
            return fixity.fixity_batches(connection)

    def version_of_inventory(self, inventory_digest: str) -> AIPVersion | None:
        with self._reading() as connection:
            return holdings.version_of_inventory(connection, inventory_digest)

    def dump(self) -> Iterator[tuple[str, ...]]:
        with self._reading() as connection:
            yield from dump.dump(connection)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated(), self._reader.connect() as connection:
            yield connection


def _commit(connection: Connection, wire: Wire) -> None:
    try:
        with translated():
            wire.close()
            connection.commit()
    except DiskFull:
        raise
    except Unavailable as error:
        # The request may have been carried out and only its answer lost.
        raise Unsettled(str(error)) from error
