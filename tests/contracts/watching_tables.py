"""What the tables of workers, figures and alarms must do. Subclass it, and give a fixture `catalogue`: an empty one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

from preservation.domain.alarms import Alarm, AlarmCode, AlarmMoment
from preservation.domain.findings import Severity
from preservation.domain.holdings import CopyState, ReplicaState, Transfer, TransferStatus
from preservation.domain.jobs import Queue
from preservation.domain.service_figures import LedgerLag, Taken
from preservation.domain.workers import Worker, WorkerKind
from preservation.ports import Catalogue
from tests.contracts.catalogue_builders import (
    NOON,
    a_copy,
    a_file,
    a_line,
    a_replica,
    a_version,
    an_event,
    later,
    urn,
)
from tests.contracts.catalogue_events import append, sequence_all

WINDOW = timedelta(days=90)


def a_worker(number: int, kind: WorkerKind = WorkerKind.WORKER, *, beat: int = 0) -> Worker:
    return Worker(
        id=urn(number),
        name=f"host-{number}",
        kind=kind,
        host="host",
        pid=number,
        queues=frozenset(Queue) if kind is WorkerKind.WORKER else frozenset(),
        started=NOON,
        beat=later(beat),
    )


def an_alarm(subject: str = "ingest", *, since: int = 0, count: str = "1") -> Alarm:
    return Alarm(AlarmCode.JOBS_LATE, Severity.ERROR, later(since), subject, {"queue": subject, "count": count})


class WorkersContract:
    def test_a_worker_is_known_from_its_start_to_its_end(self, catalogue: Catalogue) -> None:
        table = catalogue.worker_table()
        table.save(a_worker(2))
        table.save(a_worker(1, WorkerKind.SCHEDULER))
        table.save(a_worker(2, beat=10))

        assert table.workers() == [a_worker(1, WorkerKind.SCHEDULER), a_worker(2, beat=10)]
        table.leave(urn(2))
        table.leave(urn(2))
        assert [one.id for one in table.workers()] == [urn(1)]

    def test_who_went_silent_is_forgotten_but_for_the_last_scheduler(self, catalogue: Catalogue) -> None:
        table = catalogue.worker_table()
        table.save(a_worker(1, beat=1))
        table.save(a_worker(2, beat=50))
        table.save(a_worker(3, WorkerKind.SCHEDULER, beat=1))
        table.save(a_worker(4, WorkerKind.SCHEDULER, beat=2))

        assert table.forget(silent_since=later(50)) == 2
        assert [one.id for one in table.workers()] == [urn(4), urn(2)]

    def test_beats_of_a_clock_that_was_ahead_are_forgotten(self, catalogue: Catalogue) -> None:
        table = catalogue.worker_table()
        for number, kind in enumerate((WorkerKind.WORKER, WorkerKind.SCHEDULER), start=1):
            table.save(a_worker(number, kind, beat=10 * 86_400))
        table.save(a_worker(3, WorkerKind.SCHEDULER, beat=1))

        assert table.forget(silent_since=later(50)) == 2
        assert [one.id for one in table.workers()] == [urn(3)]


class FiguresContract:
    def test_the_holdings_are_counted_whole(self, catalogue: Catalogue) -> None:
        with catalogue.begin() as tx:
            for number in (1, 2, 3):
                tx.save_replica(
                    replace(a_replica(number), state=ReplicaState.RETIRED if number == 3 else ReplicaState.ACTIVE)
                )
            tx.record_version(a_version(1, 1, files=[a_file("a", b"12")]))
            tx.record_version(a_version(1, 2, files=[a_file("a", b"12"), a_file("b", b"345")]))
            tx.record_version(a_version(2, 1, files=[a_file("c", b"6")]))
            tx.save_copies([a_copy(1, 1, version=2), a_copy(2, 1, state=CopyState.DAMAGED), a_copy(1, 2, version=1)])
            tx.save_transfer(Transfer(urn(70), TransferStatus.PRESERVED, urn(1), NOON))
            tx.save_transfer(Transfer(urn(71), TransferStatus.RUNNING, urn(1), NOON))
            tx.save_transfer(Transfer(urn(72), TransferStatus.RUNNING, urn(1), NOON))

        now = later(3600) + timedelta(seconds=1, microseconds=500)
        figures = catalogue.figure_table().count(now=now, window=timedelta(seconds=3600))

        assert (figures.time, figures.aips, figures.files, figures.bytes) == (now, 2, 3, 6)
        assert figures.last_hour == Taken(1, 2, 5)
        assert figures.last_day == Taken(3, 4, 8)
        assert figures.transfers == {TransferStatus.PRESERVED: 1, TransferStatus.RUNNING: 2}
        assert figures.lacking == {urn(801): 1, urn(802): 2}
        assert figures.overdue == {urn(801): 0, urn(802): 0}
        assert [(one.replica, one.intact, one.damaged) for one in figures.replicas] == [
            (urn(801), 1, 1),
            (urn(802), 1, 0),
        ]
        late = catalogue.figure_table().count(now=now, window=timedelta(seconds=1))
        assert late.overdue == {urn(801): 2, urn(802): 1}

    def test_figures_come_back_as_they_were_kept(self, catalogue: Catalogue) -> None:
        table = catalogue.figure_table()
        nothing = table.kept()
        with catalogue.begin() as tx:
            tx.save_replica(a_replica(1))
            tx.record_version(a_version(1, files=[a_file("a")]))
            tx.save_copies([a_copy(1, 1)])
            tx.save_transfer(Transfer(urn(70), TransferStatus.PRESERVED, urn(1), NOON))
        figures = table.count(now=NOON, window=WINDOW)
        table.keep(replace(figures, time=later(-9)))
        table.keep(figures)

        assert nothing is None
        assert table.kept() == figures
        assert not figures.is_stale(later(59))
        assert figures.is_stale(later(60))
        assert not replace(figures, seconds=2.0).is_stale(later(199))

    def test_the_ledger_lags_by_the_events_that_wait(self, catalogue: Catalogue) -> None:
        table = catalogue.figure_table()
        before = table.ledger_lag()
        append(catalogue, [an_event(5), an_event(6)])
        waiting = table.ledger_lag()
        sequence_all(catalogue)

        assert before == LedgerLag(0, None)
        assert waiting == LedgerLag(2, later(5))
        assert table.ledger_lag() == LedgerLag(0, None)

    def test_the_last_check_is_the_newest_line_of_the_newest_batch(self, catalogue: Catalogue) -> None:
        before = catalogue.figure_table().last_check()
        with catalogue.begin() as tx:
            tx.add_fixity_batch(urn(60), [a_line(9)])
            tx.add_fixity_batch(urn(61), [a_line(3), a_line(4)])

        assert before is None
        assert catalogue.figure_table().last_check() == later(4)

    def test_since_when_a_replica_is_away_is_remembered_until_it_is_back(self, catalogue: Catalogue) -> None:
        table = catalogue.figure_table()

        assert table.note_away(["a"], now=NOON) == {"a": NOON}
        assert table.note_away(["b", "a"], now=later(1)) == {"a": NOON, "b": later(1)}
        assert table.note_away(["b"], now=later(2)) == {"b": later(1)}
        assert table.note_away([], now=later(3)) == {}
        assert table.note_away(["a"], now=later(4)) == {"a": later(4)}

    def test_the_schema_is_known_to_be_current(self, catalogue: Catalogue) -> None:
        assert catalogue.figure_table().schema_is_current()


class AlarmsContract:
    def test_a_known_alarm_keeps_its_beginning_and_gets_the_new_values(self, catalogue: Catalogue) -> None:
        table = catalogue.alarm_table()
        table.observe([an_alarm()], now=NOON)
        table.observe([an_alarm(since=30, count="7"), an_alarm("access", since=30)], now=later(30))

        assert [(one.alarm.subject, one.alarm.since, one.alarm.values["count"]) for one in table.alarms()] == [
            ("access", later(30), "1"),
            ("ingest", NOON, "7"),
        ]

    def test_an_alarm_that_nobody_was_told_of_just_goes(self, catalogue: Catalogue) -> None:
        table = catalogue.alarm_table()
        table.observe([an_alarm()], now=NOON)
        table.observe([], now=later(1))

        assert table.alarms() == []

    def test_an_alarm_is_told_and_then_rests_for_a_day(self, catalogue: Catalogue) -> None:
        table = catalogue.alarm_table()
        table.observe([an_alarm()], now=NOON)
        first = table.claim(["mail"], now=NOON, until=later(60))
        table.told("ALARM-JOBS-LATE ingest", "mail", at=NOON)
        table.release(["ALARM-JOBS-LATE ingest"], ["mail"], now=NOON, until=later(60))

        assert [one.alarm for one in first] == [an_alarm()]
        assert table.claim(["mail"], now=later(86_399), until=later(90_000)) == []
        assert len(table.claim(["mail"], now=later(86_400), until=later(90_000))) == 1

    def test_the_end_is_told_and_then_the_alarm_is_gone(self, catalogue: Catalogue) -> None:
        table = catalogue.alarm_table()
        table.observe([an_alarm()], now=NOON)
        table.claim(["mail"], now=NOON, until=later(60))
        table.told(an_alarm().key, "mail", at=NOON)
        table.release([an_alarm().key], ["mail"], now=NOON, until=later(60))
        table.observe([], now=later(100))
        table.observe([], now=later(200))

        (ended,) = table.claim(["mail"], now=later(201), until=later(260))
        assert ended.cleared == later(100)
        table.told(an_alarm().key, "mail", at=later(201))
        table.release([an_alarm().key], ["mail"], now=later(201), until=later(260))
        assert table.alarms() == []

    def test_an_alarm_that_comes_back_before_its_end_was_told_was_never_off(self, catalogue: Catalogue) -> None:
        table = catalogue.alarm_table()
        table.observe([an_alarm()], now=NOON)
        table.claim(["mail"], now=NOON, until=later(60))
        table.told(an_alarm().key, "mail", at=NOON)
        table.release([an_alarm().key], ["mail"], now=NOON, until=later(60))
        table.observe([], now=later(1))
        table.observe([an_alarm(since=2)], now=later(2))

        assert [(one.alarm.since, one.cleared) for one in table.alarms()] == [(NOON, None)]
        assert table.claim(["mail"], now=later(3), until=later(60)) == []

    def test_whoever_was_told_of_the_end_is_told_anew_when_the_alarm_comes_back(self, catalogue: Catalogue) -> None:
        """Another channel, which takes nothing, keeps the row of the first time."""
        table = catalogue.alarm_table()
        table.observe([an_alarm()], now=NOON)
        for channel in ("mail", "hook"):
            table.told(an_alarm().key, channel, at=NOON)
        table.observe([], now=later(100))
        table.told(an_alarm().key, "mail", at=later(101), cleared=later(100))
        table.observe([an_alarm(since=200)], now=later(200))
        table.observe([an_alarm(since=201)], now=later(201))

        (back,) = table.claim(["mail", "hook"], now=later(201), until=later(260))
        assert back.alarm.since == later(200)
        assert back.moment_for("mail", later(201)) is AlarmMoment.RAISED
        assert back.moment_for("hook", later(201)) is None

    def test_an_alarm_that_comes_back_while_its_end_is_being_told_is_told_anew(self, catalogue: Catalogue) -> None:
        table = catalogue.alarm_table()
        table.observe([an_alarm()], now=NOON)
        table.told(an_alarm().key, "mail", at=NOON)
        table.observe([], now=later(100))
        table.claim(["mail"], now=later(101), until=later(160))
        table.observe([an_alarm(since=102)], now=later(102))
        table.told(an_alarm().key, "mail", at=later(101), cleared=later(100))
        table.release([an_alarm().key], ["mail"], now=later(103), until=later(104))

        (back,) = table.claim(["mail"], now=later(105), until=later(260))
        assert back.moment_for("mail", later(105)) is AlarmMoment.RAISED
        assert back.alarm.since > NOON

    def test_a_channel_that_was_not_told_is_tried_again_and_the_other_is_left_alone(self, catalogue: Catalogue) -> None:
        table = catalogue.alarm_table()
        table.observe([an_alarm()], now=NOON)
        table.claim(["mail", "hook"], now=NOON, until=later(60))
        table.told(an_alarm().key, "mail", at=NOON)
        table.release([an_alarm().key], ["mail", "hook"], now=NOON, until=later(60))

        assert table.claim(["mail", "hook"], now=later(59), until=later(200)) == []
        (again,) = table.claim(["mail", "hook"], now=later(61), until=later(200))
        assert again.moment_for("mail", later(61)) is None
        assert again.moment_for("hook", later(61)) == "raised"

    def test_of_many_that_claim_at_once_one_gets_the_message(self, catalogue: Catalogue) -> None:
        table = catalogue.alarm_table()
        table.observe([an_alarm(str(number)) for number in range(5)], now=NOON)

        with ThreadPoolExecutor(8) as pool:
            claims = list(pool.map(lambda _n: table.claim(["mail"], now=NOON, until=later(60)), range(16)))

        assert sorted(one.alarm.subject for claim in claims for one in claim) == ["0", "1", "2", "3", "4"]

    def test_the_message_of_one_that_died_is_sent_by_another(self, catalogue: Catalogue) -> None:
        table = catalogue.alarm_table()
        table.observe([an_alarm()], now=NOON)
        table.claim(["mail"], now=NOON, until=later(60))

        assert len(table.claim(["mail"], now=later(61), until=later(120))) == 1


class WatchingContract(WorkersContract, FiguresContract, AlarmsContract):
    """The whole of it."""
