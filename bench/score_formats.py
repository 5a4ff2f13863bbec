"""How well each engine identifies the public test corpora: `PRESERVATION_CORPORA=… python -m bench.score_formats`.

Prints one table: for each corpus and kind of file how many answers are exactly the PUID in the manifest (that PUID and no
other), and how many contain it. With `--misses ENGINE` it lists every file whose PUID that engine's answer does not contain.
"""

import argparse
import csv
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from preservation.adapters.format_identification.fido import fido_identifier
from preservation.adapters.format_identification.joined import JoinedIdentifier
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.domain.formats import FormatIdentification
from preservation.domain.policies import SecondOpinion
from preservation.ports import FormatIdentifier
from preservation.services.second_opinion import asks_about, preferred


@dataclass(frozen=True, slots=True)
class Case:
    """A file and the PUID that it should get. `group` is what it is counted under."""

    group: str
    path: Path
    puid: str
    notes: str


def cases(corpora: Path) -> Iterator[Case]:
    """Every file of the two corpora that has a PUID to be scored by."""
    for corpus in ("format-id-skeleton", "format-id-real"):
        with (corpora / corpus / "manifest.csv").open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                if row["expected"] != "puid" or not row["puid"]:
                    continue
                kind = row["kind"] if corpus == "format-id-skeleton" else row["codes"]
                yield Case(f"{corpus} {kind}", corpora / corpus / row["path"], row["puid"], row["notes"])


def puids(answer: FormatIdentification | str) -> tuple[str, ...]:
    """All PUIDs of an answer, the preferred one first."""
    if isinstance(answer, str):
        return ()
    return (*((answer.puid,) if answer.puid else ()), *answer.alternatives)


@dataclass(frozen=True, slots=True)
class Score:
    total: int
    exact: int
    contained: int


def scores(found: Sequence[tuple[Case, FormatIdentification | str]]) -> dict[str, Score]:
    """By group, in order of first appearance."""
    result: dict[str, Score] = {}
    for case, answer in found:
        before = result.get(case.group, Score(0, 0, 0))
        named = puids(answer)
        result[case.group] = Score(
            before.total + 1, before.exact + (named == (case.puid,)), before.contained + (case.puid in named)
        )
    return result


def identify(identifier: FormatIdentifier, wanted: Sequence[Case]) -> list[tuple[Case, FormatIdentification | str]]:
    try:
        return list(zip(wanted, identifier.identify([str(case.path) for case in wanted]), strict=True))
    finally:
        identifier.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", choices=("siegfried", "fido", "joined"), help="list this engine's misses")
    arguments = parser.parse_args()
    if "PRESERVATION_CORPORA" not in os.environ:
        sys.stderr.write("Set PRESERVATION_CORPORA to the folder of the corpora.\n")
        return 2
    wanted = list(cases(Path(os.environ["PRESERVATION_CORPORA"])))
    engines: dict[str, FormatIdentifier] = {
        "siegfried": siegfried_identifier(processes=2),
        "fido": fido_identifier(processes=2),
        "joined": JoinedIdentifier(
            siegfried_identifier(processes=2),
            fido_identifier(processes=2),
            asks_about=asks_about(SecondOpinion.DOUBTFUL),
            prefer=preferred,
        ),
    }
    if arguments.misses:
        for case, answer in identify(engines[arguments.misses], wanted):
            if case.puid not in puids(answer):
                said = answer if isinstance(answer, str) else f"{answer.basis} {answer.warning}"
                sys.stdout.write(
                    f"{case.group}\t{case.path.name}\t{case.puid}\t{puids(answer)}\t{said}\t{case.notes}\n"
                )
        return 0
    sys.stdout.write(f"{'engine':<10} {'corpus':<34} {'files':>6} {'exact':>6} {'%':>6} {'contained':>9} {'%':>6}\n")
    for name, identifier in engines.items():
        for group, score in scores(identify(identifier, wanted)).items():
            exact, contained = (100 * count / score.total for count in (score.exact, score.contained))
            sys.stdout.write(
                f"{name:<10} {group:<34} {score.total:>6} {score.exact:>6} {exact:>6.1f} "
                f"{score.contained:>9} {contained:>6.1f}\n"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
