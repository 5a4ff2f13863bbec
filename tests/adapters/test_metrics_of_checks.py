"""What Prometheus is told of the checks to come."""

from dataclasses import replace

from preservation.domain.fixity_load import ReplicaPlan
from preservation.domain.fixity_schedule import AT_ONCE
from tests.adapters.test_metrics import FIGURES, read
from tests.contracts.catalogue_builders import later

PLAN = ReplicaPlan(
    replica="r2",
    window_days=90,
    copies=100,
    bytes=1 << 40,
    oldest_check=later(-86_400),
    never_checked=0,
    overdue=25,
    waiting=30,
    oldest_due=later(-60),
    bytes_needed=1000.0,
    checks_needed=0.5,
    bytes_available=4000.0,
    checks_available=1.0,
)


def test_what_checks_need_and_have_is_told_by_replica() -> None:
    samples = read(replace(FIGURES, checks=[PLAN]))

    assert {name: value for (name, *labels), value in samples.items() if labels == ["băng 2"] and "check" in name} == {
        "preservation_checks_due": 30,
        "preservation_checks_oldest_due_seconds": 60,
        "preservation_checks_needed_bytes_per_second": 1000,
        "preservation_checks_needed_per_second": 0.5,
        "preservation_checks_available_bytes_per_second": 4000,
        "preservation_checks_available_per_second": 1,
        "preservation_checks_load": 0.5,
    }
    assert samples["preservation_copies_within_window", "băng 2"] == 0.75


def test_what_was_not_measured_yet_has_no_sample_and_what_is_urgent_no_age() -> None:
    plan = replace(PLAN, bytes_available=None, checks_available=None, oldest_due=AT_ONCE)
    samples = read(replace(FIGURES, checks=[plan]))

    assert ("preservation_checks_load", "băng 2") not in samples
    assert ("preservation_checks_available_per_second", "băng 2") not in samples
    assert samples["preservation_checks_oldest_due_seconds", "băng 2"] == 0
