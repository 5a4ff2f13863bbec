"""Hours of the day in which something rests, such as `22:00-06:00`; UTC, as every time here."""

import re
from dataclasses import dataclass
from datetime import datetime, time

_FORM = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `begin` until before `end`, across midnight where that is the earlier one."""

    begin: time
    end: time

    def has(self, moment: datetime) -> bool:
        """Whether the moment lies within."""
        at = moment.time()
        if self.begin <= self.end:
            return self.begin <= at < self.end
        return at >= self.begin or at < self.end

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"


def quiet_hours(text: str) -> QuietHours | None:
    """What the text says, None if it is of another form, or names no time at all (`08:00-08:00`)."""
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    first, second, third, fourth = (int(number) for number in match.groups())
    found = QuietHours(time(first, second), time(third, fourth))
    return found if found.begin != found.end else None
