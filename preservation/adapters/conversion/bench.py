"""One conversion or comparison: programs run in the fence, and what was run kept for the record."""

import json
import platform
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from preservation.adapters.conversion.programs import Versions
from preservation.domain.conversions import Comparison, Measure, Sameness
from preservation.domain.tools import ToolDescription, ToolEnd, ToolLimits, ToolOutcome
from preservation.ports.tools import ToolFence

_INSIDE: Final = "preservation.adapters.conversion.inside"
_MOST_DETAIL: Final = 600
_MOST_MEASURES: Final = 2000

_TRACEBACK: Final = "Traceback (most recent call last)"
# Places in namespaces, and those that a fence of limits alone and our own temporary folders have.
_INSIDE_IN: Final = re.compile(r"(?<![\w.}])/in/|/[^\s'\"]*/fence-[a-z0-9_]+/in/")
_INSIDE_OUT: Final = re.compile(r"(?<![\w.}])/out/|/[^\s'\"]*/(?:pixels|text|mail|office)-[a-z0-9_]+/")

_CODES: Final = {
    ToolEnd.TIMED_OUT: "TOOL-TIMED-OUT",
    ToolEnd.SIGNALLED: "TOOL-KILLED",
    ToolEnd.SAID_TOO_MUCH: "TOOL-SAID-TOO-MUCH",
    ToolEnd.EXITED: "TOOL-FAILED",
}


class Refused(Exception):
    """A conversion that gives nothing: a stable code, and what a program said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail[-_MOST_DETAIL:]


class Bench:
    """`inputs` are files by the names that programs see, `folder` where they write."""

    def __init__(self, fence: ToolFence, versions: Versions, inputs: Mapping[str, str], folder: str | None) -> None:
        self.folder = folder
        self.inputs = dict(inputs)
        self._fence = fence
        self._versions = versions
        self._commands: list[str] = []
        self._tools: dict[str, ToolDescription] = {}

    @property
    def commands(self) -> tuple[str, ...]:
        return tuple(self._commands)

    @property
    def tools(self) -> tuple[ToolDescription, ...]:
        return tuple(self._tools.values())

    def takes(self, name: str) -> bool:
        """Make what a run left in the folder an input of the next; never a link or a pipe, which would be followed out here."""
        path = Path(str(self.folder)) / name
        if not is_plain_file(path):
            return False
        self.inputs[name] = str(path)
        return True

    def uses(self, *names: str) -> None:
        """Note programs and libraries with their versions."""
        for name in names:
            if name not in self._tools:
                self._tools[name] = self._versions.of(name)

    def run(
        self,
        command: Sequence[str],
        limits: ToolLimits,
        *,
        recorded: Sequence[str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> ToolOutcome:
        """Whatever it came to. `recorded` is the command as the record tells it, where that is shorter."""
        shown = list(recorded or command)
        self.uses(shown[0])
        self._commands.append(shlex.join(shown))
        return self._fence.run(command, inputs=self.inputs, folder=self.folder, limits=limits, environment=environment)

    def must(self, command: Sequence[str], limits: ToolLimits, *, recorded: Sequence[str] | None = None) -> ToolOutcome:
        """Raises Refused unless it came to a good end."""
        outcome = self.run(command, limits, recorded=recorded)
        if not outcome.is_good:
            raise Refused(_CODES[outcome.end], last_words(outcome))
        return outcome

    def inside(
        self, module: str, told: Mapping[str, object], limits: ToolLimits, *libraries: str, is_step: bool = False
    ) -> ToolOutcome:
        """Run a module of `inside`. A step of a conversion is recorded as a command."""
        self.uses(*libraries)
        if is_step:
            # The standard library does some steps alone, and is as old as its Python.
            self._tools.setdefault("python", ToolDescription("python", platform.python_version()))
            self._commands.append(shlex.join(["python3", "-m", f"{_INSIDE}.{module}", json.dumps(told)]))
        return self._fence.run(
            [sys.executable, "-P", "-m", f"{_INSIDE}.{module}", json.dumps(told)],
            inputs=self.inputs,
            folder=self.folder,
            limits=limits,
        )

    def compared(self, module: str, told: Mapping[str, object], limits: ToolLimits, *libraries: str) -> Comparison:
        """What a comparing module says. It is UNKNOWN where that could not tell, or where there is nothing to compare."""
        outcome = self.inside(module, told, limits, *libraries)
        if not outcome.is_good:
            return Comparison(Sameness.UNKNOWN, (), self.tools, f"{_CODES[outcome.end]}: {last_words(outcome)}")
        try:
            said = json.loads(outcome.out)
            every = [
                Measure(str(name), without_places(str(before)), without_places(str(after)), str(bound), holds is True)
                for name, before, after, bound, holds in said["measures"]
            ]
            detail = without_places(str(said["detail"]))[:_MOST_DETAIL]
        except (ValueError, TypeError, KeyError) as problem:
            return Comparison(Sameness.UNKNOWN, (), self.tools, f"its answer cannot be read: {type(problem).__name__}")
        return Comparison(judged(every, detail), _kept(every), self.tools, detail)


def _kept(every: Sequence[Measure]) -> tuple[Measure, ...]:
    """What the record has room for, in order: all are judged, and those that fail are the last to be left out."""
    failed = [one for one in every if not one.holds][:_MOST_MEASURES]
    room = _MOST_MEASURES - len(failed)
    kept = []
    for one in every:
        room -= one.holds
        if not one.holds or room >= 0:
            kept.append(one)
    return tuple(kept[:_MOST_MEASURES])


def judged(measures: Sequence[Measure], detail: str) -> Sameness:
    """A failed measure decides; a detail says that somebody could not look; and no measure is no proof."""
    if any(not one.holds for one in measures):
        return Sameness.DIFFERENT
    if detail or not any(one.bound != "told" for one in measures):
        return Sameness.UNKNOWN
    return Sameness.SAME


def is_plain_file(path: Path) -> bool:
    """Whether it lies there itself."""
    return path.is_file() and not path.is_symlink()


def last_words(outcome: ToolOutcome) -> str:
    """The end of what a program said, on one side or the other; of a Python of ours what went wrong, not where."""
    text = (outcome.err or outcome.out).decode("utf-8", "replace").strip()
    if _TRACEBACK in text:
        text = text.rpartition("\n")[2]
    return without_places(text)[-_MOST_DETAIL:] or f"{outcome.end}, status {outcome.status}"


def without_places(text: str) -> str:
    """With "{in}" and "{out}" for where a run saw its files: other places are nobody's business."""
    return _INSIDE_IN.sub("{in}/", _INSIDE_OUT.sub("{out}/", text))


def timed(
    size: int, *, least: float, bytes_per_second: int, most: float = 4 * 3600.0, memory: int = 2 << 30
) -> ToolLimits:
    """Limits for a file of so many bytes."""
    seconds = min(most, least + size / bytes_per_second)
    file_bytes = max(1 << 30, 64 * size)
    return ToolLimits(
        seconds=seconds,
        cpu_seconds=int(4 * seconds),
        memory_bytes=memory,
        file_bytes=file_bytes,
        # Several runs write into one folder, such as both sides of a comparison, decoded.
        written_bytes=4 * file_bytes,
        said_bytes=16 << 20,
    )
