"""Whether a folder holds the replica that we know: an empty mount point is a folder too, and a disk can be another one."""

import json
import os
import time
from collections.abc import Collection
from contextlib import suppress

from preservation.adapters.object_stores.posix import beneath
from preservation.adapters.patience import FOLDER_SECONDS, in_time
from preservation.errors import ReplicaAway

MARKER = "replica.json"
FORMAT = "preservation replica 1"
_MOST_BYTES = 65536
_JUST_SECONDS = 1.0

_State = tuple[int, int, int, int]


class Identity:
    """The marker of one replica. Safe to call from several threads. `seconds` is how long a look at it may take.

    Looks that follow one another closely are not timed: a thread for each would be felt where every copy of a sweep is looked at.
    """

    def __init__(self, root: str, replica_id: str, *, seconds: float = FOLDER_SECONDS) -> None:
        self._root = root
        self._id = replica_id
        self._seconds = seconds
        self._seen: _State | None = None
        self._answered = -_JUST_SECONDS

    def check(self) -> None:
        """Read the marker. ReplicaAway unless it is there and names this replica."""
        try:
            found, state = self._read() if self._has_just_answered() else self._ask()
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._seen = None
            raise ReplicaAway(f"{self._root} does not hold a replica's {MARKER} (not mounted?)") from error
        if found != self._id:
            self._seen = None
            raise ReplicaAway(f"{self._root} holds another replica, {found}")
        self._seen, self._answered = state, time.monotonic()

    def check_quickly(self) -> None:
        """As `check`, but the marker is only looked at if it is still the very file that was read before."""
        if not self._has_just_answered():
            self.check()
            return
        try:
            state = _state(os.stat(f"{self._root}/{MARKER}"))
        except OSError:
            state = None
        if state is None or state != self._seen:
            self.check()

    def await_answer(self) -> None:
        """ReplicaAway where the folder hangs. What else may be wrong with it is not looked at."""
        if time.monotonic() - self._answered < _JUST_SECONDS:
            return
        with suppress(OSError, ValueError, KeyError, TypeError):
            self._ask()
        self._answered = time.monotonic()

    def _has_just_answered(self) -> bool:
        return self._seen is not None and time.monotonic() - self._answered < _JUST_SECONDS

    def _ask(self) -> tuple[object, _State]:
        try:
            return in_time(self._root, self._read, self._seconds)
        except TimeoutError as error:
            self._seen = None
            raise ReplicaAway(f"{self._root} does not answer") from error

    def _read(self) -> tuple[object, _State]:
        with open(beneath.open_file(self._root, MARKER), "rb") as stream:
            state = _state(os.fstat(stream.fileno()))
            return json.loads(stream.read(_MOST_BYTES))["id"], state


class Unmarked:
    """Stands in for an identity that is to be given back: believed, because the caller has other proof of it."""

    def await_answer(self) -> None:
        """It has answered whoever found it unmarked."""

    def check(self) -> None:
        """Nothing to hold it against."""

    def check_quickly(self) -> None:
        """Nothing to hold it against."""


def names_one_of(root: str, replica_ids: Collection[str]) -> bool:
    """Whether the marker can be read and says that this is one of these replicas."""
    try:
        with open(beneath.open_file(root, MARKER), "rb") as stream:
            return bool(json.loads(stream.read(_MOST_BYTES))["id"] in replica_ids)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _state(found: os.stat_result) -> _State:
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size
