"""What becomes an alarm, from figures alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from preservation.domain.alarms import Alarm, AlarmCode, AlarmMoment, KeptAlarm, Observed, alarms_of
from preservation.domain.findings import Severity
from preservation.domain.holdings import ReplicaFigures
from preservation.domain.jobs import Job, JobKind, JobProblem, JobState, Queue
from preservation.domain.messages import LANGUAGES, render
from preservation.domain.service_figures import DiskSpace, HoldingFigures, LedgerLag, Taken
from preservation.domain.workers import WorkerKind
from tests.contracts.catalogue_builders import NOON, later, urn
from tests.contracts.watching_tables import WINDOW, a_worker

# Those of `domain.copy_alarms`.
COPY_CODES = {
    AlarmCode.COPIES_BELOW_POLICY,
    AlarmCode.REPLICA_OVERDUE,
    AlarmCode.REPAIRS_HELD,
    AlarmCode.MEDIUM_DUE,
    AlarmCode.INVENTORY_DISPUTED,
    AlarmCode.REPLICA_DRIFT,
    AlarmCode.PEER_DISAGREES,
    AlarmCode.PEER_SILENT,
}
# Those of `domain.check_alarms`.
CHECK_CODES = {AlarmCode.CHECKS_STOPPED, AlarmCode.CHECKS_BEHIND, AlarmCode.WINDOW_INFEASIBLE}
# Those of `domain.examination_alarms`.
FILE_CODES = {AlarmCode.FILES_INFECTED, AlarmCode.FILES_WORSENED}
WELL = Observed(
    late=(),
    failed=(),
    holdings=None,
    replica_names={"r": "tape"},
    away_since={},
    ledger=LedgerLag(0, None),
    disks=(DiskSpace("home", 50, 100),),
    workers=(),
    last_check=NOON,
    first_copy=NOON,
    window=WINDOW,
)


def a_job(number: int, state: JobState = JobState.QUEUED, *, due: datetime = NOON) -> Job:
    return Job(
        id=urn(number), kind=JobKind.INGEST, queue=Queue.INGEST, state=state, created=NOON, due=due, finished=due,
        problem=JobProblem("Conflict", "x"),
    )  # fmt: skip


def holdings(**counts: int) -> HoldingFigures:
    figures = ReplicaFigures("r", 9, 9, 9, 0, 0, 0, 0, NOON, 0, 9)
    return HoldingFigures(
        time=NOON, seconds=1, aips=9, files=9, bytes=9, last_hour=Taken(), last_day=Taken(), transfers={},
        replicas=[replace(figures, **counts)], lacking={"r": 0},  # type: ignore[arg-type]
    )  # fmt: skip


def codes(seen: Observed, now: datetime = NOON) -> list[tuple[AlarmCode, str, Severity]]:
    return [(one.code, one.subject, one.severity) for one in alarms_of(seen, now)]


def test_where_all_is_well_there_is_no_alarm() -> None:
    assert codes(replace(WELL, holdings=holdings())) == []


def test_many_late_jobs_of_a_queue_are_one_alarm_since_the_first_promise_was_broken() -> None:
    seen = replace(WELL, late=[a_job(number, due=later(number)) for number in range(300)])

    (alarm,) = alarms_of(seen, NOON)
    assert (alarm.code, alarm.subject, alarm.since) == (AlarmCode.JOBS_LATE, "ingest", NOON + timedelta(minutes=15))
    assert alarm.values == {"queue": "ingest", "count": "300", "oldest": urn(0)}


def test_failures_of_a_kind_are_one_alarm_that_names_the_newest() -> None:
    seen = replace(WELL, failed=[a_job(number, JobState.FAILED, due=later(number)) for number in (3, 1, 2)])

    (alarm,) = alarms_of(seen, NOON)
    assert (alarm.code, alarm.subject, alarm.since) == (AlarmCode.JOBS_FAILED, "ingest", later(1))
    assert alarm.values == {"kind": "ingest", "count": "3", "newest": urn(3), "reason": "Conflict"}


@pytest.mark.parametrize("word", ["damaged", "missing", "unreadable"])
def test_a_copy_that_is_not_repaired_is_an_error(word: str) -> None:
    assert codes(replace(WELL, holdings=holdings(**{word: 1}))) == [(AlarmCode.COPIES_DAMAGED, "r", Severity.ERROR)]


def test_overdue_copies_are_a_warning() -> None:
    assert codes(replace(WELL, holdings=holdings(within=8))) == [(AlarmCode.COPIES_OVERDUE, "r", Severity.WARNING)]


def test_a_replica_may_be_away_for_a_day() -> None:
    seen = replace(WELL, away_since={"r": NOON})

    assert codes(seen, NOON + timedelta(hours=23)) == []
    assert codes(seen, NOON + timedelta(hours=24)) == [(AlarmCode.REPLICA_AWAY, "r", Severity.ERROR)]


def test_a_ledger_that_stands_still_is_an_alarm_after_five_minutes() -> None:
    seen = replace(WELL, ledger=LedgerLag(3, NOON))

    assert codes(seen, later(299)) == []
    assert codes(seen, later(300)) == [(AlarmCode.LEDGER_BEHIND, "", Severity.ERROR)]


@pytest.mark.parametrize(("free", "severity"), [(5, None), (4, Severity.WARNING), (1, Severity.ERROR)])
def test_a_disk_warns_before_it_is_full(free: int, severity: Severity | None) -> None:
    found = codes(replace(WELL, disks=[DiskSpace("home", free, 100)]))

    assert found == ([] if severity is None else [(AlarmCode.DISK_NEARLY_FULL, "home", severity)])


def test_a_window_without_a_fixity_run_is_an_alarm_even_where_there_never_was_one() -> None:
    after = NOON + WINDOW + timedelta(seconds=1)

    assert codes(WELL, NOON + WINDOW) == []
    assert codes(WELL, after) == [(AlarmCode.NO_FIXITY_RUN, "", Severity.ERROR)]
    assert codes(replace(WELL, last_check=None), after) == [(AlarmCode.NO_FIXITY_RUN, "", Severity.ERROR)]
    assert codes(replace(WELL, last_check=None, first_copy=None), after) == []


def test_a_scheduler_is_missed_only_where_a_service_runs() -> None:
    worker, scheduler = a_worker(1, beat=1000), a_worker(2, WorkerKind.SCHEDULER, beat=990)

    assert codes(WELL, later(1000)) == []
    assert codes(replace(WELL, workers=[worker, scheduler]), later(1000)) == []
    assert codes(replace(WELL, workers=[worker]), later(1000)) == [(AlarmCode.SCHEDULER_SILENT, "", Severity.ERROR)]
    silent = [replace(worker, beat=later(1300)), scheduler]
    assert codes(replace(WELL, workers=silent), later(1300)) == [(AlarmCode.SCHEDULER_SILENT, "", Severity.ERROR)]


def test_figures_that_nobody_counts_any_more_are_an_alarm_where_a_service_runs() -> None:
    day = 86_400
    old = a_worker(1, beat=day)
    new = replace(a_worker(2, beat=day), started=later(day - 60))
    scheduler = a_worker(3, WorkerKind.SCHEDULER, beat=day)
    seen = replace(WELL, holdings=holdings(), workers=[old, scheduler])
    found = [(AlarmCode.FIGURES_OLD, "", Severity.ERROR)]

    assert codes(seen, later(day)) == found
    assert codes(replace(seen, holdings=None), later(day)) == found
    assert codes(replace(seen, workers=[scheduler]), later(day)) == []
    assert codes(replace(seen, workers=[new, scheduler]), later(day)) == []
    assert codes(replace(seen, holdings=replace(holdings(), time=later(day - 3599))), later(day)) == []
    assert codes(replace(seen, holdings=replace(holdings(), seconds=300)), later(day)) == []


def test_what_a_clock_that_was_ahead_has_left_behind_hides_nobodys_silence() -> None:
    """Rows of processes that died before the clock was set right, and figures that were counted then."""
    day, ahead = 86_400, 10 * 86_400
    worker, dead = a_worker(1, beat=day), a_worker(2, beat=ahead)
    silent, alive = a_worker(3, WorkerKind.SCHEDULER, beat=ahead), a_worker(4, WorkerKind.SCHEDULER, beat=day)
    counted = replace(WELL, holdings=replace(holdings(), time=later(ahead)))

    assert not dead.is_alive(later(day))
    assert codes(replace(WELL, workers=[dead, silent]), later(day)) == []
    found = codes(replace(counted, workers=[worker, silent]), later(day))
    assert [code for code, _, _ in found] == [AlarmCode.FIGURES_OLD, AlarmCode.SCHEDULER_SILENT]
    assert [code for code, _, _ in codes(replace(counted, workers=[worker, alive]), later(day))] == [
        AlarmCode.FIGURES_OLD
    ]


def test_every_alarm_has_a_sentence_in_which_nothing_is_missing() -> None:
    seen = replace(
        WELL,
        late=[a_job(1)],
        failed=[a_job(2, JobState.FAILED)],
        holdings=holdings(within=1, damaged=1),
        away_since={"r": NOON},
        ledger=LedgerLag(3, NOON),
        disks=[DiskSpace("home", 1, 100)],
        workers=[a_worker(1, beat=86_400 * 99)],
    )

    found = alarms_of(seen, later(86_400 * 99))
    assert {one.code for one in found} == set(AlarmCode) - COPY_CODES - CHECK_CODES - FILE_CODES
    for language in LANGUAGES:
        sentences = [render(one.finding, language) for one in found]
        assert not [sentence for sentence in sentences if "?" in sentence.replace("running?", "").replace("xử lý?", "")]
        assert not [sentence for sentence in sentences if "{" in sentence]


def test_an_alarm_is_told_once_repeated_daily_and_told_to_be_over() -> None:
    alarm = Alarm(AlarmCode.JOBS_LATE, Severity.ERROR, NOON, "ingest")

    def moment(kept: KeptAlarm, seconds: int) -> AlarmMoment | None:
        return kept.moment_for("mail", later(seconds))

    told = KeptAlarm(alarm, {"mail": NOON})
    assert moment(KeptAlarm(alarm), 0) is AlarmMoment.RAISED
    assert moment(told, 86_399) is None
    assert moment(told, 86_400) is AlarmMoment.REPEATED
    assert moment(replace(told, cleared=later(5)), 5) is AlarmMoment.CLEARED
    assert moment(KeptAlarm(alarm, {"mail": later(6)}, later(5)), 9) is None
    assert moment(KeptAlarm(alarm, {"hook": NOON}, later(5)), 9) is None


def test_an_alarm_that_was_told_by_a_clock_that_was_ahead_is_repeated_and_ends() -> None:
    told = {"mail": later(86_400 * 3650)}
    alarm = Alarm(AlarmCode.JOBS_LATE, Severity.ERROR, NOON, "ingest")

    assert KeptAlarm(alarm, told).moment_for("mail", NOON) is AlarmMoment.REPEATED
    assert KeptAlarm(alarm, told, later(5)).moment_for("mail", later(5)) is AlarmMoment.CLEARED
    assert KeptAlarm(alarm, {"mail": later(60)}).moment_for("mail", NOON) is None
