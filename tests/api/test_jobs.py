"""Jobs over HTTP: queued once, seen by those who may, cancelled, retried, watched; and the file that an export makes."""

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from preservation.domain.jobs import Job, JobProblem, JobProgress, JobState, Queue
from preservation.domain.ledger import EventFilter
from preservation.domain.people import Role
from preservation.standards.ledger_entry import decode
from tests.api.api_server import OTHER, OWN, ApiServer


def queue_export(api: ApiServer, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    return api.client(Role.ARCHIVIST, OWN).post(f"/api/v1/aips/{api.aip}/exports", json=body, headers=headers)


def lease(api: ApiServer, id: str) -> Job:
    now = api.repository.clock.now()
    found = api.repository.catalogue.job_table().lease(
        list(Queue), "test", now=now, until=now + timedelta(minutes=5), id=id
    )
    assert found is not None
    return found


def test_an_export_is_a_job_with_an_address(api: ApiServer) -> None:
    answer = queue_export(api, form="ocfl")
    job = answer.json()

    shown = api.client(Role.ARCHIVIST, OWN).get(answer.headers["Location"])
    assert answer.status_code == 202
    assert shown.json() == job
    assert (job["kind"], job["state"], job["subject"]) == ("export", "queued", api.aip)
    assert job["created_by"] == api.account(Role.ARCHIVIST, OWN)


def test_the_same_request_with_the_same_key_is_carried_out_once(api: ApiServer) -> None:
    first, second = queue_export(api, "key-1", form="bag"), queue_export(api, "key-1", form="bag")

    assert second.status_code == first.status_code == 202
    assert second.content == first.content
    assert second.headers["Location"] == first.headers["Location"]
    assert second.headers["Idempotent-Replayed"] == "true"


def test_a_key_is_for_one_request_of_one_account(api: ApiServer) -> None:
    first = queue_export(api, "key-2", form="bag")

    other_body = queue_export(api, "key-2", form="eark")
    other_account = api.client(Role.ARCHIVIST).post(
        f"/api/v1/aips/{api.aip}/exports", json={"form": "bag"}, headers={"Idempotency-Key": "key-2"}
    )
    assert other_body.status_code == 422
    assert other_body.json()["type"] == "/problems/idempotency-key-reused"
    assert other_account.status_code == 202
    assert other_account.json()["id"] != first.json()["id"]


def test_of_many_requests_at_once_with_one_key_one_is_carried_out(api: ApiServer) -> None:
    answers: list[httpx.Response] = []

    def ask() -> None:
        answers.append(queue_export(api, "key-3", form="bag"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    done = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    assert len(done) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert all(
        answer.json()["type"] == "/problems/idempotency-key-in-use" for answer in answers if answer.status_code == 409
    )


@pytest.mark.parametrize("key", ["", "x" * 129, "a b", "ü"])
def test_a_key_that_is_no_word_is_refused(api: ApiServer, key: str) -> None:
    headers = {"Idempotency-Key": key.encode("latin-1")}
    client = api.client(Role.ARCHIVIST, OWN)

    answer = client.post(f"/api/v1/aips/{api.aip}/exports", json={}, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body", [{"form": "tar"}, {"version": 0}, {"version": "1"}, {"version": True}, {"x": 1}, [], None]
)
def test_a_request_that_is_not_understood_changes_nothing(api: ApiServer, body: Any) -> None:
    client = api.client(Role.ARCHIVIST, OWN)
    before = client.get("/api/v1/jobs", params={"limit": 1000}).json()["items"]

    answer = client.post(f"/api/v1/aips/{api.aip}/exports", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]
    assert client.get("/api/v1/jobs", params={"limit": 1000}).json()["items"] == before


def test_an_export_of_a_version_that_is_not_there_is_refused(api: ApiServer) -> None:
    assert queue_export(api, version=9).status_code == 404


def test_jobs_are_seen_by_who_asked_and_who_may_read_the_state(api: ApiServer) -> None:
    job_id = queue_export(api).json()["id"]

    def sees(role: Role, place: str) -> bool:
        client = api.client(role, place)
        listed = {one["id"] for one in client.get("/api/v1/jobs", params={"limit": 1000}).json()["items"]}
        status = client.get(f"/api/v1/jobs/{job_id}").status_code
        assert (job_id in listed) == (status == 200)
        return status == 200

    assert sees(Role.ARCHIVIST, OWN)
    assert sees(Role.AUDITOR, OWN)
    assert sees(Role.ADMINISTRATOR, "everywhere")
    assert not sees(Role.ARCHIVIST, OTHER)
    assert not sees(Role.PRODUCER, OWN)


def test_jobs_are_listed_newest_first_by_what_they_are(api: ApiServer) -> None:
    ids = [queue_export(api).json()["id"] for _ in range(3)]
    client = api.client(Role.AUDITOR)

    first = client.get("/api/v1/jobs", params={"kind": "export", "limit": 2}).json()
    second = client.get("/api/v1/jobs", params={"kind": "export", "limit": 2, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"]] == [ids[2], ids[1]]
    assert second["items"][0]["id"] == ids[0]
    assert client.get("/api/v1/jobs", params={"subject": "nothing"}).json() == {"items": [], "next": None}
    assert client.get("/api/v1/jobs", params={"state": "lost"}).status_code == 422


def test_a_job_is_cancelled_once_and_queued_again(api: ApiServer) -> None:
    job_id = queue_export(api).json()["id"]
    client = api.client(Role.ARCHIVIST, OWN)

    assert api.client(Role.AUDITOR, OWN).post(f"/api/v1/jobs/{job_id}/cancel").status_code == 403
    assert api.client(Role.ARCHIVIST, OTHER).post(f"/api/v1/jobs/{job_id}/cancel").status_code == 404
    assert client.post(f"/api/v1/jobs/{job_id}/retry").status_code == 409
    assert client.post(f"/api/v1/jobs/{job_id}/cancel").json()["state"] == "cancelled"
    assert client.post(f"/api/v1/jobs/{job_id}/cancel").status_code == 409
    assert client.post(f"/api/v1/jobs/{job_id}/retry").json()["state"] == "queued"


def events(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Server-sent events; comments are passed over."""
    one: dict[str, str] = {}
    for line in answer.iter_lines():
        if line == "":
            if "data" in one:
                yield one
            one = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            one[name] = value


def test_the_progress_of_a_job_is_told_until_it_ends(api: ApiServer) -> None:
    job_id = queue_export(api).json()["id"]
    table, now = api.repository.catalogue.job_table(), api.repository.clock.now()
    states: list[str] = []

    with api.client(Role.ARCHIVIST, OWN).stream("GET", f"/api/v1/jobs/{job_id}/progress") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        for event in events(answer):
            job = json.loads(event["data"])
            states.append(job["state"])
            if job["state"] == "queued":
                leased = lease(api, job_id)
                progress = JobProgress("export", done_bytes=5, total_bytes=10, since=now)
                table.beat(job_id, leased.token, now=now, until=now + timedelta(minutes=5), progress=progress)
            elif job["progress"]["done_bytes"] == 5 and job["state"] == "running":
                table.fail(job_id, leased.token, now=now, problem=JobProblem("X", "why"), retry_at=None)
        last = event

    again: list[dict[str, str]] = []
    headers = {"Last-Event-ID": last["id"]}
    with api.client(Role.ARCHIVIST, OWN).stream("GET", f"/api/v1/jobs/{job_id}/progress", headers=headers) as answer:
        again.extend(events(answer))
    assert states[0] == "queued"
    assert states[-1] == "failed"
    assert "running" in states
    assert last["event"] == "ended"
    assert again == []


def test_streams_of_progress_are_counted_and_given_back(api: ApiServer) -> None:
    job_id = queue_export(api).json()["id"]
    client = api.client(Role.ARCHIVIST, OWN)
    opened = []
    try:
        for _ in range(10):
            request = client.build_request("GET", f"/api/v1/jobs/{job_id}/progress")
            opened.append(client.send(request, stream=True))
        refused = client.get(f"/api/v1/jobs/{job_id}/progress")
    finally:
        for answer in opened:
            answer.close()

    assert refused.status_code == 429
    assert refused.headers["Retry-After"]
    client.post(f"/api/v1/jobs/{job_id}/cancel")
    while (answer := client.get(f"/api/v1/jobs/{job_id}/progress")).status_code == 429:
        pass
    assert "cancelled" in answer.text


def test_the_file_of_an_export_is_fetched_until_it_expires(api: ApiServer) -> None:
    job_id = queue_export(api).json()["id"]
    client, path = api.client(Role.ARCHIVIST, OWN), f"/api/v1/jobs/{job_id}/result"
    before = client.get(path)
    data, name = b"PK not really" * 100_000, "dip.zip"
    folder = api.repository.home.exports / job_id.removeprefix("urn:uuid:")
    folder.mkdir()
    (folder / name).write_bytes(data)
    leased, now = lease(api, job_id), api.repository.clock.now()
    result = {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    api.repository.catalogue.job_table().succeed(job_id, leased.token, now=now, result=result)  # type: ignore[arg-type]

    assert before.status_code == 409
    assert client.get(path).content == data
    assert client.get(path, headers={"Range": "bytes=3-5"}).content == data[3:6]
    assert int(client.head(path).headers["Content-Length"]) == len(data)
    assert api.client(Role.AUDITOR, OWN).get(path).status_code == 403
    assert api.client(Role.ARCHIVIST, OTHER).get(path).status_code == 404
    (folder / name).unlink()
    assert client.get(path).status_code == 404


def test_a_fixity_run_of_one_aip_is_for_its_people_and_of_all_for_those_of_the_whole(api: ApiServer) -> None:
    archivist, administrator = api.client(Role.ARCHIVIST, OWN), api.client(Role.ADMINISTRATOR)

    one = archivist.post("/api/v1/fixity/runs", json={"aip": api.aip})
    assert one.status_code == 202
    assert one.json()["collection"] == api.holdings.collections[OWN]
    assert archivist.post("/api/v1/fixity/runs", json={"aip": api.holdings.aips[OTHER]}).status_code == 404
    assert archivist.post("/api/v1/fixity/runs", json={}).status_code == 403
    assert administrator.post("/api/v1/fixity/runs", json={"selection": "all"}).status_code == 202
    assert administrator.post("/api/v1/fixity/runs", json={"replica": api.aip}).status_code == 404


def test_a_job_in_no_collection_is_for_those_of_the_whole(api: ApiServer) -> None:
    job_id = api.client(Role.ADMINISTRATOR).post("/api/v1/fixity/runs", json={}).json()["id"]

    assert api.client(Role.AUDITOR).get(f"/api/v1/jobs/{job_id}").status_code == 200
    assert api.client(Role.AUDITOR, OWN).get(f"/api/v1/jobs/{job_id}").status_code == 404
    assert api.repository.catalogue.job_table().job(job_id).state is JobState.QUEUED  # type: ignore[union-attr]


def test_stopping_a_job_and_queueing_it_again_are_events_that_name_who_did_it(api: ApiServer) -> None:
    job = queue_export(api, form="bag").json()["id"]
    client = api.client(Role.ARCHIVIST, OWN)

    assert client.post(f"/api/v1/jobs/{job}/cancel").status_code == 200
    assert client.post(f"/api/v1/jobs/{job}/retry").status_code == 200
    assert client.post(f"/api/v1/jobs/{job}/retry").status_code == 409

    events = [
        decode(row.entry, None, b"")
        for _, row in api.repository.catalogue.events(EventFilter(aip=job), after=0, limit=10)
    ]
    assert [one.detail["act"] for one in events] == ["job cancelled", "job queued again"]
    assert all(one.agents[1].id == api.account(Role.ARCHIVIST, OWN) for one in events)
