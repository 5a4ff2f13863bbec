"""What the databases raise, in this project's words."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from preservation.errors import Conflict, DiskFull, PreservationError, Unavailable, WrongUse

# SQLSTATEs of PostgreSQL, appendix A of its manual: disk_full; undefined_table, undefined_column.
_DISK_FULL = "53100"
_SCHEMA_MISSING = ("42P01", "42703")


def translate(error: BaseException) -> PreservationError | None:
    """Our exception for a driver's, None for one that is not about the world but about a mistake in this program."""
    cause: BaseException | None = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(error, PoolTimeout):
        return Unavailable(f"no database connection was free: {error}")
    state = getattr(cause, "sqlstate", None)
    if state == _DISK_FULL or _is_sqlite_full(cause):
        return DiskFull(f"the database has no room left: {cause}")
    if isinstance(cause, _raised("IntegrityError")):
        return Conflict(f"the database refused the change: {cause}")
    # Only these say that a value cannot be kept at all; they come from the drivers' own conversion.
    if isinstance(cause, (*_raised("DataError"), OverflowError, UnicodeEncodeError)):
        return WrongUse(f"a value that the database cannot keep: {cause}")
    if state in _SCHEMA_MISSING or isinstance(cause, (*_raised("OperationalError"), *_raised("InternalError"))):
        return Unavailable(f"the database did not answer: {cause}")
    if isinstance(cause, _raised("InterfaceError", sqlite=False)) or type(cause) is sqlite3.DatabaseError:
        return Unavailable(f"the database did not answer: {cause}")
    return None


def _raised(name: str, *, sqlite: bool = True) -> tuple[type[BaseException], ...]:
    """The exceptions of this name (PEP 249) that can have been raised: a driver that nobody has loaded raised none.

    psycopg takes long to load, and most installations never need it.
    """
    modules = [sqlite3] if sqlite else []
    if (psycopg := sys.modules.get("psycopg")) is not None:
        modules.append(psycopg)
    return tuple(getattr(module, name) for module in modules)


def _any_of_a_database() -> tuple[type[BaseException], ...]:
    return (SQLAlchemyError, *_raised("Error"), OverflowError, UnicodeEncodeError)


def _is_sqlite_full(cause: BaseException | None) -> bool:
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


@contextmanager
def translated() -> Iterator[None]:
    """Within the block, errors of the database become this project's."""
    try:
        yield
    except _any_of_a_database() as error:
        ours = translate(error)
        if ours is None:
            raise
        raise ours from error
