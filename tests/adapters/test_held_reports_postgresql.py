"""Reports and examinations on PostgreSQL: the same claims as of SQLite."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from preservation.adapters.database.catalogue import Catalogue, open_catalogue
from preservation.domain.examinations import Examination, Kind, Validity
from preservation.domain.filed_examinations import FiledExamination, VirusRecord
from preservation.standards.examination_text import found_json, found_text
from tests.postgresql_server import postgresql_server, postgresql_url
from tests.services.test_holdings_report import (
    OWN,
    filled,
    report,
    test_a_report_is_kept_to_the_collections_that_are_named,
    test_collections_go_by_their_names,
    test_content_is_counted_by_format_and_our_own_documents_are_not,
    test_risk_is_what_the_policy_says_and_unknown_where_it_says_nothing,
    test_the_files_own_years_are_told_where_they_are_known,
    test_the_outlook_has_formats_at_risk_and_superseded_ones,
    test_validity_and_kind_follow_the_newest_examination,
    test_what_came_since_a_time_stands_beside_all_that_is_held,
    test_years_are_those_of_the_version_that_brought_a_file,
)

__all__ = [
    "postgresql_server",
    "postgresql_url",
    "report",
    "test_a_report_is_kept_to_the_collections_that_are_named",
    "test_collections_go_by_their_names",
    "test_content_is_counted_by_format_and_our_own_documents_are_not",
    "test_risk_is_what_the_policy_says_and_unknown_where_it_says_nothing",
    "test_the_files_own_years_are_told_where_they_are_known",
    "test_the_outlook_has_formats_at_risk_and_superseded_ones",
    "test_validity_and_kind_follow_the_newest_examination",
    "test_what_came_since_a_time_stands_beside_all_that_is_held",
    "test_years_are_those_of_the_version_that_brought_a_file",
]

pytestmark = pytest.mark.postgresql


@pytest.fixture
def catalogue(postgresql_url: str) -> Iterator[Catalogue]:
    opened = open_catalogue(postgresql_url)
    yield filled(opened)
    opened.close()


def test_scans_and_examinations_are_filed_in_place_of_earlier_ones(catalogue: Catalogue) -> None:
    table = catalogue.examination_table()
    path = "representations/rep1/data/a"
    for day, validity in ((1, Validity.VALID), (2, Validity.INVALID)):
        now = datetime(2026, 5, day, tzinfo=UTC)
        one = FiledExamination(path, Kind.PDF, validity, found_text(found_json(Examination(Kind.PDF, validity))))
        with catalogue.begin() as tx:
            tx.save_examinations("urn:uuid:a", 2, now, [one])
            tx.save_virus_record(VirusRecord("urn:uuid:a", 2, now, "scanner", [(path, f"Mark.{day}")]))

    (bad,) = table.infected()
    assert (bad.path, bad.what) == (path, "Mark.2")
    assert [one.path for one in table.invalid(worsened=True)] == [path]
    assert not table.infected(after=bad.place)
    assert not table.invalid(after=table.invalid()[0].place)
    assert [one for one, _ in table.to_be_scanned(before=datetime(2026, 5, 1, tzinfo=UTC))] == [OWN, "urn:uuid:b"]
    figures = table.figures(repository=OWN, since=datetime(2026, 5, 1, tzinfo=UTC))
    assert (figures.files, figures.unexamined, figures.invalid) == (5, 4, 1)
    assert (figures.worsened, figures.infected, figures.unscanned_aips) == (1, 1, 1)
    page = catalogue.files_page("urn:uuid:a", path=path)
    assert page is not None
    known = table.of_files("urn:uuid:a", [page.files[0][0]])[page.files[0][0]]
    assert (known.examination.validity, known.was_sound) == (Validity.INVALID, True)
