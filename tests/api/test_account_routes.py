"""Accounts and tokens over HTTP: what administrators do, what nobody may do, and what holds at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from httpx import Client, Response

from tests.api.people_client import GOOD, Archive, Browser, served

EVERYWHERE: dict[str, str | None] = {"role": "administrator", "collection": None}
NOBODY = "urn:uuid:01930000-0000-7000-8000-0000000000ff"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with served(tmp_path_factory.mktemp("accounts") / "home") as running:
        yield running


@pytest.fixture(scope="module")
def administrator(archive: Archive) -> Browser:
    return archive.administrator()


@pytest.fixture(scope="module")
def collection(archive: Archive) -> str:
    return str(archive.home.run("collection", "list").json[0]["id"])


def me(browser: Browser) -> str:
    return str(browser.ask("GET", "/session").json()["account"]["id"])


def bearer(archive: Archive, value: str, method: str, path: str, body: object = None) -> Response:
    with Client(base_url=archive.url, headers={"Authorization": f"Bearer {value}"}, timeout=60) as client:
        return client.request(method, f"/api/v1{path}", json=body)


def test_an_account_goes_through_its_life(archive: Archive, administrator: Browser, collection: str) -> None:
    made = administrator.ask(
        "POST", "/accounts", {"name": "Hoa", "display_name": "Trần Hoa", "email": "hoa@example.vn"}
    )
    assert made.status_code == 201
    address = made.headers["location"].removeprefix("/api/v1")
    assert administrator.ask("GET", address).json()["name"] == "hoa"
    granted = administrator.ask("POST", f"{address}/grants", {"role": "archivist", "collection": collection})
    assert granted.json()["grants"] == [{"role": "archivist", "collection": collection}]
    revoked = administrator.ask("DELETE", f"{address}/grants?role=archivist&collection={collection}")
    assert revoked.json()["grants"] == []
    body = {"display_name": "Trần Thị Hoa", "email": None, "subject": None}
    assert administrator.ask("PUT", address, body).json()["display_name"] == "Trần Thị Hoa"
    assert administrator.ask("PUT", f"{address}/state", {"state": "disabled"}).json()["state"] == "disabled"
    assert archive.browser().sign_in("hoa", made.json()["password"]).status_code == 401
    assert administrator.ask("PUT", f"{address}/state", {"state": "active"}).json()["state"] == "active"
    reset = administrator.ask("POST", f"{address}/reset").json()
    assert archive.browser().sign_in("hoa", made.json()["password"]).status_code == 401
    assert archive.browser().sign_in("hoa", reset["password"]).status_code == 200


def test_each_change_queues_the_record_and_is_an_event_by_whoever_made_it(
    archive: Archive, administrator: Browser
) -> None:
    before = len(archive.home.events())
    administrator.ask("POST", "/accounts", {"name": "recorded", "display_name": "Recorded"})

    (event,) = archive.home.events()[before:]
    assert event.agents[-1].id == me(administrator)
    with archive.home.catalogue() as catalogue:
        assert catalogue.job_table().jobs(limit=1)[0].kind.value == "record"


def test_accounts_are_listed_in_pages(archive: Archive, administrator: Browser) -> None:
    for name in ("page1", "page2"):
        administrator.ask("POST", "/accounts", {"name": name, "display_name": name})
    seen: list[str] = []
    cursor = ""
    while True:
        page = administrator.ask("GET", f"/accounts?limit=2{cursor}").json()
        seen += [one["name"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"

    assert {"admin", "page1", "page2"} <= set(seen)
    assert len(seen) == len(set(seen))
    assert "argon2" not in administrator.ask("GET", "/accounts").text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "admin", "display_name": "x"}, 409),
        ({"name": "a b", "display_name": "x"}, 422),
        ({"name": "x1", "display_name": ""}, 422),
        ({"name": "x1", "display_name": "x", "kind": "robot"}, 422),
        ({"name": "x1", "display_name": "x", "email": "nope"}, 422),
        ({"name": "x1", "display_name": "x", "state": "active"}, 422),
        ({"name": "x1", "display_name": "x", "grants": [{"role": "king"}]}, 422),
        ({"name": "x1", "display_name": "x", "grants": [{"role": "auditor", "collection": NOBODY}]}, 404),
        ({"name": "x1", "display_name": "x", "kind": "machine", "subject": "a b"}, 422),
        ({"name": "x1", "display_name": "x", "grants": [{"role": "auditor"}] * 101}, 422),
    ],
)
def test_an_account_that_makes_no_sense_is_not_made(administrator: Browser, body: object, status: int) -> None:
    before = administrator.ask("GET", "/accounts?limit=1000").json()

    answer = administrator.ask("POST", "/accounts", body)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert administrator.ask("GET", "/accounts?limit=1000").json() == before


def test_the_last_administrator_stays_and_nobody_raises_themselves(administrator: Browser) -> None:
    own = f"/accounts/{me(administrator)}"

    assert administrator.ask("PUT", f"{own}/state", {"state": "disabled"}).status_code == 409
    assert administrator.ask("DELETE", f"{own}/grants?role=administrator").status_code == 409
    assert administrator.ask("POST", f"{own}/grants", {"role": "archivist"}).status_code == 403
    assert administrator.ask("POST", f"{own}/reset").status_code == 403
    assert administrator.ask("GET", own).json()["grants"] == [EVERYWHERE]


@pytest.mark.parametrize("method_path", ["GET /accounts/{}", "POST /accounts/{}/reset"])
def test_an_account_that_is_not_there_is_not_found(administrator: Browser, method_path: str) -> None:
    method, _, path = method_path.partition(" ")

    assert administrator.ask(method, path.format(NOBODY)).status_code == 404
    assert administrator.ask(method, path.format("admin")).status_code == 422


def test_a_role_that_is_taken_away_is_gone_with_the_next_request(archive: Archive, administrator: Browser) -> None:
    second = archive.person(administrator, "second", EVERYWHERE)
    address = f"/accounts/{me(second)}"
    assert second.ask("GET", "/accounts").status_code == 200

    administrator.ask("DELETE", f"{address}/grants?role=administrator")
    assert second.ask("GET", "/accounts").status_code == 403
    administrator.ask("PUT", f"{address}/state", {"state": "disabled"})
    assert second.ask("GET", "/session").status_code == 401


def test_a_machine_works_by_tokens_that_an_administrator_makes(archive: Archive, administrator: Browser) -> None:
    robot = administrator.ask(
        "POST",
        "/accounts",
        {"name": "robot", "display_name": "Robot", "kind": "machine", "grants": [{"role": "auditor"}]},
    ).json()
    assert robot["password"] is None
    expires = (datetime.now(UTC) + timedelta(days=1)).isoformat()  # noqa: TID251 - a day from the server's own present
    made = administrator.ask("POST", f"/tokens?account={robot['id']}", {"name": "scanner", "expires": expires})
    assert made.status_code == 201, made.text
    value = made.json()["value"]

    who = bearer(archive, value, "GET", "/session").json()
    assert (who["account"]["name"], who["token"], who["csrf_token"]) == ("robot", made.json()["id"], None)
    assert bearer(archive, value, "GET", "/events").status_code == 200
    assert bearer(archive, value, "GET", "/accounts").status_code == 403
    listed = administrator.ask("GET", f"/tokens?account={robot['id']}").json()["items"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    assert listed[0]["used"] is not None
    assert value not in administrator.ask("GET", f"/tokens?account={robot['id']}").text
    assert administrator.ask("DELETE", f"/tokens/{made.json()['id']}").json()["revoked"] is not None
    assert bearer(archive, value, "GET", "/session").status_code == 401


def test_a_narrowed_token_has_its_own_rights_only(archive: Archive, administrator: Browser) -> None:
    both = archive.person(administrator, "both", {"role": "auditor", "collection": None}, EVERYWHERE)
    made = both.ask("POST", "/tokens", {"name": "reader", "grants": [{"role": "auditor"}]}).json()
    assert both.ask("POST", "/tokens", {"name": "more", "grants": [{"role": "producer"}]}).status_code == 422

    assert bearer(archive, made["value"], "GET", "/events").status_code == 200
    assert bearer(archive, made["value"], "GET", "/accounts").status_code == 403
    assert bearer(archive, made["value"], "GET", "/session").json()["account"]["grants"] == [
        {"role": "auditor", "collection": None}
    ]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tokens", {"name": "another"}),
        ("PUT", "/session/password", {"present": GOOD, "new": "a brand new kettle sings"}),
        ("DELETE", "/session", None),
    ],
)
def test_a_token_is_no_person(archive: Archive, administrator: Browser, method: str, path: str, body: object) -> None:
    value = administrator.ask("POST", "/tokens", {"name": f"{method}{path}"}).json()["value"]

    assert bearer(archive, value, method, path, body).status_code == 403


def test_tokens_of_others_are_not_there(archive: Archive, administrator: Browser) -> None:
    one = archive.person(administrator, "one", {"role": "producer", "collection": None})
    two = archive.person(administrator, "two", {"role": "producer", "collection": None})
    made = one.ask("POST", "/tokens", {"name": "mine"}).json()

    assert two.ask("GET", f"/tokens?account={me(one)}").status_code == 404
    assert two.ask("POST", f"/tokens?account={me(one)}", {"name": "x"}).status_code == 404
    assert two.ask("DELETE", f"/tokens/{made['id']}").status_code == 404
    assert administrator.ask("POST", f"/tokens?account={me(one)}", {"name": "x"}).status_code == 403
    assert bearer(archive, made["value"], "GET", "/session").status_code == 200


@pytest.mark.parametrize("shown", ["Bearer", "Basic YTpi", "bearer pat_x", "pat_" + "A" * 43, "Bearer \xff"])
def test_an_authorization_that_is_none_is_not_made_up_for_by_a_session(administrator: Browser, shown: str) -> None:
    answer = administrator.http.get("/api/v1/session", headers={b"Authorization": shown.encode("latin-1")})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
