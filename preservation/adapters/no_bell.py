"""ports.JobBell where there is no broker: workers look into the table of jobs by themselves."""

from collections.abc import Sequence

from preservation.domain.jobs import Job


class NoBell:
    """Nobody has to be told."""

    def ring(self, jobs: Sequence[Job]) -> None:
        """Nothing happens."""

    def close(self) -> None:
        """Nothing is open."""
