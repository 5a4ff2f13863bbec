"""`fixity plan`, `fixity hasten`, `fixity status`: what an operator is told of the checks to come."""

from datetime import timedelta
from pathlib import Path

import pytest

from preservation.adapters.clock import SystemClock
from tests.homes import TestHome, make_home, preservation
from tests.package_builders import write_files

ALL_DAY = 'rate_mib = 1\nquiet_hours = ["00:00-12:00", "12:00-00:00"]\n'


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    home = make_home(tmp_path / "home")
    home.preserved(write_files(tmp_path / "package", {"a.txt": b"a" * 1000}))
    return home


def state(home: TestHome, policy: str) -> None:
    (home.root / "policies" / "fixity.toml").write_text(policy)


def test_a_plan_says_what_is_needed_and_that_nothing_was_measured_yet(home: TestHome) -> None:
    answer = home.run("fixity", "plan")

    assert answer.status == 0
    (first, second) = answer.json["replicas"]
    assert (first["replica"], second["replica"]) == ("a", "b")
    assert (first["window_days"], first["copies"], first["overdue"], first["due"]) == (90, 2, 0, 0)
    assert first["bytes_needed"] == pytest.approx(first["bytes"] / (72 * 86_400), abs=0.001)
    assert first["bytes_wanted"] == pytest.approx(first["bytes_needed"] * 1.25, abs=0.001)
    assert (first["bytes_available"], first["feasible"], first["share_within_window"]) == (None, None, 1.0)


def test_windows_that_cannot_be_kept_are_said_to_people_and_by_the_status(home: TestHome) -> None:
    state(home, ALL_DAY)

    answer = home.run("fixity", "plan")
    told = preservation("fixity", "plan", "--home", home.root)

    assert (answer.status, told.status) == (1, 1)
    assert [one["feasible"] for one in answer.json["replicas"]] == [False, False]
    *_, feasible = told.out.splitlines()
    assert feasible.split() == ["feasible", "no", "no"]
    assert max(map(len, told.out.splitlines())) <= 80


def test_a_rate_that_the_policy_allows_is_what_there_is_before_anything_was_measured(home: TestHome) -> None:
    state(home, "rate_mib = 2\n[replicas.b]\nrate_mib = 7\nwindow_days = 10\n")

    (first, second) = home.run("fixity", "plan").json["replicas"]

    assert (first["bytes_available"], second["bytes_available"]) == (2 << 20, 7 << 20)
    assert (first["window_days"], second["window_days"]) == (90, 10)
    assert (first["feasible"], second["feasible"]) == (True, True)
    status = home.run("fixity", "status").json
    assert [(one["window_days"], one["feasible"]) for one in status["replicas"]] == [(90, True), (10, True)]


def test_after_an_event_all_copies_of_a_replica_are_due_within_days_and_never_later_than_before(home: TestHome) -> None:
    home.run("fixity", "run", "--all")
    before = {(one.aip, one.replica): one.due for one in home.copies()}

    answer = home.run("fixity", "hasten", "b", "--days", "3")

    assert answer.json == {"replica": "b", "days": 3}
    acts = [one["detail"] for one in home.run("audit", "list", "--type", "policy assignment").json["events"]]
    assert {"act": "checks hastened", "days": 3} in acts
    ids = {one["name"]: one["id"] for one in home.run("replica", "list").json}
    limit = SystemClock().now() + timedelta(days=3)
    for copy in home.copies():
        was = before[copy.aip, copy.replica]
        assert copy.due is not None
        assert was is not None
        assert copy.due <= was
        assert copy.due <= limit if copy.replica == ids["b"] else copy.due == was


def test_without_a_service_a_run_of_what_is_due_notices_that_the_policy_has_changed(home: TestHome) -> None:
    state(home, "window_days = 2\nfirst_check_hours = 0\n")

    answer = home.run("fixity", "run", "--due")

    assert answer.status == 0
    limit = SystemClock().now() + timedelta(days=1.6)
    assert all(one.due is not None and one.due <= limit for one in home.copies())


def test_a_replica_that_nobody_knows_is_wrong_use(home: TestHome) -> None:
    assert home.run("fixity", "hasten", "nobody").status == 2
    assert home.run("fixity", "hasten", "b", "--days", "0").status == 2
