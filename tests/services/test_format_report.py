"""The formats of folders, line by line, and what they mean for a package."""

from collections.abc import Iterator, Sequence

import pytest

from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.messages_formats import MESSAGES
from preservation.services.format_findings import findings_about
from preservation.services.format_report import BATCH, identify_tree

KNOWN = FormatIdentification(
    "fmt/1", "Broadcast WAVE", "0", "audio/x-wav", Basis.BYTE, "e", "2", "PRONOM V3", ("fmt/2",)
)


class Remembering:
    """Knows every file but those called `odd`, and remembers how many it was asked about at once."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def identify(self, paths: Sequence[str]) -> Sequence[FormatIdentification | str]:
        self.asked.append(len(paths))
        return ["It hung." if path.endswith("odd") else KNOWN for path in paths]

    def close(self) -> None: ...


def walk(path: bytes) -> Iterator[bytes | tuple[bytes, str]]:
    yield path + b"/a"
    yield path + b"/shut", "No entry."
    yield path + b"/odd"
    yield path + b"/\xff"


def test_every_file_gets_its_line_in_order_and_what_failed_says_why() -> None:
    lines = list(identify_tree([b"/x", b"/y"], Remembering(), walk=walk))

    assert [line["path"] for line in lines] == [
        f"/{top}/{name}" for top in "xy" for name in ("a", "shut", "odd", "\N{REPLACEMENT CHARACTER}FF")
    ]
    assert lines[0] == {
        "path": "/x/a",
        "puid": "fmt/1",
        "alternatives": ["fmt/2"],
        "name": "Broadcast WAVE",
        "mime": "audio/x-wav",
        "basis": "byte",
        "engine": "e 2 (PRONOM V3)",
        "warning": "",
    }
    assert [(line["puid"], line["warning"]) for line in lines[1:3]] == [(None, "No entry."), (None, "It hung.")]


def test_a_large_folder_is_asked_about_in_batches_and_reported_as_it_goes() -> None:
    identifier = Remembering()
    lines = identify_tree([b"/x"], identifier, walk=lambda path: (path + b"/%d" % n for n in range(2 * BATCH + 1)))

    next(lines)
    first = list(identifier.asked)
    rest = list(lines)

    assert first == [BATCH]
    assert identifier.asked == [BATCH, BATCH, 1]
    assert len(rest) == 2 * BATCH


def answer(puid: str | None, basis: Basis, *alternatives: str, warning: str = "") -> FormatIdentification:
    return FormatIdentification(puid, "", "", "", basis, "e", "1", "s", alternatives, warning)


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        (answer("fmt/1", Basis.BYTE), []),
        (answer("fmt/1", Basis.BYTE, warning="extension mismatch"), ["FORMAT-EXTENSION-MISMATCH"]),
        (answer("fmt/1", Basis.BYTE, "fmt/2"), ["FORMAT-SEVERAL"]),
        (answer("fmt/1", Basis.EXTENSION), ["FORMAT-BY-EXTENSION"]),
        (answer(None, Basis.EXTENSION, "fmt/1", "fmt/2"), ["FORMAT-SEVERAL"]),
        (answer(None, Basis.NONE), ["FORMAT-NOT-IDENTIFIED"]),
        ("It hung.", ["FORMAT-ENGINE-FAILED"]),
    ],
)
def test_an_answer_leads_to_findings_that_reject_nothing(given: FormatIdentification | str, codes: list[str]) -> None:
    findings = findings_about("a", given)

    assert [finding.code for finding in findings] == codes
    assert not any(finding.is_error for finding in findings)
    for finding in findings:
        english, vietnamese = (sentence.format(**finding.values) for sentence in MESSAGES[finding.code])
        assert english != vietnamese
