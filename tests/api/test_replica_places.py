"""Where a request may make a replica: beside another one's folder, or on a server that the settings allow."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from preservation.bootstrap import allowed_bucket
from preservation.domain.people import Role
from preservation.errors import WrongUse
from preservation.settings import read_settings
from tests.api.api_server import ApiServer, make_holdings, serve

HERE = "https://s3.example:7480"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with serve(make_holdings(tmp_path_factory.mktemp("places"))) as running:
        yield running


@pytest.mark.parametrize(
    "body",
    [
        {"name": "d"},
        {"name": "d", "folder": "/srv/d", "url": f"s3://archive/d?endpoint={HERE}"},
        {"name": "d", "url": f"s3://archive/d?endpoint={HERE}"},
        {"name": "d", "url": "s3://archive/d?endpoint=http://169.254.169.254"},
        {"name": "d", "url": "file:///srv/d"},
        {"name": "d", "url": "s3://archive/d?secret_key=hush"},
    ],
)
def test_no_request_makes_us_speak_to_a_server_that_was_not_allowed(own: ApiServer, body: dict[str, str]) -> None:
    answer = own.client(Role.ADMINISTRATOR).post("/api/v1/replicas", json=body)

    assert answer.status_code == 422
    assert "hush" not in answer.json().get("detail", "")


def test_a_replica_says_what_its_server_lacks(own: ApiServer) -> None:
    listed = own.client(Role.ADMINISTRATOR).get("/api/v1/replicas").json()["items"]

    assert [one["server_lacks"] for one in listed] == [[]] * len(listed)


def test_servers_are_allowed_by_their_whole_address(tmp_path: Path) -> None:
    settings = replace(read_settings(tmp_path, {}), s3_endpoints=(HERE,))

    assert (
        allowed_bucket(settings, f"s3://archive/d?endpoint={HERE}/")
        == f"s3://archive/d?endpoint={HERE}&region=us-east-1"
    )
    for endpoint in (f"{HERE}0", "https://s3.example", "http://s3.example:7480"):
        with pytest.raises(WrongUse, match="s3_endpoints"):
            allowed_bucket(settings, f"s3://archive/d?endpoint={endpoint}")
