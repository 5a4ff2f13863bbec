"""The examiner on collections made by others: no false alarm, what its validators reach, and an answer for everything."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.score_validation import BAD, GOOD, Scored, cases, epubcheck_jar, is_screened, score
from preservation.adapters.examination.examiner import FencedExaminer
from preservation.adapters.fence.system import SystemFence
from preservation.domain.content_kinds import Family
from preservation.domain.examinations import FileToExamine, Validity

pytestmark = [pytest.mark.corpora, pytest.mark.tools]

EVERY = {"EPUB": 12, "MKV": 4}
"""Programs are started for these, so that a spread has to do: `python -m bench.score_validation` judges all of them."""
OTHERS = 60


@pytest.fixture(scope="module")
def examiner() -> Iterator[FencedExaminer]:
    made = FencedExaminer(SystemFence(), epubcheck=epubcheck_jar())
    yield made
    made.close()


@pytest.fixture(scope="module")
def scored(corpora: Path, examiner: FencedExaminer) -> list[Scored]:
    seen: Counter[str] = Counter()
    chosen = []
    for case in cases(corpora):
        seen[case.kind] += 1
        if seen[case.kind] % EVERY.get(case.kind, 1) == 0:
            chosen.append(case)
    return score(chosen, examiner)


def words(scored: list[Scored], *kinds: str) -> Counter[str]:
    return Counter(one.word for one in scored if one.case.kind in kinds and one.case.expected in (*GOOD, *BAD))


def test_no_valid_file_is_called_invalid(scored: list[Scored]) -> None:
    alarms = [
        one.case.path.name for one in scored if one.case.expected in GOOD and one.found.validity is Validity.INVALID
    ]

    assert len(scored) > 100
    assert alarms == []


def test_every_file_gets_an_answer_and_no_process_ends_at_one(scored: list[Scored]) -> None:
    lost = {
        fault.code
        for one in scored
        for fault in one.found.faults
        if fault.code in ("TOOL-DIED", "TOOL-TIMED-OUT", "TOOL-FAILED")
    }

    assert lost == set()


def test_only_validators_of_whole_formats_say_valid(scored: list[Scored]) -> None:
    said = {one.found.tools[-1].name for one in scored if one.found.validity is Validity.VALID}

    assert said <= {"jpylyzer", "mediaconch", "epubcheck", "flac"}


@pytest.mark.parametrize(
    ("kinds", "share"),
    [
        (("JP2", "J2C", "JHC", "JPH"), 0.93),
        (("MKV",), 0.7),
        (("WAVE", "AIFF"), 0.94),
        (("GZIP",), 0.99),
        (("EPUB",), 0.5),
        (("ODF",), 0.75),
        (("PDF",), 0.6),
        (("WARC",), 0.55),
        (("TIFF", "GIF", "JPEG"), 0.6),
        (("HTML", "XML", "UTF8"), 0.99),
    ],
)
def test_a_kind_is_judged_right_for_this_share(scored: list[Scored], kinds: tuple[str, ...], share: float) -> None:
    found = words(scored, *kinds)

    assert found.total() > 0
    assert found["right"] >= share * found.total(), found


def test_the_screening_of_pdfa_fails_no_good_file_and_finds_most_broken_ones(scored: list[Scored]) -> None:
    screened = [one for one in scored if is_screened(one.case)]
    broken = [one for one in screened if one.case.expected == "pdfa-fail"]

    assert [one.case.path.name for one in screened if one.screening == "wrong"] == []
    assert sum(one.screening == "right" for one in broken) >= 0.75 * len(broken)
    assert all(one.found.validity is not Validity.VALID for one in screened)


def test_files_of_all_formats_get_an_answer_whatever_they_are_taken_for(
    corpora: Path, examiner: FencedExaminer
) -> None:
    """A spread of files, each examined as three things that most of them are not."""
    folders = [corpora / "format-id-real", corpora / "hostile-input"]
    found = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    spread = found[:: max(1, len(found) // OTHERS)]
    families = (Family.PDF, Family.OOXML, Family.RASTER, Family.OLE, Family.XML, Family.TEXT, Family.WARC, Family.EML)
    puids = {f"fmt/{9000 + number}": family for number, family in enumerate(families)}
    chosen = [
        FileToExamine(str(path), list(puids)[(place + turn) % len(families)])
        for place, path in enumerate(spread)
        for turn in range(3)
    ]
    forced = FencedExaminer(SystemFence(), overrides=puids)

    answers = forced.examine(chosen)
    forced.close()

    assert len(answers) == len(chosen) > 100
    assert not any(fault.code in ("TOOL-DIED", "TOOL-TIMED-OUT") for one in answers for fault in one.faults)
    assert not any(one.validity is Validity.VALID for one in answers)
