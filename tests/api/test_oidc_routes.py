"""Signing in by an identity provider, from the browser's first click to its session, over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Response

from tests.api.people_client import Archive, Browser, served
from tests.identity_provider import CLIENT, SECRET, Provider, identity_provider


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with identity_provider() as running:
        yield running


@pytest.fixture(scope="module")
def archive(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    folder: Path = tmp_path_factory.mktemp("oidc")
    (folder / "secret").write_text(f"{SECRET}\n")
    environment = {
        "PRESERVATION_OIDC_ISSUER": provider.issuer,
        "PRESERVATION_OIDC_CLIENT_ID": CLIENT,
        "PRESERVATION_OIDC_CLIENT_SECRET_FILE": str(folder / "secret"),
        "PRESERVATION_OIDC_REDIRECT_URL": "http://archive.example/api/v1/session/oidc/callback",
    }
    with served(folder / "home", environment) as running:
        yield running


def come_back(browser: Browser, query: dict[str, str]) -> Response:
    return browser.http.get("/api/v1/session/oidc/callback", params=query)


def set_out(browser: Browser, provider: Provider) -> dict[str, str]:
    answer = browser.ask("GET", "/session/oidc/start")
    assert answer.status_code == 303, answer.text
    return provider.authorize(answer.headers["location"])


def test_somebody_new_comes_in_and_may_do_nothing_yet(archive: Archive, provider: Provider) -> None:
    browser = archive.browser()

    answer = come_back(browser, set_out(browser, provider))

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    found = browser.ask("GET", "/session").json()
    assert found["account"]["name"] == "lan"
    assert found["account"]["subject"] == f"{provider.issuer} 42"
    assert found["account"]["grants"] == []
    assert browser.ask("GET", "/aips").status_code == 403
    assert archive.home.events()[-1].detail["act"] == "signed in by an identity provider"


def test_somebody_whom_an_administrator_knows_comes_in_with_their_roles(archive: Archive, provider: Provider) -> None:
    made = archive.home.run(
        "account", "add", "hue", "Huế", "--role", "auditor", "--subject", f"{provider.issuer} 77"
    ).json
    assert made["password"] is None
    provider.person = {"sub": "77", "preferred_username": "somebody else"}
    browser = archive.browser()

    assert come_back(browser, set_out(browser, provider)).status_code == 303
    assert browser.ask("GET", "/session").json()["account"]["id"] == made["id"]
    assert browser.ask("GET", "/events").status_code == 200
    provider.person = {"sub": "42"}


def test_the_way_back_belongs_to_the_browser_that_set_out(archive: Archive, provider: Provider) -> None:
    mine, another = archive.browser(), archive.browser()
    query = set_out(mine, provider)
    set_out(another, provider)

    for browser, given in (
        (another, query),
        (archive.browser(), query),
        (mine, {**query, "state": "x" * 43}),
        (mine, {**query, "state": ""}),
        (mine, {"error": "access_denied", "state": query["state"]}),
        (mine, {"code": query["code"]}),
    ):
        answer = come_back(browser, given)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/sign-in-refused")
        assert "preservation_session" not in browser.http.cookies
    assert come_back(mine, query).status_code == 303


def test_a_way_back_is_gone_once(archive: Archive, provider: Provider) -> None:
    browser = archive.browser()
    query = set_out(browser, provider)
    assert come_back(browser, query).status_code == 303

    assert come_back(browser, query).status_code == 401


def test_an_answer_that_does_not_hold_lets_nobody_in(archive: Archive, provider: Provider) -> None:
    browser = archive.browser()
    provider.claims = {"aud": "somebody-else"}

    answer = come_back(browser, set_out(browser, provider))

    assert answer.status_code == 401
    assert "preservation_session" not in browser.http.cookies
    provider.claims = {}


def test_a_provider_in_trouble_is_said_to_be_away(archive: Archive, provider: Provider) -> None:
    browser = archive.browser()
    provider.status = 500

    assert come_back(browser, set_out(browser, provider)).status_code == 503
    provider.status = 200
