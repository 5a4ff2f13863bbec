"""Copies against the replication policy over HTTP: shown to who may see, changed by who arranges, never quietly."""

from collections.abc import Iterator

import pytest

from preservation.bootstrap.watching import service_watch
from preservation.domain.events import EventType
from preservation.domain.holdings import ReplicaState
from preservation.domain.people import Role
from preservation.services.repair_limits import RepairGate
from tests.api.api_server import OTHER, OWN, ApiServer, make_holdings, serve
from tests.api.test_arrangements import acts

TOML = {"Content-Type": "application/toml"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """A server over a home that these tests change, and in which a timer has counted."""
    with serve(make_holdings(tmp_path_factory.mktemp("standing"))) as running:
        service_watch(running.repository).refresh()
        yield running


def test_the_standing_of_all_copies_is_shown_by_collections_that_one_may_read(own: ApiServer) -> None:
    administrator = own.client(Role.ADMINISTRATOR)
    text = administrator.get("/api/v1/policies/replication").json()["text"].replace("copies = 2", "copies = 3")
    before = administrator.get("/api/v1/copies").json()

    refused = administrator.put("/api/v1/policies/replication", content=text.encode(), headers=TOML)
    taken = administrator.put("/api/v1/policies/replication?accept_gap=true", content=text.encode(), headers=TOML)

    after = administrator.get("/api/v1/copies").json()
    assert (before["below"], before["groups"], before["storage_level"]) == (0, [], 1)
    assert refused.status_code == 409
    assert "would fall below" in refused.json()["detail"]
    assert taken.status_code == 200
    assert after["below"] == after["aips"] > 0
    assert {tuple(one["short"].items()) for one in after["groups"]} == {(("copies", 1),)}
    seen = {one["collection"] for one in own.client(Role.AUDITOR, OTHER).get("/api/v1/copies").json()["groups"]}
    assert own.holdings.collections[OTHER] in seen
    assert own.holdings.collections[OWN] not in seen
    back = text.replace("copies = 3", "copies = 2")
    assert administrator.put("/api/v1/policies/replication", content=back.encode(), headers=TOML).status_code == 200


def test_the_standing_of_one_aip_says_what_it_takes(own: ApiServer) -> None:
    found = own.client(Role.AUDITOR).get(f"/api/v1/aips/{own.holdings.aips[OWN]}/standing").json()

    assert found["demands"]["copies"] == 2
    assert (found["short"], found["bring_to"], found["remaining"]) == ({}, [], {})
    assert own.client(Role.AUDITOR, OTHER).get(f"/api/v1/aips/{own.holdings.aips[OWN]}/standing").status_code == 404


def test_a_replica_is_reported_on_drained_and_kept_after_all(own: ApiServer) -> None:
    client = own.client(Role.ADMINISTRATOR)
    replica = client.get("/api/v1/replicas").json()["items"][1]["id"]
    path = f"/api/v1/replicas/{replica}"

    report = client.get(f"{path}/report").json()
    drained = client.post(f"{path}/drain").json()
    again = client.post(f"{path}/drain")
    synced = client.post(f"{path}/sync")
    kept = client.post(f"{path}/drain?undo=true").json()

    assert (report["bring_aips"], report["due"], report["late"]) == (0, None, False)
    assert (drained["state"], kept["state"]) == ("draining", "active")
    assert (again.status_code, synced.status_code) == (422, 409)
    told = [act for act, _ in acts(own, EventType.MODIFICATION)]
    assert told[-2:] == ["replica draining", "replica kept"]
    assert own.client(Role.AUDITOR).post(f"{path}/drain").status_code == 403


def test_repairs_that_are_held_are_let_go_on_by_a_person(own: ApiServer) -> None:
    client, repository = own.client(Role.ADMINISTRATOR), own.repository
    replica = client.get("/api/v1/replicas").json()["items"][1]["id"]
    path = f"/api/v1/replicas/{replica}"
    limits = repository.policies.replication.repair
    none = type(limits)(most_per_day=1, most_share_percent=1, always=0)
    gate = RepairGate(repository.catalogue, repository.recorder, repository.clock, none)

    not_held = client.post(f"{path}/release")
    refusal = gate.refusal(replica)
    held = next(one for one in repository.catalogue.replicas() if one.id == replica)
    released = client.post(f"{path}/release").json()

    assert not_held.status_code == 422
    assert "release" in refusal
    assert held.state is ReplicaState.HELD
    assert released["state"] == "active"
    assert acts(own, EventType.MODIFICATION)[-1] == ("repairs released", own.account(Role.ADMINISTRATOR))


def test_the_loss_model_says_that_it_is_one(own: ApiServer) -> None:
    model = own.client(Role.AUDITOR).get("/api/v1/copies/model?years=100").json()

    assert (model["is_model"], model["years"], model["without_copy"]) == (True, 100, 0)
    assert [one["faults"] for one in model["replicas"]] == [0, 0]
    # Copies of an age of seconds tell nothing, and that is said.
    assert model["is_rough"] is True
