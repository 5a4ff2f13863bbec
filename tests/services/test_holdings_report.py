"""What is held, counted: by each way to group, since a time, within collections, before and after it is examined."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256, sha512
from pathlib import Path

import pytest

from preservation.adapters.database.catalogue import Catalogue, open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.domain.examinations import Examination, Kind, Property, Validity
from preservation.domain.filed_examinations import FiledExamination
from preservation.domain.format_rules import FormatRule, FormatRules, Risk
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.held_reports import Amounts, Grouping
from preservation.domain.holdings import AIPVersion, Collection, NewAIPVersion, StoredFile
from preservation.domain.registered_formats import RegisteredFormat
from preservation.services.holdings_report import HoldingsReport, total
from preservation.standards.examination_text import examination_of, found_json, found_text

OWN, NORTH, SOUTH = ("urn:uuid:01930000-0000-7000-8000-00000000000" + digit for digit in "123")
RULES = FormatRules({"fmt/1": FormatRule(risk=Risk.HIGH, reasons=("old",)), "fmt/2": FormatRule(risk=Risk.LOW)})


class TwoFormats:
    """A registry in which fmt/3 was put in the place of fmt/2."""

    release = "PRONOM V1"

    def format(self, puid: str) -> RegisteredFormat | None:
        return RegisteredFormat(puid, "Two", superseded_by=("fmt/3",)) if puid == "fmt/2" else None

    def formats(self) -> Sequence[RegisteredFormat]:
        return []


def identified(puid: str | None, warning: str = "") -> FormatIdentification:
    return FormatIdentification(puid, f"Name {puid}", "1", "", Basis.BYTE, "e", "1", "s", warning=warning)


def file(name: str, puid: str | None, modified: int | None = None, size: int = 10) -> StoredFile:
    seed = name.encode()
    return StoredFile(
        f"representations/rep1/data/{name}",
        f"v1/content/{name}",
        size,
        sha512(seed).digest(),
        sha256(seed).digest(),
        original_path=name,
        modified=modified,
        format=identified(puid) if puid != "-" else None,
    )


def year(of: int) -> int:
    return int(datetime(of, 6, 1, tzinfo=UTC).timestamp()) * 10**9


def record(
    catalogue: Catalogue, aip: str, number: int, collection: str, made: int, files: Sequence[StoredFile]
) -> None:
    digest = sha512(f"{aip} {number}".encode()).hexdigest()
    ours = StoredFile("METS.xml", "v1/content/METS.xml", 5, b"m" * 64, b"m" * 32, None, None, identified("fmt/101"))
    version = AIPVersion(aip, number, datetime(made, 3, 1, tzinfo=UTC), digest, len(files) + 1, 10)
    with catalogue.begin() as tx:
        tx.record_version(NewAIPVersion(version, collection, "A title", [*files, ours]))


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    upgrade(url)
    return filled(open_catalogue(url))


def filled(found: Catalogue) -> Catalogue:
    """With the repository's own record, and two AIPs in two collections, one of them in two versions."""
    with found.begin() as tx:
        for one, code in ((OWN, "own"), (NORTH, "north"), (SOUTH, "south")):
            tx.save_collection(Collection(one, code, code.title()))
    first, second = "urn:uuid:a", "urn:uuid:b"
    record(found, OWN, 1, OWN, 2020, [file("record.json", "fmt/817")])
    record(found, first, 1, NORTH, 2024, [file("a", "fmt/1", year(1999)), file("b", "fmt/2", year(1999), 20)])
    record(found, second, 1, SOUTH, 2025, [file("c", "fmt/1"), file("d", "-", 1 << 62)])
    later = [file("a", "fmt/1", year(1999)), file("b", "fmt/2", year(1999), 20), file("e", None, -(10**18))]
    record(found, first, 2, NORTH, 2026, later)
    return found


@pytest.fixture
def report(catalogue: Catalogue) -> HoldingsReport:
    return HoldingsReport(catalogue, OWN, RULES, TwoFormats())


def counted(report: HoldingsReport, grouping: Grouping, **chosen: object) -> Mapping[str, tuple[int, int, int]]:
    groups = report.groups(grouping, **chosen)  # type: ignore[arg-type]
    return {one.value: (one.amounts.files, one.amounts.bytes, one.amounts.aips) for one in groups}


def test_content_is_counted_by_format_and_our_own_documents_are_not(report: HoldingsReport) -> None:
    assert counted(report, Grouping.FORMAT) == {"fmt/1": (2, 20, 2), "fmt/2": (1, 20, 1), "": (2, 20, 2)}
    assert report.groups(Grouping.FORMAT)[0].label in ("Name fmt/1 1", "")
    assert total(report.groups(Grouping.FORMAT)) == (5, 60)


def test_risk_is_what_the_policy_says_and_unknown_where_it_says_nothing(report: HoldingsReport) -> None:
    assert counted(report, Grouping.RISK) == {"high": (2, 20, 2), "low": (1, 20, 1), "unknown": (2, 20, 2)}


def test_years_are_those_of_the_version_that_brought_a_file(report: HoldingsReport) -> None:
    assert counted(report, Grouping.YEAR) == {"2024": (2, 30, 1), "2025": (2, 20, 1), "2026": (1, 10, 1)}


def test_the_files_own_years_are_told_where_they_are_known(report: HoldingsReport) -> None:
    assert counted(report, Grouping.MODIFIED) == {
        "": (1, 10, 1),
        "1938": (1, 10, 1),
        "1999": (2, 30, 1),
        "2116": (1, 10, 1),
    }


def test_collections_go_by_their_names(report: HoldingsReport) -> None:
    groups = {one.label: one.amounts.files for one in report.groups(Grouping.COLLECTION)}

    assert groups == {"north North": 3, "south South": 2}


def test_a_report_is_kept_to_the_collections_that_are_named(report: HoldingsReport) -> None:
    assert counted(report, Grouping.FORMAT, collections=[SOUTH]) == {"fmt/1": (1, 10, 1), "": (1, 10, 1)}
    assert counted(report, Grouping.FORMAT, collections=[]) == {}
    assert counted(report, Grouping.RISK, collections=[NORTH]) == {
        "high": (1, 10, 1),
        "low": (1, 20, 1),
        "unknown": (1, 10, 1),
    }


def test_what_came_since_a_time_stands_beside_all_that_is_held(report: HoldingsReport) -> None:
    groups = report.groups(Grouping.FORMAT, since=datetime(2025, 1, 1, tzinfo=UTC))

    assert {one.value: one.amounts for one in groups} == {
        "fmt/1": Amounts(2, 20, 2, 1, 10),
        "fmt/2": Amounts(1, 20, 1, 0, 0),
        "": Amounts(2, 20, 2, 2, 20),
    }


def test_validity_and_kind_follow_the_newest_examination(catalogue: Catalogue, report: HoldingsReport) -> None:
    before = counted(report, Grouping.VALIDITY)
    one = Examination(Kind.PDF, Validity.INVALID)
    path = "representations/rep1/data/a"
    now = datetime(2026, 5, 1, tzinfo=UTC)
    with catalogue.begin() as tx:
        tx.save_examinations(
            "urn:uuid:a", 2, now, [FiledExamination(path, one.kind, one.validity, found_text(found_json(one)))]
        )

    assert before == {"": (5, 60, 2)}
    assert counted(report, Grouping.VALIDITY) == {"": (4, 50, 2), "invalid": (1, 10, 1)}
    assert counted(report, Grouping.KIND) == {"": (4, 50, 2), "pdf": (1, 10, 1)}
    assert catalogue.examination_table().validities("urn:uuid:a") == {path: Validity.INVALID}


def test_the_outlook_has_formats_at_risk_and_superseded_ones(report: HoldingsReport) -> None:
    found = report.outlook(datetime(2026, 7, 1, tzinfo=UTC))

    assert [(one.puid, one.risk, one.superseded_by, one.years, one.is_growing) for one in found] == [
        ("fmt/1", Risk.HIGH, (), {2024: 1, 2025: 1}, True),
        ("fmt/2", Risk.LOW, ("fmt/3",), {2024: 1}, False),
    ]
    assert found[0].reasons == ("old",)


def test_the_text_of_an_examination_says_what_was_found() -> None:
    one = Examination(Kind.IMAGE, Validity.VALID, (), (Property("width", 5, "pixels"), Property("colour", "grey\0")))

    again = examination_of("image", "valid", found_text(found_json(one)))

    assert again.value("width") == 5
    assert again.value("colour") == "grey\N{REPLACEMENT CHARACTER}"


def test_an_immense_number_and_immense_texts_are_kept_within_bounds() -> None:
    many = tuple(Property(f"p{at}", "\x01" * 100_000, "u") for at in range(1000))
    one = Examination(Kind.OTHER, Validity.UNKNOWN, (), (Property("count", 1 << 80), *many))

    text = found_text(found_json(one))

    assert len(text) < 1 << 20
    assert examination_of("other", "unknown", text).value("count") == str(1 << 80)
