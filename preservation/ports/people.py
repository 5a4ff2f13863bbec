"""Accounts and their secrets, in the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from preservation.domain.people import Account, ApiToken, Credentials, ExternalIdentity, Session


class AccountTable(Protocol):
    """Reads of accounts, and the writes that no event is about. Each call is one transaction. Raises Unavailable.

    Accounts and grants are changed by `CatalogueTransaction.save_account`, in the transaction of the event.
    """

    def account(self, id: str) -> Account | None: ...

    def account_named(self, name: str) -> Account | None: ...

    def account_of_subject(self, subject: str) -> Account | None: ...

    def accounts(self) -> Sequence[Account]:
        """Ordered by id, with their grants."""
        ...

    def credentials(self, account: str) -> Credentials | None: ...

    def session(self, digest: bytes) -> Session | None: ...

    def signed_in(self, digest: bytes) -> tuple[Session, Account, bool] | None:
        """A session, its account, and whether the password must be changed first. One query."""
        ...

    def token(self, digest: bytes) -> ApiToken | None: ...

    def token_by_id(self, id: str) -> ApiToken | None: ...

    def tokens(self, account: str) -> Sequence[ApiToken]: ...

    def bearer(self, digest: bytes) -> tuple[ApiToken, Account] | None:
        """A token and its account, whatever state they are in. One query."""
        ...

    def touch_session(self, digest: bytes, *, seen: datetime, expires: datetime) -> None: ...

    def touch_token(self, id: str, *, used: datetime) -> None: ...

    def end_sessions(self, *, before: datetime) -> int:
        """Remove sessions that expired before; how many."""
        ...


class PasswordHasher(Protocol):
    """Makes of a password what may be kept. Slow on purpose; safe to call from several threads.

    Passwords are given as `domain.passwords.normalised` makes them. Raises Unavailable where too many wait already.
    """

    def hash(self, password: str) -> str: ...

    def verify(self, encoded: str | None, password: str) -> bool:
        """Whether this is the password. Without a hash the answer is no, after the same work as with one."""
        ...

    def is_current(self, encoded: str) -> bool:
        """Whether it was made with the present parameters; else it is made anew when the password is known next."""
        ...


class IdentityProvider(Protocol):
    """Signs people in by OpenID Connect (authorization code flow with PKCE). Unavailable if the provider does not answer."""

    def start(self, *, state: str, nonce: str, verifier: str) -> str:
        """The address to send the browser to. The three are fresh, unpredictable, and kept in that browser alone."""
        ...

    def finish(self, code: str, *, nonce: str, verifier: str) -> ExternalIdentity:
        """Who it is. NotAllowed where the provider's answer does not hold."""
        ...
