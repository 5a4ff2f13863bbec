"""Every route, by every role, within its collection and outside of it: made from the OpenAPI document, so that none is left out.

A request is refused for want of rights exactly where the table of rights says so. Whether it then succeeds is not looked at here:
it is sent with an empty body, and with addresses of what may not be there.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter

from preservation.api.documented import declare
from preservation.domain.people import RIGHTS_OF, Right, Role
from tests.api.api_server import EVERYWHERE, OTHER, OWN, PLACES, ApiServer
from tests.api.test_openapi import operations

# A route about one thing: what stands for it in the address, from a place to the thing that lies there.
NOWHERE = "urn:uuid:01930000-0000-7000-8000-00000000ffff"
REFUSED = (401, 403)


@pytest.fixture(scope="module")
def table(api: ApiServer) -> list[tuple[str, str, dict[str, Any]]]:
    return operations(api.client().get("/api/v1/openapi.json").json())


def address(api: ApiServer, path: str, place: str) -> str:
    """The path with things of a place in it."""
    held = api.holdings
    thing = held.collections[place] if path.startswith("/api/v1/collections") else held.aips[place]
    filled = path.replace("{number}", "1").replace("{name}", "fixity").replace("{word}", "internal")
    filled = filled.replace("{path}", "0/000").replace("{scheme}", "fmt")
    for name in ("{id}", "{account}", "{token}", "{upload}"):
        filled = filled.replace(name, thing)
    assert "{" not in filled, path
    return filled


def test_the_table_knows_every_route_of_the_application(api: ApiServer, table: list[tuple[str, str, Any]]) -> None:
    documented = {(method.upper(), path) for path, method, _ in table}
    served = {(method, path) for path, methods in all_routes(api.app) for method in methods}

    assert served == documented
    assert len(documented) > 40


def all_routes(app: Any) -> Iterator[tuple[str, set[str]]]:
    for route in app.routes:
        yield from _flat(route)


def _flat(route: Any) -> Iterator[tuple[str, set[str]]]:
    inner = getattr(route, "original_router", None)
    if inner is not None:
        for one in inner.routes:
            yield from _flat(one)
    else:
        yield route.path_format, set(route.methods)


def test_nobody_gets_in_without_signing_in_but_where_that_is_meant(api: ApiServer, table: list[Any]) -> None:
    client = api.client()

    for path, method, operation in table:
        answer = client.request(method, address(api, path, OWN))
        is_public = operation["x-requires"]["scope"] == "public"
        assert is_public or answer.status_code == 401, (method, path, answer.status_code)
        if not is_public:
            assert "Bearer" in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("place", PLACES)
def test_a_route_is_refused_exactly_where_its_right_is_missing(
    api: ApiServer, table: list[Any], role: Role, place: str
) -> None:
    client = api.client(role, place)

    for path, method, operation in table:
        needed = operation["x-requires"]
        if needed["scope"] in ("public", "signed-in"):
            continue
        right = Right(needed["right"])
        has_it = right in RIGHTS_OF[role] and (needed["scope"] != "repository" or place == EVERYWHERE)
        answer = client.request(method, address(api, path, OWN), follow_redirects=False)
        assert (answer.status_code not in REFUSED) or not has_it or place == OTHER or is_wide(path), (
            method,
            path,
            answer.status_code,
            answer.text,
        )
        assert has_it or answer.status_code == 403, (method, path, answer.status_code, answer.text)


def is_wide(path: str) -> bool:
    """Routes that ask for the right in the repository as a whole where the request names nothing smaller."""
    return path in ("/api/v1/fixity/runs", "/api/v1/collections")


@pytest.mark.parametrize("role", Role)
def test_a_thing_of_another_collection_is_not_there(api: ApiServer, table: list[Any], role: Role) -> None:
    client, looked = api.client(role, OTHER), 0

    for path, method, operation in table:
        needed = operation["x-requires"]
        about_something = "{id}" in path and path.startswith(("/api/v1/aips/", "/api/v1/collections/"))
        if needed["scope"] != "subject" or not about_something or Right(needed["right"]) not in RIGHTS_OF[role]:
            continue
        body: dict[str, Any] = (
            {"content": "{}", "headers": {"Content-Type": "application/json"}} if method in ("post", "patch") else {}
        )
        there = client.request(method, address(api, path, OTHER), **body)
        elsewhere = client.request(method, address(api, path, OWN), **body)
        assert there.status_code not in (*REFUSED, 404) or path.endswith(("/proof", "/content")), (
            method,
            path,
            there.text,
        )
        assert elsewhere.status_code == 404, (method, path, elsewhere.text)
        looked += 1
    assert looked >= 2 or role in (Role.PRODUCER, Role.PEER)


def test_an_act_on_what_may_be_seen_is_forbidden_and_not_hidden(api: ApiServer) -> None:
    auditor = api.client(Role.AUDITOR, OWN)

    for path in ("exports",):
        assert auditor.post(f"/api/v1/aips/{api.aip}/{path}", json={}).status_code == 403
    assert auditor.get(f"/api/v1/aips/{api.aip}/files/1/content").status_code == 403
    assert auditor.get(f"/api/v1/aips/{api.aip}").status_code == 200


def test_rights_in_a_fonds_hold_in_what_lies_below_it(api: ApiServer) -> None:
    held = api.holdings

    assert api.client(Role.ARCHIVIST, OWN).get(f"/api/v1/aips/{held.aip_below}").status_code == 200
    assert api.client(Role.ARCHIVIST, OTHER).get(f"/api/v1/aips/{held.aip_below}").status_code == 404


def test_a_list_never_shows_a_thing_that_its_own_address_hides(api: ApiServer) -> None:
    for role in Role:
        for place in PLACES:
            client = api.client(role, place)
            for listing, one in (("/api/v1/aips", "/api/v1/aips"), ("/api/v1/collections", "/api/v1/collections")):
                answer = client.get(listing)
                for item in answer.json().get("items", []):
                    assert client.get(f"{one}/{item['id']}").status_code == 200, (role, place, listing)
            for event in client.get("/api/v1/events", params={"limit": 1000}).json().get("items", []):
                assert client.get(f"/api/v1/events/{event['id']}").status_code == 200


def test_a_router_that_does_not_say_what_it_needs_is_not_served() -> None:
    router = APIRouter(tags=["x"])
    router.add_api_route("/x", lambda: None, operation_id="x", summary="x")

    with pytest.raises(TypeError, match="which right it needs"):
        declare(router)
