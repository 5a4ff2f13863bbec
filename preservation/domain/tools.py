"""Programs of other people that read or write content: how they are limited, and what running one came to."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ToolLimits:
    """What one run may take. `seconds` is wall time; bytes are of memory for each process, of each file written, of text said.

    `written_bytes` are of everything that lies in its folders at one time.
    """

    seconds: float = 120.0
    cpu_seconds: int = 120
    memory_bytes: int = 2 << 30
    file_bytes: int = 8 << 30
    written_bytes: int = 16 << 30
    processes: int = 64
    said_bytes: int = 4 << 20


class ToolEnd(StrEnum):
    """How a run ended. EXITED says nothing about the status; SIGNALLED is by itself, or by a limit of memory or of writing."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    TIMED_OUT = "timed out"
    SAID_TOO_MUCH = "said too much"


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What a run came to. `status` is the exit status, or the number of the signal. Times in seconds."""

    end: ToolEnd
    status: int
    out: bytes
    err: bytes
    seconds: float

    @property
    def is_good(self) -> bool:
        return self.end is ToolEnd.EXITED and self.status == 0


@dataclass(frozen=True, slots=True, order=True)
class ToolDescription:
    """A program or library as records name it: for PREMIS agents, and to tell by which version something was found."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ToolState:
    """Whether something that the repository can use is here. `version` is None where it is not.

    `package` is the Debian package that brings it, "" for what comes with this program; `purpose` says in a few words (English)
    what it is for, `without` what the repository does without it.
    """

    name: str
    version: str | None
    package: str
    purpose: str
    without: str
