"""Accounts as the repository's own AIP keeps them: who, and with which roles. No secret, and nothing of sessions or tokens."""

import json
from datetime import datetime

from preservation.domain.people import Account, AccountKind, AccountState, Grant, Role

ACCOUNTS_FILE = "accounts.json"


def account_value(account: Account) -> dict[str, object]:
    """One account for `accounts.json`. A collection is named by its id; null is everywhere."""
    return {
        "id": account.id,
        "name": account.name,
        "kind": account.kind.value,
        "display_name": account.display_name,
        "state": account.state.value,
        "created": account.created.isoformat(),
        "subject": account.subject,
        "email": account.email,
        "grants": [{"role": one.role.value, "collection": one.collection} for one in account.grants],
    }


def accounts_of(document: bytes) -> list[Account]:
    """The inverse, from the whole document. KeyError, TypeError or ValueError for one that this program did not write."""
    return [
        Account(
            id=one["id"],
            name=one["name"],
            kind=AccountKind(one["kind"]),
            display_name=one["display_name"],
            state=AccountState(one["state"]),
            created=datetime.fromisoformat(one["created"]),
            grants=tuple(Grant(Role(grant["role"]), grant["collection"]) for grant in one["grants"]),
            subject=one["subject"],
            email=one["email"],
        )
        for one in json.loads(document)
    ]
