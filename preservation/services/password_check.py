"""Whether a password is the right one: counted before it is compared, so that many guesses at once are many guesses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from preservation.domain.passwords import fits, normalised
from preservation.domain.people import Account, Credentials
from preservation.domain.secrets import is_device_mark
from preservation.domain.throttling import still_locked, wait_of_account
from preservation.errors import Unavailable
from preservation.ports import AccountTable, Catalogue, CatalogueTransaction, Clock, PasswordHasher
from preservation.services.attempts import Attempts

# A password that was made up for somebody and never changed is worth nothing after a while.
ONE_TIME_DAYS = 7


@dataclass(frozen=True, slots=True)
class Checked:
    """`wait` is how long to wait, where nothing was compared at all. `credentials` are as they were before."""

    is_right: bool
    wait: timedelta = timedelta(0)
    credentials: Credentials | None = None


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Compares passwords with what is kept of them."""

    catalogue: Catalogue
    table: AccountTable
    clock: Clock
    hasher: PasswordHasher
    devices: Attempts

    def nobodys(self, password: str) -> None:
        """The work of a check, for a name that nobody has: how long an answer takes tells nothing."""
        self.hasher.verify(None, normalised(password) if fits(password) else "")

    def check(self, account: Account, password: str, *, device: str | None) -> Checked:
        """Compare, after counting a failure; `settled` takes it back in the transaction of what follows from a right one."""
        held, wait = self._counted(account, device)
        if wait > timedelta(0):
            return Checked(is_right=False, wait=wait)
        encoded = None if held is None else held.password
        try:
            is_right = self.hasher.verify(encoded, normalised(password) if fits(password) else "") and fits(password)
        except Unavailable:
            self._uncounted(held)
            raise
        if device is not None and encoded is not None and is_device_mark(device, encoded):
            (self.devices.succeeded(device) if is_right else self.devices.failed(device, self.clock.now()))
        if is_right and held is not None and self._is_stale(held):
            is_right = False
        return Checked(is_right=is_right, credentials=held)

    @contextmanager
    def settled(self, checked: Checked) -> Iterator[tuple[CatalogueTransaction, Credentials] | None]:
        """A transaction in which nobody failed: None where the password was changed while it was being compared."""
        before = checked.credentials
        with self.catalogue.begin() as tx:
            held = None if before is None else tx.hold_credentials(before.account)
            if before is None or held is None or held.password != before.password:
                yield None
                return
            cleared = replace(held, failures=0, locked_until=None)
            tx.save_credentials(cleared)
            yield tx, cleared

    def renewed(self, credentials: Credentials, password: str) -> Credentials:
        """Hashed anew, where the hash is of parameters that are no longer the present ones."""
        if credentials.password is None or self.hasher.is_current(credentials.password):
            return credentials
        return replace(credentials, password=self.hasher.hash(normalised(password)))

    def _counted(self, account: Account, device: str | None) -> tuple[Credentials | None, timedelta]:
        now = self.clock.now()
        with self.catalogue.begin() as tx:
            held = tx.hold_credentials(account.id)
            if held is None:
                return None, timedelta(0)
            left = still_locked(held.locked_until, now)
            if left > timedelta(0) and not self._is_known(held, device, now):
                return held, left
            failures = held.failures + 1
            wait = wait_of_account(failures)
            tx.save_credentials(replace(held, failures=failures, locked_until=now + wait if wait else None))
        return held, timedelta(0)

    def _uncounted(self, before: Credentials | None) -> None:
        """Nothing was compared, so nothing failed: where many sign in at once, nobody has to wait for that."""
        if before is None:
            return
        with self.catalogue.begin() as tx:
            held = tx.hold_credentials(before.account)
            if held is not None and held.password == before.password and held.failures > 0:
                until = before.locked_until if held.failures == before.failures + 1 else held.locked_until
                tx.save_credentials(replace(held, failures=held.failures - 1, locked_until=until))

    def _is_known(self, held: Credentials, device: str | None, now: datetime) -> bool:
        """Whether the browser is one in which this account signed in before: strangers' failures do not hold it up."""
        if device is None or held.password is None or not is_device_mark(device, held.password):
            return False
        return self.devices.remaining(device, now) == timedelta(0)

    def _is_stale(self, held: Credentials) -> bool:
        if not held.must_change or held.changed is None:
            return False
        return self.clock.now() - held.changed > timedelta(days=ONE_TIME_DAYS)
