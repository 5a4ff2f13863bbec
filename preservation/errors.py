"""Every exception that this package raises on purpose.

    PreservationError
      WrongUse            the request or the settings make no sense: exit status 2
      NotHere             no such AIP, event, replica, collection
      Conflict            somebody else changed it first, or it already holds something else
        ImmutableConflict a key that is written once already holds other bytes
      Unavailable         could not find out: a store, a tool or the database did not answer: exit status 3
        ReplicaAway       the replica is not mounted, not reachable, or not the one that we know by this name
        DiskFull          no room was left
        Unsettled         it failed at its point of no return: recovery finds out whether it took place
      ForkedLedger        the database and a published checkpoint contradict each other; a person must look

An exception means that we could not do what was asked. A damaged file or an invalid package is not an
exception: it is a value (``domain.fixity``, ``domain.findings``).
"""


class PreservationError(Exception):
    """The root of the tree above."""


class WrongUse(PreservationError):
    """The request or the settings make no sense."""


class NotHere(PreservationError):
    """Nothing is known under this identifier."""


class Conflict(PreservationError):
    """The thing to be changed is no longer what the caller saw."""


class ImmutableConflict(Conflict):
    """A key that is written once already holds other bytes."""


class Unavailable(PreservationError):
    """We could not find out; trying again later may help."""


class ReplicaAway(Unavailable):
    """The replica is not mounted, not reachable, or not the one known by this name."""


class DiskFull(Unavailable):
    """No room was left on the device."""


class Unsettled(Unavailable):
    """It failed at its point of no return; recovery finds out whether it took place."""


class ForkedLedger(PreservationError):
    """What the database says contradicts a checkpoint that was already signed."""
