"""Events and the ledger over HTTP."""

import base64
import json

from preservation.adapters.signing import verify_ed25519
from preservation.domain.ledger import EventFilter
from preservation.domain.people import Role
from preservation.services.ledger import check_proof
from preservation.standards.checkpoint import open_checkpoint
from preservation.standards.merkle import inclusion_proof, leaf_hash, verify_inclusion
from preservation.standards.signed_note import parse_vkey
from preservation.standards.tiles import TileName, decode_bundle, node_reader
from tests.api.api_server import OTHER, OWN, ApiServer


def test_events_come_in_order_with_the_ledgers_own_entries(api: ApiServer) -> None:
    stored = api.repository.catalogue.events(EventFilter(), limit=1000)
    shown = api.client(Role.AUDITOR).get("/api/v1/events", params={"limit": 1000}).json()["items"]

    for (_, event), one in zip(stored, shown, strict=False):
        assert one["sequence"] == event.sequence
        assert one["private"] == (json.loads(event.private) if event.private else None)
        assert {**json.loads(event.entry), "sequence": event.sequence, "private": one["private"]} == one
    assert len(shown) >= 20


def test_pages_of_events_follow_each_other(api: ApiServer) -> None:
    client = api.client(Role.AUDITOR)
    whole = client.get("/api/v1/events", params={"limit": 12}).json()["items"]
    seen, cursor = [], None
    for _ in range(4):
        params = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        page = client.get("/api/v1/events", params=params).json()
        seen += page["items"]
        cursor = page["next"]

    assert seen == whole


def test_events_are_chosen_by_what_they_are(api: ApiServer) -> None:
    client = api.client(Role.AUDITOR)

    def found(**params: str) -> list[dict[str, str]]:
        items: list[dict[str, str]] = client.get("/api/v1/events", params=params).json()["items"]
        return items

    ingestion = found(aip=api.aip, type="ingestion")
    assert [one["type"] for one in ingestion] == ["ingestion"]
    assert found(until=ingestion[0]["time"], aip=api.aip, type="ingestion") == []
    assert found(since=ingestion[0]["time"], aip=api.aip, type="ingestion") == ingestion
    assert found(agent="nobody") == []
    assert client.get("/api/v1/events", params={"type": "magic"}).status_code == 422
    assert client.get("/api/v1/events", params={"since": "2026-11-22T12:00:00"}).status_code == 422


def test_events_about_other_collections_are_not_there(api: ApiServer) -> None:
    held = api.holdings
    own = api.client(Role.ARCHIVIST, OWN)
    seen = own.get("/api/v1/events", params={"limit": 1000}).json()["items"]
    about = {one["id"] for event in seen for one in event["objects"] if one["kind"] == "aip"}
    elsewhere = api.client(Role.AUDITOR).get("/api/v1/events", params={"aip": held.aips[OTHER]}).json()["items"]

    assert about == {held.aips[OWN], held.aip_below}
    assert all(own.get(f"/api/v1/events/{one['id']}").status_code == 404 for one in elsewhere)
    assert all(own.get(f"/api/v1/events/{one['id']}/proof").status_code == 404 for one in elsewhere)
    assert own.get("/api/v1/events", params={"aip": held.aips[OTHER]}).json()["items"] == []


def test_a_receipt_holds_without_the_service(api: ApiServer) -> None:
    client = api.client(Role.AUDITOR)
    vkey = client.get("/api/v1/ledger").json()["vkey"]
    event = client.get("/api/v1/events", params={"aip": api.aip, "type": "ingestion"}).json()["items"][0]

    by_event = client.get(f"/api/v1/events/{event['id']}/proof").text
    by_aip = api.client(Role.ARCHIVIST, OWN).get(f"/api/v1/aips/{api.aip}/proof").text
    for text in (by_event, by_aip):
        report = check_proof(text, [vkey], check=verify_ed25519)
        assert report.ok
        assert report.event is not None
        assert report.event.id == event["id"]


def test_an_auditor_verifies_an_entry_from_checkpoint_and_tiles_alone(api: ApiServer) -> None:
    client = api.client(Role.AUDITOR)
    ledger = client.get("/api/v1/ledger").json()
    note = client.get("/api/v1/ledger/checkpoint").content
    checkpoint = open_checkpoint(note, [parse_vkey(ledger["vkey"])], verify_ed25519)
    assert (checkpoint.size, base64.b64encode(checkpoint.root).decode()) == (ledger["size"], ledger["root"])

    def read(name: TileName) -> bytes:
        answer = client.get(f"/api/v1/ledger/{name.path}")
        assert answer.status_code == 200, name.path
        return answer.content

    entries = decode_bundle(read(TileName(None, 0, checkpoint.size)))
    path = inclusion_proof(node_reader(read, checkpoint.size), 3, checkpoint.size)
    assert len(entries) == checkpoint.size
    assert verify_inclusion(leaf_hash(entries[3]), 3, checkpoint.size, path, checkpoint.root)
    assert decode_bundle(read(TileName(None, 0, 2))) == entries[:2]
    assert read(TileName(0, 0, 2)) == read(TileName(0, 0, checkpoint.size))[:64]


def test_a_tile_that_is_none_is_not_there(api: ApiServer) -> None:
    client = api.client(Role.AUDITOR)

    for path in (
        "0/001",
        "0/000",
        "1/000",
        "0/0",
        "x/000",
        "..%2Fcheckpoint",
        "entries/999",
        "0/000.p/256",
        "0/x000/000",
    ):
        assert client.get(f"/api/v1/ledger/tile/{path}").status_code == 404, path
