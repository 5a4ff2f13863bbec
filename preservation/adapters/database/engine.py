"""Connections by URL, each set so that what is committed is durable."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from preservation.errors import Unavailable, WrongUse

SQLITE = "sqlite:///"
_POSTGRESQL = ("postgresql+psycopg://", "postgresql://")
_WRITES = "preservation_writes"
_BUSY_SECONDS = 30

# A host that was cut off says no goodbye. After so many seconds of silence, and so many questions without an answer, so
# many seconds apart, either end gives the connection up: at the server its session ends then, and with it its locks.
_SILENT_SECONDS, _QUESTIONS, _PAUSE_SECONDS = 10, 3, 5
_GONE_MILLISECONDS = 1000 * (_SILENT_SECONDS + _QUESTIONS * _PAUSE_SECONDS)

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # In WAL mode only FULL survives a power cut with every committed transaction.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}",
    # In KiB: enough for the hot ends of every index, and a bound on what sorting keeps in memory.
    "PRAGMA cache_size = -16384",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA trusted_schema = OFF",
)


def open_engine(url: str, *, create: bool = False) -> Engine:
    """An engine for `sqlite:///PATH` or `postgresql+psycopg://...`; nothing is kept open yet.

    Everything after `sqlite:///` is the path, whatever it contains. A file that is not there is refused unless
    `create`: an empty database in place of a mislaid one would look like an empty repository. Raises WrongUse for
    another kind of URL, Unavailable where the file is missing.
    """
    if url.startswith(SQLITE):
        return _sqlite(url.removeprefix(SQLITE), create=create)
    for prefix in _POSTGRESQL:
        if url.startswith(prefix):
            return _postgresql(url.removeprefix(prefix))
    raise WrongUse("a database URL begins with sqlite:/// or postgresql+psycopg://")


def reader(engine: Engine) -> Engine:
    """The same pool, for transactions that see one committed state throughout."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def writer(engine: Engine) -> Engine:
    """The same pool, for transactions that write. On SQLite they take the write lock at once, so that none fails halfway."""
    return engine.execution_options(**{_WRITES: True})


def _sqlite(path: str, *, create: bool) -> Engine:
    if path in ("", ":memory:"):
        raise WrongUse("a catalogue needs a file: in memory it would have neither a log nor a second connection")
    engine = create_engine(
        "sqlite://",
        creator=_sqlite_connector(path, create=create),
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=28,
        # The connection used last has the warmest cache of pages.
        pool_use_lifo=True,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _sqlite_connector(path: str, *, create: bool) -> Callable[[], sqlite3.Connection]:
    absolute = Path(path).absolute()
    if not create and not absolute.is_file():
        raise Unavailable(f"there is no database at {absolute}")
    uri = f"file:{quote(str(absolute))}?mode={'rwc' if create else 'rw'}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)

    return connect


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(rest: str) -> Engine:
    # A server may have been told to acknowledge commits before they are durable; this client never accepts that.
    options = (
        f"-c synchronous_commit=on -c lock_timeout={_BUSY_SECONDS}s"
        f" -c tcp_keepalives_idle={_SILENT_SECONDS} -c tcp_keepalives_interval={_PAUSE_SECONDS}"
        f" -c tcp_keepalives_count={_QUESTIONS} -c tcp_user_timeout={_GONE_MILLISECONDS}"
    )
    return create_engine(
        f"postgresql+psycopg://{rest}",
        connect_args={
            "options": options,
            "application_name": "preservation",
            "connect_timeout": 10,
            "keepalives_idle": _SILENT_SECONDS,
            "keepalives_interval": _PAUSE_SECONDS,
            "keepalives_count": _QUESTIONS,
            "tcp_user_timeout": _GONE_MILLISECONDS,
        },
        pool_pre_ping=True,
        pool_size=4,
        max_overflow=28,
    )
