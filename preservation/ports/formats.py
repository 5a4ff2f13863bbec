"""Format identification."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from preservation.domain.formats import EngineDescription, FormatIdentification


class FormatIdentifier(Protocol):
    """Identifies files by PRONOM signature, in processes of its own, bounded in time and memory."""

    def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
        """One answer for each path of the local file system, in order; a sentence where the engine could not tell why it failed.

        A file that kills or hangs the engine costs its own answer only. Safe to call from several threads.
        """
        ...

    def close(self) -> None: ...


class DescribedIdentifier(FormatIdentifier, Protocol):
    """An identifier with one engine behind it, which says who it is."""

    def describe(self) -> EngineDescription:
        """Name, version and signatures, as the answers carry them. Raises Unavailable if the engine does not start."""
        ...


class ScratchFolder(Protocol):
    """A place on this machine for short-lived copies, for tools that want a file name."""

    def place(self, suffix: str, chunks: Iterable[bytes]) -> str:
        """Write a file whose name ends with `suffix` ("" or ".pdf"); its path. DiskFull or Unavailable if it cannot be written.

        What the chunks raise passes through, and nothing remains of the file.
        """
        ...

    def clear(self) -> None:
        """Remove everything placed so far."""
        ...
