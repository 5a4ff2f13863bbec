"""The tables of the service: jobs, deposits, people, and what search is quick by.

Work under way, secrets, and what follows from other tables; accounts alone are in the record as well.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary, text
from sqlmodel import Field

from preservation.adapters.database.columns import Instant, Key, Text
from preservation.adapters.database.job_rows import HAS_KEY, HAS_SUBJECT, IS_OPEN
from preservation.adapters.database.tables import Row

_CLUSTERED = {"sqlite_with_rowid": False}
HAS_DROP = "drop_name IS NOT NULL"


class SearchWordRow(Row, table=True):
    """Which AIPs have a word (text.words) in their title or description: walked in order of AIPs, on both databases alike."""

    __tablename__ = "search_word"
    __table_args__: Any = (_CLUSTERED,)

    word: str = Field(sa_type=Text, primary_key=True)
    aip_key: int = Field(sa_type=Key, primary_key=True)


class AIPFormatRow(Row, table=True):
    """The head's files of an AIP counted by identification; `format_key` is 0 for files that nobody identified."""

    __tablename__ = "aip_format"
    __table_args__: Any = (_CLUSTERED,)

    aip_key: int = Field(sa_type=Key, primary_key=True)
    format_key: int = Field(sa_type=Key, primary_key=True)
    files: int = Field(sa_type=BigInteger)
    bytes: int = Field(sa_type=BigInteger)


class JobRow(Row, table=True):
    """`progress`, `parameters`, `result` and `problem` are JSON. Workers find what is due by the index of open jobs."""

    __tablename__ = "job"
    __table_args__: Any = (
        Index("ix_job_open", "queue", "due", "id", "state", sqlite_where=text(IS_OPEN), postgresql_where=text(IS_OPEN)),
        Index("ix_job_key", "key", unique=True, sqlite_where=text(HAS_KEY), postgresql_where=text(HAS_KEY)),
        Index("ix_job_subject", "subject", sqlite_where=text(HAS_SUBJECT), postgresql_where=text(HAS_SUBJECT)),
        Index(None, "state", "finished", "queue"),
        _CLUSTERED,
    )

    id: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text)
    queue: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    subject: str | None = Field(sa_type=Text, default=None)
    parameters: str = Field(sa_type=Text)
    collection: str | None = Field(sa_type=Text, default=None)
    created_by: str | None = Field(sa_type=Text, default=None)
    key: str | None = Field(sa_type=Text, default=None)
    created: datetime = Field(sa_type=Instant)
    due: datetime = Field(sa_type=Instant)
    attempts: int
    max_attempts: int
    token: int = Field(sa_type=BigInteger)
    worker: str | None = Field(sa_type=Text, default=None)
    lease_until: datetime | None = Field(sa_type=Instant, default=None)
    heartbeat: datetime | None = Field(sa_type=Instant, default=None)
    started: datetime | None = Field(sa_type=Instant, default=None)
    finished: datetime | None = Field(sa_type=Instant, default=None)
    cancel_requested: int
    progress: str = Field(sa_type=Text)
    result: str | None = Field(sa_type=Text, default=None)
    problem: str | None = Field(sa_type=Text, default=None)
    announced: datetime | None = Field(sa_type=Instant, default=None)


class DepositRow(Row, table=True):
    __tablename__ = "deposit"
    __table_args__: Any = (
        Index(None, "account", "transfer"),
        Index("ix_deposit_drop", "drop_name", "reported", sqlite_where=text(HAS_DROP), postgresql_where=text(HAS_DROP)),
        _CLUSTERED,
    )

    transfer: str = Field(sa_type=Text, primary_key=True)
    account: str | None = Field(sa_type=Text, default=None)
    agreement: str | None = Field(sa_type=Text, default=None)
    source: str = Field(sa_type=Text)
    created: datetime = Field(sa_type=Instant)
    name: str | None = Field(sa_type=Text, default=None)
    place: str | None = Field(sa_type=Text, default=None)
    size: int | None = Field(sa_type=BigInteger, default=None)
    sha256: str | None = Field(sa_type=Text, default=None)
    title: str | None = Field(sa_type=Text, default=None)
    aip: str | None = Field(sa_type=Text, default=None)
    mode: str = Field(sa_type=Text)
    submitted: datetime | None = Field(sa_type=Instant, default=None)
    decided_by: str | None = Field(sa_type=Text, default=None)
    reason: str | None = Field(sa_type=Text, default=None)
    report: str | None = Field(sa_type=Text, default=None)
    drop_name: str | None = Field(sa_type=Text, default=None)
    reported: str | None = Field(sa_type=Text, default=None)


class UploadRow(Row, table=True):
    __tablename__ = "upload"
    __table_args__: Any = (Index(None, "transfer"), Index(None, "expires"), _CLUSTERED)

    id: str = Field(sa_type=Text, primary_key=True)
    transfer: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    length: int = Field(sa_type=BigInteger)
    created: datetime = Field(sa_type=Instant)
    expires: datetime = Field(sa_type=Instant)
    finished: datetime | None = Field(sa_type=Instant, default=None)


class AnswerRow(Row, table=True):
    """What requests with an Idempotency-Key were answered."""

    __tablename__ = "answer"
    __table_args__: Any = (Index(None, "created"), _CLUSTERED)

    account: str = Field(sa_type=Text, primary_key=True)
    key: str = Field(sa_type=Text, primary_key=True)
    request: bytes = Field(sa_type=LargeBinary)
    created: datetime = Field(sa_type=Instant)
    status: int
    body: bytes = Field(sa_type=LargeBinary)
    location: str | None = Field(sa_type=Text, default=None)


class AccountRow(Row, table=True):
    __tablename__ = "account"
    __table_args__: Any = (Index(None, "name", unique=True), Index(None, "subject", unique=True), _CLUSTERED)

    id: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    display_name: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    created: datetime = Field(sa_type=Instant)
    subject: str | None = Field(sa_type=Text, default=None)
    email: str | None = Field(sa_type=Text, default=None)


class GrantRow(Row, table=True):
    """`collection` is empty where the role holds everywhere: a primary key has no NULL."""

    __tablename__ = "account_grant"
    __table_args__: Any = (_CLUSTERED,)

    account: str = Field(sa_type=Text, primary_key=True)
    role: str = Field(sa_type=Text, primary_key=True)
    collection: str = Field(sa_type=Text, primary_key=True)


class CredentialsRow(Row, table=True):
    __tablename__ = "credentials"
    __table_args__: Any = (_CLUSTERED,)

    account: str = Field(sa_type=Text, primary_key=True)
    password: str | None = Field(sa_type=Text, default=None)
    must_change: int
    failures: int
    locked_until: datetime | None = Field(sa_type=Instant, default=None)
    changed: datetime | None = Field(sa_type=Instant, default=None)


class SessionRow(Row, table=True):
    __tablename__ = "session"
    __table_args__: Any = (Index(None, "account"), Index(None, "expires"), _CLUSTERED)

    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    account: str = Field(sa_type=Text)
    csrf: str = Field(sa_type=Text)
    created: datetime = Field(sa_type=Instant)
    seen: datetime = Field(sa_type=Instant)
    expires: datetime = Field(sa_type=Instant)


class TokenRow(Row, table=True):
    """`grants` is JSON, NULL where the account's own hold."""

    __tablename__ = "api_token"
    __table_args__: Any = (Index(None, "digest", unique=True), Index(None, "account"), _CLUSTERED)

    id: str = Field(sa_type=Text, primary_key=True)
    account: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    digest: bytes = Field(sa_type=LargeBinary)
    created: datetime = Field(sa_type=Instant)
    expires: datetime | None = Field(sa_type=Instant, default=None)
    used: datetime | None = Field(sa_type=Instant, default=None)
    revoked: datetime | None = Field(sa_type=Instant, default=None)
    grants: str | None = Field(sa_type=Text, default=None)


class WorkerRow(Row, table=True):
    """Processes that are there. `queues` are names with spaces between."""

    __tablename__ = "worker"
    __table_args__: Any = (_CLUSTERED,)

    id: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    host: str = Field(sa_type=Text)
    pid: int = Field(sa_type=BigInteger)
    queues: str = Field(sa_type=Text)
    started: datetime = Field(sa_type=Instant)
    beat: datetime = Field(sa_type=Instant)


class AlarmRow(Row, table=True):
    """Alarms that are on, or whose end is still to be told. `details` and `told` are JSON."""

    __tablename__ = "alarm"
    __table_args__: Any = (_CLUSTERED,)

    key: str = Field(sa_type=Text, primary_key=True)
    code: str = Field(sa_type=Text)
    severity: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    since: datetime = Field(sa_type=Instant)
    details: str = Field(sa_type=Text)
    told: str = Field(sa_type=Text)
    cleared: datetime | None = Field(sa_type=Instant, default=None)
    claimed_until: datetime | None = Field(sa_type=Instant, default=None)


class FigureRow(Row, table=True):
    """What was counted or noticed, by name. `value` is JSON."""

    __tablename__ = "figure"
    __table_args__: Any = (_CLUSTERED,)

    name: str = Field(sa_type=Text, primary_key=True)
    time: datetime = Field(sa_type=Instant)
    value: str = Field(sa_type=Text)
