"""The column types that SQLite and PostgreSQL have to agree on."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from preservation.errors import WrongUse

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# The calendar's ends, which Python's own dates have.
_FIRST = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC) - _EPOCH) // _MICROSECOND


def microseconds(time: datetime) -> int:
    """Microseconds since 1970 (UTC), exact.

    Raises WrongUse for a time without a zone, which names no instant, and for one that is not between the years 1 and 9999 in
    UTC: what is kept could not be told again.
    """
    if time.utcoffset() is None:
        raise WrongUse(f"a time without a zone: {time.isoformat()}")
    found = (time - _EPOCH) // _MICROSECOND
    if not _FIRST <= found <= _LAST:
        raise WrongUse(f"a time beyond the calendar: {time.isoformat()}")
    return found


def optional_microseconds(time: datetime | None) -> int | None:
    """As `microseconds`; None stays None."""
    return None if time is None else microseconds(time)


def instant(value: int) -> datetime:
    """The inverse of `microseconds`: aware, UTC."""
    return _EPOCH + timedelta(microseconds=value)


def optional_instant(value: int | None) -> datetime | None:
    """As `instant`; None stays None."""
    return None if value is None else instant(value)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as microseconds since 1970: exact, eight bytes, the same order and bytes on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return optional_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else instant(value)


class Text(TypeDecorator[str]):
    """Text ordered by code point: SQLite's own order, and PostgreSQL's once no locale interferes."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(String(collation="C") if dialect.name == "postgresql" else String())


class Key(TypeDecorator[int]):
    """A surrogate key: 64 bits, and SQLite's rowid where it is a table's only primary key."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())
