"""Behind a proxy that serves the repository below a path: the proxy takes the path off, browsers and programs put it on."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import pytest

from preservation.domain.people import Role
from tests.api import people_client
from tests.api.deposits_kit import Served, served
from tests.identity_provider import CLIENT, SECRET, identity_provider

ROOT = "/archive"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("below"), root_path=ROOT) as running:
        yield running


def through_the_proxy(address: str) -> str:
    assert address.startswith(f"{ROOT}/api/v1/"), address
    return address.removeprefix(ROOT)


def test_an_upload_below_a_path_may_be_as_large_as_any(place: Served) -> None:
    producer, data = place.producer(), bytes(3 << 20)
    transfer, location = producer.begun(len(data))

    answer = producer.patch(through_the_proxy(location), data)

    assert (answer.status_code, answer.headers.get("upload-offset")) == (204, str(len(data)))
    assert place.package(transfer).stat().st_size == len(data)


def test_every_address_in_an_answer_is_the_one_that_the_proxy_serves(place: Served) -> None:
    producer = place.producer()
    made = producer.create(name="a.zip")
    begun = producer.begin(made.json()["id"], 1)
    producer.patch(through_the_proxy(begun.headers["location"]), b"a")
    submitted = producer.http.post(f"/api/v1/transfers/{made.json()['id']}/submit")
    collection = place.api.client(Role.ARCHIVIST).post("/api/v1/collections", json={"code": "C", "title": "C"})
    account = place.api.client(Role.ADMINISTRATOR).post("/api/v1/accounts", json={"name": "lan", "display_name": "Lan"})

    for answer in (made, submitted, collection):
        there = producer.http.get(through_the_proxy(answer.headers["location"]))
        assert there.status_code in (200, 404), there.text
        assert "x-request-id" in there.headers
    assert producer.http.get(through_the_proxy(made.headers["location"])).json()["id"] == made.json()["id"]
    assert through_the_proxy(account.headers["location"]).endswith(account.json()["id"])


def test_a_browser_sends_the_cookies_of_a_sign_in_back_below_the_path(tmp_path: Path) -> None:
    with identity_provider() as provider:
        (tmp_path / "secret").write_text(f"{SECRET}\n")
        environment = {
            "PRESERVATION_API_ROOT_PATH": ROOT,
            "PRESERVATION_OIDC_ISSUER": provider.issuer,
            "PRESERVATION_OIDC_CLIENT_ID": CLIENT,
            "PRESERVATION_OIDC_CLIENT_SECRET_FILE": str(tmp_path / "secret"),
            "PRESERVATION_OIDC_REDIRECT_URL": f"http://archive.example{ROOT}/api/v1/session/oidc/callback",
        }
        with people_client.served(tmp_path / "home", environment) as archive:
            pending = archive.browser().ask("GET", "/session/oidc/start")
            entered = archive.browser().sign_in("admin", archive.first_password)

    assert paths_of(pending.headers.get_list("set-cookie")) == {"preservation_oidc": f"{ROOT}/api/v1/session/oidc"}
    assert paths_of(entered.headers.get_list("set-cookie")) == {
        "preservation_session": "/",
        "preservation_device": f"{ROOT}/api/v1/session",
    }


def paths_of(cookies: list[str]) -> dict[str, str]:
    return {name: one["path"] for text in cookies for name, one in SimpleCookie(text).items()}
