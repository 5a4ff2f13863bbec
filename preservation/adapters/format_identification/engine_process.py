"""One engine in a process of its own: started when asked, timed, killed when it hangs, started again."""

import json
import os
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from preservation.adapters.format_identification.frames import (
    HEADER,
    Answer,
    AnswerReader,
    BrokenFrame,
    length_of,
    pack,
    parse_hello,
    question,
)
from preservation.adapters.format_identification.limits import Limits
from preservation.domain.formats import EngineDescription
from preservation.errors import Unavailable

_READ_BYTES: Final = 1024 * 1024
_GRACE_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class EngineCommand:
    """What to run: a server module of this package, with the engine's own options and environment."""

    name: str
    module: str
    options: Mapping[str, str]
    environment: Mapping[str, str]


class EngineLost(Exception):
    """The engine's process ended, hung or spoke nonsense while it had a question. It is no longer running."""

    def __init__(self, reason: str, *, timed_out: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out


class EngineProcess:
    """Not safe to use from two threads at once."""

    def __init__(
        self, command: EngineCommand, limits: Limits, *, known: dict[Answer, Answer], scratch: Path | None
    ) -> None:
        self._command = command
        self._limits = limits
        self._known = known
        self._scratch_parent = (scratch or Path(tempfile.gettempdir())).absolute()
        self._scratch: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline = -1
        self._reader = AnswerReader(known)
        self._description: EngineDescription | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process, None if there is none."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Let the process load what it needs while we do something else. One that does not start says so when it is asked."""
        if self._process is None:
            with suppress(OSError):
                self._spawn()

    def describe(self) -> EngineDescription:
        """Starts the engine if need be. Raises Unavailable if it does not start."""
        if self._process is not None and self._description is None:
            # One that was started ahead and has gone by now is no reason to give up.
            with suppress(Unavailable):
                self._description = self._greeting()
        if self._process is None or self._description is None:
            self._spawn()
            self._description = self._greeting()
        return self._description

    def ask(self, how: bytes, paths: Sequence[bytes]) -> list[Answer]:
        """One answer for each path. Raises EngineLost; Unavailable if the engine cannot be started at all."""
        self.describe()
        deadline = time.monotonic() + self._limits.base_seconds
        try:
            self._write(pack(question(how, paths)), deadline)
            size = int(self._read(deadline))
            deadline = time.monotonic() + self._limits.seconds_for(size)
            return self._reader.decode(self._read(deadline), len(paths))
        except TimeoutError:
            self.stop()
            raise EngineLost("did not come to an end in time", timed_out=True) from None
        except (OSError, EOFError, ValueError, BrokenFrame) as problem:
            status = self.stop(grace_seconds=_GRACE_SECONDS if isinstance(problem, OSError | EOFError) else 0.0)
            raise EngineLost(_said(status, problem), timed_out=False) from problem

    def interrupt(self) -> None:
        """End what is being asked, from any thread: whoever asks gets EngineLost."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self, *, grace_seconds: float = 0.0) -> int | None:
        """Kill the process, if there is one, and clean up behind it; its exit status. Idempotent.

        With a grace it may end by itself first, so that its status tells what it died of.
        """
        process, self._process = self._process, None
        if process is None:
            return None
        try:
            status = process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        os.close(self._lifeline)
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
        return status

    def _spawn(self) -> None:
        self._description = None
        self._scratch = self._scratch_parent / f"formats-{secrets.token_hex(8)}"
        far_end, self._lifeline = os.pipe()
        settings = {
            "lifeline": far_end,
            "scratch": str(self._scratch),
            "memory_bytes": self._limits.memory_bytes,
            "window_bytes": self._limits.window_bytes,
            "options": dict(self._command.options),
        }
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", self._command.module, json.dumps(settings)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=(far_end,),
                env=self._environment(),
                start_new_session=True,
            )
        finally:
            os.close(far_end)

    def _environment(self) -> dict[str, str]:
        """Nothing of ours but what finds the modules: the engine has no business with keys and addresses."""
        here = str(Path(__file__).parents[3])
        return {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": here, **self._command.environment}

    def _greeting(self) -> EngineDescription:
        self._reader = AnswerReader(self._known)
        try:
            about = parse_hello(self._read(time.monotonic() + self._limits.start_seconds))
        except (OSError, EOFError, BrokenFrame) as problem:
            status = self.stop(grace_seconds=_GRACE_SECONDS)
            raise Unavailable(f"{self._command.name} does not start: {_said(status, problem)}") from problem
        if "problem" in about:
            self.stop()
            raise Unavailable(f"{self._command.name} does not start: {about['problem']}")
        return EngineDescription(about["engine"], about["version"], about["signatures"])

    def _write(self, data: bytes, deadline: float) -> None:
        stream = _pipe(self._process.stdin if self._process else None)
        os.set_blocking(stream, False)
        rest = memoryview(data)
        while rest:
            _wait(stream, select.POLLOUT, deadline)
            rest = rest[os.write(stream, rest) :]

    def _read(self, deadline: float) -> bytes:
        stream = _pipe(self._process.stdout if self._process else None)
        header = self._read_exactly(stream, HEADER.size, deadline)
        return self._read_exactly(stream, length_of(header), deadline)

    def _read_exactly(self, stream: int, count: int, deadline: float) -> bytes:
        parts: list[bytes] = []
        while count:
            _wait(stream, select.POLLIN, deadline)
            part = os.read(stream, min(count, _READ_BYTES))
            if not part:
                raise EOFError("end of stream")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def _pipe(stream: IO[bytes] | None) -> int:
    if stream is None:
        raise EOFError("not running")
    return stream.fileno()


def _wait(stream: int, event: int, deadline: float) -> None:
    watch = select.poll()
    watch.register(stream, event)
    if not watch.poll(max(0.0, deadline - time.monotonic()) * 1000):
        raise TimeoutError


def _said(status: int | None, problem: Exception) -> str:
    if isinstance(problem, BrokenFrame | ValueError):
        return "gave an answer that cannot be understood"
    if status is not None and status < 0:
        return f"was ended by signal {-status}"
    return f"ended with status {status}"
