"""Coming in and going out: by name and password, by what an identity provider says; and the change of one's own password.

Whoever is refused learns nothing of why: an unknown name, a wrong password and a disabled account answer alike, after the same
work. Waits grow with failures, by account and by address. A browser in which the account signed in before is spared the waits
that others cause, so that nobody can keep somebody out by guessing badly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

from preservation.domain.account_names import folded, is_name
from preservation.domain.events import EventOutcome
from preservation.domain.findings import Finding, Severity
from preservation.domain.passwords import judge_password, normalised
from preservation.domain.people import Account, AccountKind, Actor, Credentials, ExternalIdentity
from preservation.domain.secrets import device_mark
from preservation.ports import AccountTable, Catalogue, Clock, Minter, PasswordHasher
from preservation.services.attempts import Attempts, Telling, address_block
from preservation.services.external_accounts import ExternalAccounts
from preservation.services.password_check import Checked, PasswordCheck
from preservation.services.people_events import PeopleEvents
from preservation.services.sessions import Presence, Sessions

_NOTHING = timedelta(0)
_REFUSED = "sign-in refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """`cookie` is the session's secret, `device` what the browser may keep to be known again (None: as it has it already)."""

    cookie: str
    device: str | None
    presence: Presence


@dataclass(frozen=True, slots=True)
class Refused:
    """Not let in. `wait`: how long until another attempt is looked at."""

    wait: timedelta = _NOTHING


@dataclass(frozen=True, slots=True)
class Unsuitable:
    """The new password cannot be taken; why."""

    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class SignIn:
    """The service. `addresses` and `strangers` count failures by address and by names that nobody has. One for a process."""

    catalogue: Catalogue
    table: AccountTable
    minter: Minter
    clock: Clock
    hasher: PasswordHasher
    sessions: Sessions
    check: PasswordCheck
    events: PeopleEvents
    external: ExternalAccounts
    addresses: Attempts
    strangers: Attempts
    telling: Telling
    context: Sequence[str]

    def sign_in(self, name: str, password: str, *, address: str, device: str | None = None) -> SignedIn | Refused:
        """By name and password. `address` is whence the request came, `device` what the browser kept."""
        block, now = address_block(address), self.clock.now()
        wait = self.addresses.remaining(block, now)
        if wait > _NOTHING:
            self._tell_refusal(None, "address waits", f"address {block}", address=address, name=name, wait=wait)
            return Refused(wait)
        known = folded(name)
        account = self.table.account_named(known) if is_name(known) else None
        if account is None or account.kind is not AccountKind.PERSON:
            return self._stranger(known, password, address=address)
        checked = self.check.check(account, password, device=device)
        if checked.wait > _NOTHING:
            self._tell_refusal(account, "account waits", account.id, address=address, name=None, wait=checked.wait)
            return Refused(checked.wait)
        if not checked.is_right or not account.is_active:
            self.addresses.failed(block, now)
            self._refuse(account, "wrong password" if account.is_active else "account disabled", address)
            return Refused()
        return self._let_in(account, checked, password, address, device)

    def sign_in_external(self, identity: ExternalIdentity, *, address: str) -> SignedIn | Refused:
        """By what the identity provider said. Whoever is new gets an account that may do nothing yet."""
        account = self.external.account_of(identity)
        if not account.is_active:
            self._refuse(account, "account disabled", address)
            return Refused()
        value, session = self.sessions.make(account)
        with self.catalogue.begin() as tx:
            tx.add_session(session)
            tx.append_events([self.events.signed_in(account, "signed in by an identity provider", address=address)])
        return SignedIn(cookie=value, device=None, presence=Presence(session, account, must_change=False))

    def sign_out(self, presence: Presence, *, everywhere: bool = False) -> None:
        """End this session, or every one of the account."""
        act = "signed out everywhere" if everywhere else "signed out"
        with self.catalogue.begin() as tx:
            if everywhere:
                tx.end_sessions_of(presence.account.id)
            else:
                tx.end_session(presence.session.digest)
            tx.append_events([self.events.changed(presence.account, act, by=presence.actor)])

    def change_password(
        self, presence: Presence, present: str, new: str, *, address: str, device: str | None = None
    ) -> SignedIn | Refused | Unsuitable:
        """Ends every session of the account and begins a fresh one: whoever had the old password is out."""
        account = presence.account
        checked = self.check.check(account, present, device=device)
        if checked.wait > _NOTHING:
            return Refused(checked.wait)
        if not checked.is_right:
            self._refuse(account, "wrong password at a change of it", address)
            return Refused()
        findings = self._judge(account, present, new)
        if findings:
            self._not_taken(presence.actor, checked, findings)
            return Unsuitable(findings)
        encoded = self.hasher.hash(normalised(new))
        value, session = self.sessions.make(account)
        with self.check.settled(checked) as settling:
            if settling is None:
                return Refused()
            tx, held = settling
            changed = replace(held, password=encoded, must_change=False, changed=self.clock.now())
            tx.save_credentials(changed)
            tx.end_sessions_of(account.id)
            tx.add_session(session)
            tx.append_events([self.events.changed(account, "password changed", by=presence.actor)])
        return self._signed_in(account, value, Presence(session, account, must_change=False), changed, None)

    def _let_in(
        self, account: Account, checked: Checked, password: str, address: str, device: str | None
    ) -> SignedIn | Refused:
        assert checked.credentials is not None  # noqa: S101 - it was right
        renewed = self.check.renewed(checked.credentials, password)
        value, session = self.sessions.make(account)
        with self.check.settled(checked) as settling:
            if settling is None:
                return Refused()
            tx, held = settling
            held = replace(held, password=renewed.password)
            tx.save_credentials(held)
            tx.add_session(session)
            tx.append_events([self.events.signed_in(account, "signed in", address=address)])
        return self._signed_in(account, value, Presence(session, account, held.must_change), held, device)

    def _signed_in(
        self, account: Account, value: str, presence: Presence, held: Credentials, device: str | None
    ) -> SignedIn:
        assert held.password is not None  # noqa: S101 - it was right, or was just set
        mark = device_mark(self.minter.salt(), held.password)
        return SignedIn(cookie=value, device=mark, presence=presence)

    def _stranger(self, name: str, password: str, *, address: str) -> Refused:
        """A name that nobody has waits like one that somebody has."""
        key, block, now = sha256(name.encode("utf-8", "replace")).hexdigest(), address_block(address), self.clock.now()
        wait = self.strangers.remaining(key, now)
        if wait > _NOTHING:
            self._tell_refusal(None, "name waits", f"address {block}", address=address, name=name, wait=wait)
            return Refused(wait)
        self.strangers.failed(key, now)
        self.addresses.failed(block, now)
        self.check.nobodys(password)
        self._tell_refusal(None, "unknown name", f"address {block}", address=address, name=name, wait=_NOTHING)
        return Refused()

    def _refuse(self, account: Account, reason: str, address: str) -> None:
        event = self.events.refused(account, _REFUSED, address=address, reason=reason)
        with self.catalogue.begin() as tx:
            tx.append_events([event])

    def _tell_refusal(
        self, account: Account | None, reason: str, key: str, *, address: str, name: str | None, wait: timedelta
    ) -> None:
        """What a stranger can cause without end is recorded once a minute; the rest is counted."""
        untold = self.telling.now(key, self.clock.now())
        if untold is None:
            return
        event = self.events.refused(
            account,
            _REFUSED,
            address=address,
            reason=reason,
            untold=untold,
            private={} if name is None else {"name": _recordable(name)},
            wait_seconds=int(wait.total_seconds()),
        )
        with self.catalogue.begin() as tx:
            tx.append_events([event])

    def _judge(self, account: Account, present: str, new: str) -> Sequence[Finding]:
        findings = judge_password(new, context=[account.name, account.display_name, account.email or "", *self.context])
        if not findings and normalised(new) == normalised(present):
            return [Finding("PASSWORD-UNCHANGED", Severity.ERROR, "password")]
        return findings

    def _not_taken(self, by: Actor, checked: Checked, findings: Sequence[Finding]) -> None:
        """The present password was right, so nothing of it is a failure; that it stays is recorded."""
        with self.check.settled(checked) as settling:
            if settling is not None and self.telling.now(f"password {by.account.id}", self.clock.now()) is not None:
                settling[0].append_events(
                    [
                        self.events.changed(
                            by.account,
                            "new password refused",
                            by=by,
                            detail={"codes": [one.code for one in findings]},
                            outcome=EventOutcome.FAILURE,
                        )
                    ]
                )


def _recordable(name: str) -> str:
    """A name as somebody typed it: cut, and without halves of characters, which JSON in UTF-8 cannot hold."""
    return name[:64].encode("utf-8", "replace").decode()
