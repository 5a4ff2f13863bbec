"""What watches a home that is really there: replicas, disks and figures of an AIP that was taken in."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from preservation.adapters.metrics import exposition
from preservation.bootstrap.watching import alarm_channels, alarms, health, job_reconciler, service_watch
from preservation.domain.alarms import AlarmCode
from preservation.errors import Unavailable
from preservation.services.health import HealthState
from tests.adapters.alarm_messages import a_message
from tests.services.fixity_kit import FixityKit, a_home


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=1) as kit:
        yield kit


def test_a_home_tells_of_its_replicas_and_disks(kit: FixityKit) -> None:
    repository = kit.repository
    watch = service_watch(repository)
    counted = watch.refresh()
    shutil.move(kit.folder("b"), kit.home / "elsewhere")

    text = exposition(watch.figures()).decode()
    report = health(repository).look()
    shutil.move(kit.home / "elsewhere", kit.folder("b"))

    assert counted
    assert 'preservation_replica_away{replica="b"} 1.0' in text
    assert 'preservation_replica_away{replica="a"} 0.0' in text
    assert 'preservation_copies_lacking{replica="b"} 0.0' in text
    assert "preservation_aips 2.0" in text
    assert 'preservation_disk_free_bytes{place="home, database, replica a"}' in text
    assert report.state is HealthState.DEGRADED
    assert {one.code for one in report.reasons} >= {"HEALTH-REPLICA-AWAY", "HEALTH-NO-WORKER"}
    # How full the disk of this machine is, is not ours to say.
    assert {one.alarm.code for one in alarms(repository).look().on} <= {AlarmCode.DISK_NEARLY_FULL}
    assert job_reconciler(repository, None).reconcile().queued == []


def test_the_settings_name_who_is_told(kit: FixityKit) -> None:
    silent = kit.repository.settings
    told = replace(
        silent,
        alarm_webhook_url="https://example.org/hook",
        alarm_email_to="a@example.org, b@example.org",
        alarm_email_from="preservation@example.org",
        smtp_host="mail.example.org",
    )

    assert alarm_channels(silent) == {}
    assert sorted(alarm_channels(told)) == ["email", "webhook"]


def test_a_webhook_that_cannot_be_used_leaves_the_other_channels(kit: FixityKit) -> None:
    channels = alarm_channels(
        replace(
            kit.repository.settings,
            alarm_webhook_url="https://example.org/hook",
            alarm_webhook_secret="whsec_***",  # noqa: S106 - not one
            alarm_email_to="a@example.org",
        )
    )

    assert sorted(channels) == ["email", "webhook"]
    with pytest.raises(Unavailable, match="whsec_"):
        channels["webhook"].send(a_message())
