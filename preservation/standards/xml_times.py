"""Points in time inside XML."""

import re
from datetime import UTC, datetime

# The Gregorian calendar repeats itself after 400 years, which are this many seconds.
_CYCLE_YEARS = 400
_CYCLE_SECONDS = 146_097 * 86_400

_FINE = re.compile(r"(\d{4}|Y-?\d{1,30})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{9})Z\Z")


def utc_text(time: datetime) -> str:
    """An aware datetime as xs:dateTime in UTC, with microseconds where there are any."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def utc_time(text: str) -> datetime:
    """The inverse of `utc_text`; ValueError for a text without a time zone, or that is no time."""
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the years 1 to 9999") from error


def fine_text(nanoseconds: int) -> str:
    """Nanoseconds since 1970 as an ISO 8601 time in UTC with nine digits of fraction.

    A year beyond four digits, which damaged or hostile archives do claim, takes EDTF's prefix "Y" (ISO 8601-2, 4.7).
    """
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    cycles, rest = divmod(seconds, _CYCLE_SECONDS)
    time = datetime.fromtimestamp(rest, UTC)
    year = time.year + cycles * _CYCLE_YEARS
    written = f"{year:04d}" if 0 <= year <= 9999 else f"Y{year}"
    # From the month to the second isoformat says the same as strftime, and faster: this is asked for every file.
    return f"{written}{time.isoformat()[4:19]}.{fraction:09d}Z"


def nanoseconds(text: str) -> int:
    """The inverse of `fine_text`; ValueError for another text."""
    match = _FINE.match(text)
    if match is None:
        raise ValueError("not a time with nanoseconds")
    cycles, offset = divmod(int(match[1].lstrip("Y")) - 1970, _CYCLE_YEARS)
    month, day, hour, minute, second = (int(match[group]) for group in range(2, 7))
    time = datetime(1970 + offset, month, day, hour, minute, second, tzinfo=UTC)
    return (int(time.timestamp()) + cycles * _CYCLE_SECONDS) * 1_000_000_000 + int(match[7])


def schema_text(nanoseconds: int) -> str | None:
    """As `fine_text`, cut to whole seconds for xs:dateTime; None for a year that it does not have in four digits."""
    text = fine_text(nanoseconds)
    return None if text.startswith(("Y", "0000")) else text[:19] + "Z"
