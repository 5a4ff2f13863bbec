"""Characterisation and validation of files, and looking for viruses in them."""

from collections.abc import Sequence
from typing import Protocol

from preservation.domain.examinations import Examination, FileToExamine
from preservation.domain.tools import ToolState


class Examiner(Protocol):
    """Looks into files with the tools for their formats, fenced off. Safe to call from several threads."""

    def examine(self, files: Sequence[FileToExamine]) -> Sequence[Examination]:
        """One answer for each file, in order.

        A file that kills, hangs or bombs a tool costs its own answer only: UNKNOWN, with a fault.
        """
        ...

    def tools(self) -> Sequence[ToolState]:
        """Everything that it uses where it is there."""
        ...

    def close(self) -> None: ...


class VirusScanner(Protocol):
    """Looks for malware. Safe to call from several threads."""

    def scan(self, paths: Sequence[str]) -> Sequence[str | None]:
        """For each file the name of what was found in it, None where nothing was.

        Raises Unavailable if it could not scan them all (no scanner, no signatures): not having looked is not "clean".
        """
        ...

    def describe(self) -> str:
        """The scanner with its version and the date of its signatures, as records name it. Raises Unavailable."""
        ...
