"""Which paths a package may use, and which names deserve a warning."""

import unicodedata

import pytest

from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding, Severity
from preservation.domain.names import escape
from preservation.domain.package_paths import excess_reason, remark_on_names, remark_on_twins, unsafe_reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a/b", None),
        ("a..b/...", None),
        ("tài liệu", None),
        ("ab:c", None),
        ("", "EMPTY"),
        ("a\x00", "NUL"),
        ("/a", "ABSOLUTE"),
        ("\\a", "ABSOLUTE"),
        ("z:a", "ABSOLUTE"),
        ("..", "TRAVERSAL"),
        ("a/..", "TRAVERSAL"),
        ("a\\..\\b", "TRAVERSAL"),
    ],
)
def test_a_path_is_judged_as_posix_and_as_windows_would_read_it(path: str, reason: str | None) -> None:
    assert unsafe_reason(path) == reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("n" * 255, None),
        ("n" * 256, "NAME-TOO-LONG"),
        ("ệ" * 85, None),
        ("ệ" * 86, "NAME-TOO-LONG"),
        (escape(b"\xff" * 255), None),
        (escape(b"\xff" * 256), "NAME-TOO-LONG"),
        ("d/" * 300 + "x", "PATH-TOO-LONG"),
        ("d/" * 8, "TOO-DEEP"),
    ],
)
def test_lengths_are_those_of_the_original_bytes(path: str, reason: str | None) -> None:
    assert excess_reason(path, max_bytes=520, max_depth=8) == reason


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("plain/file.txt", None),
        ("console/auxiliary.txt", None),
        ("~", None),
        ("a\nb", "PKG-NAME-CONTROL"),
        ("a\x7f", "PKG-NAME-CONTROL"),
        ("CON", "PKG-NAME-WINDOWS"),
        ("x/aux.txt", "PKG-NAME-WINDOWS"),
        ("lpt9/x", "PKG-NAME-WINDOWS"),
        ("ends /x", "PKG-NAME-WINDOWS"),
        ("ends.", "PKG-NAME-WINDOWS"),
        ("what?", "PKG-NAME-WINDOWS"),
        ("a\\b", "PKG-NAME-WINDOWS"),
        (escape(b"\xff"), "PKG-NAME-NOT-UTF8"),
    ],
)
def test_names_that_travel_badly_are_warned_of_and_never_refused(path: str, code: str | None) -> None:
    notes = FindingLog()

    remark_on_names([path], notes)

    assert [finding.code for finding in notes.findings()] == ([code] if code else [])
    assert not notes.has_errors


def test_twins_by_normal_form_are_warned_of_and_by_case_told() -> None:
    notes = FindingLog()
    composed = unicodedata.normalize("NFC", "hồ sơ")

    remark_on_twins([composed, unicodedata.normalize("NFD", composed), "Case", "case", "other"], notes)

    assert [(finding.code, finding.severity) for finding in notes.findings()] == [
        ("PKG-NAME-TWINS", Severity.WARNING),
        ("PKG-NAME-CASE", Severity.INFO),
    ]


def test_a_log_keeps_the_first_of_each_code_and_counts_the_rest_as_gravely() -> None:
    notes = FindingLog(limit=2)
    for number in range(5):
        notes.warning("W", str(number))
    notes.error("W", "last")
    notes.add(Finding("E", Severity.INFO))

    assert [(finding.code, finding.severity) for finding in notes.findings()] == [
        ("W", Severity.WARNING),
        ("W", Severity.WARNING),
        ("E", Severity.INFO),
        ("FINDINGS-MORE", Severity.ERROR),
    ]
    assert notes.findings()[-1].values == {"of": "W", "count": "4"}
    assert notes.has_errors
