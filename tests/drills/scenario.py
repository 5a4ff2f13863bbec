"""What a crash drill needs to know of a piece of work that must survive one."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended. `stdout` is where it acknowledges: what it has printed, others rely on. `status` is None if killed."""

    status: int | None
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """`prepare` fills an absent folder; it is done once, and then copied, always to the same path.

    `command` is the work, `recover` what puts things right after a crash; both are argument lists, and only what they change
    below the folder is counted. `check` says which invariants do not hold after the recovery. `snapshot` is the state by which
    one recovery is compared with two (I7); whatever may differ (times, random ids) is left out of it. A command that is not
    killed ends with one of `statuses`, and without a traceback. `modules` are what the programs import: they are imported once,
    and the programs run in forked processes. A scenario is sent to other processes, so its parts are found by their names.
    """

    name: str
    prepare: Callable[[Path], None]
    command: Callable[[Path], Sequence[str]]
    recover: Callable[[Path], Sequence[str]]
    check: Callable[[Path, Outcome], list[str]]
    snapshot: Callable[[Path], Hashable]
    statuses: frozenset[int] = frozenset({0, 1, 3})
    modules: Sequence[str] = ()
