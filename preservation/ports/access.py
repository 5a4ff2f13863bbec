"""Where a DIP is written to."""

from typing import Protocol

from preservation.ports.replicas import Sink


class ExportTarget(Protocol):
    """Where a DIP goes: a new folder that appears under its name whole, or not at all.

    Paths are raw bytes, "/"-separated, relative to the folder; the target MUST NOT write anywhere else whatever they say, and
    MUST NOT write over anything. Raises WrongUse for a place that is taken or cannot be, Conflict for a path that the place does
    not tell apart from one already used, DiskFull and Unavailable. Not safe for several threads.
    """

    @property
    def name(self) -> str:
        """The place as people name it (domain.names.escape)."""
        ...

    def begin(self) -> None:
        """Start. WrongUse if something is there already, or if the folder that it should lie in is not."""
        ...

    def put(self, path: bytes, data: bytes | memoryview) -> None:
        """Write a whole small file."""
        ...

    def create(self, path: bytes) -> Sink:
        """Write a file in pieces."""
        ...

    def discard(self, path: bytes) -> None:
        """Take a written file back."""
        ...

    def make_folder(self, path: bytes) -> None:
        """A folder that has to be there even if it stays empty."""
        ...

    def seal(self) -> None:
        """Make everything written durable."""
        ...

    def publish(self) -> None:
        """Make the folder appear under its name, durably. WrongUse if something else took the name meanwhile."""
        ...

    def abort(self) -> None:
        """Undo everything, a publication too, unless it was closed. Idempotent."""
        ...

    def close(self) -> None:
        """Keep what was published."""
        ...
