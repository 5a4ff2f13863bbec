"""The tables of preservation planning: what was found out about files, and what follows from it.

Made again by a rebuild from the texts of events, or counted from other tables.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from preservation.adapters.database.columns import Instant, Key, Text
from preservation.adapters.database.tables import Row

_CLUSTERED = {"sqlite_with_rowid": False}
# The condition of a partial index; a query that repeats it word for word is answered from it.
IS_INVALID = "validity = 'invalid'"
IS_OPEN_ITEM = "state IN ('waiting', 'running')"


class ExaminationRow(Row, table=True):
    """The newest examination of a file; `found` is the number of its text within its AIP."""

    __tablename__ = "examination"
    __table_args__: Any = (
        Index(
            "ix_examination_invalid",
            "aip_key",
            "ordinal",
            sqlite_where=text(IS_INVALID),
            postgresql_where=text(IS_INVALID),
        ),
        _CLUSTERED,
    )

    aip_key: int = Field(sa_type=Key, primary_key=True)
    ordinal: int = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    validity: str = Field(sa_type=Text)
    was_sound: int
    time: datetime = Field(sa_type=Instant)
    found: int


class ExaminationTextRow(Row, table=True):
    """Tools, properties and faults as JSON, shared by those of an AIP's files that came to the same."""

    __tablename__ = "examination_text"
    __table_args__: Any = (_CLUSTERED,)

    aip_key: int = Field(sa_type=Key, primary_key=True)
    number: int = Field(primary_key=True)
    text: str = Field(sa_type=Text)


class VirusScanRow(Row, table=True):
    """The newest scan of an AIP, and which version it was of."""

    __tablename__ = "virus_scan"
    __table_args__: Any = (_CLUSTERED,)

    aip_key: int = Field(sa_type=Key, primary_key=True, sa_column_kwargs={"autoincrement": False})
    version: int
    time: datetime = Field(sa_type=Instant)
    scanner: str = Field(sa_type=Text)


class InfectionRow(Row, table=True):
    """What the newest scan found."""

    __tablename__ = "infection"
    __table_args__: Any = (_CLUSTERED,)

    aip_key: int = Field(sa_type=Key, primary_key=True)
    ordinal: int = Field(primary_key=True)
    name: str = Field(sa_type=Text)


class AIPCountRow(Row, table=True):
    """The content files of an AIP's head, counted: what reports add up.

    `added` is the version that brought them, `format_key` 0 for what nobody identified, `kind` and `validity` "" for what was
    not examined, `modified` the year of the files' own time stamps, 0 where there is none.
    """

    __tablename__ = "aip_count"
    __table_args__: Any = (_CLUSTERED,)

    aip_key: int = Field(sa_type=Key, primary_key=True)
    added: int = Field(primary_key=True)
    format_key: int = Field(sa_type=Key, primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    validity: str = Field(sa_type=Text, primary_key=True)
    modified: int = Field(primary_key=True)
    files: int = Field(sa_type=BigInteger)
    bytes: int = Field(sa_type=BigInteger)


class MigrationPlanRow(Row, table=True):
    """`definition` and `found` are JSON (migration_rows). What its AIPs came to is counted when each of them ends."""

    __tablename__ = "migration_plan"
    __table_args__: Any = (Index(None, "state", "id"), _CLUSTERED)

    id: str = Field(sa_type=Text, primary_key=True)
    rule: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    created: datetime = Field(sa_type=Instant)
    made_by: str = Field(sa_type=Text)
    definition: str = Field(sa_type=Text)
    found: str = Field(sa_type=Text)
    approved_by: str | None = Field(sa_type=Text, default=None)
    approved: datetime | None = Field(sa_type=Instant, default=None)
    standing: int
    ended: datetime | None = Field(sa_type=Instant, default=None)
    reason: str = Field(sa_type=Text)
    done_aips: int = Field(sa_type=BigInteger)
    done_files: int = Field(sa_type=BigInteger)
    failed_files: int = Field(sa_type=BigInteger)
    left_files: int = Field(sa_type=BigInteger)
    done_bytes: int = Field(sa_type=BigInteger)
    result_bytes: int = Field(sa_type=BigInteger)
    day: int
    day_files: int = Field(sa_type=BigInteger)
    day_bytes: int = Field(sa_type=BigInteger)


class MigrationItemRow(Row, table=True):
    """One AIP of a plan. `reasons` is JSON: codes with their counts; `reason` is why it waits until `due`."""

    __tablename__ = "migration_item"
    __table_args__: Any = (
        Index(None, "aip"),
        Index(
            "ix_migration_item_open",
            "plan",
            "ordinal",
            sqlite_where=text(IS_OPEN_ITEM),
            postgresql_where=text(IS_OPEN_ITEM),
        ),
        _CLUSTERED,
    )

    plan: str = Field(sa_type=Text, primary_key=True)
    ordinal: int = Field(primary_key=True)
    aip: str = Field(sa_type=Text)
    files: int = Field(sa_type=BigInteger)
    bytes: int = Field(sa_type=BigInteger)
    state: str = Field(sa_type=Text)
    base: int | None = None
    version: int | None = None
    representation: str | None = Field(sa_type=Text, default=None)
    attempts: int
    done: int = Field(sa_type=BigInteger)
    failed: int = Field(sa_type=BigInteger)
    left_alone: int = Field(sa_type=BigInteger)
    done_bytes: int = Field(sa_type=BigInteger)
    result_bytes: int = Field(sa_type=BigInteger)
    reasons: str = Field(sa_type=Text)
    ended: datetime | None = Field(sa_type=Instant, default=None)
    waits: int
    unread: int
    due: datetime | None = Field(sa_type=Instant, default=None)
    reason: str = Field(sa_type=Text)


class StandingApprovalRow(Row, table=True):
    """Rules whose plans need no further approval, as long as the rule's digest is this one."""

    __tablename__ = "standing_approval"
    __table_args__: Any = (_CLUSTERED,)

    rule: str = Field(sa_type=Text, primary_key=True)
    digest: str = Field(sa_type=Text)
    plan: str = Field(sa_type=Text)
    approved_by: str = Field(sa_type=Text)
    time: datetime = Field(sa_type=Instant)
