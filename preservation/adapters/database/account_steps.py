"""What a transaction does to accounts and their secrets."""

# Only this program's own constants are put into statements here.
# ruff: noqa: S608

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from preservation.adapters.database.account_lists import accounts
from preservation.adapters.database.account_rows import (
    ACCOUNT,
    CREDENTIALS,
    SESSION,
    TOKEN,
    account_row,
    credentials_of,
    credentials_row,
    grant_row,
    listed,
    session_row,
    token_row,
)
from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.wire import Wire
from preservation.domain.people import Account, ApiToken, Credentials, Session
from preservation.errors import Conflict, NotHere

_TAKEN: Final = "SELECT name FROM account WHERE id <> ? AND (name = ? OR subject = ?)"
_CREDENTIALS: Final = f"SELECT {listed(CREDENTIALS)} FROM credentials WHERE account = ?"


def save_account(wire: Wire, account: Account) -> None:
    taken = wire.one(_TAKEN, account.id, account.name, account.subject)
    if taken is not None:
        what = "name" if taken[0] == account.name else "identity at the provider"
        raise Conflict(f"another account has the {what}")
    wire.upsert("account", ACCOUNT[:1], ACCOUNT[1:], [account_row(account)])
    wire.run("DELETE FROM account_grant WHERE account = ?", account.id)
    wire.insert(
        "account_grant",
        ("account", "role", "collection"),
        [grant_row(account.id, grant) for grant in dict.fromkeys(account.grants)],
    )


def save_credentials(wire: Wire, credentials: Credentials) -> None:
    wire.upsert("credentials", CREDENTIALS[:1], CREDENTIALS[1:], [credentials_row(credentials)])


def hold_accounts(wire: Wire) -> Sequence[Account]:
    wire.lock("account")
    return accounts(wire)


def hold_credentials(wire: Wire, account: str) -> Credentials | None:
    row = wire.one(f"{_CREDENTIALS}{' FOR UPDATE' if wire.postgresql else ''}", account)
    return None if row is None else credentials_of(row)


def add_session(wire: Wire, session: Session) -> None:
    wire.insert("session", SESSION, [session_row(session)])


def end_session(wire: Wire, digest: bytes) -> None:
    wire.run("DELETE FROM session WHERE digest = ?", digest)


def end_sessions_of(wire: Wire, account: str, but: bytes | None) -> None:
    if but is None:
        wire.run("DELETE FROM session WHERE account = ?", account)
    else:
        wire.run("DELETE FROM session WHERE account = ? AND digest <> ?", account, but)


def add_token(wire: Wire, token: ApiToken) -> None:
    wire.insert("api_token", TOKEN, [token_row(token)])


def revoke_token(wire: Wire, id: str, at: datetime) -> None:
    """The first time counts: one that was revoked stays as it is."""
    changed = wire.run("UPDATE api_token SET revoked = coalesce(revoked, ?) WHERE id = ?", microseconds(at), id)
    if not changed:
        raise NotHere(f"there is no token {id}")
