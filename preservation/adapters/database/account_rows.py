"""Accounts, credentials, sessions and tokens as rows, and back."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from preservation.adapters.database.columns import instant, microseconds, optional_microseconds
from preservation.adapters.database.text import storable
from preservation.adapters.database.wire import Values
from preservation.domain.people import (
    Account,
    AccountKind,
    AccountState,
    ApiToken,
    Credentials,
    Grant,
    Role,
    Session,
)

ACCOUNT: Final = ("id", "name", "kind", "display_name", "state", "created", "subject", "email")
CREDENTIALS: Final = ("account", "password", "must_change", "failures", "locked_until", "changed")
SESSION: Final = ("digest", "account", "csrf", "created", "seen", "expires")
TOKEN: Final = ("id", "account", "name", "digest", "created", "expires", "used", "revoked", "grants")

Row = Sequence[Any]


def listed(columns: Iterable[str], table: str = "") -> str:
    """Columns as a statement names them."""
    prefix = f"{table}." if table else ""
    return ", ".join(prefix + column for column in columns)


def account_row(account: Account) -> Values:
    email = None if account.email is None else storable(account.email)
    return (
        account.id,
        account.name,
        account.kind.value,
        storable(account.display_name),
        account.state.value,
        microseconds(account.created),
        account.subject,
        email,
    )


def account_of(row: Row, grants: Iterable[Grant]) -> Account:
    identifier, name, kind, display_name, state, created, subject, email = row
    return Account(
        id=identifier,
        name=name,
        kind=AccountKind(kind),
        display_name=display_name,
        state=AccountState(state),
        created=instant(created),
        grants=tuple(sorted(grants, key=lambda one: (one.role.value, one.collection or ""))),
        subject=subject,
        email=email,
    )


def grant_row(account: str, grant: Grant) -> Values:
    return (account, grant.role.value, grant.collection or "")


def grant_of(role: str, collection: str) -> Grant:
    return Grant(Role(role), collection or None)


def credentials_row(credentials: Credentials) -> Values:
    return (
        credentials.account,
        credentials.password,
        int(credentials.must_change),
        credentials.failures,
        optional_microseconds(credentials.locked_until),
        optional_microseconds(credentials.changed),
    )


def credentials_of(row: Row) -> Credentials:
    account, password, must_change, failures, locked_until, changed = row
    return Credentials(
        account=account,
        password=password,
        must_change=bool(must_change),
        failures=failures,
        locked_until=None if locked_until is None else instant(locked_until),
        changed=None if changed is None else instant(changed),
    )


def session_row(session: Session) -> Values:
    return (
        session.digest,
        session.account,
        session.csrf,
        microseconds(session.created),
        microseconds(session.seen),
        microseconds(session.expires),
    )


def session_of(row: Row) -> Session:
    digest, account, csrf, created, seen, expires = row
    return Session(
        digest=bytes(digest),
        account=account,
        csrf=csrf,
        created=instant(created),
        seen=instant(seen),
        expires=instant(expires),
    )


def token_row(token: ApiToken) -> Values:
    return (
        token.id,
        token.account,
        storable(token.name),
        token.digest,
        microseconds(token.created),
        optional_microseconds(token.expires),
        optional_microseconds(token.used),
        optional_microseconds(token.revoked),
        None if token.grants is None else _grants_text(token.grants),
    )


def token_of(row: Row) -> ApiToken:
    identifier, account, name, digest, created, expires, used, revoked, grants = row
    return ApiToken(
        id=identifier,
        account=account,
        name=name,
        digest=bytes(digest),
        created=instant(created),
        expires=None if expires is None else instant(expires),
        used=None if used is None else instant(used),
        revoked=None if revoked is None else instant(revoked),
        grants=None if grants is None else tuple(Grant(Role(role), where) for role, where in json.loads(grants)),
    )


def _grants_text(grants: Iterable[Grant]) -> str:
    return json.dumps([[one.role.value, one.collection] for one in grants])
