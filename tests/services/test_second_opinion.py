"""When a second engine is asked, and what its answer may change."""

import pytest

from preservation.domain.findings import Severity
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.messages_formats import MESSAGES
from preservation.domain.policies import SecondOpinion
from preservation.services.second_opinion import Verdict, asks_about, is_doubtful, judge


def said(
    puid: str | None, basis: Basis = Basis.BYTE, *alternatives: str, engine: str = "siegfried"
) -> FormatIdentification:
    return FormatIdentification(
        puid=puid,
        name="",
        version="",
        mime="",
        basis=basis,
        engine=engine,
        engine_version="1",
        signatures="PRONOM V1",
        alternatives=alternatives,
    )


def fido(puid: str | None, basis: Basis = Basis.BYTE, *alternatives: str) -> FormatIdentification:
    return said(puid, basis, *alternatives, engine="fido")


@pytest.mark.parametrize(
    ("answer", "doubtful"),
    [
        (said("fmt/1"), False),
        (said("fmt/1", Basis.CONTAINER), False),
        (said("fmt/1", Basis.TEXT), False),
        (said("fmt/1", Basis.EXTENSION), True),
        (said(None, Basis.NONE), True),
        (said("fmt/1", Basis.BYTE, "fmt/2"), True),
    ],
)
def test_nothing_an_extension_or_several_are_doubtful(answer: FormatIdentification, doubtful: bool) -> None:
    assert is_doubtful(answer) is doubtful
    assert asks_about(SecondOpinion.DOUBTFUL)(answer) is doubtful
    assert asks_about(SecondOpinion.ALWAYS)(answer)
    assert not asks_about(SecondOpinion.NEVER)(answer)


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (said("fmt/1"), fido("fmt/1"), Verdict.AGREED),
        (said("fmt/1", Basis.BYTE, "fmt/2"), fido("fmt/2"), Verdict.AGREED),
        (said("fmt/1"), fido("fmt/2", Basis.BYTE, "fmt/1"), Verdict.AGREED),
        (said("fmt/1", Basis.EXTENSION), fido("fmt/1", Basis.BYTE), Verdict.AGREED),
        (said("fmt/1"), fido("fmt/1", Basis.EXTENSION), Verdict.AGREED),
        (said("fmt/1"), fido("fmt/2", Basis.EXTENSION), Verdict.UNDECIDED),
        (said("fmt/1"), fido(None, Basis.NONE), Verdict.UNDECIDED),
        (said(None, Basis.NONE), fido("fmt/2", Basis.EXTENSION), Verdict.UNDECIDED),
        (said(None, Basis.NONE), fido(None, Basis.NONE), Verdict.UNDECIDED),
        (said("fmt/412", Basis.CONTAINER), fido("x-fmt/263", Basis.BYTE), Verdict.UNDECIDED),
    ],
)
def test_where_the_engines_do_not_contradict_each_other_there_is_no_finding(
    first: FormatIdentification, second: FormatIdentification, verdict: Verdict
) -> None:
    file = judge("a.doc", first, second)

    assert (file.verdict, file.finding) == (verdict, None)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (said("fmt/1"), fido("fmt/2")),
        (said("fmt/1", Basis.TEXT), fido("fmt/2")),
        (said("fmt/1", Basis.CONTAINER), fido("fmt/2", Basis.CONTAINER)),
        (said("fmt/1", Basis.BYTE, "fmt/3"), fido("fmt/2", Basis.BYTE, "fmt/4")),
    ],
)
def test_a_contradiction_is_a_finding_and_changes_neither_answer(
    first: FormatIdentification, second: FormatIdentification
) -> None:
    file = judge("a.doc", first, second)

    assert (file.first, file.second, file.verdict) == (first, second, Verdict.DISAGREED)
    assert file.finding is not None
    assert (file.finding.code, file.finding.severity, file.finding.path) == (
        "FORMAT-DISAGREEMENT",
        Severity.WARNING,
        "a.doc",
    )


@pytest.mark.parametrize("first", [None, said(None, Basis.NONE), said("fmt/9", Basis.EXTENSION)])
def test_content_seen_by_the_second_engine_is_told_where_the_first_had_only_a_name(
    first: FormatIdentification | None,
) -> None:
    file = judge("a.doc", first, fido("fmt/2"))

    assert file.verdict is Verdict.SUPPLIED
    assert file.finding is not None
    assert (file.finding.code, file.finding.severity) == ("FORMAT-SECOND-OPINION", Severity.INFO)


def test_an_engine_that_failed_contradicts_nobody() -> None:
    file = judge("a.doc", said("fmt/1"), "The engine hung.")

    assert (file.second, file.verdict, file.finding) == ("The engine hung.", Verdict.FAILED, None)


@pytest.mark.parametrize("second", [fido("fmt/2"), fido("fmt/3")])
def test_the_findings_have_sentences_in_both_languages(second: FormatIdentification) -> None:
    for first in (said("fmt/1"), said(None, Basis.NONE)):
        finding = judge("a.doc", first, second).finding

        assert finding is not None
        for sentence in MESSAGES[finding.code]:
            assert (second.puid or "") in sentence.format(**finding.values)
