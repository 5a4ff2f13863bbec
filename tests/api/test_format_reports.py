"""Reports over HTTP: counted within what somebody may read; what was found about a file stands with it."""

import httpx
import pytest

from preservation.domain.examinations import Examination, Kind, Validity
from preservation.domain.filed_examinations import FiledExamination
from preservation.domain.held_reports import Grouping
from preservation.domain.people import Role
from preservation.standards.examination_text import found_json, found_text
from tests.api.api_server import OTHER, OWN, ApiServer

REPORT = "/api/v1/formats/report"


@pytest.mark.parametrize("grouping", Grouping)
def test_each_report_counts_the_same_files(api: ApiServer, grouping: Grouping) -> None:
    client = api.client(Role.AUDITOR)
    expected = client.get(REPORT).json()

    found = client.get(REPORT, params={"by": grouping.value, "since": "2020-01-01T00:00:00Z"}).json()

    assert (found["by"], found["files"], found["bytes"]) == (grouping.value, expected["files"], expected["bytes"])
    assert sum(one["files"] for one in found["groups"]) == found["files"] > 0
    assert sum(one["added_files"] for one in found["groups"]) == found["files"]


def test_a_report_is_kept_to_what_somebody_may_read(api: ApiServer) -> None:
    everywhere = api.client(Role.AUDITOR).get(REPORT).json()
    there = api.client(Role.ARCHIVIST, OTHER).get(REPORT, params={"by": "collection"}).json()
    named = api.client(Role.AUDITOR).get(REPORT, params={"collection": api.holdings.collections[OWN]}).json()

    assert [one["value"] for one in there["groups"]] == [api.holdings.collections[OTHER]]
    assert 0 < there["files"] < everywhere["files"]
    assert 0 < named["files"] < everywhere["files"]


def test_the_forecast_and_the_lists_of_bad_files_answer(api: ApiServer) -> None:
    auditor, archivist = api.client(Role.AUDITOR), api.client(Role.ARCHIVIST, OTHER)

    assert auditor.get("/api/v1/formats/forecast").json() == {"formats": []}
    assert auditor.get("/api/v1/formats/invalid", params={"worsened": "true"}).json() == {"items": [], "next": None}
    assert auditor.get("/api/v1/formats/infected").json() == {"items": [], "next": None}
    # They tell of all collections.
    assert archivist.get("/api/v1/formats/infected").status_code == 403


def _file_all(api: ApiServer, validity: Validity) -> list[tuple[str, str]]:
    """Say of each content file that it is valid, or is not; which files those are."""
    clock, said = api.repository.clock, list[tuple[str, str]]()
    text = found_text(found_json(Examination(Kind.TEXT, validity)))
    for aip in api.holdings.aips.values():
        files = api.client(Role.AUDITOR).get(f"/api/v1/aips/{aip}/files", params={"limit": 1000}).json()["items"]
        paths = [one["path"] for one in files if one["original_name"]]
        with api.repository.catalogue.begin() as tx:
            tx.save_examinations(
                aip, 1, clock.now(), [FiledExamination(one, Kind.TEXT, validity, text) for one in paths]
            )
        said += [(aip, one) for one in paths]
    return said


def test_every_invalid_file_is_on_one_page_and_no_other(api: ApiServer) -> None:
    auditor = api.client(Role.AUDITOR)
    said = _file_all(api, Validity.INVALID)
    try:
        pages, cursor = list[list[tuple[str, str]]](), None
        while not pages or cursor is not None:
            asked = {"limit": 2} if cursor is None else {"limit": 2, "cursor": cursor}
            page = auditor.get("/api/v1/formats/invalid", params=asked).json()
            pages.append([(one["aip"], one["path"]) for one in page["items"]])
            cursor = page["next"]
        another = auditor.get("/api/v1/formats/infected", params={"cursor": _cursor(auditor)})
    finally:
        _file_all(api, Validity.VALID)

    assert len(said) > 4
    assert [len(page) for page in pages[:-1]] == [2] * (len(pages) - 1)
    assert sorted(one for page in pages for one in page) == sorted(said)
    assert another.status_code == 422


def _cursor(client: httpx.Client) -> str:
    return str(client.get("/api/v1/formats/invalid", params={"limit": 1}).json()["next"])
