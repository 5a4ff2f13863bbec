"""What becomes an alarm about copies, from what was seen alone."""

from datetime import timedelta

from preservation.domain.copies_seen import CopiesSeen, Drift, PeerSeen, due_back
from preservation.domain.copy_alarms import copy_alarms
from preservation.domain.findings import Severity
from preservation.domain.messages import LANGUAGES, render
from preservation.domain.replication_gap import BelowPolicy, Gap
from preservation.domain.replication_policy import Place
from preservation.domain.replication_rating import medium_age
from tests.contracts.catalogue_builders import NOON
from tests.domain.test_alarms import COPY_CODES


def below(**short: int) -> BelowPolicy:
    return BelowPolicy("c", frozenset({"a"}), 7, Gap(**short))


def test_where_all_is_well_there_is_no_alarm_about_copies() -> None:
    young = medium_age("a", Place(), NOON.date())

    assert copy_alarms(CopiesSeen(media=[young], drift={"a": Drift(NOON, 9, 0, 0)}), NOON) == []


def test_however_many_aips_are_short_there_is_one_alarm_that_adds_them_up() -> None:
    (alarm,) = copy_alarms(CopiesSeen(below=[below(copies=1), below(copies=2, regions=1)]), NOON)

    assert alarm.severity is Severity.ERROR
    assert alarm.values == {"count": "14", "short": "copies -2, regions -1"}


def test_to_be_short_of_a_region_alone_is_a_warning() -> None:
    (alarm,) = copy_alarms(CopiesSeen(below=[below(regions=1)]), NOON)

    assert alarm.severity is Severity.WARNING


def test_a_replica_that_lists_less_than_is_counted_is_worse_than_one_that_lists_more() -> None:
    seen = CopiesSeen(drift={"a": Drift(NOON, 9, 1, 0), "b": Drift(NOON, 9, 0, 1)})

    assert [(one.subject, one.severity) for one in copy_alarms(seen, NOON)] == [
        ("a", Severity.WARNING),
        ("b", Severity.ERROR),
    ]


def test_an_offline_replica_is_due_so_many_days_after_it_was_last_there() -> None:
    assert due_back(NOON, 31) == NOON + timedelta(days=31)


def test_every_alarm_about_copies_has_a_sentence_in_which_nothing_is_missing() -> None:
    old = medium_age("a", Place(), NOON.date() - timedelta(days=4000))
    seen = CopiesSeen(
        below=[below(copies=1)],
        overdue={"a": NOON},
        held=["a"],
        media=[old],
        disputed={"urn:1": NOON},
        drift={"a": Drift(NOON, 1, 1, 1)},
        peers=[PeerSeen("university", {"urn:1": NOON}, NOON - timedelta(days=4), NOON)],
    )

    found = copy_alarms(seen, NOON)

    assert {one.code for one in found} == COPY_CODES
    for language in LANGUAGES:
        assert not [text for one in found if "{" in (text := render(one.finding, language)) or "?" in text]
