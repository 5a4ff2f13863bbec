"""Conversion by recipe (ports.Converter)."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from preservation.adapters.conversion.bench import Bench, Refused, is_plain_file
from preservation.adapters.conversion.programs import Versions
from preservation.adapters.conversion.puids import suffixes
from preservation.adapters.conversion.recipes import Way, ways
from preservation.domain.conversions import Comparison, Converted, Measure, NotConverted, Recipe, Sameness
from preservation.domain.examinations import FileToExamine
from preservation.domain.tools import ToolState
from preservation.errors import NotHere, WrongUse, could_not
from preservation.ports.tools import ToolFence

_HERE: Final = Path(__file__).parent
# Files of ours that programs read beside the source.
_OURS: Final = {"registrymodifications.xcu": "soffice", "pdfa.ps": "gs"}
_MOST_RESULTS: Final = 10_000


class ToolConverter:
    """Programs run in `fence`. Safe to call from several threads."""

    def __init__(self, fence: ToolFence) -> None:
        self._fence = fence
        self._versions = Versions(fence)
        self._ways = ways()
        self._suffixes = suffixes()

    def recipes(self) -> Sequence[Recipe]:
        return [one.recipe for one in self._ways.values()]

    def tools(self) -> Sequence[ToolState]:
        return self._versions.states()

    def convert(
        self, recipe: str, source: FileToExamine, folder: str, parameters: Mapping[str, str | int]
    ) -> Converted | NotConverted:
        """As the port says. WrongUse for a parameter that the recipe has not, or that is of another type."""
        way = self._way(recipe)
        told = _parameters(way.recipe, parameters)
        refused = _refused(way.recipe, source)
        if refused is not None:
            return refused
        name = f"source{self._suffixes[source.puid or '']}"
        bench = Bench(self._fence, self._versions, {name: source.path, **self._ours(way.recipe)}, folder)
        try:
            results = way.convert(bench, name, told)
        except Refused as problem:
            return NotConverted(problem.code, problem.detail.replace(folder, "{out}"), bench.tools)
        missing = [one for one in results if not _is_result(Path(folder) / one)]
        if missing or not 1 <= len(results) <= _MOST_RESULTS:
            return NotConverted("TOOL-GAVE-NOTHING", ", ".join(missing[:5]), bench.tools)
        _tidy(Path(folder), set(results))
        return Converted(tuple(results), bench.commands, bench.tools)

    def compare(
        self,
        recipe: str,
        source: FileToExamine,
        results: Sequence[FileToExamine],
        bounds: Mapping[str, str | int],
    ) -> Comparison:
        """As the port says."""
        way = self._way(recipe)
        if not results or not os.path.getsize(source.path):
            return Comparison(Sameness.UNKNOWN, detail="nothing to compare")
        empty = [one.path for one in results if not os.path.getsize(one.path)]
        if empty:
            measure = Measure("results", "not empty", f"{len(empty)} empty", "not empty", holds=False)
            return Comparison(Sameness.DIFFERENT, (measure,))
        before = f"before{self._suffixes.get(source.puid or '', Path(source.path).suffix[:8])}"
        after = [f"after-{number:05d}{way.recipe.suffix}" for number in range(1, len(results) + 1)]
        inputs = {before: source.path, **dict(zip(after, (one.path for one in results), strict=True))}
        bench = Bench(self._fence, self._versions, {**inputs, **self._ours(way.recipe)}, None)
        return way.compare(bench, before, after, bounds)

    def _way(self, recipe: str) -> Way:
        way = self._ways.get(recipe)
        if way is None:
            raise NotHere(f"no recipe is called {recipe!r}; there are {', '.join(self._ways)}")
        return way

    def _ours(self, recipe: Recipe) -> dict[str, str]:
        return {name: str(_HERE / name) for name, tool in _OURS.items() if tool in recipe.tools}


def _parameters(recipe: Recipe, given: Mapping[str, str | int]) -> Mapping[str, str | int]:
    for name, value in given.items():
        if name not in recipe.parameters:
            raise WrongUse(f"{recipe.name} has no parameter {name!r}; it has {', '.join(recipe.parameters) or 'none'}")
        if type(value) is not type(recipe.parameters[name]):
            raise WrongUse(f"{recipe.name}: {name} = {value!r} is not allowed")
    return {**recipe.parameters, **given}


def _refused(recipe: Recipe, source: FileToExamine) -> NotConverted | None:
    """A file that the recipe does not take."""
    if source.puid not in recipe.sources:
        return NotConverted(
            "SOURCE-FORMAT", f"{source.puid or 'an unknown format'} is not among those that {recipe.name} takes"
        )
    try:
        size = os.path.getsize(source.path)
    except OSError as error:
        raise could_not("the source", error) from error
    return None if size else NotConverted("SOURCE-EMPTY", "it has no bytes")


def _is_result(path: Path) -> bool:
    """A file of its own, not a link that a hostile program left."""
    return is_plain_file(path) and path.stat().st_size > 0


def _tidy(folder: Path, results: set[str]) -> None:
    """What was made on the way is no result."""
    for one in folder.iterdir():
        if one.name not in results and (one.is_file() or one.is_symlink()):
            one.unlink()
