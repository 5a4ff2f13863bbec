"""The fence of this system: namespaces where it gives them, else limits and a group to kill."""

import os
import re
import shutil
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from preservation.adapters.fence.attending import NotStarted
from preservation.adapters.fence.bubblewrap import IN, OUT, run_in_namespaces
from preservation.adapters.fence.plain import run_with_limits
from preservation.adapters.fence.view import source_root
from preservation.domain.tools import ToolLimits, ToolOutcome
from preservation.errors import Unavailable, WrongUse, could_not

NAMESPACES: Final = "namespaces"
LIMITS: Final = "limits"

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\Z")
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PROBE_LIMITS: Final = ToolLimits(seconds=20, cpu_seconds=10)


class SystemFence:
    """ports.ToolFence. Whether there are namespaces is tried out once, when it is first asked.

    `demands_namespaces`: without them nothing is run (Unavailable). `uses_namespaces` is for tests of the weaker way.
    `scratch` is where that one keeps its copies, the system's temporary folder by default. `shows` are further folders that
    programs may read, such as one with a validator that no package brings; their `bin` is where programs are found, too.
    """

    def __init__(
        self,
        *,
        demands_namespaces: bool = False,
        uses_namespaces: bool = True,
        scratch: Path | None = None,
        shows: Sequence[Path] = (),
    ) -> None:
        self._demands = demands_namespaces
        self._bubblewrap = shutil.which("bwrap") if uses_namespaces else None
        self._scratch = scratch
        self._shows = tuple(shows)
        self._path = ":".join([*(str(place) for one in shows for place in (one, one / "bin")), _PATH])
        self._lock = threading.Lock()
        self._strength: str | None = None
        self._hindrance = "bubblewrap is not installed"

    @property
    def strength(self) -> str:
        """ "namespaces" or "limits": what a run gets here."""
        with self._lock:
            if self._strength is None:
                self._strength = self._tried()
            return self._strength

    @property
    def hindrance(self) -> str:
        """Why there are no namespaces, "" where there are."""
        return "" if self.strength == NAMESPACES else self._hindrance

    def run(
        self,
        command: Sequence[str],
        *,
        inputs: Mapping[str, str] | None = None,
        folder: str | None = None,
        limits: ToolLimits,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> ToolOutcome:
        """As the port says. A status above 128 is a signal's, as shells say it.

        The program is looked for in the system's folders, and in those that are shown.
        A Python of this program finds its package `preservation`.
        Raises Unavailable also for an input that is not there, WrongUse for a name that is none.
        """
        inputs = inputs or {}
        for name in inputs:
            if not _NAME.match(name):
                raise WrongUse(f"not a plain name for an input: {name!r}")
        program = _found(command[0], self._path)
        if self.strength != NAMESPACES and self._demands:
            raise Unavailable(f"tools are to run in namespaces of their own, which is not possible: {self._hindrance}")
        try:
            if self.strength == NAMESPACES and self._bubblewrap is not None:
                told = _environment(program, environment)
                return run_in_namespaces(
                    self._bubblewrap,
                    _filled([program, *command[1:]], IN, OUT),
                    inputs={name: os.path.abspath(path) for name, path in inputs.items()},
                    folder=folder,
                    environment=dict(zip(told, _filled(list(told.values()), IN, OUT), strict=True)),
                    stdin=stdin,
                    limits=limits,
                    shows=self._shows,
                )
            return self._weakly(program, command, inputs, folder, environment, stdin, limits)
        except NotStarted as problem:
            raise Unavailable(f"the fence around {command[0]} could not be put up: {problem}") from problem
        except OSError as error:
            raise could_not(f"{command[0]} cannot be run", error) from error

    def _weakly(
        self,
        program: str,
        command: Sequence[str],
        inputs: Mapping[str, str],
        folder: str | None,
        environment: Mapping[str, str] | None,
        stdin: bytes,
        limits: ToolLimits,
    ) -> ToolOutcome:
        def filled(place_in: str, place_out: str) -> tuple[Sequence[str], Mapping[str, str]]:
            told = _environment(program, environment)
            values = _filled(list(told.values()), place_in, place_out)
            return _filled([program, *command[1:]], place_in, place_out), dict(zip(told, values, strict=True))

        return run_with_limits(filled, scratch=self._scratch, inputs=inputs, folder=folder, stdin=stdin, limits=limits)

    def _tried(self) -> str:
        """Run something harmless in namespaces: kernels, containers and hardening forbid them in many ways."""
        if self._bubblewrap is None:
            return LIMITS
        try:
            outcome = run_in_namespaces(
                self._bubblewrap, ["/bin/true"], inputs={}, folder=None, environment={}, stdin=b"", limits=_PROBE_LIMITS
            )
        except (NotStarted, OSError) as problem:
            self._hindrance = str(problem)
            return LIMITS
        if not outcome.is_good:
            self._hindrance = f"a program that does nothing came to status {outcome.status}"
            return LIMITS
        return NAMESPACES


def _found(name: str, path: str) -> str:
    """The program's path. Raises Unavailable."""
    found = shutil.which(name, path=path)
    if found is None:
        raise Unavailable(f"{name} is not installed")
    return found


def _environment(program: str, given: Mapping[str, str] | None) -> dict[str, str]:
    """What no program can do without, and what is given."""
    base = {"PATH": _PATH, "HOME": "/home", "TMPDIR": "/tmp", "LANG": "C.UTF-8"}  # noqa: S108 (a place inside the fence)
    if program == sys.executable:
        base |= {"PYTHONPATH": str(source_root()), "PYTHONDONTWRITEBYTECODE": "1"}
    return base | dict(given or {})


def _filled(texts: Sequence[str], place_in: str, place_out: str) -> list[str]:
    return [one.replace("{in}", place_in).replace("{out}", place_out) for one in texts]
