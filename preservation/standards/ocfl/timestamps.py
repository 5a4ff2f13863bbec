"""The Internet date and time format that `created` is written in (RFC 3339, 5.6)."""

import re
from datetime import UTC, datetime, timedelta, timezone

_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))", re.ASCII
)


def parse_timestamp(text: str) -> datetime:
    """The time, aware, to the microsecond; a leap second counts as the one before it. ValueError for any other text."""
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:100]!r} is not a date and time of RFC 3339")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    microsecond = int((match[7] or "0")[:6].ljust(6, "0"))
    zone: timezone = UTC
    if match[9]:
        hours, minutes = int(match[10]), int(match[11])
        if hours > 23 or minutes > 59:
            raise ValueError(f"{text[:100]!r} has no such offset")
        offset = timedelta(hours=hours, minutes=minutes)
        zone = timezone(-offset if match[9] == "-" else offset)
    return datetime(year, month, day, hour, minute, min(second, 59) if second == 60 else second, microsecond, zone)
