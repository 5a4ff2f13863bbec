"""Every exception that this package raises on purpose.

    PreservationError
      WrongUse            the request or the settings make no sense: exit status 2
      NotAllowed          whoever asked may not do this, or is not who they say
      NotHere             no such AIP, event, replica, collection
        Deleted           somebody took it away in a store that keeps what is deleted: a delete marker stands over it
      Conflict            somebody else changed it first, or it already holds something else
        ImmutableConflict a key that is written once already holds other bytes
        Superseded        somebody else took the work on: what we know of it is no longer ours to record
      Unavailable         could not find out: a store, a tool or the database did not answer: exit status 3
        ReplicaAway       the replica is not mounted, not reachable, or not the one that we know by this name
        DiskFull          no room was left
        InUse             somebody else is at it: trying again once they are done is no second attempt
        Unsettled         it failed at its point of no return: recovery finds out whether it took place
      ForkedLedger        the database and a published checkpoint contradict each other; a person must look

An exception means that we could not do what was asked. A damaged file or an invalid package is not an
exception: it is a value (``domain.fixity``, ``domain.findings``).
"""

import errno

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class PreservationError(Exception):
    """The root of the tree above."""


class WrongUse(PreservationError):
    """The request or the settings make no sense."""


class NotAllowed(PreservationError):
    """Whoever asked may not do this, or is not who they say."""


class NotHere(PreservationError):
    """Nothing is known under this identifier."""


class Deleted(NotHere):
    """Somebody deleted it in a store that keeps what is deleted: its bytes may still be there, behind a delete marker."""


class Conflict(PreservationError):
    """The thing to be changed is no longer what the caller saw."""


class ImmutableConflict(Conflict):
    """A key that is written once already holds other bytes."""


class Superseded(Conflict):
    """Somebody else took the work on: what we know of it is no longer ours to record."""


class Unavailable(PreservationError):
    """We could not find out; trying again later may help."""


class ReplicaAway(Unavailable):
    """The replica is not mounted, not reachable, or not the one known by this name."""


class DiskFull(Unavailable):
    """No room was left on the device."""


class InUse(Unavailable):
    """Somebody else keeps the lock. How long they need says nothing about us: to wait for them is no attempt that failed."""


class Unsettled(Unavailable):
    """It failed at its point of no return; recovery finds out whether it took place."""


class ForkedLedger(PreservationError):
    """What the database says contradicts a checkpoint that was already signed."""


def could_not(what: str, error: OSError) -> Unavailable:
    """Ours for an error of the operating system, met at `what`: DiskFull where there was no room, Unavailable otherwise."""
    kind = DiskFull if error.errno in _NO_ROOM else Unavailable
    return kind(f"{what}: {error.strerror or type(error).__name__}")
