"""Alarms about files that are held: malware, and files that are invalid and had been sound.

Their bytes are proven, so nothing has changed in the file: the tools know more than they did, and a person has to look.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from preservation.domain.alarms import Alarm, AlarmCode
from preservation.domain.filed_examinations import ExaminationFigures
from preservation.domain.findings import Severity

# For as long as a worsened file is told: nothing that anybody does to it would make it sound.
TOLD_FOR = timedelta(days=30)


def examination_alarms(seen: ExaminationFigures | None, now: datetime) -> Sequence[Alarm]:
    """Everything that is wrong, ordered by key."""
    if seen is None:
        return []
    found: list[Alarm] = []
    if seen.infected:
        values = {"count": str(seen.infected)}
        found.append(Alarm(AlarmCode.FILES_INFECTED, Severity.ERROR, now, values=values))
    if seen.worsened:
        values = {"count": str(seen.worsened), "days": str(TOLD_FOR.days)}
        found.append(Alarm(AlarmCode.FILES_WORSENED, Severity.ERROR, now, values=values))
    return found
