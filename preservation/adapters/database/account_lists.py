"""Accounts, sessions and tokens, read. What a request is answered by is one query by one index."""

# Only this program's own constants are put into statements here.
# ruff: noqa: S608

from collections.abc import Sequence
from typing import Any, Final

from preservation.adapters.database.account_rows import (
    ACCOUNT,
    CREDENTIALS,
    SESSION,
    TOKEN,
    account_of,
    credentials_of,
    grant_of,
    listed,
    session_of,
    token_of,
)
from preservation.adapters.database.wire import Value, Wire
from preservation.domain.people import Account, ApiToken, Credentials, Grant, Session

_GRANT: Final = "account_grant.role, account_grant.collection"
_GRANTS: Final = "LEFT JOIN account_grant ON account_grant.account = account.id"
_ACCOUNTS: Final = f"SELECT {listed(ACCOUNT, 'account')}, {_GRANT} FROM account {_GRANTS}"
_SIGNED_IN: Final = (
    f"SELECT {listed(SESSION, 'session')}, coalesce(credentials.must_change, 0), {listed(ACCOUNT, 'account')}, {_GRANT}"
    f" FROM session JOIN account ON account.id = session.account {_GRANTS}"
    " LEFT JOIN credentials ON credentials.account = account.id WHERE session.digest = ?"
)
_BEARER: Final = (
    f"SELECT {listed(TOKEN, 'api_token')}, {listed(ACCOUNT, 'account')}, {_GRANT}"
    f" FROM api_token JOIN account ON account.id = api_token.account {_GRANTS} WHERE api_token.digest = ?"
)


def account(wire: Wire, column: str, value: str) -> Account | None:
    found = _accounts(wire, f"WHERE account.{column} = ?", value)
    return found[0] if found else None


def accounts(wire: Wire) -> Sequence[Account]:
    return _accounts(wire, "ORDER BY account.id")


def credentials(wire: Wire, account: str) -> Credentials | None:
    row = wire.one(f"SELECT {listed(CREDENTIALS)} FROM credentials WHERE account = ?", account)
    return None if row is None else credentials_of(row)


def session(wire: Wire, digest: bytes) -> Session | None:
    row = wire.one(f"SELECT {listed(SESSION)} FROM session WHERE digest = ?", digest)
    return None if row is None else session_of(row)


def signed_in(wire: Wire, digest: bytes) -> tuple[Session, Account, bool] | None:
    rows = wire.rows(_SIGNED_IN, digest)
    if not rows:
        return None
    width = len(SESSION)
    return session_of(rows[0][:width]), _account(rows, width + 1), bool(rows[0][width])


def token(wire: Wire, column: str, value: Value) -> ApiToken | None:
    row = wire.one(f"SELECT {listed(TOKEN)} FROM api_token WHERE {column} = ?", value)
    return None if row is None else token_of(row)


def tokens(wire: Wire, account: str) -> Sequence[ApiToken]:
    return [
        token_of(row)
        for row in wire.rows(f"SELECT {listed(TOKEN)} FROM api_token WHERE account = ? ORDER BY id", account)
    ]


def bearer(wire: Wire, digest: bytes) -> tuple[ApiToken, Account] | None:
    rows = wire.rows(_BEARER, digest)
    return (token_of(rows[0][: len(TOKEN)]), _account(rows, len(TOKEN))) if rows else None


def _accounts(wire: Wire, condition: str, *values: Value) -> list[Account]:
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for row in wire.rows(f"{_ACCOUNTS} {condition}", *values):
        grouped.setdefault(row[0], []).append(row)
    return [_account(rows, 0) for rows in grouped.values()]


def _account(rows: Sequence[Sequence[Any]], start: int) -> Account:
    """From the rows of one account, a row for each grant, whose account begins at a column."""
    end = start + len(ACCOUNT)
    grants: list[Grant] = [grant_of(row[end], row[end + 1]) for row in rows if row[end] is not None]
    return account_of(rows[0][start:end], grants)
