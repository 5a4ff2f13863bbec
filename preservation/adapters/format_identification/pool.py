"""Several processes of one engine behind one `identify` (ports.FormatIdentifier)."""

import os
import queue
from collections.abc import Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from preservation.adapters.format_identification.engine_process import (
    EngineCommand,
    EngineLost,
    EngineProcess,
)
from preservation.adapters.format_identification.frames import ENDS, WHOLE, Answer
from preservation.adapters.format_identification.limits import Limits
from preservation.domain.formats import EngineDescription
from preservation.errors import Unavailable

MOST_IN_A_BATCH: Final = 128


class ProcessIdentifier:
    """Shares what it is asked among its processes. A thread for each process waits for its answers; callers may be many.

    When a process is lost with a batch, every file of the batch is asked again alone, in a fresh process: at most one more
    loss for each hostile file, and none for the others. (Halving the batch again and again would lose a process at each
    step, and wait for a hanging one each time.)
    """

    def __init__(self, command: EngineCommand, *, processes: int, limits: Limits, scratch: Path | None) -> None:
        known: dict[Answer, Answer] = {}
        self._name = command.name
        self._engines = [EngineProcess(command, limits, known=known, scratch=scratch) for _ in range(processes)]
        self._idle: queue.SimpleQueue[EngineProcess] = queue.SimpleQueue()
        for engine in self._engines:
            self._idle.put(engine)
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix=f"{command.name}-")
        self._closed = False

    @property
    def pids(self) -> Sequence[int]:
        """Of the processes that run now."""
        return [pid for engine in self._engines if (pid := engine.pid) is not None]

    def start(self) -> None:
        """Start the processes without waiting until they can answer. Before anything is asked."""
        for engine in self._engines:
            engine.start()

    def describe(self) -> EngineDescription:
        """Name, version and signatures of the engine. Raises Unavailable if it does not start."""
        engine = self._idle.get()
        try:
            return engine.describe()
        finally:
            self._idle.put(engine)

    def identify(self, paths: Sequence[str]) -> Sequence[Answer]:
        """As the port says. Raises Unavailable if the engine cannot be started, or is closed meanwhile."""
        here = os.getcwdb()
        raw = [os.path.join(here, os.fsencode(path)) if path and "\0" not in path else b"" for path in paths]
        size = max(1, min(MOST_IN_A_BATCH, -(-len(raw) // len(self._engines))))
        batches = [raw[start : start + size] for start in range(0, len(raw), size)]
        self._check_open()
        try:
            return [answer for answers in self._threads.map(self._batch, batches) for answer in answers]
        except (CancelledError, RuntimeError):
            self._check_open()
            raise

    def close(self) -> None:
        """Ends the processes, whatever they are asked now; whoever asks gets Unavailable. Idempotent."""
        self._closed = True
        for engine in self._engines:
            engine.interrupt()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for engine in self._engines:
            engine.stop()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable(f"{self._name} is closed")

    def _batch(self, paths: Sequence[bytes]) -> list[Answer]:
        engine = self._idle.get()
        try:
            try:
                self._check_open()
                return engine.ask(WHOLE, paths)
            except EngineLost as lost:
                self._check_open()
                if len(paths) == 1 and lost.timed_out:
                    return [self._ends(engine, paths[0], lost)]
            return [self._alone(engine, path) for path in paths]
        finally:
            self._idle.put(engine)

    def _alone(self, engine: EngineProcess, path: bytes) -> Answer:
        try:
            return engine.ask(WHOLE, [path])[0]
        except EngineLost as lost:
            self._check_open()
            return self._ends(engine, path, lost)

    def _ends(self, engine: EngineProcess, path: bytes, lost: EngineLost) -> Answer:
        """What took too long as a whole may still be told by its beginning and end."""
        if not lost.timed_out:
            return f"The engine {self._name} {lost.reason} at this file."
        try:
            return engine.ask(ENDS, [path])[0]
        except EngineLost as again:
            return f"The engine {self._name} {again.reason} at this file."
