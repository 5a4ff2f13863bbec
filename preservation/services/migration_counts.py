"""What the journal of a work folder comes to, counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from preservation.ports.migrations import MigrationWork
from preservation.services.migration_entries import EntryOutcome, outcome_of, results_of


@dataclass(slots=True)
class Counted:
    """Files by outcome. `reasons` are codes with their counts; `bytes` and `tried_bytes` are of sources that were migrated,
    and of those that were tried.
    """

    migrated: int = 0
    failed: int = 0
    left: int = 0
    bytes: int = 0
    tried_bytes: int = 0
    result_bytes: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.migrated + self.failed + self.left

    def take(self, entry: Mapping[str, Any]) -> None:
        """Count one entry."""
        outcome = outcome_of(entry)
        if outcome is not EntryOutcome.LEFT:
            self.tried_bytes += entry["size"]
        match outcome:
            case EntryOutcome.MIGRATED:
                self.migrated += 1
                self.bytes += entry["size"]
                self.result_bytes += sum(one["size"] for one in results_of(entry))
                return
            case EntryOutcome.FAILED:
                self.failed += 1
            case EntryOutcome.LEFT:
                self.left += 1
        self.reasons[entry["code"]] = self.reasons.get(entry["code"], 0) + 1


def counted(work: MigrationWork) -> Counted:
    """All that is in the journal."""
    counts = Counted()
    for source in work.sources():
        counts.take(work.entry(source))
    return counts
