"""What is known of file formats, whether anything of them is held or not."""

from collections.abc import Sequence
from typing import Protocol

from preservation.domain.registered_formats import RegisteredFormat


class FormatRegistry(Protocol):
    """PRONOM, as far as the data that are installed tell of it. Nothing is looked up elsewhere. Safe for threads."""

    @property
    def release(self) -> str:
        """What the data are of ("PRONOM V125")."""
        ...

    def format(self, puid: str) -> RegisteredFormat | None: ...

    def formats(self) -> Sequence[RegisteredFormat]:
        """Every format, in the order of PUIDs."""
        ...
