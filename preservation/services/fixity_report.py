"""What a fixity run tells: numbers by outcome, and the problems one by one as far as a person would read them."""

from dataclasses import dataclass, field

from preservation.domain.fixity import Damaged, FixityResult, Missing, Unreadable
from preservation.domain.holdings import CopyState
from preservation.domain.names import escape

MOST_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class FoundProblem:
    """One file of a copy that was not intact. `outcome`: damaged, missing, deleted, unreadable; `reason`: why it stays so."""

    aip: str
    replica: str
    key: str
    outcome: str
    repaired: bool
    reason: str = ""


@dataclass(slots=True)
class FixityReport:
    """Copies by outcome as first found, before repair; `repaired` of the damaged and missing ones were made right.

    `passed_over` looked wrong while somebody worked on their AIP: the next run looks at them again. `unrepaired` says for each
    copy that stays wrong, (aip, replica, reason); `away` why a replica could not be checked to its end. `problems` are the first
    thousand; `problems_in_all` counts them.
    """

    checked: int = 0
    intact: int = 0
    damaged: int = 0
    missing: int = 0
    unreadable: int = 0
    repaired: int = 0
    passed_over: int = 0
    bytes: int = 0
    files: int = 0
    unrepaired: list[tuple[str, str, str]] = field(default_factory=list)
    away: dict[str, str] = field(default_factory=dict)
    problems: list[FoundProblem] = field(default_factory=list)
    problems_in_all: int = 0

    def count(self, state: CopyState) -> None:
        """Count one copy by what was found first."""
        self.checked += 1
        if state is CopyState.INTACT:
            self.intact += 1
        elif state is CopyState.DAMAGED:
            self.damaged += 1
        elif state is CopyState.MISSING:
            self.missing += 1
        else:
            self.unreadable += 1

    def add(self, problem: FoundProblem) -> None:
        """Tell of one problem."""
        self.problems_in_all += 1
        if len(self.problems) < MOST_SHOWN:
            self.problems.append(problem)


def word(result: FixityResult) -> str:
    """The outcome as events and reports call it; `deleted` is missing behind a delete marker, which is no loss of a medium."""
    if isinstance(result, Missing) and result.is_deleted:
        return "deleted"
    return type(result).__name__.lower()


def named(key: str) -> str:
    """A key as text that can be kept: what people put into a folder may have any name (`domain.names`)."""
    return escape(key.encode("utf-8", "surrogateescape"))


def reason(result: FixityResult) -> str:
    """What there is to say beyond the outcome: the digest that was found, or why it could not be read."""
    if isinstance(result, Damaged):
        return result.found
    return result.reason if isinstance(result, Unreadable) else ""
