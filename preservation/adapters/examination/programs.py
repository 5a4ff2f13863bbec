"""Programs of Debian that say more about a file than our libraries do: whether they are here, and how they are run."""

import re
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from preservation.adapters.examination.look import Look, plain
from preservation.domain.tools import ToolEnd, ToolLimits, ToolOutcome, ToolState
from preservation.errors import Unavailable
from preservation.ports.tools import ToolFence

_VERSION_LIMITS: Final = ToolLimits(seconds=60, cpu_seconds=60)
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Program:
    """`ask` is the command that says its version, `version` where it stands in the answer (group 1)."""

    name: str
    package: str
    ask: tuple[str, ...]
    version: str
    purpose: str
    without: str


FFPROBE: Final = Program(
    "ffprobe", "ffmpeg", ("ffprobe", "-version"), r"ffprobe version (\S+)",
    "properties of sound and video", "sound and video are told nothing about",
)  # fmt: skip
FFMPEG: Final = Program(
    "ffmpeg", "ffmpeg", ("ffmpeg", "-version"), r"ffmpeg version (\S+)",
    "decoding sound and video to the end", "nobody knows whether sound and video can be decoded",
)  # fmt: skip
MEDIACONCH: Final = Program(
    "mediaconch", "mediaconch", ("mediaconch", "--version"), r"([0-9]+\.[0-9.]+)",
    "validating Matroska and FFV1", "Matroska and FFV1 are decoded, not validated",
)  # fmt: skip
FLAC: Final = Program(
    "flac", "flac", ("flac", "--version"), r"flac ([0-9.]+)",
    "validating FLAC by its MD5", "FLAC is not validated",
)  # fmt: skip
SEVEN_ZIP: Final = Program(
    "7zz", "7zip", ("7zz", "i"), r"7-Zip \(z\) ([0-9]+\.[0-9]+)",
    "testing 7z archives", "7z archives are not looked into",
)  # fmt: skip


class Programs:
    """Runs them fenced, and knows their versions, each asked for once. Safe to call from several threads."""

    def __init__(self, fence: ToolFence) -> None:
        self._fence = fence
        self._lock = threading.Lock()
        self._versions: dict[Program, str | None] = {}

    def version(self, program: Program) -> str | None:
        """None where it is not installed, or cannot be run."""
        with self._lock:
            if program not in self._versions:
                self._versions[program] = self._ask(program)
            return self._versions[program]

    def state(self, program: Program) -> ToolState:
        return ToolState(program.name, self.version(program), program.package, program.purpose, program.without)

    def use(self, program: Program, look: Look) -> bool:
        """Whether it can be run on the file of this look; what is then said about it names the tool, else that it is missing."""
        version = self.version(program)
        if version is None:
            look.unsure(
                "TOOL-MISSING",
                f"{program.name} (Debian package {program.package})" if program.package else program.name,
            )
            return False
        look.used(program.name, version)
        return True

    def run(self, command: Sequence[str], path: str, *, limits: ToolLimits, suffix: str = "") -> ToolOutcome:
        """With the file as "{in}/file" and `suffix`."""
        return self._fence.run(command, inputs={f"file{suffix}": path}, limits=limits)

    def _ask(self, program: Program) -> str | None:
        if shutil.which(program.ask[0], path=_PATH) is None:
            return None
        try:
            outcome = self._fence.run(program.ask, limits=_VERSION_LIMITS)
        except Unavailable:
            return None
        found = re.search(program.version, (outcome.out + outcome.err).decode("utf-8", "replace"))
        return plain(found.group(1)) if found else None


def at(program: Program, command: Sequence[str]) -> Program:
    """The same program, asked by another command."""
    return replace(program, ask=tuple(command))


def ended(outcome: ToolOutcome, program: Program, look: Look) -> bool:
    """Whether it came to an end of its own; what ended it is said."""
    if outcome.end is ToolEnd.EXITED:
        return True
    code = "TOOL-TIMED-OUT" if outcome.end is ToolEnd.TIMED_OUT else "TOOL-DIED"
    look.unsure(code, f"{program.name}: {outcome.end}, {outcome.status}, after {outcome.seconds:.0f} seconds")
    return False


def lines_of(said: bytes, place: str = "/in/") -> list[str]:
    """What a program said, line by line, without where it saw the file."""
    return [line.replace(place, "").strip() for line in said.decode("utf-8", "replace").splitlines() if line.strip()]


def text_of(value: object) -> str:
    """Of a JSON value that should be a text or a number."""
    return plain(str(value)) if isinstance(value, str | int | float) else ""


def mapping_of(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
