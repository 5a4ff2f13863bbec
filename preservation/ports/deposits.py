"""Where deposits lie while they come in."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from preservation.domain.drops import Landing


class UploadSink(Protocol):
    """An upload that is being continued, by one writer alone."""

    @property
    def offset(self) -> int:
        """How many bytes there are."""
        ...

    def write(self, data: bytes | memoryview) -> None:
        """Append. Raises DiskFull or Unavailable."""
        ...


class DepositSpace(Protocol):
    """A folder for each transfer. Names come from strangers; nothing is ever read or written outside of the space.

    Transfers and uploads are named by their ids. A place is relative to the space. Safe for threads and processes. Raises
    Unavailable or DiskFull.
    """

    def begin(self, transfer: str, upload: str) -> None:
        """An empty upload, durable."""
        ...

    def offset(self, transfer: str, upload: str) -> int:
        """How many bytes of an upload have arrived. NotHere if there is none under way."""
        ...

    def appending(self, transfer: str, upload: str) -> AbstractContextManager[UploadSink]:
        """Continue an upload: at the end of the block, however it is left, what was written is durable.

        Conflict while somebody else continues it, NotHere if there is none under way.
        """
        ...

    def chunks(self, transfer: str, upload: str) -> Iterator[bytes]:
        """The bytes of an upload from its start."""
        ...

    def finish(self, transfer: str, upload: str, name: str) -> str:
        """Give a complete upload its name as a package; its place. Doing it again answers the same. Durable.

        WrongUse for a name that cannot be a file's.
        """
        ...

    def landing(self, transfer: str) -> Landing:
        """Two folders on one file system, where a package comes to rest that does not come as an upload. `work` is empty."""
        ...

    def landed(self, transfer: str, name: str) -> str | None:
        """The place of a package that came to rest under its name, durable; None if it did not."""
        ...

    def free_bytes(self) -> int:
        """How much more the space can take."""
        ...

    def remove_upload(self, transfer: str, upload: str) -> None:
        """Away with an upload that is under way. Nothing happens if there is none."""
        ...

    def remove(self, transfer: str) -> None:
        """Away with everything of a transfer. Nothing happens if there is nothing."""
        ...

    def transfers(self) -> Iterator[str]:
        """The transfers that have something here."""
        ...

    def local_path(self, place: str) -> str:
        """Where a package lies on this machine."""
        ...
