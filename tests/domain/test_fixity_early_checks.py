"""Checks that are due because a copy is new keep their time, whatever is planned anew meanwhile."""

from dataclasses import replace
from datetime import timedelta

from tests.domain.test_fixity_schedule import NOW, OLD, a_copy, a_schedule


def test_a_first_check_that_is_late_is_not_put_off_by_planning() -> None:
    """Quiet hours, a replica that was brought its copies in the night, a scheduler that was away: it is overdue then."""
    two, three = a_schedule(replicas=2), a_schedule(replicas=3)
    brought = a_copy(written=NOW, checked=NOW)
    waiting = replace(brought, due=two.due(brought, "fonds", NOW))

    for hours in (10, 15, 48, 24 * 29):
        assert three.due(brought, "fonds", NOW + timedelta(hours=hours)) <= NOW + timedelta(hours=12)
    for days in (1, 40, 60):
        assert three.due(waiting, "fonds", NOW + timedelta(days=days)) <= NOW + timedelta(hours=12)


def test_a_second_check_stays_within_its_month_when_replicas_change() -> None:
    two, three = a_schedule(replicas=2), a_schedule(replicas=3)
    first = NOW + timedelta(hours=9)
    copies = [a_copy("r1", aip=f"urn:uuid:{number}", written=NOW, checked=first) for number in range(500)]
    planned = [replace(one, due=two.due(one, "fonds", first)) for one in copies]

    for days in (14, 45):
        dues = [three.due(one, "fonds", NOW + timedelta(days=days)) for one in planned]
        assert max(dues) <= NOW + timedelta(days=30)
        assert min(dues) > first


def test_old_holdings_that_are_planned_for_the_first_time_are_owed_no_early_check() -> None:
    """They would all be due at once."""
    brought = a_copy(written=OLD, checked=OLD + timedelta(hours=1))

    due = a_schedule().due(brought, "fonds", NOW)

    assert due == OLD + timedelta(hours=1, days=72)
