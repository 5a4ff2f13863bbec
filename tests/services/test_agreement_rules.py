"""Each rule of a submission agreement, broken once: the finding names it, in two languages, and nothing else is said."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from preservation.adapters.packages.opening import open_package
from preservation.domain.agreements import FormatRule, SubmissionAgreement
from preservation.domain.findings import Finding, Severity
from preservation.domain.formats import FormatIdentification
from preservation.domain.messages import render
from preservation.domain.packages import PackageLimits
from preservation.services.agreement_rules import REVIEW, AgreementRules, broken_rules, left_to_archivist
from preservation.services.submission import Submission, examine
from tests.contracts.catalogue_builders import PDF, UNKNOWN
from tests.package_builders import write_files

FILES = {
    "objects/a.txt": b"aaaa",
    "objects/b.bin": b"b" * 100,
    "metadata/metadata.csv": b"filename,dc.title\nobjects,Ho so\n",
}


def agreement(**terms: Any) -> SubmissionAgreement:
    return SubmissionAgreement(id="a-1", title="t", collection="c", **terms)


def submission(folder: Path, files: Mapping[str, bytes] = FILES) -> Submission:
    reader = open_package(write_files(folder / "set", dict(files)), folder, PackageLimits())
    try:
        return examine(reader, PackageLimits())
    finally:
        reader.close()


@pytest.mark.parametrize(
    ("terms", "code", "rule"),
    [
        ({"package_types": frozenset({"bag"})}, "AGREEMENT-PACKAGE-TYPE", "package_types"),
        ({"max_files": 2}, "AGREEMENT-FILES", "max_files"),
        ({"max_bytes": 103}, "AGREEMENT-BYTES", "max_bytes"),
        ({"max_file_bytes": 99}, "AGREEMENT-FILE-BYTES", "max_file_bytes"),
        ({"required_metadata": frozenset({"date"})}, "AGREEMENT-METADATA", "required_metadata"),
    ],
)
def test_a_package_that_breaks_one_rule_is_told_which(tmp_path: Path, terms: Any, code: str, rule: str) -> None:
    (finding,) = AgreementRules(agreement(**terms)).of_package(submission(tmp_path))

    assert (finding.code, finding.severity) == (code, Severity.ERROR)
    for language, word in (("en", "rule"), ("vi", "quy tắc")):
        assert f"({word}: {rule})" in render(finding, language)
        assert "a-1" in render(finding, language)


def test_a_package_that_keeps_every_rule_is_told_nothing(tmp_path: Path) -> None:
    found = submission(tmp_path)
    exact = agreement(
        package_types=frozenset({found.package_type.value}),
        max_files=len(found.files),
        max_bytes=found.total_bytes,
        max_file_bytes=100,
        required_metadata=frozenset({"title"}),
        submitters=frozenset({"so-noi-vu"}),
    )

    assert broken_rules(exact, found) == ()
    assert list(AgreementRules(exact).of_submitter("so-noi-vu")) == []
    assert list(AgreementRules(exact).of_submitter(None)) == []


def test_every_rule_that_is_broken_is_told_at_once(tmp_path: Path) -> None:
    terms = {"package_types": frozenset({"bag"}), "max_files": 1, "max_bytes": 1, "max_file_bytes": 1}

    found = broken_rules(agreement(**terms), submission(tmp_path))

    assert len({one.code for one in found}) == 4


def test_a_rule_that_a_flood_of_files_breaks_is_told_as_often_as_somebody_reads(tmp_path: Path) -> None:
    many = {f"{number}.txt": b"xx" for number in range(700)}

    found = broken_rules(agreement(max_file_bytes=1), submission(tmp_path, many))

    assert len(found) == 501
    assert (found[-1].code, found[-1].values["count"]) == ("FINDINGS-MORE", "200")


@pytest.mark.parametrize(
    ("formats", "found", "expected"),
    [
        ({"formats": (("fmt/95", FormatRule.REFUSE),)}, PDF, "AGREEMENT-FORMAT-REFUSED"),
        # Any of the formats that it may be counts, the strictest rule of all.
        ({"formats": (("fmt/95", FormatRule.ACCEPT), ("fmt/476", FormatRule.REFUSE))}, PDF, "AGREEMENT-FORMAT-REFUSED"),
        ({"formats": (("fmt/354", FormatRule.REVIEW),)}, PDF, REVIEW),
        ({"other_formats": FormatRule.REVIEW}, PDF, REVIEW),
        ({"unknown_formats": FormatRule.REFUSE}, UNKNOWN, "AGREEMENT-FORMAT-REFUSED"),
        ({"unknown_formats": FormatRule.REVIEW}, None, REVIEW),
        ({"other_formats": FormatRule.REFUSE}, None, None),
        ({"formats": (("fmt/95", FormatRule.ACCEPT),)}, PDF, None),
    ],
)
def test_formats_are_accepted_refused_or_left_to_an_archivist(
    formats: Any, found: FormatIdentification | None, expected: str | None
) -> None:
    findings = list(AgreementRules(agreement(**formats)).of_formats([("a.pdf", found)]))

    assert [(one.code, one.path) for one in findings] == ([(expected, "a.pdf")] if expected else [])
    assert left_to_archivist(findings) == ({REVIEW} if expected == REVIEW else set())
    assert [one.is_error for one in findings if expected == REVIEW] in ([], [False])


def test_submitters_and_force_are_rules_too() -> None:
    rules = AgreementRules(agreement(active=False, submitters=frozenset({"so-noi-vu"})))

    found: list[Finding] = list(rules.of_submitter("somebody"))

    assert [one.code for one in found] == ["AGREEMENT-NOT-ACTIVE", "AGREEMENT-SUBMITTER"]
