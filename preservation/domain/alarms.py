"""Alarms: what somebody has to be told of, decided from figures alone.

An alarm is told when it is raised, once a day while it lasts, and once more when it is over.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from preservation.domain.findings import Finding, Severity
from preservation.domain.jobs import START_PROMISE, Job, JobKind, Queue
from preservation.domain.service_figures import DiskSpace, HoldingFigures, LedgerLag
from preservation.domain.workers import SILENT_AFTER, Worker, WorkerKind

REPEATED_AFTER = timedelta(days=1)
# For as long as a job's failure is told; over a weekend somebody may not look.
FAILURES_TOLD_FOR = timedelta(days=3)
_AWAY_FOR = timedelta(days=1)
_LEDGER_BEHIND_FOR = timedelta(minutes=5)
_SCHEDULER_SILENT_FOR = timedelta(minutes=5)
# Counting may take long, and then it rests a hundred times as long: three rests without a count are no rest.
_FIGURES_OLD_FOR = timedelta(hours=1)
_FIGURES_OLD_RESTS = 300


class AlarmCode(StrEnum):
    """Also the codes of the sentences in `domain.messages_alarms`."""

    JOBS_LATE = "ALARM-JOBS-LATE"
    JOBS_FAILED = "ALARM-JOBS-FAILED"
    COPIES_OVERDUE = "ALARM-COPIES-OVERDUE"
    COPIES_DAMAGED = "ALARM-COPIES-DAMAGED"
    REPLICA_AWAY = "ALARM-REPLICA-AWAY"
    LEDGER_BEHIND = "ALARM-LEDGER-BEHIND"
    DISK_NEARLY_FULL = "ALARM-DISK-NEARLY-FULL"
    NO_FIXITY_RUN = "ALARM-NO-FIXITY-RUN"
    SCHEDULER_SILENT = "ALARM-SCHEDULER-SILENT"
    FIGURES_OLD = "ALARM-FIGURES-OLD"
    COPIES_BELOW_POLICY = "ALARM-COPIES-BELOW-POLICY"
    REPLICA_OVERDUE = "ALARM-REPLICA-OVERDUE"
    REPAIRS_HELD = "ALARM-REPAIRS-HELD"
    MEDIUM_DUE = "ALARM-MEDIUM-DUE"
    INVENTORY_DISPUTED = "ALARM-INVENTORY-DISPUTED"
    REPLICA_DRIFT = "ALARM-REPLICA-DRIFT"
    PEER_DISAGREES = "ALARM-PEER-DISAGREES"
    PEER_SILENT = "ALARM-PEER-SILENT"
    CHECKS_STOPPED = "ALARM-CHECKS-STOPPED"
    CHECKS_BEHIND = "ALARM-CHECKS-BEHIND"
    WINDOW_INFEASIBLE = "ALARM-WINDOW-INFEASIBLE"
    FILES_INFECTED = "ALARM-FILES-INFECTED"
    FILES_WORSENED = "ALARM-FILES-WORSENED"


class AlarmMoment(StrEnum):
    """Why a message is sent."""

    RAISED = "raised"
    REPEATED = "repeated"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something is wrong with `subject` (a queue, a kind of job, a replica, a place; "" for the whole) since then.

    `values` fill the sentence; `since` is when it became wrong as far as that is known, and otherwise when it was noticed.
    """

    code: AlarmCode
    severity: Severity
    since: datetime
    subject: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """There is one alarm for each key at a time."""
        return f"{self.code.value} {self.subject}".strip()

    @property
    def finding(self) -> Finding:
        """For `domain.messages.render`."""
        return Finding(self.code.value, self.severity, values=self.values)


@dataclass(frozen=True, slots=True)
class KeptAlarm:
    """An alarm as the database has it. `told` is when each channel last took a message about it; `cleared` when it ended."""

    alarm: Alarm
    told: Mapping[str, datetime] = field(default_factory=dict)
    cleared: datetime | None = None

    def moment_for(self, channel: str, now: datetime) -> AlarmMoment | None:
        """What the channel has to be told now, None for nothing."""
        last = self.told.get(channel)
        # A message of a time that is yet to come was sent while the clock was wrong: it must not be the last one for years.
        is_ahead = last is not None and last > now + REPEATED_AFTER
        if self.cleared is not None:
            return AlarmMoment.CLEARED if last is not None and (last < self.cleared or is_ahead) else None
        if last is None:
            return AlarmMoment.RAISED
        return AlarmMoment.REPEATED if is_ahead or now - last >= REPEATED_AFTER else None


@dataclass(frozen=True, slots=True)
class AlarmMessage:
    """What a channel sends. `texts` are the sentence by language; `repository` is the repository's id."""

    moment: AlarmMoment
    alarm: Alarm
    time: datetime
    repository: str
    texts: Mapping[str, str]
    cleared: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was seen. `away_since` is by replica id; `first_copy` is since when there is anything to be checked.
    `windows` are of replicas that have one of their own."""

    late: Sequence[Job]
    failed: Sequence[Job]
    holdings: HoldingFigures | None
    replica_names: Mapping[str, str]
    away_since: Mapping[str, datetime]
    ledger: LedgerLag
    disks: Sequence[DiskSpace]
    workers: Sequence[Worker]
    last_check: datetime | None
    first_copy: datetime | None
    window: timedelta
    windows: Mapping[str, timedelta] = field(default_factory=dict)


def alarms_of(seen: Observed, now: datetime) -> Sequence[Alarm]:
    """Everything that is wrong, ordered by key."""
    found = [
        *_late(seen),
        *_failed(seen),
        *_copies(seen, now),
        *_away(seen, now),
        *_ledger(seen, now),
        *_disks(seen, now),
        *_fixity(seen, now),
        *_scheduler(seen, now),
        *_figures(seen, now),
    ]
    return sorted(found, key=lambda alarm: alarm.key)


def _late(seen: Observed) -> Sequence[Alarm]:
    """One for a queue, however many wait: a flood of jobs must not become a flood of messages."""
    queues: dict[Queue, list[Job]] = defaultdict(list)
    for job in seen.late:
        queues[job.queue].append(job)
    return [
        Alarm(
            AlarmCode.JOBS_LATE,
            Severity.ERROR,
            min(job.due for job in jobs) + START_PROMISE[queue],
            queue.value,
            {"queue": queue.value, "count": str(len(jobs)), "oldest": min(jobs, key=lambda job: job.due).id},
        )
        for queue, jobs in queues.items()
    ]


def _failed(seen: Observed) -> Sequence[Alarm]:
    kinds: dict[JobKind, list[Job]] = defaultdict(list)
    for job in sorted(seen.failed, key=_ended):
        kinds[job.kind].append(job)
    return [
        Alarm(
            AlarmCode.JOBS_FAILED,
            Severity.ERROR,
            _ended(jobs[0]),
            kind.value,
            {
                "kind": kind.value,
                "count": str(len(jobs)),
                "newest": jobs[-1].id,
                "reason": problem.code if (problem := jobs[-1].problem) is not None else "?",
            },
        )
        for kind, jobs in kinds.items()
    ]


def _ended(job: Job) -> datetime:
    return job.finished or job.created


def _copies(seen: Observed, now: datetime) -> Sequence[Alarm]:
    found: list[Alarm] = []
    for one in seen.holdings.replicas if seen.holdings is not None else ():
        name = seen.replica_names.get(one.replica, one.replica)
        bad = one.damaged + one.missing + one.unreadable
        if bad:
            counts = {"damaged": one.damaged, "missing": one.missing, "unreadable": one.unreadable}
            values = {"replica": name, "count": str(bad), **{word: str(count) for word, count in counts.items()}}
            found.append(Alarm(AlarmCode.COPIES_DAMAGED, Severity.ERROR, now, one.replica, values))
        overdue = one.copies - one.within
        if overdue:
            # A copy that was never checked is overdue as soon as it has been there for the window; nobody knows since when.
            window = seen.windows.get(one.replica, seen.window)
            since = now if one.oldest_check is None else one.oldest_check + window
            values = {"replica": name, "count": str(overdue), "days": str(window.days)}
            found.append(Alarm(AlarmCode.COPIES_OVERDUE, Severity.WARNING, since, one.replica, values))
    return found


def _away(seen: Observed, now: datetime) -> Sequence[Alarm]:
    return [
        Alarm(
            AlarmCode.REPLICA_AWAY,
            Severity.ERROR,
            since,
            replica,
            {"replica": seen.replica_names.get(replica, replica), "since": since.isoformat(timespec="minutes")},
        )
        for replica, since in seen.away_since.items()
        if now - since >= _AWAY_FOR
    ]


def _ledger(seen: Observed, now: datetime) -> Sequence[Alarm]:
    oldest = seen.ledger.oldest
    if oldest is None or now - oldest < _LEDGER_BEHIND_FOR:
        return []
    values = {"count": str(seen.ledger.events), "since": oldest.isoformat(timespec="minutes")}
    return [Alarm(AlarmCode.LEDGER_BEHIND, Severity.ERROR, oldest, values=values)]


def _disks(seen: Observed, now: datetime) -> Sequence[Alarm]:
    return [
        Alarm(
            AlarmCode.DISK_NEARLY_FULL,
            Severity.ERROR if disk.is_full else Severity.WARNING,
            now,
            # Which other places share its file system may change; it is the same alarm.
            disk.place.partition(",")[0],
            {"place": disk.place, "free": disk.free_text, "total": disk.total_text},
        )
        for disk in seen.disks
        if disk.is_nearly_full
    ]


def _fixity(seen: Observed, now: datetime) -> Sequence[Alarm]:
    last = seen.last_check or seen.first_copy
    if last is None or now - last <= seen.window:
        return []
    values = {"days": str(seen.window.days), "last": last.isoformat(timespec="minutes")}
    return [Alarm(AlarmCode.NO_FIXITY_RUN, Severity.ERROR, last + seen.window, values=values)]


def _scheduler(seen: Observed, now: datetime) -> Sequence[Alarm]:
    """Only where a service runs at all: on a machine where people give commands nobody misses a scheduler."""
    working = [one.started for one in seen.workers if one.kind is WorkerKind.WORKER and one.is_alive(now)]
    # What a clock that was ahead has left behind says nothing.
    beats = [one.beat for one in seen.workers if one.kind is WorkerKind.SCHEDULER and one.beat <= now + SILENT_AFTER]
    if not working:
        return []
    since = max(beats, default=min(working))
    if now - since < _SCHEDULER_SILENT_FOR:
        return []
    values = {"since": since.isoformat(timespec="minutes")}
    return [Alarm(AlarmCode.SCHEDULER_SILENT, Severity.ERROR, since, values=values)]


def _figures(seen: Observed, now: datetime) -> Sequence[Alarm]:
    """A timer counts what alarms about copies are decided from; where it has stopped, they say what was true then.

    Only where a service runs, and not at once when one is started after a time.
    """
    working = [one.started for one in seen.workers if one.kind is WorkerKind.WORKER and one.is_alive(now)]
    if not working:
        return []
    counted, started = None if seen.holdings is None else seen.holdings.time, min(working)
    if counted is not None and counted > now + SILENT_AFTER:
        counted = None  # By a clock that was ahead: nobody knows when.
    seconds = 0.0 if seen.holdings is None else seen.holdings.seconds
    allowed = max(_FIGURES_OLD_FOR, _FIGURES_OLD_RESTS * timedelta(seconds=seconds))
    if now - max(counted or started, started) < allowed:
        return []
    since = counted or started
    values = {"since": since.isoformat(timespec="minutes")}
    return [Alarm(AlarmCode.FIGURES_OLD, Severity.ERROR, since, values=values)]
