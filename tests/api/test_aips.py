"""AIPs over HTTP: lists, search, one of them, its files."""

import pytest

from preservation.domain.people import Role
from tests.api.api_server import OTHER, OWN, ApiServer


def ids(page: dict[str, list[dict[str, str]]]) -> set[str]:
    return {one["id"] for one in page["items"]}


def test_a_list_holds_what_is_within_reach_and_never_the_repositorys_own_record(api: ApiServer) -> None:
    held = api.holdings

    everything = api.client(Role.AUDITOR).get("/api/v1/aips").json()
    own = api.client(Role.ARCHIVIST, OWN).get("/api/v1/aips").json()
    other = api.client(Role.ARCHIVIST, OTHER).get("/api/v1/aips").json()
    assert ids(everything) == {held.aips[OWN], held.aips[OTHER], held.aip_below}
    assert ids(own) == {held.aips[OWN], held.aip_below}
    assert ids(other) == {held.aips[OTHER]}


def test_a_collection_is_listed_with_those_in_it_but_not_beyond_ones_reach(api: ApiServer) -> None:
    held = api.holdings
    whole = {"collection": held.collections[OWN]}

    assert ids(api.client(Role.AUDITOR).get("/api/v1/aips", params=whole).json()) == {held.aips[OWN], held.aip_below}
    assert ids(api.client(Role.AUDITOR).get("/api/v1/aips", params={"collection": held.below}).json()) == {
        held.aip_below
    }
    assert ids(api.client(Role.ARCHIVIST, OTHER).get("/api/v1/aips", params=whole).json()) == set()


def test_pages_follow_each_other_without_gap_or_repetition(api: ApiServer) -> None:
    client = api.client(Role.AUDITOR)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "1", **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/v1/aips", params=params).json()
        seen += [one["id"] for one in page["items"]]
        if (cursor := page["next"]) is None:
            break

    assert len(seen) == len(set(seen)) == 3
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    "cursor", ["x", "WyJqb2JzIiwieCJd", "bnVsbA", "WyJhaXBzIl0", "WyJhaXBzIiwxXQ", "%00", "W1tbW1tb"]
)
def test_a_cursor_of_another_list_or_of_nobody_is_refused(api: ApiServer, cursor: str) -> None:
    answer = api.client(Role.AUDITOR).get("/api/v1/aips", params={"cursor": cursor})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "query.cursor"


def test_search_finds_by_words_without_marks_within_reach(api: ApiServer) -> None:
    held = api.holdings

    def found(who: Role, place: str, text: str) -> set[str]:
        return ids(api.client(who, place).get("/api/v1/search", params={"q": text}).json())

    assert found(Role.AUDITOR, "everywhere", "dia chinh") == {held.aips[OWN]}
    assert found(Role.AUDITOR, "everywhere", "BẢN đồ") == {held.aips[OTHER]}
    assert found(Role.ARCHIVIST, OWN, "ban do") == set()
    assert found(Role.ARCHIVIST, OWN, "cong va*") == {held.aip_below}


def test_a_search_without_a_word_is_refused_with_its_reason(api: ApiServer) -> None:
    answer = api.client(Role.AUDITOR).get("/api/v1/search", params={"q": "***"})

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/wrong-use"
    assert "word" in answer.json()["detail"]


def test_an_aip_shows_versions_copies_description_and_place(api: ApiServer) -> None:
    shown = api.client(Role.ARCHIVIST, OWN).get(f"/api/v1/aips/{api.aip}").json()

    assert shown["title"] == "Hồ sơ địa chính phường Phúc Xá"
    assert [one["number"] for one in shown["versions"]] == [1]
    assert {one["state"] for one in shown["copies_of_it"]} == {"intact"}
    assert len(shown["copies_of_it"]) == shown["copies"] == 2
    assert shown["versions"][0]["inventory_digest"] == shown["inventory_digest"]
    assert (api.holdings.home.replica("a") / shown["path"] / "inventory.json").exists()


def test_what_lies_elsewhere_is_not_there(api: ApiServer) -> None:
    client = api.client(Role.ARCHIVIST, OTHER)
    unknown = "urn:uuid:01930000-0000-7000-8000-00000000ffff"

    for path in ("", "/files", "/files/1", "/files/1/content", "/representations", "/proof"):
        elsewhere = client.get(f"/api/v1/aips/{api.aip}{path}")
        nowhere = client.get(f"/api/v1/aips/{unknown}{path}")
        assert elsewhere.status_code == nowhere.status_code in (403, 404)
        assert {**elsewhere.json(), "instance": ""} == {**nowhere.json(), "instance": ""}


def test_the_files_of_a_version_come_with_digests_and_names(api: ApiServer) -> None:
    client = api.client(Role.AUDITOR)
    page = client.get(f"/api/v1/aips/{api.aip}/files").json()
    one = next(file for file in page["items"] if file["original_name"] == "small.txt")

    alone = client.get(f"/api/v1/aips/{api.aip}/files/{one['number']}").json()
    by_path = client.get(f"/api/v1/aips/{api.aip}/files", params={"path": one["path"]}).json()
    assert page["version"] == 1
    assert one["size"] == 14
    assert alone == {**one, "first_version": 1, "last_version": None, "examination": None}
    assert by_path["items"] == [one]


def test_pages_of_files_stay_with_the_version_that_they_began_with(api: ApiServer) -> None:
    client = api.client(Role.AUDITOR)
    path = f"/api/v1/aips/{api.aip}/files"
    whole = client.get(path, params={"limit": 1000}).json()["items"]

    first = client.get(path, params={"limit": 2}).json()
    second = client.get(path, params={"limit": 1000, "cursor": first["next"], "version": 9}).json()
    assert first["items"] + second["items"] == whole
    assert client.get(path, params={"version": 9}).status_code == 404


def test_representations_are_told_in_numbers(api: ApiServer) -> None:
    shown = api.client(Role.AUDITOR).get(f"/api/v1/aips/{api.aip}/representations").json()

    assert [one["name"] for one in shown["items"]] == ["rep1"]
    assert shown["items"][0]["files"] >= 4
