"""A message about an alarm, as channels are given it."""

from preservation.domain.alarms import Alarm, AlarmCode, AlarmMessage, AlarmMoment
from preservation.domain.findings import Severity
from tests.contracts.catalogue_builders import NOON, later, urn


def a_message(moment: AlarmMoment = AlarmMoment.RAISED, *, subject: str = "ingest", seconds: int = 60) -> AlarmMessage:
    alarm = Alarm(AlarmCode.JOBS_LATE, Severity.ERROR, NOON, subject, {"queue": subject, "count": "3"})
    texts = {"en": "3 jobs wait.", "vi": "3 công việc đang chờ."}
    return AlarmMessage(moment, alarm, later(seconds), urn(99), texts)
