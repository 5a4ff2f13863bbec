"""A home with the service's processes around it, for tests that start, kill and ask them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from preservation import bootstrap
from preservation.domain.deposits import DepositSource
from preservation.domain.events import Json
from preservation.domain.holdings import Transfer
from preservation.domain.jobs import Job, JobKind, NewJob
from preservation.services.deposits import Deposits, WantedDeposit
from preservation.settings import Settings, read_settings
from tests.homes import TestHome, assert_sound

# Nothing here is fast or slow by this: it only ends a test that would wait for ever.
PATIENCE = 90.0
# Short, so that a killed worker's job is taken up again soon.
QUICK = {"PRESERVATION_LEASE_SECONDS": "3", "PRESERVATION_BEAT_SECONDS": "1", "PRESERVATION_GRACE_SECONDS": "1"}


def eventually(condition: Callable[[], object], what: str) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"never came about: {what}"
        time.sleep(0.05)


@dataclass(slots=True)
class Processes:
    """Programs of the service in one home, and what they wrote."""

    home: TestHome
    environment: Mapping[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        return read_settings(self.home.root, self.environment)

    @property
    def log(self) -> Path:
        return self.home.root.parent / "service.log"

    def start(self, module: str = "workers.worker", **settings: str) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "PRESERVATION_LOG_LEVEL": "info",
            "PRESERVATION_LOG_FORMAT": "json",
            **QUICK,
            **self.environment,
            **{f"PRESERVATION_{name.upper()}": value for name, value in settings.items()},
        }
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, "--home", str(self.home.root)],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started.append(process)
        return process

    def end(self) -> None:
        """Kill everything that is left."""
        for process in self.started:
            # Children may outlive the one that was started: all are in its session.
            kill_session(process.pid)
            process.wait()

    @contextmanager
    def repository(self) -> Iterator[bootstrap.Repository]:
        with bootstrap.serving(self.settings) as repository:
            yield repository

    def queue(self, kind: JobKind, *, subject: str | None = None, times: int = 1, **parameters: Json) -> Sequence[str]:
        with self.repository() as repository:
            jobs = [
                NewJob(id=repository.minter.urn(), kind=kind, subject=subject, parameters=parameters)
                for _ in range(times)
            ]
            with repository.catalogue.begin() as tx:
                for job in jobs:
                    tx.add_job(job, now=repository.clock.now())
        return [job.id for job in jobs]

    def deposit(self, package: Path, collection: str = "unassigned") -> tuple[str, str]:
        """Submit a package from a folder of ours; the transfer and its job."""
        with self.repository() as repository:
            place = next(one for one in repository.catalogue.collections() if one.code == collection)
            service = Deposits(
                repository.catalogue,
                repository.recorder,
                repository.minter,
                repository.clock,
                repository.policies,
                repository.locks,
            )
            wanted = WantedDeposit(source=DepositSource.PATH, collection=place, place=str(package), name=package.name)
            transfer = service.open(wanted, None)[0]
            assert isinstance(transfer, Transfer)
            submitted = service.submit(transfer.id, None)
            assert submitted.job is not None
            return submitted.transfer.id, submitted.job

    def job(self, id: str) -> Job:
        with self.repository() as repository:
            job = repository.catalogue.job_table().job(id)
        assert job is not None
        return job

    def wait(self, *ids: str) -> list[Job]:
        """Until all have ended."""
        with self.repository() as repository:
            table = repository.catalogue.job_table()

            def ended() -> bool:
                return all((job := table.job(one)) is not None and job.state.is_final for one in ids)

            eventually(ended, f"the end of {ids}: {self.log.read_text()[-3000:]}")
            return [job for one in ids if (job := table.job(one)) is not None]

    def wait_until(self, id: str, so: Callable[[Job], object]) -> Job:
        with self.repository() as repository:
            table = repository.catalogue.job_table()

            def is_so() -> bool:
                job = table.job(id)
                return job is not None and bool(so(job))

            eventually(is_so, f"{id}: {self.log.read_text()[-3000:]}")
            job = table.job(id)
            assert job is not None
            return job


def assert_settled(service: Processes) -> None:
    """Sound, once a command has undone what crashes left on the replicas."""
    assert service.home.run("replica", "sync").status == 0
    assert_sound(service.home)


def worker_pid(job: Job) -> int:
    """The process that has the job."""
    assert job.worker is not None
    return int(job.worker.split(":")[1])


def kill_session(leader: int) -> None:
    for pid in in_session(leader):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def in_session(leader: int) -> list[int]:
    """Living processes of a session."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(state[3]) == leader and state[0] != "Z":
                found.append(int(entry.name))
    return found
