"""What the databases raise, in this project's words."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from preservation.errors import Conflict, DiskFull, PreservationError, Unavailable, WrongUse

# Only these say that a value cannot be kept at all; they come from the drivers' own conversion.
_BAD_VALUES = (sqlite3.DataError, psycopg.DataError, OverflowError, UnicodeEncodeError)
_INTEGRITY = (sqlite3.IntegrityError, psycopg.IntegrityError)
_SCHEMA_MISSING = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn)
_SILENT = (
    sqlite3.OperationalError,
    sqlite3.InternalError,
    psycopg.OperationalError,
    psycopg.InternalError,
    psycopg.InterfaceError,
)


def translate(error: BaseException) -> PreservationError | None:
    """Our exception for a driver's, None for one that is not about the world but about a mistake in this program."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, PoolTimeout):
        return Unavailable(f"no database connection was free: {error}")
    if isinstance(cause, psycopg.errors.DiskFull) or _is_sqlite_full(cause):
        return DiskFull(f"the database has no room left: {cause}")
    if isinstance(cause, _INTEGRITY):
        return Conflict(f"the database refused the change: {cause}")
    if isinstance(cause, _BAD_VALUES):
        return WrongUse(f"a value that the database cannot keep: {cause}")
    if isinstance(cause, (*_SILENT, *_SCHEMA_MISSING)) or type(cause) is sqlite3.DatabaseError:
        return Unavailable(f"the database did not answer: {cause}")
    return None


def _is_sqlite_full(cause: BaseException | None) -> bool:
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


@contextmanager
def translated() -> Iterator[None]:
    """Within the block, errors of the database become this project's."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, psycopg.Error, OverflowError, UnicodeEncodeError) as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error
