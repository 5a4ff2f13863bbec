"""A table of jobs beside a model of it: whatever workers, people and time do, both say the same."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from preservation.domain.jobs import QUEUE_OF, TRANSITIONS, JobKind, JobProblem, JobProgress, JobState, NewJob, Queue
from preservation.errors import Conflict
from preservation.ports import Catalogue, JobTable
from tests.contracts.catalogue_builders import NOON, urn

KINDS = (JobKind.INGEST, JobKind.CHECK, JobKind.FIXITY, JobKind.EXPORT)
PROBLEM = JobProblem("Unavailable", "away")
RETRIED = {JobState.FAILED, JobState.CANCELLED}


@dataclass(frozen=True)
class Expected:
    """A job as the model has it."""

    queue: Queue
    due: datetime
    max_attempts: int
    state: JobState = JobState.QUEUED
    attempts: int = 0
    token: int = 0
    lease_until: datetime | None = None
    unwanted: bool = False

    def may_be_leased(self, now: datetime) -> bool:
        if self.unwanted or self.attempts >= self.max_attempts or self.due > now:
            return False
        return self.state is JobState.QUEUED or self.is_abandoned(now)

    def is_abandoned(self, now: datetime) -> bool:
        return self.state is JobState.RUNNING and self.lease_until is not None and self.lease_until < now

    def again(self, due: datetime, attempts: int) -> "Expected":
        if self.unwanted:
            return replace(self, state=JobState.CANCELLED, lease_until=None)
        return replace(self, state=JobState.QUEUED, due=due, attempts=attempts, lease_until=None)


class JobMachine(RuleBasedStateMachine):
    """Bound to a catalogue by a subclass. Each run removes what it made."""

    catalogue: ClassVar[Catalogue]
    numbers: ClassVar[Iterator[int]]

    def __init__(self) -> None:
        super().__init__()
        self.table: JobTable = self.catalogue.job_table()
        self.now = NOON
        self.jobs: dict[str, Expected] = {}
        self.keys: set[str] = set()
        self.leases: list[tuple[str, int]] = []

    def teardown(self) -> None:
        for one, job in self.jobs.items():
            if job.state in (JobState.QUEUED, JobState.RUNNING):
                self.table.cancel(one, now=self.now)
        self.table.settle_abandoned(now=self.now + timedelta(days=1))
        self.table.forget(ended_before=self.now + timedelta(days=2))

    @rule(
        kind=st.sampled_from(KINDS),
        wait=st.integers(-5, 30),
        attempts=st.integers(1, 3),
        key=st.sampled_from([None, "a", "b"]),
    )
    def add(self, kind: JobKind, wait: int, attempts: int, key: str | None) -> None:
        one, due = urn(next(self.numbers)), self.now + timedelta(seconds=wait)
        with self.catalogue.begin() as tx:
            added = tx.add_job(NewJob(id=one, kind=kind, due=due, max_attempts=attempts, key=key), now=self.now)
        assert added == (key is None or key not in self.keys)
        if added:
            self.jobs[one] = Expected(QUEUE_OF[kind], due, attempts)
            self.keys |= {key} if key else set()

    @rule(seconds=st.integers(1, 40))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(queues=st.sets(st.sampled_from(list(Queue))), seconds=st.integers(1, 30))
    def lease(self, queues: set[Queue], seconds: int) -> None:
        until = self.now + timedelta(seconds=seconds)
        leasable = [
            (job.due, one) for one, job in self.jobs.items() if job.queue in queues and job.may_be_leased(self.now)
        ]
        with self.table.watch(queues) as watch:
            assert watch.is_due(self.now) == bool(leasable)
        job = self.table.lease(queues, "w", now=self.now, until=until)
        assert (None if job is None else job.due) == (min(leasable)[0] if leasable else None)
        if job is not None:
            old = self.jobs[job.id]
            assert old.may_be_leased(self.now)
            self.jobs[job.id] = replace(
                old, state=JobState.RUNNING, attempts=old.attempts + 1, token=old.token + 1, lease_until=until
            )
            assert (job.token, job.attempts) == (old.token + 1, old.attempts + 1)
            self.leases.append((job.id, job.token))

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), report=st.sampled_from(["beat", "succeed", "fail", "poison", "hand back", "cancelled"]))
    def report(self, data: st.DataObject, report: str) -> None:
        one, token = data.draw(st.sampled_from(self.leases))
        old = self.jobs[one]
        holds = old.state is JobState.RUNNING and old.token == token
        try:
            new = self.told(one, token, report, old)
        except Conflict:
            assert not holds
        else:
            assert holds
            assert new.state is old.state or new.state in TRANSITIONS[old.state]
            self.jobs[one] = new

    def told(self, one: str, token: int, report: str, old: Expected) -> Expected:
        now, later = self.now, self.now + timedelta(seconds=9)
        match report:
            case "beat":
                assert self.table.beat(one, token, now=now, until=later, progress=JobProgress()) == old.unwanted
                return replace(old, lease_until=later)
            case "succeed":
                self.table.succeed(one, token, now=now, result={})
                return replace(old, state=JobState.SUCCEEDED, lease_until=None)
            case "hand back":
                self.table.hand_back(one, token, now=now)
                return old.again(now, old.attempts - 1)
            case "cancelled":
                self.table.cancelled(one, token, now=now)
                return replace(old, state=JobState.CANCELLED, lease_until=None)
            case "poison":
                assert self.table.fail(one, token, now=now, problem=PROBLEM, retry_at=None) is JobState.FAILED
                return replace(old, state=JobState.FAILED, lease_until=None)
            case _:
                state = self.table.fail(one, token, now=now, problem=PROBLEM, retry_at=later)
                spent = old.attempts >= old.max_attempts
                new = replace(old, state=JobState.FAILED, lease_until=None) if spent else old.again(later, old.attempts)
                assert state is new.state
                return new

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(sorted(self.jobs)))
        old = self.jobs[one]
        try:
            self.table.cancel(one, now=self.now)
        except Conflict:
            assert old.state.is_final
            return
        assert not old.state.is_final
        queued = old.state is JobState.QUEUED
        self.jobs[one] = replace(old, unwanted=True, state=JobState.CANCELLED if queued else old.state)

    @precondition(lambda self: self.jobs)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(sorted(self.jobs)))
        old = self.jobs[one]
        try:
            self.table.retry(one, now=self.now)
        except Conflict:
            assert old.state not in RETRIED
            return
        assert old.state in RETRIED
        self.jobs[one] = replace(old, state=JobState.QUEUED, attempts=0, due=self.now, unwanted=False, lease_until=None)

    @rule()
    def settle(self) -> None:
        ended = {
            one: JobState.CANCELLED if job.unwanted else JobState.FAILED
            for one, job in self.jobs.items()
            if job.is_abandoned(self.now) and (job.unwanted or job.attempts >= job.max_attempts)
        }
        assert {job.id: job.state for job in self.table.settle_abandoned(now=self.now)} == ended
        for one, state in ended.items():
            self.jobs[one] = replace(self.jobs[one], state=state, lease_until=None)

    @invariant()
    def the_table_says_what_the_model_says(self) -> None:
        found = {
            job.id: (job.state, job.attempts, job.token, job.lease_until, job.due)
            for job in self.table.jobs(limit=1000)
        }
        assert found == {
            one: (job.state, job.attempts, job.token, job.lease_until, job.due) for one, job in self.jobs.items()
        }


class JobModelContract:
    def test_whatever_happens_the_table_says_what_the_model_says(self, catalogue: Catalogue) -> None:
        health = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
        run_state_machine_as_test(
            type("BoundMachine", (JobMachine,), {"catalogue": catalogue, "numbers": itertools.count(1)}),
            settings=settings(max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=health),
        )
