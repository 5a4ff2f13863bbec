"""Reports over HTTP: counted within what somebody may read; what was found about a file stands with it."""

import pytest

from preservation.domain.held_reports import Grouping
from preservation.domain.people import Role
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
    assert auditor.get("/api/v1/formats/invalid", params={"worsened": "true"}).json() == {"items": []}
    assert auditor.get("/api/v1/formats/infected").json() == {"items": []}
    # They tell of all collections.
    assert archivist.get("/api/v1/formats/infected").status_code == 403
