"""How long a look at a file system is waited for: one that hangs holds up whoever works on it, and nobody else."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

FOLDER_SECONDS = 30.0  # a disk that has to spin up, a server that wakes

T = TypeVar("T")

_hanging: dict[str, threading.Thread] = {}
_lock = threading.Lock()


def in_time(place: str, look: Callable[[], T], seconds: float) -> T:
    """What `look` finds out about a place. TimeoutError if that takes longer, and at once while an earlier look hangs.

    A thread that waits in the kernel for a network file system cannot be ended. It is left behind, with those that were begun
    before the first was given up, and ends with the wait or with the process.
    """
    with _lock:
        if (earlier := _hanging.get(place)) is not None and earlier.is_alive():
            raise TimeoutError(f"{place} does not answer")
        _hanging.pop(place, None)
    found = Future[T]()
    thread = threading.Thread(target=_carry_out, args=(look, found), name=f"look at {place}", daemon=True)
    thread.start()
    try:
        return found.result(seconds)
    except TimeoutError as error:
        if found.done():
            raise
        with _lock:
            _hanging[place] = thread
        raise TimeoutError(f"{place} does not answer") from error


def _carry_out(look: Callable[[], T], found: Future[T]) -> None:
    try:
        found.set_result(look())
    except BaseException as error:  # noqa: BLE001 (whoever waits gets it)
        found.set_exception(error)
