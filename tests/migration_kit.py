"""A converter of images that works in this process, and what breaks it on purpose: for tests of plans and runs, not of tools."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from preservation import bootstrap
from preservation.bootstrap.migrations import (
    MigrationTools,
    migration_acts,
    migration_planning,
    migration_revert,
    run_plan,
)
from preservation.domain.conversions import Comparison, Converted, Measure, NotConverted, Recipe, Sameness
from preservation.domain.examinations import Examination, FileToExamine, Kind, Property, Validity
from preservation.domain.format_rules import MigrationRule
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.migration_plans import (
    MigrationItem,
    MigrationLimits,
    MigrationPlan,
    MigrationSelection,
    Person,
)
from preservation.domain.tools import ToolDescription, ToolState
from preservation.errors import Unavailable
from preservation.services.migration_runs import RunReport
from preservation.settings import read_settings
from tests.homes import Quiet

BMP, PNG = "fmt/116", "fmt/11"
RULE = MigrationRule("bmp-to-png", frozenset({BMP}), PNG, "image-to-png")
PILLOW = ToolDescription("pillow", "1")
LAN, MINH = Person("lan"), Person("minh")


def a_bmp(path: Path, number: int, size: int = 4) -> Path:
    """An image whose pixels tell its number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (size, size), (number % 256, number // 256 % 256, number // 65536 % 256)).save(path, "BMP")
    return path


class PillowConverter:
    """ports.Converter: BMP to PNG. `breaks` may spoil a result after it was made; `before` is called before each conversion."""

    def __init__(
        self, breaks: Callable[[Path], None] | None = None, before: Callable[[FileToExamine], None] | None = None
    ) -> None:
        self._breaks = breaks
        self._before = before
        self.converted: list[str] = []

    def recipes(self) -> Sequence[Recipe]:
        return [
            Recipe("image-to-png", Kind.IMAGE, frozenset({BMP, "fmt/115"}), frozenset({PNG}), ".png", ("pillow",)),
            Recipe("absent", Kind.IMAGE, frozenset({BMP}), frozenset({PNG}), ".png", ("nowhere",)),
        ]

    def tools(self) -> Sequence[ToolState]:
        return [
            ToolState("pillow", "1", "", "images", "no images are migrated"),
            ToolState("nowhere", None, "nowhere-bin", "nothing", "nothing is lost"),
        ]

    def convert(
        self, recipe: str, source: FileToExamine, folder: str, parameters: Mapping[str, str | int]
    ) -> Converted | NotConverted:
        del recipe, parameters
        if self._before is not None:
            self._before(source)
        self.converted.append(source.path)
        data = Path(source.path).read_bytes()
        if data.endswith(b"encrypted"):
            return NotConverted("SOURCE-ENCRYPTED", "it says so", (PILLOW,))
        out = Path(folder) / "out.png"
        with Image.open(source.path) as image:
            image.save(out, "PNG")
        if self._breaks is not None:
            self._breaks(out)
        return Converted(("out.png",), ("pillow {in}/source {out}/out.png",), (PILLOW,))

    def compare(
        self, recipe: str, source: FileToExamine, results: Sequence[FileToExamine], bounds: Mapping[str, str | int]
    ) -> Comparison:
        del recipe, bounds
        (result,) = results
        try:
            with Image.open(source.path) as first, Image.open(result.path) as second:
                is_same = (
                    first.size == second.size and first.convert("RGB").tobytes() == second.convert("RGB").tobytes()
                )
        except OSError as error:
            return Comparison(Sameness.UNKNOWN, detail=type(error).__name__)
        measure = Measure("pixels", "a", "a" if is_same else "b", "equal", is_same)
        return Comparison(Sameness.SAME if is_same else Sameness.DIFFERENT, (measure,), (PILLOW,))


class PillowExaminer:
    """ports.Examiner: what can be read to its end is well-formed."""

    def examine(self, files: Sequence[FileToExamine]) -> Sequence[Examination]:
        return [self._one(file) for file in files]

    def tools(self) -> Sequence[ToolState]:
        return []

    def close(self) -> None: ...

    def _one(self, file: FileToExamine) -> Examination:
        try:
            with Image.open(file.path) as image:
                image.load()
                width = image.width
        except OSError:
            return Examination(Kind.IMAGE, Validity.INVALID, (PILLOW,))
        return Examination(Kind.IMAGE, Validity.WELL_FORMED, (PILLOW,), (Property("width", width, "pixels"),))


class MagicIdentifier:
    """ports.FormatIdentifier: by the first bytes."""

    def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
        return [self._one(Path(path).read_bytes()[:8]) for path in paths]

    def close(self) -> None: ...

    def _one(self, head: bytes) -> FormatIdentification:
        puid = BMP if head.startswith(b"BM") else PNG if head.startswith(b"\x89PNG") else None
        return FormatIdentification(puid, "image", "1", "image/x", Basis.BYTE, "magic", "1", "1")


def tools(converter: PillowConverter | None = None) -> MigrationTools:
    return MigrationTools(converter or PillowConverter(), PillowExaminer(), MagicIdentifier())


@dataclass(frozen=True, slots=True)
class Migrations:
    """Plans made, approved and run in an opened home; of one AIP where that is named."""

    repository: bootstrap.Repository
    tools: MigrationTools
    aip: str | None = None

    def plan(
        self,
        rule: MigrationRule = RULE,
        *,
        selection: MigrationSelection | None = None,
        limits: MigrationLimits | None = None,
        sample: int = 1,
        by_policy: bool = False,
    ) -> MigrationPlan:
        return migration_planning(self.repository, self.tools).plan(
            rule,
            selection or MigrationSelection(aip=self.aip),
            limits or MigrationLimits(),
            by=LAN,
            sample=sample,
            progress=Quiet(),
            by_policy=by_policy,
        )

    def item(self, plan: MigrationPlan, ordinal: int = 1) -> MigrationItem:
        """As it is now."""
        found = self.repository.catalogue.migration_table().item(plan.id, ordinal)
        assert found is not None
        return found

    def now(self, plan: MigrationPlan) -> MigrationPlan:
        """As it is now."""
        found = self.repository.catalogue.migration_table().plan(plan.id)
        assert found is not None
        return found

    def revert(self, aip: str) -> None:
        """By a person."""
        migration_revert(self.repository).revert(aip, LAN, Quiet())

    def started(self, rule: MigrationRule = RULE, limits: MigrationLimits | None = None) -> MigrationPlan:
        """Planned by one, approved by another, running."""
        plan = self.plan(rule, limits=limits)
        acts = migration_acts(self.repository)
        acts.approve(plan.id, MINH)
        return acts.start(plan.id, MINH)

    def run(self, plan: MigrationPlan) -> RunReport:
        return run_plan(self.repository, self.tools, plan.id, Quiet())

    def migrated(self, rule: MigrationRule = RULE) -> MigrationPlan:
        """Planned, approved and run to its end."""
        plan = self.started(rule)
        self.run(plan)
        return self.now(plan)

    def by(self, converter: PillowConverter) -> "Migrations":
        return replace(self, tools=tools(converter))


@contextmanager
def migrations(root: Path, aip: str | None = None, *, converter: PillowConverter | None = None) -> Iterator[Migrations]:
    """In a home, opened as a worker opens it."""
    with bootstrap.serving(read_settings(root, {})) as repository:
        yield Migrations(repository, tools(converter), aip)


def unavailable(_: FileToExamine) -> None:
    """A tool that does not answer."""
    raise Unavailable("the tool does not answer")


class Kill(BaseException):
    """What ends a process."""


def killed_after(count: int) -> PillowConverter:
    """A converter in a process that is killed once it has begun so many conversions."""
    seen = 0

    def kill(_: FileToExamine) -> None:
        nonlocal seen
        seen += 1
        if seen > count:
            raise Kill

    return PillowConverter(before=kill)


def many_bmps(folder: Path, count: int) -> Path:
    """A folder of so many images, each of its own."""
    for number in range(count):
        a_bmp(folder / f"{number:03}.bmp", number)
    return folder


def spoiled(path: Path) -> None:
    """What a tool leaves that was cut off."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
