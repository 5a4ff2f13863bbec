"""Collections, policies, replicas and formats over HTTP: read, and changed with an event and a job for the record."""

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from preservation.bootstrap import add_replica
from preservation.bootstrap.watching import service_watch
from preservation.domain.events import EventType
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.domain.jobs import JobKind
from preservation.domain.ledger import EventFilter
from preservation.domain.people import Role
from preservation.ports import CatalogueTransaction
from preservation.standards.ledger_entry import decode
from tests.api.api_server import OTHER, OWN, ApiServer, make_holdings, serve


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server over a home that these tests change."""
    with serve(make_holdings(tmp_path_factory.mktemp("arranged"))) as running:
        yield running


def records_wanted(api: ApiServer) -> int:
    return len(api.repository.catalogue.job_table().jobs(kind=JobKind.RECORD, limit=1000))


def acts(api: ApiServer, type: EventType) -> list[tuple[object, object]]:
    """(act, who) of the events of a type."""
    found = api.repository.catalogue.events(EventFilter(type=type.value), limit=1000)
    events = [decode(one.entry, one.private, one.salt) for _, one in found]
    return [(one.detail.get("act"), one.agents[-1].id) for one in events]


def test_a_collection_is_added_with_an_event_and_a_job_for_the_record(own: ApiServer) -> None:
    client, before = own.client(Role.ADMINISTRATOR), records_wanted(own)
    body = {"code": "C", "title": "Phông C"}

    answer = client.post("/api/v1/collections", json=body, headers={"Idempotency-Key": "c"})
    again = client.post("/api/v1/collections", json=body, headers={"Idempotency-Key": "c"})
    assert answer.status_code == 201
    assert again.json() == answer.json()
    assert client.get(answer.headers["Location"]).json() == answer.json()
    assert records_wanted(own) == before + 1
    assert acts(own, EventType.CREATION)[-1] == ("collection added", own.account(Role.ADMINISTRATOR))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": "A", "title": "x"}, 409),
        ({"code": "a\nb", "title": "x"}, 422),
        ({"code": " ", "title": "x"}, 422),
        ({"code": "D", "title": "x", "parent": "urn:uuid:01930000-0000-7000-8000-00000000ffff"}, 404),
        ({"code": "D", "title": "x", "parent": "A"}, 422),
        ({"code": "D"}, 422),
    ],
)
def test_a_collection_that_cannot_be_is_refused(own: ApiServer, body: dict[str, str], status: int) -> None:
    client = own.client(Role.ADMINISTRATOR)
    before = client.get("/api/v1/collections").json()

    assert client.post("/api/v1/collections", json=body).status_code == status
    assert client.get("/api/v1/collections").json() == before


def test_a_collection_is_made_and_moved_only_where_one_has_the_right(own: ApiServer) -> None:
    held, archivist = own.holdings, own.client(Role.ARCHIVIST, OWN)
    below = archivist.post("/api/v1/collections", json={"code": "A.2", "title": "x", "parent": held.collections[OWN]})
    path = f"/api/v1/collections/{below.json()['id']}"

    assert below.status_code == 201
    assert archivist.post("/api/v1/collections", json={"code": "Z", "title": "x"}).status_code == 403
    assert (
        archivist.post(
            "/api/v1/collections", json={"code": "B.1", "title": "x", "parent": held.collections[OTHER]}
        ).status_code
        == 404
    )
    assert archivist.patch(path, json={"parent": held.collections[OTHER]}).status_code == 404
    assert archivist.patch(path, json={"to_top": True}).status_code == 403
    assert archivist.patch(path, json={"title": "y", "parent": held.below}).json()["parent"] == held.below
    assert archivist.patch(f"/api/v1/collections/{held.below}", json={"parent": below.json()["id"]}).status_code == 422


def test_what_is_in_a_new_collection_is_seen_at_once(own: ApiServer) -> None:
    client = own.client(Role.ARCHIVIST, OWN)
    parent = own.holdings.collections[OWN]

    made = client.post("/api/v1/collections", json={"code": "A.3", "title": "x", "parent": parent}).json()
    assert made in client.get("/api/v1/collections").json()["items"]
    assert made not in own.client(Role.ARCHIVIST, OTHER).get("/api/v1/collections").json()["items"]


def test_a_policy_is_read_and_changed_by_who_arranges(own: ApiServer) -> None:
    client, before = own.client(Role.ADMINISTRATOR), records_wanted(own)
    shown = client.get("/api/v1/policies/fixity")
    text = shown.json()["text"] + "\n# shorter\n"
    headers = {"Content-Type": "application/toml", "If-Match": shown.headers["ETag"]}

    changed = client.put("/api/v1/policies/fixity", content=text.encode(), headers=headers)
    stale = client.put("/api/v1/policies/fixity", content=b"window_days = 3\n", headers=headers)
    assert changed.status_code == 200
    assert changed.json() == client.get("/api/v1/policies/fixity").json()
    assert (own.holdings.home.root / "policies" / "fixity.toml").read_text() == text
    assert stale.status_code == 412
    assert records_wanted(own) == before + 1
    assert acts(own, EventType.POLICY_ASSIGNMENT)[-1][1] == own.account(Role.ADMINISTRATOR)
    assert own.client(Role.AUDITOR).put("/api/v1/policies/fixity", content=text).status_code == 403


@pytest.mark.parametrize("text", ["window_days = 0\n", "window_days =", "unknown = 1\n", "\x00", "window_days = '9'\n"])
def test_a_text_that_is_no_policy_is_refused_with_the_reason_and_no_path(own: ApiServer, text: str) -> None:
    client = own.client(Role.ADMINISTRATOR)
    before = client.get("/api/v1/policies").json()

    answer = client.put("/api/v1/policies/fixity", content=text, headers={"Content-Type": "application/toml"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("fixity.toml")
    assert str(own.holdings.home.root) not in answer.text
    assert client.get("/api/v1/policies").json() == before
    assert list((own.holdings.home.root / "staging").iterdir()) == []


def test_a_policy_in_another_format_or_of_another_name_is_refused(own: ApiServer) -> None:
    client = own.client(Role.ADMINISTRATOR)
    toml = {"Content-Type": "application/toml"}

    assert client.put("/api/v1/policies/fixity", json={"window_days": 3}).status_code == 415
    assert client.put("/api/v1/policies/fixity", content=b"#" * (1 << 19), headers=toml).status_code == 413
    assert client.put("/api/v1/policies/fixity", content=b"#" * (1 << 21), headers=toml).status_code == 413
    assert client.put("/api/v1/policies/other", content=b"", headers=toml).status_code == 404
    assert client.get("/api/v1/policies/..%2Fpreservation").status_code == 404


def test_replicas_show_their_places_only_to_those_who_arrange(own: ApiServer) -> None:
    root = str(own.holdings.home.root)
    administrator = own.client(Role.ADMINISTRATOR).get("/api/v1/replicas")
    auditor = own.client(Role.AUDITOR).get("/api/v1/replicas")

    assert [one["name"] for one in auditor.json()["items"]][:2] == ["a", "b"]
    assert root in administrator.text
    assert root not in auditor.text


def test_a_replica_is_added_synced_and_retired(own: ApiServer) -> None:
    client, places = own.client(Role.ADMINISTRATOR), own.holdings.home.root / "replicas"

    made = client.post("/api/v1/replicas", json={"name": "c", "folder": f"{places}/c"})
    path = f"/api/v1/replicas/{made.json()['id']}"
    syncs = own.repository.catalogue.job_table().jobs(kind=JobKind.SYNC)
    assert made.status_code == 201
    assert [job.subject for job in syncs] == [made.json()["id"]]
    assert client.get(path).json() == made.json()
    assert client.post(f"{path}/sync").status_code == 202
    assert client.post("/api/v1/replicas", json={"name": "c", "folder": f"{places}/d"}).status_code == 422
    assert client.post("/api/v1/replicas", json={"name": "d", "folder": "relative"}).status_code == 422
    assert client.post("/api/v1/replicas", json={"name": "d", "folder": f"{places}/../../x"}).status_code == 422
    assert client.post("/api/v1/replicas", json={"name": "d", "folder": "/tmp/d"}).status_code == 422
    assert client.post(f"{path}/retire").json()["state"] == "retired"
    assert client.post(f"{path}/retire").status_code == 409
    assert client.post(f"{path}/sync").status_code == 409


def test_a_replica_whose_making_was_cut_off_is_made_by_the_same_request_again(own: ApiServer) -> None:
    client, folder = own.client(Role.ADMINISTRATOR), own.holdings.home.root / "replicas" / "e"
    body, headers = {"name": "e", "folder": str(folder)}, {"Idempotency-Key": "replica-e"}

    def cut_off(_tx: CatalogueTransaction, _record: ReplicaRecord) -> None:
        raise ConnectionError("the line to the database broke before its commit")

    with pytest.raises(ConnectionError):
        add_replica(own.repository, folder, "e", along=cut_off)
    assert folder.is_dir()
    first = client.post("/api/v1/replicas", json=body, headers=headers)
    again = client.post("/api/v1/replicas", json=body, headers=headers)

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert [one["name"] for one in client.get("/api/v1/replicas").json()["items"]].count("e") == 1
    assert acts(own, EventType.ACCESSION)[-1] == ("replica added", own.account(Role.ADMINISTRATOR))
    retired = client.post(f"/api/v1/replicas/{first.json()['id']}/retire")
    assert retired.status_code == 200
    assert acts(own, EventType.DEACCESSION)[-1] == ("replica retired", own.account(Role.ADMINISTRATOR))


def test_a_replica_that_is_needed_is_not_retired(own: ApiServer) -> None:
    client = own.client(Role.ADMINISTRATOR)
    needed = client.get("/api/v1/replicas").json()["items"][0]["id"]

    answer = client.post(f"/api/v1/replicas/{needed}/retire")
    assert answer.status_code == 422
    assert "copies" in answer.json()["detail"]


def test_formats_are_counted_within_reach(own: ApiServer) -> None:
    everywhere = own.client(Role.AUDITOR).get("/api/v1/formats").json()["items"]
    there = own.client(Role.ARCHIVIST, OTHER).get("/api/v1/formats").json()["items"]

    assert [one["puid"] for one in everywhere] == [None]
    assert 0 < there[0]["files"] < everywhere[0]["files"]


def test_what_is_known_and_decided_of_a_format_is_shown_with_what_is_held(own: ApiServer) -> None:
    client = own.client(Role.AUDITOR)

    known = client.get("/api/v1/formats/registry/fmt/40").json()
    risky = client.get("/api/v1/formats/registry", params={"held": False, "at_risk": True}).json()

    assert (known["name"], known["supersedes"], known["files"]) == ("Microsoft Word Document", ["fmt/39"], 0)
    assert risky["registry"] == known["registry"]
    assert {one["risk"] for one in risky["items"]} <= {"medium", "high"}
    assert client.get("/api/v1/formats/registry").json()["items"] == []
    assert client.get("/api/v1/formats/registry/fmt/999999").status_code == 404
    assert client.get("/api/v1/formats/registry/pdf/1").status_code == 422


def test_the_identifications_of_a_file_are_shown_to_who_may_see_it(own: ApiServer) -> None:
    client = own.client(Role.AUDITOR)
    aip = client.get("/api/v1/aips").json()["items"][0]["id"]
    file = client.get(f"/api/v1/aips/{aip}/files").json()["items"][0]

    found = client.get(f"/api/v1/formats/identifications/{aip}", params={"path": file["path"]}).json()

    assert [(one["occasion"], one["present"]) for one in found["items"]] == [("ingest", True)]
    nowhere = client.get(f"/api/v1/formats/identifications/{aip}", params={"path": "not/there"})
    assert nowhere.status_code == 404


def test_the_fixity_plan_is_as_it_was_counted_last(own: ApiServer) -> None:
    client = own.client(Role.AUDITOR)
    before = client.get("/api/v1/fixity/plan").json()
    service_watch(own.repository).refresh()

    after = client.get("/api/v1/fixity/plan").json()

    assert before == {"counted": None, "replicas": []}
    assert after["counted"] is not None
    in_use = {one.id for one in own.repository.catalogue.replicas() if one.state is not ReplicaState.RETIRED}
    assert {one["replica"] for one in after["replicas"]} == in_use
    assert all(one["window_days"] == 90 for one in after["replicas"])


def test_a_policy_that_somebody_broke_by_hand_is_no_mistake_of_those_who_ask(own: ApiServer) -> None:
    """Clients give up at a status below 500; operators look for one above it, and for a line that says why."""
    file, producer, state = own.repository.home.policies / "ingest.toml", own.client(Role.PRODUCER, OWN), own.app.state
    good, wanted = file.read_bytes(), {"collection": own.holdings.collections[OWN], "name": "a.zip"}
    made = producer.post("/api/v1/transfers", json=wanted).json()["id"]
    file.write_bytes(b"max_files = [")
    state.service.fresh.forget()
    try:
        with capture_logs() as told:
            answers = [
                producer.post("/api/v1/transfers", json=wanted),
                producer.post(f"/api/v1/transfers/{made}/submit"),
                producer.options("/api/v1/uploads"),
                own.client(Role.AUDITOR).get("/api/v1/replicas"),
                own.client(Role.AUDITOR).get("/health"),
            ]
        repaired = own.client(Role.ADMINISTRATOR).put(
            "/api/v1/policies/ingest", content=good, headers={"Content-Type": "application/toml"}
        )
    finally:
        file.write_bytes(good)
        state.service.fresh.forget()

    assert [one.status_code for one in answers] == [503] * 5
    assert {one.headers["retry-after"] for one in answers} == {"5"}
    failed = [one for one in told if one["event"] == "request_failed"]
    assert len(failed) == 5
    assert all("ingest.toml" in one["reason"] for one in failed)
    assert repaired.status_code == 200, repaired.text
    assert producer.post("/api/v1/transfers", json=wanted).status_code == 201
