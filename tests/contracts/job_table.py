"""What every table of jobs must do. Subclass it, and give a fixture `catalogue`: an empty one, with its job table."""

import itertools
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from preservation.domain.deposits import Deposit, DepositSource
from preservation.domain.events import Json
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.jobs import (
    START_PROMISE,
    Job,
    JobKind,
    JobProblem,
    JobProgress,
    JobState,
    NewJob,
    Queue,
    QueueFigures,
)
from preservation.errors import Conflict, NotHere
from preservation.ports import Catalogue, JobTable
from tests.contracts.catalogue_builders import NOON, later, urn

EVERY = tuple(Queue)
LEASE = timedelta(seconds=60)
PROBLEM = JobProblem("Unavailable", "the store \x00 did not answer \ud800")


def a_job(number: int, kind: JobKind = JobKind.INGEST, **more: object) -> NewJob:
    return NewJob(id=urn(number), kind=kind, **more)  # type: ignore[arg-type]


def add(catalogue: Catalogue, *jobs: NewJob, now: datetime = NOON) -> list[bool]:
    with catalogue.begin() as tx:
        return [tx.add_job(job, now=now) for job in jobs]


def take(table: JobTable, now: datetime = NOON, *, id: str | None = None, worker: str = "w1") -> Job:
    job = table.lease(EVERY, worker, now=now, until=now + LEASE, id=id)
    assert job is not None
    return job


def takes_nothing(table: JobTable, now: datetime = NOON, *, id: str | None = None) -> bool:
    return table.lease(EVERY, "w1", now=now, until=now + LEASE, id=id) is None


@pytest.fixture
def table(catalogue: Catalogue) -> JobTable:
    return catalogue.job_table()


class AddingContract:
    def test_a_job_comes_back_as_it_was_queued(self, catalogue: Catalogue, table: JobTable) -> None:
        parameters: dict[str, Json] = {"text": "đ\x00\ud800", "list": [1, None, True], "map": {"a": -1}}
        added = add(
            catalogue,
            a_job(
                1,
                JobKind.EXPORT,
                subject=urn(5),
                parameters=parameters,
                collection=urn(6),
                created_by=urn(7),
                key="k",
                due=later(5),
                max_attempts=2,
            ),
        )

        assert added == [True]
        assert table.job(urn(1)) == Job(
            id=urn(1),
            kind=JobKind.EXPORT,
            queue=Queue.ACCESS,
            state=JobState.QUEUED,
            created=NOON,
            due=later(5),
            subject=urn(5),
            parameters=parameters,
            collection=urn(6),
            created_by=urn(7),
            key="k",
            max_attempts=2,
        )
        assert table.job(urn(2)) is None

    def test_a_second_job_with_the_same_key_is_not_queued(self, catalogue: Catalogue, table: JobTable) -> None:
        added = add(catalogue, a_job(1, key="k"), a_job(2, key="k"), a_job(3), a_job(4), a_job(5, key="l"))

        assert added == [True, False, True, True, True]
        assert add(catalogue, a_job(6, key="k")) == [False]
        assert [job.id for job in table.jobs()] == [urn(5), urn(4), urn(3), urn(1)]

    def test_of_many_that_queue_one_key_at_once_one_succeeds(self, catalogue: Catalogue, table: JobTable) -> None:
        with ThreadPoolExecutor(8) as pool:
            added = list(pool.map(lambda number: add(catalogue, a_job(number, key="k")), range(24)))

        assert Counter(itertools.chain(*added)) == {True: 1, False: 23}
        assert len(table.jobs()) == 1

    def test_a_second_job_with_the_same_id_is_a_conflict(self, catalogue: Catalogue) -> None:
        add(catalogue, a_job(1))

        with pytest.raises(Conflict):
            add(catalogue, a_job(1))

    def test_a_job_of_a_transaction_that_was_taken_back_is_none(self, catalogue: Catalogue, table: JobTable) -> None:
        def queue_and_fail() -> None:
            with catalogue.begin() as tx:
                tx.add_job(a_job(1, key="k"), now=NOON)
                raise InterruptedError

        with pytest.raises(InterruptedError):
            queue_and_fail()

        assert table.jobs() == []
        assert add(catalogue, a_job(2, key="k")) == [True]


class LeasingContract:
    def test_what_is_due_longest_is_taken_first_whatever_its_queue(self, catalogue: Catalogue, table: JobTable) -> None:
        add(
            catalogue,
            a_job(1, JobKind.FIXITY, due=later(-1)),
            a_job(2, JobKind.INGEST, due=later(-3)),
            a_job(3, JobKind.EXPORT, due=later(-2)),
            a_job(4, JobKind.INGEST, due=later(-1)),
            a_job(5, JobKind.INGEST, due=later(1)),
        )

        taken = [take(table).id for _ in range(4)]
        assert taken == [urn(2), urn(3), urn(1), urn(4)]
        assert takes_nothing(table)
        assert take(table, later(1)).id == urn(5)

    def test_only_the_queues_that_a_worker_serves_are_touched(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1, JobKind.FIXITY), a_job(2, JobKind.EXPORT))

        assert table.lease([Queue.INGEST, Queue.COPIES], "w", now=NOON, until=later(9)) is None
        assert table.lease([], "w", now=NOON, until=later(9)) is None
        assert table.lease([Queue.INGEST], "w", now=NOON, until=later(9), id=urn(1)) is None
        job = table.lease([Queue.ACCESS], "w", now=NOON, until=later(9))
        assert job is not None
        assert job.id == urn(2)

    def test_a_lease_says_who_has_it_since_when_and_until_when(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))

        job = table.lease(EVERY, "host-1", now=later(2), until=later(62))

        assert job == table.job(urn(1))
        assert job is not None
        assert (job.state, job.worker, job.started, job.heartbeat, job.lease_until, job.attempts, job.token) == (
            JobState.RUNNING, "host-1", later(2), later(2), later(62), 1, 1,
        )  # fmt: skip

    def test_a_job_can_be_taken_by_its_id_if_it_is_due(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1), a_job(2), a_job(3, due=later(5)))

        assert take(table, id=urn(2)).id == urn(2)
        assert takes_nothing(table, id=urn(2))
        assert takes_nothing(table, id=urn(3))
        assert takes_nothing(table, id=urn(9))
        assert take(table, later(5), id=urn(3)).id == urn(3)

    def test_a_lease_that_ran_out_is_given_to_the_next(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))
        first = take(table)

        assert takes_nothing(table, NOON + LEASE)
        second = take(table, NOON + LEASE + timedelta(microseconds=1), worker="w2")
        assert (second.id, second.worker, second.token, second.attempts) == (first.id, "w2", 2, 2)

    def test_many_workers_at_once_never_get_the_same_lease(self, catalogue: Catalogue, table: JobTable) -> None:
        kinds = [JobKind.INGEST, JobKind.FIXITY, JobKind.EXPORT]
        add(catalogue, *(a_job(number, kinds[number % 3]) for number in range(120)))

        def work(worker: int) -> list[str]:
            taken: list[str] = []
            # A row that another one is just taking is passed over: only the second "nothing" in a row is believed.
            empty = 0
            while empty < 2:
                job = table.lease(EVERY, f"w{worker}", now=NOON, until=later(60))
                empty = empty + 1 if job is None else 0
                taken += [] if job is None else [job.id]
            return taken

        with ThreadPoolExecutor(8) as pool:
            taken = list(itertools.chain(*pool.map(work, range(8))))

        assert sorted(taken) == [urn(number) for number in range(120)]
        assert {job.token for job in table.jobs(limit=1000)} == {1}

    def test_of_many_workers_that_are_told_of_one_job_one_gets_it(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(lambda n: table.lease(EVERY, f"w{n}", now=NOON, until=later(9), id=urn(1)), range(24)))

        assert sum(job is not None for job in won) == 1


class ReportingContract:
    def test_a_beat_keeps_the_lease_and_tells_how_far_it_is(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))
        job = take(table)
        progress = JobProgress("copying", 3, 10, 1 << 41, None, since=later(1))

        wanted = table.beat(job.id, job.token, now=later(10), until=later(70), progress=progress)

        found = table.job(job.id)
        assert wanted is False
        assert found is not None
        assert (found.progress, found.heartbeat, found.lease_until) == (progress, later(10), later(70))
        assert takes_nothing(table, later(65))

    def test_what_was_done_ends_the_job(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))
        job = take(table)

        table.succeed(job.id, job.token, now=later(5), result={"aip": "x"})

        found = table.job(job.id)
        assert found is not None
        assert (found.state, found.result, found.finished, found.problem) == (
            JobState.SUCCEEDED, {"aip": "x"}, later(5), None,
        )  # fmt: skip
        assert takes_nothing(table, later(10_000))

    def test_a_failure_is_tried_again_at_its_time(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))
        job = take(table)

        assert table.fail(job.id, job.token, now=later(1), problem=PROBLEM, retry_at=later(11)) is JobState.QUEUED
        assert takes_nothing(table, later(10))
        again = take(table, later(11))
        assert (again.problem, again.attempts, again.token) == (PROBLEM, 2, 2)

    def test_a_poisonous_job_ends_as_failed_with_its_reason(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1, max_attempts=3))

        states = []
        for _ in range(3):
            job = take(table)
            states.append(table.fail(job.id, job.token, now=NOON, problem=PROBLEM, retry_at=NOON))

        assert states == [JobState.QUEUED, JobState.QUEUED, JobState.FAILED]
        found = table.job(urn(1))
        assert found is not None
        assert (found.state, found.problem, found.finished, found.attempts) == (JobState.FAILED, PROBLEM, NOON, 3)
        assert takes_nothing(table, later(100_000))

    def test_what_cannot_get_better_is_not_tried_again(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))
        job = take(table)

        assert table.fail(job.id, job.token, now=NOON, problem=PROBLEM, retry_at=None) is JobState.FAILED

    def test_handing_back_costs_no_attempt(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1, max_attempts=1))
        for turn in range(1, 4):
            job = take(table, later(turn))
            table.hand_back(job.id, job.token, now=later(turn))

        found = table.job(urn(1))
        assert found is not None
        assert (found.state, found.due, found.attempts, found.token, found.worker, found.lease_until) == (
            JobState.QUEUED, later(3), 0, 3, None, None,
        )  # fmt: skip

    def test_what_somebody_else_is_at_is_handed_back_for_later(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1, max_attempts=1))
        job = take(table)
        table.hand_back(job.id, job.token, now=NOON, due=later(20))

        found = table.job(urn(1))
        assert found is not None
        assert (found.state, found.due, found.attempts) == (JobState.QUEUED, later(20), 0)
        assert takes_nothing(table, later(19))

    @pytest.mark.parametrize("report", ["beat", "succeed", "fail", "hand_back", "cancelled"])
    @pytest.mark.parametrize("since", ["leased again", "handed back", "ended", "retried", "settled"])
    def test_whoever_lost_the_lease_can_report_nothing(
        self, catalogue: Catalogue, table: JobTable, report: str, since: str
    ) -> None:
        add(catalogue, a_job(1, max_attempts=1 if since == "settled" else 5))
        old = take(table)
        if since == "leased again":
            take(table, later(61))
        elif since == "handed back":
            table.hand_back(old.id, old.token, now=NOON)
        elif since == "settled":
            table.settle_abandoned(now=later(61))
        else:
            table.fail(old.id, old.token, now=NOON, problem=PROBLEM, retry_at=None)
        if since == "retried":
            table.retry(old.id, now=NOON)
        before = table.job(old.id)
        reports: dict[str, Callable[[], object]] = {
            "beat": lambda: table.beat(old.id, old.token, now=NOON, until=later(60), progress=JobProgress()),
            "succeed": lambda: table.succeed(old.id, old.token, now=NOON, result={}),
            "fail": lambda: table.fail(old.id, old.token, now=NOON, problem=PROBLEM, retry_at=NOON),
            "hand_back": lambda: table.hand_back(old.id, old.token, now=NOON),
            "cancelled": lambda: table.cancelled(old.id, old.token, now=NOON),
        }

        with pytest.raises(Conflict):
            reports[report]()
        assert table.job(old.id) == before


class CancellingContract:
    def test_a_queued_job_is_cancelled_at_once(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))

        job = table.cancel(urn(1), now=later(1))

        assert job == table.job(urn(1))
        assert (job.state, job.finished) == (JobState.CANCELLED, later(1))
        assert takes_nothing(table)

    def test_a_running_job_learns_of_the_wish_with_its_next_beat(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))
        job = take(table)

        wished = table.cancel(job.id, now=later(1))
        assert (wished.state, wished.cancel_requested) == (JobState.RUNNING, True)
        assert table.beat(job.id, job.token, now=later(2), until=later(62), progress=JobProgress())
        table.cancelled(job.id, job.token, now=later(3))
        found = table.job(job.id)
        assert found is not None
        assert (found.state, found.finished) == (JobState.CANCELLED, later(3))

    def test_an_unwanted_job_is_not_queued_again(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1), a_job(2), a_job(3))
        jobs = [take(table) for _ in range(3)]
        for job in jobs:
            table.cancel(job.id, now=NOON)

        table.hand_back(jobs[0].id, jobs[0].token, now=NOON)
        state = table.fail(jobs[1].id, jobs[1].token, now=NOON, problem=PROBLEM, retry_at=later(1))

        assert state is JobState.CANCELLED
        assert takes_nothing(table, later(1000))
        assert [job.id for job in table.settle_abandoned(now=later(1000))] == [urn(3)]
        assert {job.state for job in table.jobs()} == {JobState.CANCELLED}

    def test_what_was_done_in_spite_of_the_wish_is_done(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))
        job = take(table)
        table.cancel(job.id, now=NOON)

        table.succeed(job.id, job.token, now=NOON, result={})

        found = table.job(job.id)
        assert found is not None
        assert found.state is JobState.SUCCEEDED

    def test_what_has_ended_cannot_be_cancelled(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))
        table.cancel(urn(1), now=NOON)

        with pytest.raises(Conflict):
            table.cancel(urn(1), now=NOON)
        with pytest.raises(NotHere):
            table.cancel(urn(2), now=NOON)

    def test_only_what_failed_or_was_cancelled_is_queued_once_more(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1, max_attempts=1), a_job(2), a_job(3, due=later(900)))
        failed, done = take(table), take(table)
        table.fail(failed.id, failed.token, now=NOON, problem=PROBLEM, retry_at=NOON)
        table.succeed(done.id, done.token, now=NOON, result={})
        table.cancel(urn(3), now=NOON)

        again = table.retry(urn(1), now=later(5))
        table.retry(urn(3), now=later(6))

        assert (again.state, again.due, again.attempts, again.problem, again.finished) == (
            JobState.QUEUED, later(5), 0, None, None,
        )  # fmt: skip
        assert take(table, later(5)).token == 2
        assert take(table, later(6)).id == urn(3)
        for number in (1, 2, 3):
            with pytest.raises(Conflict):
                table.retry(urn(number), now=NOON)
        with pytest.raises(NotHere):
            table.retry(urn(4), now=NOON)


class WatchingContract:
    def test_a_watch_sees_what_is_due_as_soon_as_it_is(self, catalogue: Catalogue, table: JobTable) -> None:
        with table.watch([Queue.INGEST, Queue.FIXITY]) as watch:
            seen = [watch.is_due(NOON)]
            add(catalogue, a_job(1, JobKind.EXPORT))
            seen.append(watch.is_due(NOON))
            add(catalogue, a_job(2, JobKind.INGEST, due=later(5)))
            seen += [watch.is_due(NOON), watch.is_due(later(5))]
            job = take(table, later(5), id=urn(2))
            seen += [watch.is_due(later(5)), watch.is_due(later(65)), watch.is_due(later(66))]
            table.cancel(job.id, now=later(66))
            seen.append(watch.is_due(later(66)))
            add(catalogue, a_job(3, JobKind.FIXITY))
            seen.append(watch.is_due(NOON))

        assert seen == [False, False, False, True, False, False, True, False, True]

    def test_watching_no_queue_finds_nothing(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))

        with table.watch([]) as watch:
            assert not watch.is_due(later(1000))

    def test_a_watch_agrees_with_the_lease(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, *(a_job(number, max_attempts=1, due=later(number)) for number in range(5)))

        with table.watch(EVERY) as watch:
            for second in (*range(6), 100, 1000):
                expected = watch.is_due(later(second))
                assert (table.lease(EVERY, "w", now=later(second), until=later(second)) is not None) == expected


class OverseeingContract:
    def test_what_nobody_may_lease_again_is_settled(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1, max_attempts=1), a_job(2), a_job(3), a_job(4, max_attempts=1))
        jobs = [take(table) for _ in range(4)]
        table.cancel(urn(3), now=NOON)
        table.beat(jobs[3].id, jobs[3].token, now=later(60), until=later(120), progress=JobProgress())

        abandoned = [job.id for job in table.abandoned(now=later(61))]
        settled = table.settle_abandoned(now=later(61))

        assert abandoned == [urn(1), urn(2), urn(3)]
        assert [(job.id, job.state, job.finished) for job in settled] == [
            (urn(1), JobState.FAILED, later(61)),
            (urn(3), JobState.CANCELLED, later(61)),
        ]
        assert settled[0].problem is not None
        assert settled[0].problem.code == "WorkerLost"
        assert [job.id for job in table.abandoned(now=later(61))] == [urn(2)]
        assert table.settle_abandoned(now=later(61)) == []

    def test_what_a_clock_that_was_ahead_has_put_off_is_brought_forward(
        self, catalogue: Catalogue, table: JobTable
    ) -> None:
        ahead = NOON + timedelta(hours=7)
        add(catalogue, a_job(1), a_job(2), a_job(3, JobKind.FIXITY), now=ahead)
        add(catalogue, a_job(4, due=later(3600)), a_job(5), now=NOON)
        running, dead = take(table, ahead, id=urn(1)), take(table, ahead, id=urn(2))
        table.announced([urn(5)], now=ahead)

        assert table.bring_forward(now=NOON) == 3
        assert table.bring_forward(now=NOON) == 0
        assert table.job(urn(4)).due == later(3600)  # type: ignore[union-attr]
        assert [job.id for job in table.unannounced(now=NOON, before=NOON)] == [urn(5), urn(3)]
        assert [take(table).id, take(table).id] == [urn(3), urn(5)]
        table.beat(running.id, running.token, now=NOON, until=NOON + LEASE, progress=JobProgress())
        assert [job.id for job in table.abandoned(now=NOON + timedelta(hours=2, seconds=1))] == [
            urn(1),
            dead.id,
            urn(3),
            urn(5),
        ]

    def test_what_no_broker_was_told_of_is_found(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, *(a_job(number) for number in (1, 2, 3, 4)), a_job(5, due=later(999)), a_job(6, JobKind.FIXITY))
        take(table, id=urn(3))
        take(table, later(50), id=urn(4))

        def found(now: datetime, before: datetime) -> list[str]:
            return [job.id for job in table.unannounced(now=now, before=before)]

        assert found(later(61), later(1)) == [urn(1), urn(2), urn(3), urn(6)]
        table.announced([urn(6), urn(1), urn(3)], now=later(61))
        assert found(later(61), later(61)) == [urn(2)]
        assert found(later(100), later(62)) == [urn(1), urn(2), urn(3), urn(6)]
        assert [job.id for job in table.unannounced(now=later(99), before=later(99), limit=2)] == [
            urn(1),
            urn(2),
            urn(6),
        ]

    def test_a_backlog_is_not_announced_again_and_again_but_for_the_oldest(
        self, catalogue: Catalogue, table: JobTable
    ) -> None:
        add(catalogue, *(a_job(number) for number in range(300)))
        first = table.unannounced(now=NOON, before=NOON, limit=1000)
        table.announced([job.id for job in first], now=NOON)

        again = [job.id for job in table.unannounced(now=later(999), before=later(600), limit=1000)]
        assert len(first) == 300
        assert again == [urn(number) for number in range(100)]

    def test_what_is_queued_again_has_to_be_announced_again(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1))
        table.announced([urn(1)], now=later(1))
        job = take(table, later(1))
        table.hand_back(job.id, job.token, now=later(2))

        assert [job.id for job in table.unannounced(now=later(2), before=NOON)] == [urn(1)]

    def test_figures_count_what_is_open_and_what_ended_today(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1, due=later(-5)), a_job(2), a_job(3), a_job(4, JobKind.EXPORT), a_job(5), a_job(6))
        table.cancel(urn(5), now=later(-100_000))
        table.cancel(urn(6), now=NOON)
        job = take(table, id=urn(3))
        done = take(table, id=urn(4))
        table.succeed(done.id, done.token, now=later(1), result={})

        assert table.figures(now=later(2)) == [
            QueueFigures(Queue.ACCESS, JobState.SUCCEEDED, 1, None),
            QueueFigures(Queue.INGEST, JobState.CANCELLED, 1, None),
            QueueFigures(Queue.INGEST, JobState.QUEUED, 2, later(-5)),
            QueueFigures(Queue.INGEST, JobState.RUNNING, 1, job.due),
        ]

    def test_what_waits_longer_than_its_queue_promises_is_late(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, a_job(1, JobKind.EXPORT), a_job(2, JobKind.INGEST), a_job(3, JobKind.FIXITY), a_job(4))
        take(table, id=urn(4))

        just = NOON + START_PROMISE[Queue.ACCESS]
        assert table.late(now=just) == []
        assert [job.id for job in table.late(now=just + timedelta(microseconds=1))] == [urn(1)]
        late = table.late(now=NOON + timedelta(days=1))
        assert [job.id for job in late] == [urn(1), urn(2), urn(3)]
        assert all(job.is_late(NOON + timedelta(days=1)) for job in late)
        assert len(table.late(now=NOON + timedelta(days=1), limit=2)) == 2

    def test_what_failed_for_good_is_told_newest_first(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, *(a_job(number) for number in range(4)))
        for number in range(4):
            job = take(table, later(number))
            table.fail(
                job.id, job.token, now=later(number), problem=PROBLEM, retry_at=None if number != 2 else later(900)
            )

        assert [job.id for job in table.failures(since=later(1))] == [urn(3), urn(1)]
        assert [job.id for job in table.failures(since=NOON, limit=1)] == [urn(3)]

    def test_a_transfer_that_no_open_job_is_about_is_found(self, catalogue: Catalogue, table: JobTable) -> None:
        statuses = [TransferStatus.ACCEPTED, TransferStatus.RUNNING, TransferStatus.OPEN, TransferStatus.PRESERVED]
        with catalogue.begin() as tx:
            for number, status in enumerate([*statuses, TransferStatus.ACCEPTED, TransferStatus.RUNNING]):
                tx.save_transfer(Transfer(urn(70 + number), status, urn(1), NOON))
                # The last one was not deposited: a command is at it.
                if number != 5:
                    tx.save_deposit(
                        Deposit(
                            transfer=urn(70 + number),
                            account=None,
                            agreement=None,
                            source=DepositSource.PATH,
                            created=NOON,
                        )
                    )
        add(catalogue, a_job(1, subject=urn(74)), a_job(2, subject=urn(71)))
        table.cancel(urn(2), now=NOON)

        assert table.transfers_without_job() == [urn(70), urn(71)]
        assert table.transfers_without_job(limit=1) == [urn(70)]

    def test_old_jobs_are_forgotten_once_they_have_ended(self, catalogue: Catalogue, table: JobTable) -> None:
        add(catalogue, *(a_job(number, key=f"k{number}") for number in range(6)))
        for number in range(4):
            table.cancel(urn(number), now=later(number))
        take(table, id=urn(4))

        assert table.forget(ended_before=later(3), limit=2) == 2
        assert table.forget(ended_before=later(3)) == 1
        assert table.forget(ended_before=later(3)) == 0
        assert sorted(job.id for job in table.jobs()) == [urn(3), urn(4), urn(5)]
        assert add(catalogue, a_job(7, key="k0")) == [True]


class ListingContract:
    def test_a_list_is_newest_first_and_narrowed_by_what_is_asked(self, catalogue: Catalogue, table: JobTable) -> None:
        add(
            catalogue,
            a_job(1, collection=urn(90), created_by="ann", subject=urn(50)),
            a_job(2, collection=urn(91), created_by="bob", subject=urn(51)),
            a_job(3, JobKind.FIXITY, created_by="ann"),
            a_job(4, JobKind.EXPORT, collection=urn(90), created_by="bob", subject=urn(50)),
        )
        take(table, id=urn(2))
        table.cancel(urn(4), now=NOON)

        def listed(**narrowed: object) -> list[int]:
            return [int(job.id[-3:], 16) for job in table.jobs(**narrowed)]  # type: ignore[arg-type]

        assert listed() == [4, 3, 2, 1]
        assert listed(limit=2) == [4, 3]
        assert listed(before=urn(3)) == [2, 1]
        assert listed(state=JobState.QUEUED) == [3, 1]
        assert listed(state=JobState.CANCELLED) == [4]
        assert listed(kind=JobKind.INGEST) == [2, 1]
        assert listed(subject=urn(50)) == [4, 1]
        assert listed(created_by="ann") == [3, 1]
        assert listed(collections=[urn(90)]) == [4, 1]
        assert listed(collections=[urn(90)], created_by="ann") == [4, 3, 1]
        assert listed(collections=[], created_by="bob") == [4, 2]
        assert listed(collections=[]) == []
        assert listed(collections=[urn(90), urn(91)], state=JobState.RUNNING) == [2]


class JobTableContract(
    AddingContract,
    LeasingContract,
    ReportingContract,
    CancellingContract,
    WatchingContract,
    OverseeingContract,
    ListingContract,
):
    """The whole of it."""
