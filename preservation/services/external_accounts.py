"""Accounts of those whom an identity provider vouches for: known beforehand, or made with no rights."""

from dataclasses import dataclass
from hashlib import sha256

from preservation.domain.account_names import folded, is_display_name, is_email, is_name
from preservation.domain.people import Account, AccountKind, AccountState, ExternalIdentity
from preservation.errors import Conflict
from preservation.ports import AccountTable, Catalogue, Clock, Minter
from preservation.services.people_events import PeopleEvents
from preservation.services.record_request import RecordRequest


@dataclass(frozen=True, slots=True)
class ExternalAccounts:
    """Only issuer and subject say who it is: a name or an address that the provider tells is never matched with an account."""

    catalogue: Catalogue
    table: AccountTable
    minter: Minter
    clock: Clock
    events: PeopleEvents
    record: RecordRequest

    def account_of(self, identity: ExternalIdentity) -> Account:
        """The account, made now if there is none."""
        known = self.table.account_of_subject(identity.key)
        if known is not None:
            return known
        try:
            return self._made(identity)
        except Conflict:
            # Somebody with two windows came in by both at once.
            known = self.table.account_of_subject(identity.key)
            if known is None:
                raise
            return known

    def _made(self, identity: ExternalIdentity) -> Account:
        with self.catalogue.begin() as tx:
            taken = {one.name for one in tx.hold_accounts()}
            name = self._name(identity, taken)
            display_name = identity.display_name or identity.name or name
            account = Account(
                id=self.minter.urn(),
                name=name,
                kind=AccountKind.PERSON,
                display_name=display_name if is_display_name(display_name) else name,
                state=AccountState.ACTIVE,
                created=self.clock.now(),
                subject=identity.key,
                email=identity.email if identity.email is not None and is_email(identity.email) else None,
            )
            tx.save_account(account)
            tx.append_events([self.events.made(account, by=None)])
            self.record.ask(tx, account.id)
        return account

    def _name(self, identity: ExternalIdentity, taken: set[str]) -> str:
        """What they are called at the provider if nobody has that name here, else a name that says nothing."""
        for wish in (identity.name, identity.email):
            name = folded(wish or "")
            if is_name(name) and name not in taken:
                return name
        return f"oidc-{sha256(identity.key.encode('utf-8', 'replace')).hexdigest()[:24]}"
