"""Format conversion, and the proof that a result says the same as its source."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from preservation.domain.conversions import Comparison, Converted, NotConverted, Recipe
from preservation.domain.examinations import FileToExamine
from preservation.domain.tools import ToolState


class Converter(Protocol):
    """Converts by recipe, fenced off. Safe to call from several threads."""

    def recipes(self) -> Sequence[Recipe]:
        """Every recipe that this program knows, whether its tools are here or not, by name."""
        ...

    def tools(self) -> Sequence[ToolState]:
        """The tools of all recipes and comparisons."""
        ...

    def convert(
        self, recipe: str, source: FileToExamine, folder: str, parameters: Mapping[str, str | int]
    ) -> Converted | NotConverted:
        """Convert one file into an empty folder. NotHere for an unknown recipe; Unavailable if a tool is not installed."""
        ...

    def compare(
        self, recipe: str, source: FileToExamine, results: Sequence[FileToExamine], bounds: Mapping[str, str | int]
    ) -> Comparison:
        """Compare by the recipe's way, by programs other than those that converted wherever there are some.

        `bounds` are tolerances by name; a recipe documents its own with their defaults. Unavailable if a tool is not installed.
        """
        ...
