"""Accounts: made, given and denied roles, disabled, reset. Each change is an event, in one transaction with it.

`by` is who asks; None is the console of the machine. Nobody raises their own rights, and nobody removes the last administrator.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from preservation.domain.account_names import folded
from preservation.domain.events import Json
from preservation.domain.ledger import EncodedEvent
from preservation.domain.passwords import normalised
from preservation.domain.people import (
    Account,
    AccountKind,
    AccountState,
    Actor,
    CollectionTree,
    Credentials,
    Grant,
    Role,
)
from preservation.domain.secrets import one_time_password
from preservation.errors import Conflict, NotHere, WrongUse
from preservation.ports import AccountTable, Catalogue, CatalogueTransaction, Clock, Minter, PasswordHasher
from preservation.services.people_events import PeopleEvents, grants_json
from preservation.services.people_rules import (
    check_grants,
    check_may_manage,
    check_not_oneself,
    check_somebody_remains,
    check_words,
)
from preservation.services.record_request import RecordRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What was made. `password` is shown once; None where the account has none."""

    account: Account
    password: str | None


@dataclass(frozen=True, slots=True)
class People:
    """The service. Raises NotAllowed, Conflict, NotHere or WrongUse where a change is refused; then nothing was changed."""

    catalogue: Catalogue
    table: AccountTable
    minter: Minter
    clock: Clock
    hasher: PasswordHasher
    events: PeopleEvents
    record: RecordRequest

    def all(self) -> Sequence[Account]:
        """Ordered by id."""
        return self.table.accounts()

    def find(self, id_or_name: str) -> Account:
        """NotHere if there is no such account."""
        found = self.table.account(id_or_name) or self.table.account_named(folded(id_or_name))
        if found is None:
            raise NotHere(f"there is no account {id_or_name[:80]}")
        return found

    def make(
        self,
        name: str,
        display_name: str,
        *,
        by: Actor | None,
        kind: AccountKind = AccountKind.PERSON,
        grants: Sequence[Grant] = (),
        email: str | None = None,
        subject: str | None = None,
    ) -> NewAccount:
        """Make an account. A person gets a one-time password, unless an identity provider vouches for them (`subject`)."""
        tree = self._tree()
        check_may_manage(by, tree)
        name = folded(name)
        check_words(name=name, display_name=display_name, email=email, subject=subject)
        check_grants(grants, tree)
        if kind is AccountKind.MACHINE and subject is not None:
            raise WrongUse("a machine does not sign in at an identity provider")
        account = Account(
            id=self.minter.urn(),
            name=name,
            kind=kind,
            display_name=display_name,
            state=AccountState.ACTIVE,
            created=self.clock.now(),
            grants=_ordered(grants),
            subject=subject,
            email=email,
        )
        password, credentials = None, None
        if kind is AccountKind.PERSON and subject is None:
            password, credentials = self._fresh_password(account)
        with self.catalogue.begin() as tx:
            tx.save_account(account)
            if credentials is not None:
                tx.save_credentials(credentials)
            tx.append_events([self.events.made(account, by=by)])
            self.record.ask(tx, None if by is None else by.account.id)
        return NewAccount(account=account, password=password)

    def make_first_administrator(self, name: str) -> NewAccount:
        """Somebody who can make everybody else. Conflict if there is an account already."""
        if self.table.accounts():
            raise Conflict("there are accounts already: an administrator makes more")
        return self.make(name, "Administrator", by=None, grants=[Grant(Role.ADMINISTRATOR)])

    def grant(self, account: str, grant: Grant, *, by: Actor | None) -> Account:
        """Give a role. Nothing is changed or recorded where it is held already."""
        tree = self._tree()
        check_may_manage(by, tree)
        check_grants([grant], tree)

        def change(held: Account) -> Account:
            check_not_oneself(by, held, "gives themselves a role")
            return replace(held, grants=_ordered([*held.grants, grant]))

        return self._change(account, change, "role granted", by=by, detail={"granted": grants_json([grant])})

    def revoke_grant(self, account: str, grant: Grant, *, by: Actor | None) -> Account:
        """Take a role away. NotHere if it is not held."""
        check_may_manage(by, self._tree())

        def change(held: Account) -> Account:
            if grant not in held.grants:
                raise NotHere(f"{held.name} does not have this role there")
            return replace(held, grants=tuple(one for one in held.grants if one != grant))

        return self._change(account, change, "role revoked", by=by, detail={"revoked": grants_json([grant])})

    def disable(self, account: str, *, by: Actor | None) -> Account:
        """Let nobody in by this account any more: its sessions end, its tokens rest."""
        check_may_manage(by, self._tree())

        def change(held: Account) -> Account:
            return replace(held, state=AccountState.DISABLED)

        def end_sessions(tx: CatalogueTransaction, held: Account) -> None:
            tx.end_sessions_of(held.id)

        return self._change(account, change, "account disabled", by=by, besides=end_sessions)

    def enable(self, account: str, *, by: Actor | None) -> Account:
        check_may_manage(by, self._tree())

        def change(held: Account) -> Account:
            check_not_oneself(by, held, "enables their own account")
            return replace(held, state=AccountState.ACTIVE)

        return self._change(account, change, "account enabled", by=by)

    def describe(
        self, account: str, *, by: Actor | None, display_name: str, email: str | None, subject: str | None
    ) -> Account:
        """Correct what is known of somebody, and by which identity they come in."""
        check_may_manage(by, self._tree())

        def change(held: Account) -> Account:
            check_words(name=held.name, display_name=display_name, email=email, subject=subject)
            if subject is not None and held.kind is AccountKind.MACHINE:
                raise WrongUse("a machine does not sign in at an identity provider")
            return replace(held, display_name=display_name, email=email, subject=subject)

        private: dict[str, Json] = {"display_name": display_name, "email": email, "subject": subject}
        return self._change(account, change, "account described", by=by, private=private)

    def reset(self, account: str, *, by: Actor | None) -> NewAccount:
        """A new one-time password, for somebody who forgot theirs or waits; every session of theirs ends."""
        check_may_manage(by, self._tree())
        held = self.find(account)
        if held.kind is not AccountKind.PERSON:
            raise WrongUse(f"{held.name} is a machine: it has tokens, and no password")
        check_not_oneself(by, held, "resets their own password")
        password, credentials = self._fresh_password(held)
        with self.catalogue.begin() as tx:
            tx.hold_credentials(held.id)
            tx.save_credentials(credentials)
            tx.end_sessions_of(held.id)
            tx.append_events([self.events.changed(held, "password reset", by=by)])
        return NewAccount(account=held, password=password)

    def _change(
        self,
        account: str,
        change: Callable[[Account], Account],
        act: str,
        *,
        by: Actor | None,
        detail: dict[str, Json] | None = None,
        private: dict[str, Json] | None = None,
        besides: Callable[[CatalogueTransaction, Account], None] | None = None,
    ) -> Account:
        """Change one account while nobody changes any: rules that look at all of them hold."""
        wanted = self.find(account).id
        with self.catalogue.begin() as tx:
            everybody = tx.hold_accounts()
            held = next(one for one in everybody if one.id == wanted)
            changed = change(held)
            if changed == held:
                return held
            check_somebody_remains(everybody, changed)
            tx.save_account(changed)
            if besides is not None:
                besides(tx, changed)
            tx.append_events([self._event(changed, act, by, detail, private)])
            self.record.ask(tx, None if by is None else by.account.id)
        return changed

    def _event(
        self,
        account: Account,
        act: str,
        by: Actor | None,
        detail: dict[str, Json] | None,
        private: dict[str, Json] | None,
    ) -> EncodedEvent:
        return self.events.changed(account, act, by=by, detail=detail, private=private)

    def _fresh_password(self, account: Account) -> tuple[str, Credentials]:
        password = one_time_password(self.minter.salt())
        encoded = self.hasher.hash(normalised(password))
        return password, Credentials(account=account.id, password=encoded, must_change=True, changed=self.clock.now())

    def _tree(self) -> CollectionTree:
        return CollectionTree((one.id, one.parent) for one in self.catalogue.collections())


def _ordered(grants: Sequence[Grant]) -> tuple[Grant, ...]:
    return tuple(sorted(set(grants), key=lambda one: (one.role.value, one.collection or "")))
