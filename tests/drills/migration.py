"""The migration drill: `python -m tests.drills.migration [--sources 500] [--files 10000] [--kills 50] [--seed 1] [--only a|b]`.

a   files of many formats go through plan, approval and run with this machine's tools; every result was identified again, examined
    and compared, as its document says; then three tools that do harm, of which nothing may be kept
b   a run over many files is killed again and again while two processes share it (migration_kills)
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from preservation import bootstrap
from preservation.bootstrap.migrations import (
    MigrationTools,
    migration_acts,
    migration_planning,
    migration_tools,
    run_plan,
)
from preservation.domain.examinations import Validity
from preservation.domain.format_rules import MigrationRule
from preservation.domain.migration_plans import ItemState, MigrationLimits, MigrationSelection
from preservation.services.migration_runs import RunReport
from preservation.settings import read_settings
from tests.drills.conversion_sabotage import Harm, Sabotaged, drops_the_text_layer, swaps_two_pages, truncates
from tests.drills.conversions import RECIPES, make_sources
from tests.drills.migration_kills import killed_run
from tests.homes import Quiet, TestHome, assert_sound, make_home, state
from tests.migration_kit import LAN, MINH
from tests.office_files import text_pdf

PER_PACKAGE = 50
# As what the results of each recipe are identified.
TARGETS: Mapping[str, str] = {
    "image-to-tiff": "fmt/353",
    "image-to-jp2": "x-fmt/392",
    "pdf-to-pdfa-2b": "fmt/477",
    "document-to-odt": "fmt/1756",
    "document-to-pdfa-2b": "fmt/477",
    "spreadsheet-to-xlsx": "fmt/214",
    "spreadsheet-to-ods": "fmt/1755",
    "presentation-to-pptx": "fmt/215",
    "presentation-to-odp": "fmt/1754",
    "presentation-to-pdfa-2b": "fmt/477",
    "audio-to-flac": "fmt/279",
    "video-to-ffv1": "fmt/569",
    "msg-to-eml": "fmt/950",
    "mbox-to-eml": "fmt/950",
    "text-to-utf8": "x-fmt/111",
}
HARMS: Mapping[str, Harm] = {
    "truncates": truncates,
    "swaps two pages": swaps_two_pages,
    "drops the text layer": drops_the_text_layer,
}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ManyFormats:
    """What came of files of many formats. `reasons` say why files were not migrated, by recipe and code."""

    files: int
    formats: int
    migrated: int
    seconds: float
    reasons: Mapping[str, int]
    problems: list[str]


def many_formats(place: Path, *, count: int, seed: int, say: Say) -> ManyFormats:
    """Make the files, take them in, migrate each by the recipe for its format, and judge what stands in the AIPs."""
    home = make_home(place / "home", identify=True)
    (place / "sources").mkdir(parents=True)
    made = make_sources(place / "sources", count, seed)
    say(f"{len(made)} files are made")
    packages = _packages(place, made)
    aips = [str(one["aip_id"]) for one in home.ingest(*packages)]
    begun = time.monotonic()
    reasons: Counter[str] = Counter()
    with bootstrap.serving(read_settings(home.root, {})) as repository, migration_tools(repository) as tools:
        rules = _rules(repository, aips)
        formats = len({puid for rule in rules for puid in rule.sources})
        say(f"{len(aips)} AIPs with {formats} formats are in")
        for rule in rules:
            report = _migrate(repository, tools, rule)
            table = repository.catalogue.migration_table()
            for item in table.items(table.plans(limit=1)[0].id, limit=1000):
                reasons.update({f"{rule.recipe} {code}": number for code, number in item.reasons.items()})
            say(f"{rule.recipe}: {report.files} migrated, {report.failed} failed, {report.left} left as they are")
        bootstrap.publish(repository)
    migrated, problems = _judge(home, aips)
    return ManyFormats(len(made), formats, migrated, time.monotonic() - begun, reasons, problems)


def _packages(place: Path, made: list[Path]) -> list[Path]:
    found: list[Path] = []
    for begin in range(0, len(made), PER_PACKAGE):
        folder = place / "packages" / f"{begin:05}"
        folder.mkdir(parents=True)
        for path in made[begin : begin + PER_PACKAGE]:
            path.rename(folder / path.name)
        found.append(folder)
    return found


def _rules(repository: bootstrap.Repository, aips: list[str]) -> list[MigrationRule]:
    """One for each recipe, with the formats that the files for it were identified as."""
    sources: dict[str, set[str]] = {}
    for aip in aips:
        for file in repository.catalogue.files(aip):
            recipe = RECIPES.get((file.original_path or "").rpartition(".")[2])
            if recipe is not None and file.format is not None and file.format.puid is not None:
                sources.setdefault(recipe, set()).add(file.format.puid)
    return [MigrationRule(one, frozenset(sources[one]), TARGETS[one], one) for one in sorted(sources)]


def _migrate(repository: bootstrap.Repository, tools: MigrationTools, rule: MigrationRule) -> RunReport:
    plan = migration_planning(repository, tools).plan(
        rule, MigrationSelection(), MigrationLimits(error_percent=100), by=LAN, sample=1, progress=Quiet()
    )
    acts = migration_acts(repository)
    acts.approve(plan.id, MINH)
    acts.start(plan.id, MINH)
    return run_plan(repository, tools, plan.id, Quiet())


def _judge(home: TestHome, aips: list[str]) -> tuple[int, list[str]]:
    """How many of the files that came in were migrated, and what is wrong with what the AIPs say of it."""
    problems: list[str] = []
    sources: set[tuple[str, str]] = set()
    for aip in aips:
        with home.catalogue() as catalogue:
            files = {file.logical_path: file for file in catalogue.files(aip)}
        held = state(home.object(aip))
        for path, data in held.items():
            if "/metadata/preservation/migration-" not in path:
                continue
            document = json.loads(data)
            for entry in document["files"]:
                if entry["outcome"] != "migrated":
                    continue
                if entry["source"].startswith("representations/rep1/"):
                    sources.add((aip, entry["source"]))
                results = [one for one in files.values() if one.source == entry["source"]]
                puids = {one.format.puid for one in results if one.format is not None}
                if not results or puids != {document["target"]}:
                    problems.append(f"{entry['source']}: the results are {puids}")
                problems += [f"{entry['source']}: {one}" for one in _missing(entry)]
    assert_sound(home)
    return len(sources), problems


def _missing(entry: Mapping[str, Any]) -> Iterator[str]:
    """What an entry of a document does not show of a file that was migrated."""
    if entry["comparison"]["sameness"] != "same" or not entry["comparison"]["measures"]:
        yield "nobody compared it"
    if any(one["after"]["validity"] == Validity.INVALID.value for one in entry["results"]):
        yield "a result is invalid"
    if not entry["commands"] or not entry["tools"]:
        yield "nobody says how it was made"


def sabotage(place: Path, *, count: int, say: Say) -> list[str]:
    """Each harm is done to `count` migrations of PDFs; what was kept all the same."""
    home = make_home(place / "sabotaged", identify=True)
    folder = place / "pdfs"
    folder.mkdir(parents=True)
    for number in range(count):
        text_pdf(folder / f"{number}.pdf", [[f"page {page} of file {number}", "archive"] for page in range(3)])
    aip = home.preserved(folder)
    problems: list[str] = []
    with bootstrap.serving(read_settings(home.root, {})) as repository, migration_tools(repository) as tools:
        puids = {file.format.puid for file in repository.catalogue.files(aip) if file.format and file.format.puid}
        rule = MigrationRule("pdfs", frozenset(puids), "fmt/477", "pdf-to-pdfa-2b")
        for name, harm in HARMS.items():
            harmed = replace(tools, converter=Sabotaged(tools.converter, harm))
            _migrate(repository, harmed, rule)
            item = repository.catalogue.migration_table().items_of(aip)[0]
            say(f"a tool that {name}: {item.done} kept, {dict(item.reasons)}")
            if item.state is not ItemState.UNCHANGED or item.failed != count:
                problems.append(f"a tool that {name}: {item.done} of {count} results were kept")
        kept = _migrate(repository, tools, rule)
        if kept.files != count:
            problems.append(f"the tool itself: {kept.files} of {count} files were migrated")
    return problems


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills.migration")
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--per-aip", type=int, default=100)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("a", "b"))
    chosen = parser.parse_args(arguments)
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix="migration-drill-") as folder:
        place = Path(folder)
        if chosen.only in (None, "a"):
            found = many_formats(place / "a", count=chosen.sources, seed=chosen.seed, say=_say)
            _say(
                f"a: {found.migrated} of {found.files} files of {found.formats} formats are migrated,"
                f" in {found.seconds:.0f} s; not: {dict(found.reasons)}"
            )
            problems += found.problems
            problems += sabotage(place / "a", count=10, say=_say)
        if chosen.only in (None, "b"):
            run = killed_run(
                place / "b",
                files=chosen.files,
                per_aip=chosen.per_aip,
                kills=chosen.kills,
                seed=chosen.seed,
                say=_say,
            )
            _say(
                f"b: {run.files} files in {run.aips} AIPs, killed {run.kills} times in {run.seconds:.0f} s,"
                f" {run.conversions} conversions begun"
            )
            problems += run.problems
            if run.kills < chosen.kills:
                problems.append(f"it was over after {run.kills} of {chosen.kills} kills")
    for one in problems:
        _say(f"PROBLEM {one}")
    _say("migration drill: " + ("FAILED" if problems else "passed"))
    return 1 if problems else 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
