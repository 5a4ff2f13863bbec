"""How many requests run at once, and how many bytes they may hold: both bounded."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

MOST_BYTES = 64 << 20
_Result = TypeVar("_Result")


class Lanes:
    """Threads of one store. Work given to them never gives work to them."""

    def __init__(self, count: int, most_bytes: int = MOST_BYTES) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="s3")
        self._room = threading.Condition()
        self._most, self._held, self._waiting, self._most_waiting = most_bytes, 0, 0, count * 4

    def submit(self, size: int, job: Callable[[], _Result]) -> "Future[_Result]":
        """Run a job that holds `size` bytes; waits here until there is room for them."""
        with self._room:
            while self._waiting >= self._most_waiting or (self._held and self._held + size > self._most):
                self._room.wait()
            self._held += size
            self._waiting += 1
        future = self._threads.submit(job)
        future.add_done_callback(lambda _: self._leave(size))
        return future

    def _leave(self, size: int) -> None:
        with self._room:
            self._held -= size
            self._waiting -= 1
            self._room.notify_all()


class Group:
    """Jobs that belong together. The first failure is everybody's."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._done = threading.Condition()
        self._running = 0
        self._error: BaseException | None = None

    def submit(self, size: int, job: Callable[[], object]) -> None:
        """Raises what an earlier job failed with."""
        self.check()
        with self._done:
            self._running += 1
        self._lanes.submit(size, job).add_done_callback(self._ended)

    def check(self) -> None:
        """Raises what a job failed with."""
        if self._error is not None:
            raise self._error

    def settle(self) -> None:
        """Wait until none is running, whatever came of them."""
        with self._done:
            while self._running:
                self._done.wait()

    def wait(self) -> None:
        """Wait for all of them. Raises what the first failure was."""
        self.settle()
        self.check()

    def _ended(self, future: "Future[object]") -> None:
        error = future.exception()
        with self._done:
            self._running -= 1
            self._error = self._error or error
            self._done.notify_all()
