"""A slot that a broker tells of jobs: a Celery worker of one process, which runs one job at a time.

A message is acknowledged when its job has come to its end. One that names a job that nobody may lease (another worker has it, it
has ended, its message came twice) is acknowledged for nothing. What a killed slot had is delivered again at once, too early: the
lease must run out first, and then the reconciler announces the job again.
"""

import time
from collections.abc import Collection
from contextlib import ExitStack
from typing import Any

import structlog
from celery.signals import worker_ready, worker_shutting_down

from preservation import bootstrap
from preservation.bootstrap.tracing import tracing
from preservation.domain.jobs import Queue
from preservation.domain.workers import WorkerKind
from preservation.errors import Unavailable
from preservation.ports.tracing import Tracer
from preservation.settings import Settings
from workers.app import make_app
from workers.engines import Engines
from workers.register import Registered
from workers.slots import AWAY_SECONDS, make_runner, worker_name
from workers.stopping import Stopping
from workers.tasks import add_task

LOOK_AFTER_SECONDS = 15.0

log = structlog.get_logger()


class Consumer:
    """Runs the jobs that messages name, with a repository that is opened anew whenever the database was away."""

    def __init__(
        self, settings: Settings, slot: int, queues: Collection[Queue], stopping: Stopping, tracer: Tracer
    ) -> None:
        self._settings = settings
        self.queues = queues
        self._tracer = tracer
        self._stopping = stopping
        self._worker = worker_name(str(slot))
        self._engines = Engines()
        self._opened: ExitStack | None = None
        self._repository: bootstrap.Repository | None = None

    def run(self, id: str) -> None:
        """Lease a job and run it. Returns when it is done with, or not to be had, or the database does not answer."""
        if self._stopping.is_wanted:
            return
        try:
            repository = self._open()
            runner = make_runner(repository, self._worker, self._stopping, self._engines, self._tracer)
            job = runner.take(self.queues, id)
        except Unavailable as error:
            # The message goes; the row stays, and is announced again.
            log.warning("database_away", job_id=id, error=str(error))
            self.close()
            time.sleep(AWAY_SECONDS)
            return
        if job is None:
            log.info("job_not_to_be_had", job_id=id)
            return
        runner.run(job)

    def look_after(self) -> None:
        """Between jobs: be in the register of workers, and let go of engines that nobody needs."""
        self._engines.let_go()
        try:
            self._open()
        except Unavailable as error:
            log.warning("database_away", error=str(error))

    def close(self) -> None:
        """The next job opens the repository anew."""
        opened, self._opened, self._repository = self._opened, None, None
        if opened is not None:
            opened.close()
        self._engines.close()

    def _open(self) -> bootstrap.Repository:
        if self._repository is None:
            with ExitStack() as opened:
                repository = opened.enter_context(bootstrap.serving(self._settings))
                opened.enter_context(Registered(repository, WorkerKind.WORKER, self._worker, self.queues))
                self._opened, self._repository = opened.pop_all(), repository
        return self._repository


def run_consumer(settings: Settings, slot: int, queues: Collection[Queue]) -> int:
    """The process of a slot with a broker; its exit status."""
    stopping = Stopping(settings.grace_seconds)
    with tracing(settings, "worker") as tracer:
        return _consume(settings, slot, Consumer(settings, slot, queues, stopping, tracer), stopping)


def _consume(settings: Settings, slot: int, consumer: Consumer, stopping: Stopping) -> int:
    app = make_app(settings.broker_url)
    add_task(app, consumer.run)

    def stop(**_: object) -> None:
        stopping.want()

    def begin(sender: Any, **_: object) -> None:
        """Its timer runs in the thread of the jobs, between them."""
        consumer.look_after()
        sender.timer.call_repeatedly(LOOK_AFTER_SECONDS, consumer.look_after)

    worker_shutting_down.connect(stop, weak=False)
    worker_ready.connect(begin, weak=False)
    worker = app.Worker(
        hostname=f"slot{slot}@%h",
        pool="solo",
        concurrency=1,
        queues=[f"preservation.{queue.value}" for queue in sorted(consumer.queues)],
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel=settings.log_level,
    )
    try:
        worker.start()
    finally:
        consumer.close()
    return int(worker.exitcode or 0)
