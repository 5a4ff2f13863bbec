"""The tables. Everything in them can be made again from one replica; `docs/decisions/0004` says why each index is there.

Rows are keyed so that new ones go to the end of every index: surrogate keys count up, identifiers are UUIDs of version 7.
Nothing that is spread at random, such as a digest, is indexed, except one narrow number for each AIP version.
"""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, MetaData, Table, text
from sqlmodel import Field, SQLModel

from preservation.adapters.database.columns import Instant, Key, Text
from preservation.domain.events import EventType

# What every ingest records: a page of these is found by walking the events themselves, a few at a time. In an index each
# of them would be one more place that every ingest has to write to.
ROUTINE_TYPES = (
    EventType.FORMAT_IDENTIFICATION,
    EventType.INFORMATION_PACKAGE_CREATION,
    EventType.INGESTION,
    EventType.MESSAGE_DIGEST_CALCULATION,
    EventType.REPLICATION,
    EventType.TRANSFER,
    EventType.VALIDATION,
)
# The conditions of the partial indexes; a query that repeats one word for word is answered from its index.
IS_RARE = f"type NOT IN ({', '.join(repr(one.value) for one in ROUTINE_TYPES)})"
IS_UNSUCCESSFUL = "outcome <> 'success'"

# SQLite: the rows live in the primary key's own tree, without a second one for row numbers.
_CLUSTERED = {"sqlite_with_rowid": False}

# Of the submissions to one AIP one is under way at a time, whatever became of the locks of those who work on them.
IS_UNDER_WAY = "status = 'running'"


class Row(SQLModel):
    """The root of all tables, so that they share one MetaData and one way to name constraints."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
        }
    )


class CollectionRow(Row, table=True):
    __tablename__ = "collection"
    __table_args__: Any = (_CLUSTERED,)

    id: str = Field(sa_type=Text, primary_key=True)
    code: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    parent: str | None = Field(sa_type=Text, default=None)


class TransferRow(Row, table=True):
    __tablename__ = "transfer"
    __table_args__: Any = (
        Index(None, "status", "id"),
        Index(None, "collection", "id"),
        Index(
            "ix_transfer_under_way",
            "aip",
            unique=True,
            sqlite_where=text(IS_UNDER_WAY),
            postgresql_where=text(IS_UNDER_WAY),
        ),
        _CLUSTERED,
    )

    id: str = Field(sa_type=Text, primary_key=True)
    status: str = Field(sa_type=Text)
    collection: str = Field(sa_type=Text)
    created: datetime = Field(sa_type=Instant)
    package_type: str | None = Field(sa_type=Text, default=None)
    aip: str | None = Field(sa_type=Text, default=None)
    version: int | None = None
    attempt: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    copies: int | None = None


class AIPRow(Row, table=True):
    __tablename__ = "aip"
    __table_args__: Any = (Index(None, "id", unique=True), Index(None, "collection", "id"))

    key: int = Field(sa_type=Key, primary_key=True)
    id: str = Field(sa_type=Text)
    collection: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    head: int
    created: datetime = Field(sa_type=Instant)


class AIPVersionRow(Row, table=True):
    """`inventory_prefix` is a number made of the digest (holdings.inventory_prefix): a narrow index finds the version by it."""

    __tablename__ = "aip_version"
    __table_args__: Any = (_CLUSTERED,)

    aip_key: int = Field(sa_type=Key, primary_key=True, foreign_key="aip.key")
    number: int = Field(primary_key=True)
    created: datetime = Field(sa_type=Instant)
    inventory_digest: str = Field(sa_type=Text)
    inventory_prefix: int = Field(index=True)
    file_count: int = Field(sa_type=BigInteger)
    bytes: int = Field(sa_type=BigInteger)
    transfer: str | None = Field(sa_type=Text, default=None)
    message: str = Field(sa_type=Text)


class FormatRow(Row, table=True):
    """One identification, shared by every file that has it. `digest` is of the canonical text of all other columns."""

    __tablename__ = "format"

    key: int = Field(sa_type=Key, primary_key=True)
    digest: bytes = Field(sa_type=LargeBinary, unique=True)
    puid: str | None = Field(sa_type=Text, default=None)
    name: str = Field(sa_type=Text)
    version: str = Field(sa_type=Text)
    mime: str = Field(sa_type=Text)
    basis: str = Field(sa_type=Text)
    engine: str = Field(sa_type=Text)
    engine_version: str = Field(sa_type=Text)
    signatures: str = Field(sa_type=Text)
    alternatives: str = Field(sa_type=Text)
    warning: str = Field(sa_type=Text)


class FileRow(Row, table=True):
    """A file as it is from version `added` until before version `removed`; still in the head where that is NULL."""

    __tablename__ = "file"
    __table_args__: Any = (_CLUSTERED,)

    aip_key: int = Field(sa_type=Key, primary_key=True)
    ordinal: int = Field(primary_key=True)
    added: int
    removed: int | None = None
    logical_path: str = Field(sa_type=Text)
    content_path: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    sha512: bytes = Field(sa_type=LargeBinary)
    sha256: bytes = Field(sa_type=LargeBinary)
    original_path: str | None = Field(sa_type=Text, default=None)
    modified: int | None = Field(sa_type=BigInteger, default=None)
    format_key: int | None = Field(sa_type=Key, default=None)
    source: str | None = Field(sa_type=Text, default=None)


class DublinCoreRow(Row, table=True):
    """The head's description. `folded` is what search compares (text.fold)."""

    __tablename__ = "dublin_core"
    __table_args__: Any = (_CLUSTERED,)

    aip_key: int = Field(sa_type=Key, primary_key=True, foreign_key="aip.key")
    ordinal: int = Field(primary_key=True)
    element: str = Field(sa_type=Text)
    value: str = Field(sa_type=Text)
    folded: str = Field(sa_type=Text)


class ReplicaRow(Row, table=True):
    __tablename__ = "replica"
    __table_args__: Any = (_CLUSTERED,)

    id: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    added: datetime = Field(sa_type=Instant)


class CopyRow(Row, table=True):
    """The index is walked from the earliest deadline on: `due` is by when the copy is to be checked next, NULL until planned."""

    __tablename__ = "copy"
    __table_args__: Any = (Index("ix_copy_due", "replica", "due", "aip"), _CLUSTERED)

    aip: str = Field(sa_type=Text, primary_key=True)
    replica: str = Field(sa_type=Text, primary_key=True)
    version: int
    state: str = Field(sa_type=Text)
    written: datetime | None = Field(sa_type=Instant, default=None)
    checked: datetime | None = Field(sa_type=Instant, default=None)
    due: datetime | None = Field(sa_type=Instant, default=None)


class EventRow(Row, table=True):
    """Append-only. The partial indexes hold what is rare and looked for."""

    __tablename__ = "event"
    __table_args__: Any = (
        Index(None, "id", unique=True),
        Index(None, "time"),
        Index("ix_event_rare", "type", "key", sqlite_where=text(IS_RARE), postgresql_where=text(IS_RARE)),
        Index(
            "ix_event_unsuccessful",
            "key",
            sqlite_where=text(IS_UNSUCCESSFUL),
            postgresql_where=text(IS_UNSUCCESSFUL),
        ),
    )

    key: int = Field(sa_type=Key, primary_key=True)
    id: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    time: datetime = Field(sa_type=Instant)
    outcome: str = Field(sa_type=Text)
    entry: bytes = Field(sa_type=LargeBinary)


class EventObjectRow(Row, table=True):
    __tablename__ = "event_object"
    __table_args__: Any = (_CLUSTERED,)

    object_id: str = Field(sa_type=Text, primary_key=True)
    event_key: int = Field(sa_type=Key, primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)


class EventAgentRow(Row, table=True):
    __tablename__ = "event_agent"
    __table_args__: Any = (_CLUSTERED,)

    agent_id: str = Field(sa_type=Text, primary_key=True)
    event_key: int = Field(sa_type=Key, primary_key=True)


class EventTextRow(Row, table=True):
    """What an event's commitment opens to; no row where it has no private part. Erased: `private` NULL, `salt` empty."""

    __tablename__ = "event_text"

    event_key: int = Field(sa_type=Key, primary_key=True, sa_column_kwargs={"autoincrement": False})
    salt: bytes = Field(sa_type=LargeBinary)
    private: bytes | None = Field(sa_type=LargeBinary, default=None)


class EventOutboxRow(Row, table=True):
    """Events that have no place in the tree yet."""

    __tablename__ = "event_outbox"

    event_key: int = Field(sa_type=Key, primary_key=True, sa_column_kwargs={"autoincrement": False})


class LedgerSequenceRow(Row, table=True):
    """Append-only: which event is which leaf."""

    __tablename__ = "ledger_sequence"
    __table_args__: Any = (Index(None, "event_key", unique=True),)

    sequence: int = Field(sa_type=Key, primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_key: int = Field(sa_type=Key)


class CheckpointRow(Row, table=True):
    """Append-only: what was signed, newest last."""

    __tablename__ = "checkpoint"

    key: int = Field(sa_type=Key, primary_key=True)
    size: int = Field(sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary)
    note: str = Field(sa_type=Text)


class FixityBatchRow(Row, table=True):
    __tablename__ = "fixity_batch"

    key: int = Field(sa_type=Key, primary_key=True)
    id: str = Field(sa_type=Text, unique=True)


class FixityLineRow(Row, table=True):
    __tablename__ = "fixity_line"
    __table_args__: Any = (_CLUSTERED,)

    batch_key: int = Field(sa_type=Key, primary_key=True)
    ordinal: int = Field(sa_type=Key, primary_key=True)
    aip: str = Field(sa_type=Text)
    version: int
    replica: str = Field(sa_type=Text)
    time: datetime = Field(sa_type=Instant)
    outcome: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    bytes: int = Field(sa_type=BigInteger)


def table(name: str) -> Table:
    """A table as SQLAlchemy Core sees it."""
    return Row.metadata.tables[name]
