"""How long somebody has to wait before trying again. Waits end by themselves: no stranger locks anybody out for good.

NIST SP 800-63B-4, 3.2.2, would have a password disabled after 100 failures in a row. That would let a stranger disable
everybody's: instead the wait grows to a quarter of an hour, which leaves less than a hundred guesses a day.
"""

from datetime import datetime, timedelta

FREE_OF_ACCOUNT = 5
FREE_OF_ADDRESS = 20

_FIRST = timedelta(seconds=5)
_LONGEST_OF_ACCOUNT = timedelta(minutes=15)
_LONGEST_OF_ADDRESS = timedelta(minutes=5)
# As far apart as the clocks of several machines may be.
_APART = timedelta(minutes=1)


def wait_of_account(failures: int) -> timedelta:
    """After so many failures in a row at one account: nothing for the first few, then 5 s, doubled each time, to 15 minutes."""
    return _doubled(failures - FREE_OF_ACCOUNT, _LONGEST_OF_ACCOUNT)


def still_locked(until: datetime | None, now: datetime) -> timedelta:
    """How long an account has to wait still that was told to wait until then: nothing, or more.

    Nothing as well where that is further off than any wait is long: a clock that was ahead set it, and is right again.
    """
    left = timedelta(0) if until is None else until - now
    return left if timedelta(0) < left <= _LONGEST_OF_ACCOUNT + _APART else timedelta(0)


def wait_of_address(failures: int) -> timedelta:
    """After so many failures from one address, whatever the names: many people may share one, so it is more patient."""
    return _doubled(failures - FREE_OF_ADDRESS, _LONGEST_OF_ADDRESS)


def _doubled(beyond: int, longest: timedelta) -> timedelta:
    if beyond < 0:
        return timedelta(0)
    factor: int = 2 ** min(beyond, 20)
    return min(_FIRST * factor, longest)
