"""What a comparison inside the fence says: measures, one JSON document."""

import json
import sys
from collections.abc import Mapping

_MOST_TEXT = 300


class Unreadable(Exception):
    """One of the two sides cannot be read; the text says why."""


class Answer:
    """Collects measures. A bound is text for people: "equal", ">= 0.98", "told" for what is shown and never judged."""

    def __init__(self) -> None:
        self._measures: list[list[object]] = []
        self._detail = ""

    def equal(self, name: str, before: object, after: object) -> None:
        """Both must be the same."""
        self._add(name, before, after, "equal", holds=before == after)

    def at_least(self, name: str, before: object, after: float, bound: float) -> None:
        """`after` is a figure that must reach the bound."""
        # Truncated, never rounded up to the bound.
        self._add(name, before, f"{int(after * 10_000) / 10_000:g}", f">= {bound:g}", holds=after >= bound)

    def at_most(self, name: str, before: object, after: float, bound: float) -> None:
        self._add(name, before, f"{after:.6g}", f"<= {bound:g}", holds=after <= bound)

    def demanded(self, name: str, before: object, after: object, bound: str, *, holds: bool) -> None:
        """A demand in words."""
        self._add(name, before, after, bound, holds=holds)

    def told(self, name: str, before: object, after: object) -> None:
        self._add(name, before, after, "told", holds=True)

    def could_not(self, detail: str) -> None:
        """Nobody could compare."""
        self._detail = detail[:_MOST_TEXT]

    def print(self) -> None:
        json.dump({"measures": self._measures, "detail": self._detail}, sys.stdout)

    def _add(self, name: str, before: object, after: object, bound: str, *, holds: bool) -> None:
        self._measures.append([name, str(before)[:_MOST_TEXT], str(after)[:_MOST_TEXT], bound, bool(holds)])


def arguments() -> Mapping[str, object]:
    """The one argument."""
    given = json.loads(sys.argv[1])
    if not isinstance(given, dict):
        raise TypeError("not an object")
    return given


def number(bounds: object, name: str, default: float) -> float:
    """A bound by its name."""
    value = bounds.get(name, default) if isinstance(bounds, dict) else default
    return float(value)
