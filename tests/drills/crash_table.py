"""What a crash drill found, as a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.drills.crash_slot import Tried
from tests.drills.faults import Fault


@dataclass(slots=True)
class Row:
    """What came of one scenario with one kind of fault.

    `calls` are the points that there are, `run` those tried, `hit` those where the fault came to pass, `missed` where it did
    not. After `recovered` of them everything held. `nested` recoveries were killed themselves. `places` are the different
    changes (which call to which file) that the command makes, `struck` those of them that some fault has hit.
    """

    scenario: str
    fault: Fault
    calls: int
    places: frozenset[str] = frozenset()
    run: int = 0
    hit: int = 0
    recovered: int = 0
    nested: int = 0
    struck: set[str] = field(default_factory=set)
    violations: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)

    @property
    def missed(self) -> int:
        return len(self.misses)

    def add(self, name: str, tried: Tried) -> None:
        """Count what came of a point."""
        self.run += 1
        self.hit += tried.is_hit
        self.recovered += tried.is_recovered
        self.nested += tried.nested
        self.violations += tried.violations
        if tried.place in self.places:
            self.struck.add(tried.place)
        if not tried.is_hit:
            self.misses.append(f"{self.fault} at {name}: never reached")


_COLUMNS = ("calls", "run", "hit", "missed", "recovered", "in recovery", "violations", "places", "struck")


def table(rows: Sequence[Row]) -> str:
    """The rows as text, and their sums."""
    lines = [_line("scenario", "fault", _COLUMNS)]
    lines += [_line(row.scenario, row.fault, _values(row)) for row in rows]
    sums = [sum(values) for values in zip(*(_values(row) for row in rows), strict=True)]
    if sums:
        lines.append(_line("together", "", sums))
    return "\n".join(lines)


def _values(row: Row) -> tuple[int, ...]:
    return (
        row.calls,
        row.run,
        row.hit,
        row.missed,
        row.recovered,
        row.nested,
        len(row.violations),
        len(row.places),
        len(row.struck),
    )


def _line(scenario: str, fault: str, values: Sequence[object]) -> str:
    cells = (f"{value:>{max(len(name) + 2, 8)}}" for name, value in zip(_COLUMNS, values, strict=True))
    return f"{scenario:<22}{fault:<7}{''.join(cells)}"
