"""What tests of conversions share: one file through one recipe, held against its source."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from preservation.adapters.conversion.converter import ToolConverter
from preservation.adapters.fence.system import SystemFence
from preservation.domain.conversions import Comparison, Converted, NotConverted, Sameness
from preservation.domain.examinations import FileToExamine
from preservation.ports.conversion import Converter
from tests.drills.conversion_sabotage import Harm


@dataclass(frozen=True, slots=True)
class Tried:
    """One conversion with its result and comparison; the results lie in `folder`."""

    converter: Converter
    recipe: str
    source: FileToExamine
    folder: Path
    made: Converted
    comparison: Comparison

    @property
    def result(self) -> Path:
        return self.folder / self.made.paths[0]

    def failed(self) -> list[str]:
        """Names of the measures that do not hold."""
        return [one.name for one in self.comparison.measures if not one.holds]

    def after(self, harm: Harm) -> Comparison:
        """The comparison once harm was done to a copy of the results."""
        place = self.folder.with_name(f"{self.folder.name}-{harm.__name__}")
        shutil.copytree(self.folder, place)
        harm(place / self.made.paths[0])
        return self._compared(place)

    def _compared(self, folder: Path) -> Comparison:
        results = [FileToExamine(str(folder / one), None) for one in self.made.paths]
        return self.converter.compare(self.recipe, self.source, results, {})


def new_converter() -> ToolConverter:
    return ToolConverter(SystemFence())


def tried(converter: Converter, recipe: str, path: Path, puid: str, **parameters: str | int) -> Tried:
    """Asserts that something was made."""
    source = FileToExamine(str(path), puid)
    folder = path.with_name(f"out-{recipe}-{path.name}")
    folder.mkdir()
    made = converter.convert(recipe, source, str(folder), parameters)
    assert isinstance(made, Converted), made
    results = [FileToExamine(str(folder / one), None) for one in made.paths]
    return Tried(converter, recipe, source, folder, made, converter.compare(recipe, source, results, {}))


def refused(converter: Converter, recipe: str, path: Path, puid: str) -> NotConverted:
    """Asserts that nothing was made, and that nobody fell over."""
    folder = path.with_name(f"refused-{recipe}-{path.name}")
    folder.mkdir()
    made = converter.convert(recipe, FileToExamine(str(path), puid), str(folder), {})
    assert isinstance(made, NotConverted), made
    return made


def is_same(one: Tried) -> bool:
    return one.comparison.sameness is Sameness.SAME
