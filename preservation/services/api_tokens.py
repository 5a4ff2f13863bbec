"""Tokens: what machines, and people's own programs, show instead of a password. Shown once, kept as digests."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from preservation.domain.account_names import is_display_name
from preservation.domain.events import LinkedObject
from preservation.domain.people import (
    Account,
    AccountKind,
    Actor,
    ApiToken,
    CollectionTree,
    Grant,
    Right,
    may,
    narrowed,
)
from preservation.domain.secrets import TOKEN_PREFIX, digest_of, secret_text
from preservation.errors import NotAllowed, NotHere, Unavailable, WrongUse
from preservation.ports import AccountTable, Catalogue, Clock, Minter
from preservation.services.attempts import Telling, address_block
from preservation.services.people_events import PeopleEvents, grants_json

_USED_ANEW_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class NewToken:
    """`value` is shown once."""

    token: ApiToken
    value: str


@dataclass(frozen=True, slots=True)
class ApiTokens:
    """The service. Wrong tokens are not made to wait: 256 bits are not guessed. One for a process."""

    catalogue: Catalogue
    table: AccountTable
    minter: Minter
    clock: Clock
    events: PeopleEvents
    telling: Telling

    def of(self, account: str) -> Sequence[ApiToken]:
        return self.table.tokens(account)

    def make(
        self,
        account: Account,
        name: str,
        *,
        by: Actor | None,
        expires: datetime | None = None,
        grants: Sequence[Grant] | None = None,
    ) -> NewToken:
        """Make one for oneself, or as an administrator for a machine. `grants` narrow what it may do; None: all of the account.

        NotAllowed for a token of another person, or where a token asks for a token; WrongUse for grants that the account lacks.
        """
        self._check_may(by, account)
        now = self.clock.now()
        if not is_display_name(name):
            raise WrongUse("a token's name is printable text of 1 to 200 characters on one line")
        if expires is not None and expires <= now:
            raise WrongUse("a token must expire in the future")
        if not account.is_active:
            raise WrongUse(f"the account {account.name} is disabled")
        if grants is not None and set(narrowed(account.grants, grants, self._tree())) != set(grants):
            raise WrongUse("a token cannot have a role that its account does not have there")
        value = TOKEN_PREFIX + secret_text(self.minter.salt())
        digest = digest_of(value)
        assert digest is not None  # noqa: S101 - it was made just now
        token = ApiToken(
            id=self.minter.urn(),
            account=account.id,
            name=name,
            digest=digest,
            created=now,
            expires=expires,
            grants=None if grants is None else tuple(dict.fromkeys(grants)),
        )
        event = self.events.changed(
            account,
            "token made",
            by=by,
            detail={
                "grants": None if grants is None else grants_json(grants),
                "expires": None if expires is None else expires.isoformat(),
            },
            private={"name": name},
            objects=[LinkedObject(token.id, "token", role="outcome")],
        )
        with self.catalogue.begin() as tx:
            tx.add_token(token)
            tx.append_events([event])
        return NewToken(token, value)

    def revoke(self, id: str, *, by: Actor | None) -> ApiToken:
        """Let it open nothing any more. NotHere for one that is not there, or that is another's."""
        token = self.table.token_by_id(id)
        account = None if token is None else self.table.account(token.account)
        if token is None or account is None or not self._may(by, account, is_revoking=True):
            raise NotHere(f"there is no token {id[:80]}")
        if token.revoked is not None:
            return token
        now = self.clock.now()
        event = self.events.changed(
            account, "token revoked", by=by, objects=[LinkedObject(token.id, "token", role="outcome")]
        )
        with self.catalogue.begin() as tx:
            tx.revoke_token(token.id, at=now)
            tx.append_events([event])
        return replace(token, revoked=now)

    def bearer(self, value: str, *, address: str) -> Actor | None:
        """Who shows a token, with what it may do now; None for one that opens nothing."""
        now = self.clock.now()
        digest = digest_of(value) if value.startswith(TOKEN_PREFIX) else None
        found = None if digest is None else self.table.bearer(digest)
        if found is None:
            self._refuse(None, None, "unknown token", address, now)
            return None
        token, account = found
        reason = _fault(token, account, now)
        if reason is not None:
            self._refuse(account, token, reason, address, now)
            return None
        if token.used is None or now - token.used >= _USED_ANEW_AFTER:
            # A token opens what it opens, although that it was used cannot be noted now.
            with suppress(Unavailable):
                self.table.touch_token(token.id, used=now)
        grants = account.grants if token.grants is None else narrowed(account.grants, token.grants, self._tree())
        return Actor(account, grants, token.id)

    def _refuse(
        self, account: Account | None, token: ApiToken | None, reason: str, address: str, now: datetime
    ) -> None:
        untold = self.telling.now(f"token {address_block(address) if token is None else token.id}", now)
        if untold is None:
            return
        event = self.events.refused(account, "token refused", address=address, reason=reason, untold=untold)
        with self.catalogue.begin() as tx:
            tx.append_events([event])

    def _check_may(self, by: Actor | None, account: Account) -> None:
        if by is not None and by.token is not None:
            raise NotAllowed("a token makes no tokens: sign in")
        if not self._may(by, account):
            raise NotAllowed("a token is made by its own holder, or for a machine by an administrator")

    def _may(self, by: Actor | None, account: Account, *, is_revoking: bool = False) -> bool:
        """An administrator makes tokens for machines alone, so as not to act in somebody's name, and revokes anybody's."""
        if by is None or by.account.id == account.id:
            return True
        manages = may(by.grants, Right.MANAGE_PEOPLE, None, CollectionTree(()))
        return manages and (is_revoking or account.kind is AccountKind.MACHINE)

    def _tree(self) -> CollectionTree:
        return CollectionTree((one.id, one.parent) for one in self.catalogue.collections())


def _fault(token: ApiToken, account: Account, now: datetime) -> str | None:
    if token.revoked is not None:
        return "revoked token"
    if token.expires is not None and token.expires <= now:
        return "expired token"
    return None if account.is_active else "account disabled"
