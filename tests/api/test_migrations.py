"""Format migrations over HTTP: a plan is asked for, approved by somebody else, and handed to the workers."""

from preservation.domain.format_rules import MigrationRule
from preservation.domain.jobs import JobKind
from preservation.domain.migration_plans import Amount, MigrationItem, MigrationPlan, PlanState
from preservation.domain.people import Role
from tests.api.api_server import OWN, ApiServer

NOWHERE = "urn:uuid:01930000-0000-7000-8000-00000000ffff"
PREFIX = "/api/v1/migrations"


def a_plan(api: ApiServer, by: str) -> str:
    repository = api.repository
    table = repository.catalogue.migration_table()
    plan = MigrationPlan(
        id=repository.minter.urn(),
        rule=MigrationRule("bmp", frozenset({"fmt/116"}), "fmt/11", "image-to-png"),
        state=PlanState.PROPOSED,
        created=repository.clock.now(),
        made_by=by,
        aips=2,
    )
    table.add(plan)
    items = [MigrationItem(plan=plan.id, ordinal=number, aip=api.aip, amount=Amount(1, 9)) for number in (1, 2)]
    table.add_items(items)
    return plan.id


def name_of(api: ApiServer, role: Role) -> str:
    found = api.repository.catalogue.account_table().account(api.account(role))
    assert found is not None
    return found.name


def test_a_plan_is_asked_for_as_a_job(api: ApiServer) -> None:
    client = api.client(Role.ARCHIVIST)

    answer = client.post(PREFIX, json={"rule": "bmp-to-png", "sample": 3})
    wrong = client.post(PREFIX, json={"rule": "x", "hours": "noon"})
    no_time = client.post(PREFIX, json={"rule": "x", "hours": "08:00-08:00"})

    assert (answer.status_code, answer.json()["kind"]) == (202, JobKind.PLAN_MIGRATION.value)
    assert (wrong.status_code, no_time.status_code) == (422, 422)
    job = api.repository.catalogue.job_table().job(answer.json()["id"])
    assert job is not None
    assert job.parameters["sample"] == 3


def test_a_plan_is_approved_by_somebody_else_and_handed_to_the_workers(api: ApiServer) -> None:
    plan = a_plan(api, name_of(api, Role.ARCHIVIST))
    other = a_plan(api, name_of(api, Role.ADMINISTRATOR))
    archivist, administrator = api.client(Role.ARCHIVIST), api.client(Role.ADMINISTRATOR)

    own = archivist.post(f"{PREFIX}/{plan}/approve", json={})
    no_right = administrator.post(f"{PREFIX}/{plan}/approve", json={})
    too_early = archivist.post(f"{PREFIX}/{other}/run")
    approved = archivist.post(f"{PREFIX}/{other}/approve", json={"standing": False})
    running = administrator.post(f"{PREFIX}/{other}/run")
    paused = archivist.post(f"{PREFIX}/{other}/pause")
    resumed = archivist.post(f"{PREFIX}/{other}/resume")
    stopped = archivist.post(f"{PREFIX}/{other}/stop", json={"reason": "không cần nữa"})
    again = archivist.post(f"{PREFIX}/{other}/pause")

    assert (own.status_code, no_right.status_code, too_early.status_code) == (403, 403, 409)
    assert (approved.status_code, approved.json()["approved_by"]) == (200, name_of(api, Role.ARCHIVIST))
    assert [one.json()["state"] for one in (running, paused, resumed, stopped)] == [
        "running",
        "paused",
        "running",
        "stopped",
    ]
    assert stopped.json()["reason"] == "không cần nữa"
    assert again.status_code == 409
    lanes = api.repository.catalogue.job_table().jobs(kind=JobKind.MIGRATE, subject=other)
    assert len(lanes) == 2


def test_what_a_stopped_plan_was_in_the_middle_of_is_left_to_a_worker(api: ApiServer) -> None:
    plan = a_plan(api, name_of(api, Role.ADMINISTRATOR))
    archivist = api.client(Role.ARCHIVIST)
    archivist.post(f"{PREFIX}/{plan}/approve", json={})
    table, jobs = api.repository.catalogue.migration_table(), api.repository.catalogue.job_table()
    table.move(plan, PlanState.RUNNING, now=api.repository.clock.now())
    table.begin_item(plan, 1, 1)

    answer = archivist.post(f"{PREFIX}/{plan}/stop", json={})

    assert (answer.status_code, answer.json()["state"]) == (200, "stopped")
    assert len(jobs.jobs(kind=JobKind.MIGRATE, subject=plan)) == 2


def test_plans_and_their_aips_are_read_in_pages(api: ApiServer) -> None:
    plan = a_plan(api, "lan")
    auditor = api.client(Role.AUDITOR)

    listed = auditor.get(PREFIX, params={"limit": 1}).json()
    shown = auditor.get(f"{PREFIX}/{plan}").json()
    first = auditor.get(f"{PREFIX}/{plan}/aips", params={"limit": 1}).json()
    second = auditor.get(f"{PREFIX}/{plan}/aips", params={"limit": 1, "cursor": first["next"]}).json()

    assert [one["id"] for one in listed["items"]] == [plan]
    assert shown == listed["items"][0]
    assert [one["number"] for one in (*first["items"], *second["items"])] == [1, 2]
    assert auditor.get(f"{PREFIX}/{NOWHERE}").status_code == 404
    assert api.client(Role.AUDITOR, OWN).get(PREFIX).status_code == 403
    assert api.client(Role.PRODUCER).get(PREFIX).status_code == 403


def test_a_reversal_is_a_job_about_what_is_there(api: ApiServer) -> None:
    plan = a_plan(api, "lan")
    client = api.client(Role.ARCHIVIST)

    answer = client.post(f"{PREFIX}/reversals", json={"plan": plan})
    of_aip = client.post(f"{PREFIX}/reversals", json={"aip": api.aip, "representation": "rep2"})

    assert (answer.status_code, answer.json()["kind"]) == (202, JobKind.REVERT_MIGRATION.value)
    assert of_aip.json()["subject"] == api.aip
    assert client.post(f"{PREFIX}/reversals", json={}).status_code == 422
    assert client.post(f"{PREFIX}/reversals", json={"plan": NOWHERE}).status_code == 404
    assert client.post(f"{PREFIX}/reversals", json={"aip": NOWHERE}).status_code == 404
