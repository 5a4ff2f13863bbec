"""A process with one thread that tries points of a scenario, one after another, as it is told to.

python -m tests.drills.crash_worker DESCRIPTOR

The programs under test run in its forked children.
"""

import gc
import importlib
import logging
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from socket import socketpair

from tests.drills.crash_slot import Listed, Slot, Tried
from tests.drills.faults import Fault, Point, environment
from tests.drills.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Job:
    """One point to try; with `inner`, the seed by which a point of the recovery is chosen as well."""

    fault: Fault
    point: Point
    inner: str | None


@dataclass(frozen=True, slots=True)
class Worker:
    """The other end of such a process."""

    connection: Connection

    def listed(self) -> Listed:
        self.connection.send(None)
        listed = self.connection.recv()
        assert isinstance(listed, Listed)
        return listed


@contextmanager
def workers(scenario: Scenario, base: Path, number: int) -> Iterator[Sequence[Worker]]:
    """So many workers, each with its own slot below `base`; they end with the block."""
    with ExitStack() as ends:
        yield [ends.enter_context(_worker(scenario, base / f"slot-{one}")) for one in range(number)]


def work_off(team: Sequence[Worker], jobs: Sequence[Job]) -> Iterator[tuple[Job, Tried]]:
    """What came of every job, as it comes. Raises EOFError when a worker ends by itself; it tells why on its standard error."""
    waiting = list(reversed(jobs))
    busy: dict[Connection, Job] = {}
    for worker in team[: len(waiting)]:
        busy[worker.connection] = waiting.pop()
        worker.connection.send(busy[worker.connection])
    while busy:
        for connection in wait(list(busy)):
            assert isinstance(connection, Connection)
            tried = connection.recv()
            done = busy.pop(connection)
            if waiting:
                busy[connection] = waiting.pop()
                connection.send(busy[connection])
            yield done, tried


@contextmanager
def _worker(scenario: Scenario, base: Path) -> Iterator[Worker]:
    ours, theirs = socketpair()
    with theirs:
        command = [sys.executable, "-m", "tests.drills.crash_worker", str(theirs.fileno())]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment(), pass_fds=[theirs.fileno()]
        )
    with process, Connection(ours.detach()) as connection:
        connection.send((scenario.modules, base))
        connection.send(scenario)
        yield Worker(connection)


def main() -> None:
    connection = Connection(int(sys.argv[1]))
    modules, base = connection.recv()
    for name in modules:
        importlib.import_module(name)
    scenario = connection.recv()
    # What is loaded stays; the children need not look through it.
    gc.collect()
    gc.freeze()
    slot = Slot(base, scenario)
    while True:
        try:
            job = connection.recv()
        except EOFError:
            break
        if job is None:
            connection.send(slot.listed())
            continue
        inner = None if job.inner is None else random.Random(job.inner)
        connection.send(slot.try_point(job.fault, job.point, inner))


if __name__ == "__main__":
    # The libraries that the judges use would tell what they do.
    logging.disable(logging.INFO)
    main()
