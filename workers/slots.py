"""A slot: a process that takes one job at a time straight from the table, until it is to stop.

A process for each slot, not a thread: what takes down the process of one job (memory, a library's crash) costs only that
job an attempt, and the work that each small file costs in Python is spread over the processors. Forked from one parent, they
share the memory of what is imported.
"""

import os
import socket
import time

import structlog

from preservation import bootstrap
from preservation.bootstrap.tracing import tracing
from preservation.domain.workers import WorkerKind
from preservation.errors import Unavailable
from preservation.ports.tracing import Tracer
from preservation.settings import Settings
from workers.engines import Engines
from workers.register import Registered
from workers.rota import Rota
from workers.running import Runner
from workers.stopping import Stopping

POLL_SECONDS = 0.15
# A database that does not answer is asked again after this long.
AWAY_SECONDS = 1.0

log = structlog.get_logger()


def worker_name(slot: str) -> str:
    """Who has a lease: the host, the process, the slot."""
    return f"{socket.gethostname()}:{os.getpid()}:{slot}"


def run_slot(settings: Settings, slot: int, rota: Rota) -> int:
    """The process of a slot. It opens the repository anew whenever the database was away; its exit status."""
    stopping = Stopping(settings.grace_seconds)
    stopping.heed_signals()
    with tracing(settings, "worker") as tracer:
        while not stopping.is_wanted:
            try:
                with bootstrap.serving(settings) as repository:
                    _serve(repository, worker_name(str(slot)), rota, stopping, tracer)
            except Unavailable as error:
                log.warning("database_away", slot=slot, error=str(error))
                time.sleep(AWAY_SECONDS)
    return 0


def make_runner(
    repository: bootstrap.Repository, worker: str, stopping: Stopping, engines: Engines, tracer: Tracer
) -> Runner:
    return Runner(
        repository=repository,
        table=repository.catalogue.job_table(),
        engines=engines,
        stopping=stopping,
        worker=worker,
        lease=repository.settings.lease_seconds,
        beat=repository.settings.beat_seconds,
        tracer=tracer,
    )


def _serve(repository: bootstrap.Repository, worker: str, rota: Rota, stopping: Stopping, tracer: Tracer) -> None:
    engines = Engines()
    runner = make_runner(repository, worker, stopping, engines, tracer)
    try:
        with (
            Registered(repository, WorkerKind.WORKER, worker, rota.queues),
            runner.table.watch(rota.queues) as watch,
        ):
            while not stopping.is_wanted:
                if not (watch.is_due(repository.clock.now()) and _take_one(runner, rota)):
                    engines.let_go()
                    time.sleep(POLL_SECONDS)
    finally:
        engines.close()


def _take_one(runner: Runner, rota: Rota) -> bool:
    """Run a job, if there still is one; whether there was."""
    for queues in rota.next():
        job = runner.take(queues)
        if job is not None:
            runner.run(job)
            return True
    return False
