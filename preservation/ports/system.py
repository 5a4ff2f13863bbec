"""Time, identifiers, signatures, progress."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...


class Minter(Protocol):
    """Makes what must be new. Safe to call from several threads."""

    def urn(self) -> str:
        """A fresh `urn:uuid:` of version 7 (RFC 9562): later ones sort after earlier ones."""
        ...

    def salt(self) -> bytes:
        """32 unpredictable bytes."""
        ...


class Signer(Protocol):
    """Holds one Ed25519 key (RFC 8032)."""

    @property
    def public_key(self) -> bytes:
        """The raw public key, 32 bytes."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes."""
        ...


class Progress(Protocol):
    """Told how far long work has come. Called often, so it must be cheap; from any thread."""

    def begin(self, label: str, total: int | None) -> None: ...

    def advance(self, amount: int) -> None: ...

    def end(self) -> None: ...


class Locks(Protocol):
    """Locks by name that keep processes apart, on whatever machines. One ends with the process that holds it, however that ends.

    On a server that is far away it may end sooner, without its holder's knowledge: what must not be done twice is guarded
    by a token in the database as well. Safe to call from several threads; not reentrant.
    """

    def hold(self, name: str, *, seconds: float, shared: bool = False) -> AbstractContextManager[None]:
        """Hold it for the block, waiting up to so many seconds. Several may share it; then nobody has it alone.

        InUse if somebody else keeps it longer, Unavailable if that cannot be found out.
        """
        ...

    def try_hold(self, name: str) -> AbstractContextManager[bool]:
        """Hold it for the block if it is free; whether it was."""
        ...
