"""How well each engine identifies the public test corpora: `PRESERVATION_CORPORA=… python -m bench.score_formats`.

Prints one table: for each corpus and kind of file how many answers are exactly the PUID in the manifest (that PUID and no
other), and how many contain it. With `--misses ENGINE` it lists every file whose PUID that engine's answer does not contain.
"""

import argparse
import csv
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from preservation.adapters.format_identification.fido import fido_identifier
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.domain.formats import FormatIdentification
from preservation.domain.policies import SecondOpinion
from preservation.ports import FormatIdentifier
from preservation.services.second_opinion import Verdict, asks_about, judge

ENGINES = ("siegfried", "fido", "seconded")
Answer = FormatIdentification | str


@dataclass(frozen=True, slots=True)
class Case:
    """A file and the PUID that it should get. `group` is what it is counted under."""

    group: str
    path: Path
    puid: str
    notes: str


Scored = tuple[Case, Answer]


def cases(corpora: Path) -> Iterator[Case]:
    """Every file of the two corpora that has a PUID to be scored by."""
    for corpus in ("format-id-skeleton", "format-id-real"):
        with (corpora / corpus / "manifest.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row["expected"] != "puid" or not row["puid"]:
                    continue
                kind = row["kind"] if corpus == "format-id-skeleton" else row["codes"]
                yield Case(f"{corpus} {kind}", corpora / corpus / row["path"], row["puid"], row["notes"])


def puids(answer: Answer) -> tuple[str, ...]:
    """All PUIDs of an answer, the preferred one first."""
    if isinstance(answer, str):
        return ()
    return (*((answer.puid,) if answer.puid else ()), *answer.alternatives)


@dataclass(frozen=True, slots=True)
class Score:
    total: int
    exact: int
    contained: int


def scores(found: Sequence[Scored]) -> dict[str, Score]:
    """By group, in order of first appearance."""
    result: dict[str, Score] = {}
    for case, answer in found:
        before = result.get(case.group, Score(0, 0, 0))
        named = puids(answer)
        result[case.group] = Score(
            before.total + 1, before.exact + (named == (case.puid,)), before.contained + (case.puid in named)
        )
    return result


def identify(identifier: FormatIdentifier, wanted: Sequence[Case]) -> list[Scored]:
    try:
        return list(zip(wanted, identifier.identify([str(case.path) for case in wanted]), strict=True))
    finally:
        identifier.close()


def seconded(firsts: Sequence[Scored], second: FormatIdentifier) -> list[Scored]:
    """What is known of each file after second opinions about the doubtful ones, as `format review` takes them."""
    is_asked = asks_about(SecondOpinion.DOUBTFUL)
    again = [case for case, first in firsts if isinstance(first, str) or is_asked(first)]
    seconds = dict(identify(second, again))
    return [(case, _together(case, first, seconds.get(case))) for case, first in firsts]


def _together(case: Case, first: Answer, second: Answer | None) -> Answer:
    if second is None:
        return first
    verdict = judge(case.path.name, None if isinstance(first, str) else first, second).verdict
    return second if verdict is Verdict.SUPPLIED else first


def answers(engine: str, wanted: Sequence[Case]) -> list[Scored]:
    """Every case's answer from an engine, or from siegfried seconded by FIDO. Raises KeyError for another name."""
    if engine == "seconded":
        return seconded(answers("siegfried", wanted), fido_identifier(processes=2))
    identifiers: dict[str, Callable[..., FormatIdentifier]] = {
        "siegfried": siegfried_identifier,
        "fido": fido_identifier,
    }
    return identify(identifiers[engine](processes=2), wanted)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", choices=ENGINES, help="list this engine's misses")
    arguments = parser.parse_args()
    if "PRESERVATION_CORPORA" not in os.environ:
        sys.stderr.write("Set PRESERVATION_CORPORA to the folder of the corpora.\n")
        return 2
    wanted = list(cases(Path(os.environ["PRESERVATION_CORPORA"])))
    if arguments.misses:
        for case, answer in answers(arguments.misses, wanted):
            if case.puid not in puids(answer):
                said = answer if isinstance(answer, str) else f"{answer.basis} {answer.warning}"
                sys.stdout.write(
                    f"{case.group}\t{case.path.name}\t{case.puid}\t{puids(answer)}\t{said}\t{case.notes}\n"
                )
        return 0
    sys.stdout.write(f"{'engine':<10} {'corpus':<34} {'files':>6} {'exact':>6} {'%':>6} {'contained':>9} {'%':>6}\n")
    for name in ENGINES:
        for group, score in scores(answers(name, wanted)).items():
            exact, contained = (100 * count / score.total for count in (score.exact, score.contained))
            sys.stdout.write(
                f"{name:<10} {group:<34} {score.total:>6} {score.exact:>6} {exact:>6.1f} "
                f"{score.contained:>9} {contained:>6.1f}\n"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
