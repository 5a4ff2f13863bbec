"""Sessions over HTTP: cookies, the proof that a page of ours asks, refusals, waits."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from preservation.domain.people import RIGHTS_OF
from tests.api.people_client import BETTER, GOOD, Archive, Browser, served


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with served(tmp_path_factory.mktemp("people") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def administrator(archive: Archive) -> Browser:
    return archive.administrator()


@pytest.fixture
def lan(archive: Archive, administrator: Browser, request: pytest.FixtureRequest) -> tuple[Browser, str]:
    """A producer of her own for each test."""
    name = f"lan{abs(hash(request.node.name)) % 10**8}"
    return archive.person(administrator, name, {"role": "producer", "collection": None}), name


def cookies_of(answer: object) -> dict[str, str]:
    headers = answer.headers.get_list("set-cookie")  # type: ignore[attr-defined]
    return {one.partition("=")[0]: one for one in headers}


def test_who_signs_in_gets_a_cookie_that_no_script_and_no_other_site_can_use(
    archive: Archive, lan: tuple[Browser, str]
) -> None:
    answer = archive.browser().sign_in(lan[1], GOOD)

    set_cookies = cookies_of(answer)
    session = set_cookies["preservation_session"]
    assert "HttpOnly" in session
    assert "samesite=lax" in session.lower()
    assert "Secure" not in session
    assert "HttpOnly" in set_cookies["preservation_device"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["account"]["name"] == lan[1]
    assert "argon2" not in answer.text


def test_over_tls_cookies_are_secure_and_no_other_host_can_set_them(archive: Archive, lan: tuple[Browser, str]) -> None:
    answer = archive.browser(scheme="https").sign_in(lan[1], GOOD)

    session = cookies_of(answer)["__Host-preservation_session"]
    assert "Secure" in session
    assert "Path=/" in session
    assert "Domain" not in session
    value = session.partition("=")[2].partition(";")[0]
    browser = archive.browser(scheme="https")
    assert browser.ask("GET", "/session", headers={"Cookie": f"__Host-preservation_session={value}"}).status_code == 200
    assert browser.ask("GET", "/session", headers={"Cookie": f"preservation_session={value}"}).status_code == 401
    assert "strict-transport-security" in answer.headers


def test_a_session_tells_who_one_is(lan: tuple[Browser, str]) -> None:
    browser, name = lan

    found = browser.ask("GET", "/session").json()

    assert found["account"]["name"] == name
    assert found["account"]["grants"] == [{"role": "producer", "collection": None}]
    assert found["csrf_token"] == browser.csrf
    assert (found["token"], found["must_change_password"]) == (None, False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"X-CSRF-Token": "wrong"}, 403),
        ({"X-CSRF-Token": ""}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://archive.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://archive.example", "Sec-Fetch-Site": "same-origin"}, 201),
        ({}, 201),
    ],
)
def test_a_change_is_made_only_for_a_page_of_this_site(
    lan: tuple[Browser, str], headers: dict[str, str], status: int
) -> None:
    answer = lan[0].ask("POST", "/tokens", {"name": "x"}, headers)

    assert answer.status_code == status, answer.text
    if status == 403:
        assert answer.json()["type"] == "/problems/cross-site"
    assert len(lan[0].ask("GET", "/tokens").json()["items"]) == (status == 201)


def test_another_sessions_token_is_no_proof(archive: Archive, lan: tuple[Browser, str]) -> None:
    other = archive.browser()
    other.sign_in(lan[1], GOOD)

    answer = lan[0].ask("POST", "/tokens", {"name": "x"}, {"X-CSRF-Token": other.csrf or ""})

    assert answer.status_code == 403


def test_a_page_of_another_site_cannot_sign_somebody_in(archive: Archive, lan: tuple[Browser, str]) -> None:
    body = {"name": lan[1], "password": GOOD}

    assert archive.browser().ask("POST", "/session", body, {"Origin": "http://evil.example"}).status_code == 403
    form = archive.browser().http.post("/api/v1/session", data=body)
    assert form.status_code in (415, 422)


def test_a_refusal_is_the_same_whatever_its_reason(archive: Archive, lan: tuple[Browser, str]) -> None:
    answers = [
        archive.browser(address="192.0.2.60").sign_in(name, password)
        for name, password in ((lan[1], "wrong"), ("nobody-at-all", GOOD), ("", "x"), (lan[1], ""), ("\x00", "\ud800"))
        if name
    ]

    assert {one.status_code for one in answers[:2]} == {401}
    assert answers[0].json()["type"] == "/problems/sign-in-refused"
    bodies = [{**one.json(), "instance": ""} for one in answers[:2]]
    assert bodies[0] == bodies[1]
    assert "set-cookie" not in answers[0].headers
    assert all(one.status_code in (401, 422) for one in answers)


def test_a_session_ends_by_signing_out(archive: Archive, lan: tuple[Browser, str]) -> None:
    browser = lan[0]
    kept = browser.http.cookies["preservation_session"]

    answer = browser.ask("DELETE", "/session")

    assert answer.status_code == 204
    assert 'preservation_session="";' in answer.headers["set-cookie"]
    thief = archive.browser()
    thief.http.cookies.set("preservation_session", kept)
    assert thief.ask("GET", "/session").status_code == 401


def test_signing_out_everywhere_ends_other_browsers(archive: Archive, lan: tuple[Browser, str]) -> None:
    other = archive.browser()
    other.sign_in(lan[1], GOOD)
    assert other.ask("GET", "/session").status_code == 200

    assert lan[0].ask("DELETE", "/session?where=everywhere").status_code == 204
    assert other.ask("GET", "/session").status_code == 401


def test_changing_the_password_begins_a_new_session_and_ends_the_others(
    archive: Archive, lan: tuple[Browser, str]
) -> None:
    browser, name = lan
    before = browser.http.cookies["preservation_session"]

    answer = browser.change_password(GOOD, BETTER)

    assert answer.status_code == 200
    assert browser.http.cookies["preservation_session"] != before
    assert browser.ask("GET", "/session").status_code == 200
    old = archive.browser()
    old.http.cookies.set("preservation_session", before)
    assert old.ask("GET", "/session").status_code == 401
    assert archive.browser().sign_in(name, GOOD).status_code == 401
    assert archive.browser().sign_in(name, BETTER).status_code == 200


def test_an_unsuitable_password_is_refused_with_its_findings(lan: tuple[Browser, str]) -> None:
    answer = lan[0].change_password(GOOD, "short")

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unsuitable-password")
    (finding,) = answer.json()["findings"]
    assert finding["code"] == "PASSWORD-TOO-SHORT"
    assert "15" in finding["message"]
    assert "short" not in answer.text.replace("shorter", "").replace("SHORT", "")


def test_until_the_first_password_is_changed_nothing_else_is_allowed(archive: Archive, administrator: Browser) -> None:
    made = administrator.ask(
        "POST",
        "/accounts",
        {"name": "newcomer", "display_name": "New", "grants": [{"role": role.value} for role in RIGHTS_OF]},
    ).json()
    browser = archive.browser()
    assert browser.sign_in("newcomer", made["password"]).json()["must_change_password"] is True

    paths = [("GET", "/accounts"), ("GET", "/aips"), ("GET", "/events"), ("POST", "/tokens")]
    for method, path in paths:
        answer = browser.ask(method, path, {"name": "x"} if method == "POST" else None)
        assert answer.status_code == 403, path
    assert browser.ask("GET", "/session").status_code == 200
    assert browser.change_password(made["password"], GOOD).status_code == 200
    assert browser.ask("GET", "/accounts").status_code == 200


def test_waiting_is_told_in_seconds_and_the_owners_browser_does_not_wait(
    archive: Archive, lan: tuple[Browser, str]
) -> None:
    browser, name = lan
    stranger = archive.browser(address="203.0.113.77")
    for _ in range(6):
        last = stranger.sign_in(name, "guess")

    assert (last.status_code, last.json()["type"]) == (429, "/problems/too-many-requests")
    assert 1 <= int(last.headers["retry-after"]) <= 20
    assert archive.browser().sign_in(name, GOOD).status_code == 429
    assert browser.sign_in(name, GOOD).status_code == 200


def test_whoever_knocks_too_often_has_to_wait_and_others_do_not(archive: Archive) -> None:
    stranger, other = archive.browser(address="203.0.113.99"), archive.browser(address="203.0.113.98")

    answers = [stranger.sign_in(f"nobody{number}", "") for number in range(40)]

    assert [one.status_code for one in answers[:20]] == [401] * 20
    assert answers[-1].status_code == 429
    assert other.sign_in("nobody0", "").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"name": "x"},
        {"name": 7, "password": "x"},
        {"name": "x", "password": None},
        [],
        {"name": "x", "password": "x" * 5000},
    ],
)
def test_a_sign_in_that_says_nothing_is_invalid_and_its_values_are_not_shown(archive: Archive, body: object) -> None:
    answer = archive.browser(address="203.0.113.5").ask("POST", "/session", body)

    assert answer.status_code == 422
    assert "x" * 5000 not in answer.text


def test_signing_in_and_being_refused_is_in_the_ledger_without_a_name(
    archive: Archive, lan: tuple[Browser, str]
) -> None:
    archive.browser(address="192.0.2.251").sign_in(lan[1], "wrong")

    refused = archive.home.events()[-1]
    assert refused.detail == {"act": "sign-in refused", "reason": "wrong password"}
    assert refused.private == {"address": "192.0.2.251"}


def test_everybody_may_ask_who_they_are_and_nobody_without_signing_in(archive: Archive) -> None:
    answer = archive.browser().ask("GET", "/session")

    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in")
    for junk in ("x", "." * 600, "preservation", "pat_" + "A" * 43):
        browser = archive.browser()
        browser.http.cookies.set("preservation_session", junk)
        assert browser.ask("GET", "/session").status_code == 401


def test_without_a_provider_there_is_no_way_to_one(archive: Archive) -> None:
    for path in ("/session/oidc/start", "/session/oidc/callback?code=x&state=y"):
        assert archive.browser().ask("GET", path).status_code == 404


def test_behind_a_proxy_with_tls_cookies_are_secure_if_the_settings_say_so(tmp_path: Path) -> None:
    with served(tmp_path / "home", {"PRESERVATION_COOKIE_SECURE": "always"}) as archive:
        answer = archive.browser().sign_in("admin", archive.first_password)

        assert "Secure" in cookies_of(answer)["__Host-preservation_session"]
