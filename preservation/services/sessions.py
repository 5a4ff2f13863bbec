"""Sessions in browsers: made at a sign-in, kept as digests, ended by time, by their holder, or with the account's rights."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from preservation.domain.people import Account, Actor, Session
from preservation.domain.secrets import digest_of, secret_text
from preservation.errors import Unavailable
from preservation.ports import AccountTable, Clock, Minter

# A session that was just seen is not written again: a page with twenty requests is one look.
_SEEN_ANEW_AFTER = timedelta(minutes=1)
# As far apart as the clocks of several machines may be.
_APART = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTimes:
    """How long nothing may be heard of a session, and how long it lasts at all (NIST SP 800-63B-4, 5.2)."""

    idle: timedelta = timedelta(hours=1)
    whole: timedelta = timedelta(hours=12)

    def end(self, created: datetime, seen: datetime) -> datetime:
        return min(created + self.whole, seen + self.idle)


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody at a browser. While the password must be changed they may do nothing else: the actor has no grants."""

    session: Session
    account: Account
    must_change: bool

    @property
    def actor(self) -> Actor:
        return Actor(self.account, () if self.must_change else self.account.grants)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes them, and finds who holds one."""

    table: AccountTable
    minter: Minter
    clock: Clock
    times: SessionTimes

    def make(self, account: Account) -> tuple[str, Session]:
        """What the browser keeps, and what is kept of it here; the caller adds it in its transaction."""
        now = self.clock.now()
        value = secret_text(self.minter.salt())
        digest = digest_of(value)
        assert digest is not None  # noqa: S101 - it was made just now
        session = Session(
            digest=digest,
            account=account.id,
            csrf=secret_text(self.minter.salt()),
            created=now,
            seen=now,
            expires=self.times.end(now, now),
        )
        return value, session

    def present(self, value: str) -> Presence | None:
        """Who holds it: None if there is no such session, if it is over, or if the account is disabled."""
        digest = digest_of(value)
        found = None if digest is None else self.table.signed_in(digest)
        if found is None:
            return None
        session, account, must_change = found
        now = self.clock.now()
        # Whatever was begun by a clock that was ahead would last by as much longer.
        if session.created - now > _APART:
            return None
        # Counted anew, so that a shorter time set since holds for sessions that were there.
        if not account.is_active or now >= min(session.expires, self.times.end(session.created, session.seen)):
            return None
        if now - session.seen >= _SEEN_ANEW_AFTER:
            # Where that cannot be noted, as on a full disk, one may still look at what is wrong.
            with suppress(Unavailable):
                self.table.touch_session(session.digest, seen=now, expires=self.times.end(session.created, now))
        return Presence(session, account, must_change)
