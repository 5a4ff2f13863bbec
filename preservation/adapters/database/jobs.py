"""The table of jobs. Keeps the promises of `ports.JobTable` on SQLite and PostgreSQL."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime

from sqlalchemy import Engine

from preservation.adapters.database import job_lists, job_steps
from preservation.adapters.database.engine import reader, writer
from preservation.adapters.database.events import append_events
from preservation.adapters.database.job_watch import DatabaseJobWatch
from preservation.adapters.database.wire import Wire
from preservation.adapters.database.wire_transactions import reading, writing
from preservation.domain.events import Json
from preservation.domain.jobs import Job, JobKind, JobProblem, JobProgress, JobState, Queue, QueueFigures
from preservation.domain.ledger import EncodedEvent


class DatabaseJobTable:
    """Safe to call from several threads. Each call takes a connection for as long as it lasts; a watch keeps one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = reader(engine)
        self._writer = writer(engine)

    def job(self, id: str) -> Job | None:
        with reading(self._reader) as wire:
            return job_lists.job(wire, id)

    def jobs(
        self,
        *,
        state: JobState | None = None,
        kind: JobKind | None = None,
        subject: str | None = None,
        collections: Collection[str] | None = None,
        created_by: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> Sequence[Job]:
        with reading(self._reader) as wire:
            return job_lists.jobs(
                wire,
                state=state,
                kind=kind,
                subject=subject,
                collections=collections,
                created_by=created_by,
                before=before,
                limit=limit,
            )

    def lease(
        self, queues: Collection[Queue], worker: str, *, now: datetime, until: datetime, id: str | None = None
    ) -> Job | None:
        with writing(self._writer) as wire:
            return job_steps.lease(wire, queues, worker, now=now, until=until, id=id)

    @contextmanager
    def watch(self, queues: Collection[Queue]) -> Iterator[DatabaseJobWatch]:
        with closing(DatabaseJobWatch(self._engine, queues)) as watch:
            yield watch

    def beat(self, id: str, token: int, *, now: datetime, until: datetime, progress: JobProgress) -> bool:
        with writing(self._writer) as wire:
            return job_steps.beat(wire, id, token, now=now, until=until, progress=progress)

    def succeed(self, id: str, token: int, *, now: datetime, result: Mapping[str, Json]) -> None:
        with writing(self._writer) as wire:
            job_steps.succeed(wire, id, token, now=now, result=result)

    def fail(self, id: str, token: int, *, now: datetime, problem: JobProblem, retry_at: datetime | None) -> JobState:
        with writing(self._writer) as wire:
            return job_steps.fail(wire, id, token, now=now, problem=problem, retry_at=retry_at)

    def hand_back(self, id: str, token: int, *, now: datetime, due: datetime | None = None) -> None:
        with writing(self._writer) as wire:
            job_steps.hand_back(wire, id, token, now=now, due=due)

    def cancelled(self, id: str, token: int, *, now: datetime) -> None:
        with writing(self._writer) as wire:
            job_steps.cancelled(wire, id, token, now=now)

    def cancel(self, id: str, *, now: datetime, event: EncodedEvent | None = None) -> Job:
        with writing(self._writer) as wire:
            job = job_steps.cancel(wire, id, now=now)
            _append(wire, event)
            return job

    def retry(self, id: str, *, now: datetime, event: EncodedEvent | None = None) -> Job:
        with writing(self._writer) as wire:
            job = job_steps.retry(wire, id, now=now)
            _append(wire, event)
            return job

    def settle_abandoned(self, *, now: datetime) -> Sequence[Job]:
        with writing(self._writer) as wire:
            return job_steps.settle_abandoned(wire, now=now)

    def bring_forward(self, *, now: datetime) -> int:
        with writing(self._writer) as wire:
            return job_steps.bring_forward(wire, now=now)

    def abandoned(self, *, now: datetime) -> Sequence[Job]:
        with reading(self._reader) as wire:
            return job_lists.abandoned(wire, now=now)

    def unannounced(self, *, now: datetime, before: datetime, limit: int = 1000) -> Sequence[Job]:
        with reading(self._reader) as wire:
            return job_lists.unannounced(wire, now=now, before=before, limit=limit)

    def announced(self, ids: Collection[str], *, now: datetime) -> None:
        with writing(self._writer) as wire:
            job_steps.announced(wire, ids, now=now)

    def figures(self, *, now: datetime) -> Sequence[QueueFigures]:
        with reading(self._reader) as wire:
            return job_lists.figures(wire, now=now)

    def late(self, *, now: datetime, limit: int = 100) -> Sequence[Job]:
        with reading(self._reader) as wire:
            return job_lists.late(wire, now=now, limit=limit)

    def failures(self, *, since: datetime, limit: int = 1000) -> Sequence[Job]:
        with reading(self._reader) as wire:
            return job_lists.failures(wire, since=since, limit=limit)

    def transfers_without_job(self, *, limit: int = 1000) -> Sequence[str]:
        with reading(self._reader) as wire:
            return job_lists.transfers_without_job(wire, limit=limit)

    def forget(self, *, ended_before: datetime, limit: int = 10_000) -> int:
        with writing(self._writer) as wire:
            return job_steps.forget(wire, ended_before=ended_before, limit=limit)


def _append(wire: Wire, event: EncodedEvent | None) -> None:
    if event is not None:
        append_events(wire, [event])
