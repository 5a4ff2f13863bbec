"""The engines against public test corpora: the numbers that docs/format-identification.md gives."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fido import CONFIG_DIR
from fido.fido import Fido

from bench.corpus import make_mix
from bench.score_formats import Case, Score, cases, identify, puids, scores, seconded
from preservation.adapters.format_identification.fido import fido_identifier
from preservation.adapters.format_identification.fido_engine import FidoEngine
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.domain.formats import FormatIdentification

MISSES = Path(__file__).parents[2] / "docs" / "format-identification.md"


@pytest.fixture(scope="module")
def wanted(corpora: Path) -> Sequence[Case]:
    return list(cases(corpora))


@pytest.fixture(scope="module")
def by_siegfried(wanted: Sequence[Case]) -> Sequence[tuple[Case, FormatIdentification | str]]:
    return identify(siegfried_identifier(), wanted)


def skeletons(by_group: dict[str, Score]) -> Score:
    parts = [score for group, score in by_group.items() if group.startswith("format-id-skeleton")]
    return Score(
        sum(part.total for part in parts), sum(part.exact for part in parts), sum(part.contained for part in parts)
    )


@pytest.mark.corpora
def test_the_first_engine_knows_the_skeletons(
    by_siegfried: Sequence[tuple[Case, FormatIdentification | str]],
) -> None:
    score = skeletons(scores(by_siegfried))

    assert score.total == 1294
    assert score.exact >= 1274
    assert score.contained >= 1274


@pytest.mark.corpora
def test_every_miss_among_the_skeletons_is_in_the_documentation(
    by_siegfried: Sequence[tuple[Case, FormatIdentification | str]],
) -> None:
    documented = MISSES.read_text(encoding="utf-8")

    missed = [case.path.name for case, answer in by_siegfried if case.puid not in puids(answer)]

    assert 0 < len(missed) <= 20
    assert [name for name in missed if f"`{name}`" not in documented] == []


@pytest.mark.corpora
def test_the_first_engine_knows_the_real_files(
    by_siegfried: Sequence[tuple[Case, FormatIdentification | str]],
) -> None:
    score = scores(by_siegfried)["format-id-real truth-A"]

    assert score.total == 372
    assert score.exact / score.total >= 0.99


@pytest.mark.corpora
def test_the_second_engine_scores_as_documented(wanted: Sequence[Case]) -> None:
    by_group = scores(identify(fido_identifier(processes=2), wanted))

    assert by_group["format-id-skeleton container"] == Score(148, 57, 69)
    assert by_group["format-id-skeleton binary"] == Score(1146, 979, 993)
    assert by_group["format-id-real truth-A"] == Score(372, 367, 369)


@pytest.mark.corpora
def test_the_second_engine_scores_as_documented_with_the_signatures_of_a_droid_release(
    wanted: Sequence[Case], corpora: Path
) -> None:
    release = corpora / "pronom-signatures" / "droid"
    engine = fido_identifier(
        processes=2,
        droid=release / "DROID_SignatureFile_V122.xml",
        containers=release / "container-signature-20260119.xml",
    )

    by_group = scores(identify(engine, [case for case in wanted if "skeleton" in case.group]))

    assert by_group["format-id-skeleton container"] == Score(148, 80, 108)
    assert by_group["format-id-skeleton binary"] == Score(1146, 1139, 1140)


@pytest.mark.corpora
def test_asking_the_second_engine_about_what_is_doubtful_only_adds(
    by_siegfried: Sequence[tuple[Case, FormatIdentification | str]],
) -> None:
    found = seconded(by_siegfried, fido_identifier())

    alone = {case.path for case, answer in by_siegfried if case.puid in puids(answer)}
    together = {case.path for case, answer in found if case.puid in puids(answer)}
    assert alone < together


# FIDO leaves the files that it opened to the garbage collector.
unclosed = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


class Printed(Fido):  # type: ignore[misc]  # FIDO has no type hints
    """FIDO as it comes, its answers collected where it would print them."""

    def __init__(self) -> None:
        super().__init__(quiet=True, format_files=["formats-v109.xml", "format_extensions.xml"], conf_dir=CONFIG_DIR)
        self.handle_matches = self.collect
        self.answers: list[tuple[str, set[str]]] = []

    def collect(self, _name: str, matches: list[tuple[object, str]], _seconds: float, kind: str = "") -> None:
        self.answers.append((kind if matches else "", {self.get_puid(match) for match, _ in matches}))

    def examine(self, path: str) -> tuple[str, set[str]]:
        self.answers.clear()
        self.identify_file(path)
        (answer,) = self.answers
        return answer


def compared(paths: Sequence[str]) -> Iterator[tuple[tuple[str, set[str]], tuple[str, set[str]]]]:
    original, ours = Printed(), FidoEngine()
    for path in paths:
        kind, matches, _ = ours.examine(path)
        yield original.examine(path), (kind, {match.identifier for match in matches})


@unclosed
def test_preparing_fidos_signatures_changes_no_answer(tmp_path: Path) -> None:
    paths = [str(path) for path in make_mix(tmp_path, 40, seed=11)]

    assert all(theirs == ours for theirs, ours in compared(paths))


@unclosed
@pytest.mark.corpora
def test_preparing_fidos_signatures_changes_no_answer_on_the_corpora(wanted: Sequence[Case]) -> None:
    paths = [str(case.path) for case in wanted[::9]]

    differing = [path for path, (theirs, ours) in zip(paths, compared(paths), strict=True) if theirs != ours]

    assert len(paths) == 201
    assert differing == []
