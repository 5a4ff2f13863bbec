"""Packages as they come in."""

from collections.abc import Sequence
from io import RawIOBase
from typing import Protocol

from preservation.domain.findings import Finding
from preservation.domain.packages import PackageFile


class PackageReader(Protocol):
    """An opened transfer: bounded, its names, links and sizes checked; its content not yet trusted.

    Nothing outside the package is ever read, and nothing is written outside the work folder given at opening.
    """

    @property
    def name(self) -> str:
        """The file or folder name as received (domain.names.escape)."""
        ...

    @property
    def carrier(self) -> str:
        """How it came: folder, file, zip, tar, tar.gz."""
        ...

    @property
    def carrier_digest(self) -> bytes | None:
        """SHA-512 of the archive file as received. None for a folder and a single file, and where the archive is too large."""
        ...

    @property
    def files(self) -> Sequence[PackageFile]:
        """Every regular file, sorted by path."""
        ...

    @property
    def empty_directories(self) -> Sequence[str]: ...

    @property
    def findings(self) -> Sequence[Finding]:
        """What opening found. An ERROR among them means that the package must be rejected."""
        ...

    def local_path(self, file: PackageFile) -> str | None:
        """Where the file's bytes lie on this machine, for tools that want a file name; None if they do not."""
        ...

    def open(self, file: PackageFile) -> RawIOBase:
        """The file's bytes from the start, unbuffered. Raises Unavailable if it cannot be read or changed its kind or size."""
        ...

    def close(self) -> None:
        """Removes what opening unpacked."""
        ...
