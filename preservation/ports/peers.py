"""Copies that other organisations keep."""

from typing import Protocol

from preservation.domain.challenges import ChallengeAnswer


class PeerClient(Protocol):
    """Asks one peer. Bounded in time."""

    def ask(self, aip: str, version: int, nonce: str) -> ChallengeAnswer | None:
        """The peer's answer to a challenge; None if it says that it does not hold that version of the AIP.

        Raises Unavailable where it gave no answer, or one that cannot be understood.
        """
        ...
