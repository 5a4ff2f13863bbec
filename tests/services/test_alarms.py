"""Alarms are told to whoever has to know: each message once, by whichever process comes first, whatever fails on the way."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from preservation.domain.alarms import AlarmMessage
from preservation.domain.jobs import JobKind, NewJob
from preservation.domain.policies import Policies
from preservation.domain.service_figures import DiskSpace
from preservation.errors import Unavailable
from preservation.ports import Catalogue
from preservation.ports.watching import AlarmChannel
from preservation.services.alarms import Alarms
from preservation.services.service_watch import ServiceWatch
from tests.contracts.catalogue_builders import a_replica, urn
from tests.service_kit import SetClock, a_catalogue


class Letterbox:
    """Keeps what it is sent, unless it is shut."""

    def __init__(self) -> None:
        self.messages: list[AlarmMessage] = []
        self.is_shut = False

    def send(self, message: AlarmMessage) -> None:
        if self.is_shut:
            raise Unavailable("shut")
        self.messages.append(message)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(message.moment.value, message.alarm.key) for message in self.messages]


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with a_catalogue(tmp_path) as opened:
        yield opened


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def alarms(catalogue: Catalogue, clock: SetClock, away: dict[str, str], **channels: AlarmChannel) -> Alarms:
    watch = ServiceWatch(
        catalogue=catalogue,
        clock=clock,
        policies=Policies(),
        disks=lambda: [DiskSpace("home", 50, 100)],
        away=lambda: away,
    )
    return Alarms(catalogue=catalogue, watch=watch, channels=channels, clock=clock, repository=urn(99))


def a_late_job(catalogue: Catalogue, clock: SetClock) -> None:
    with catalogue.begin() as tx:
        tx.add_job(NewJob(id=urn(1), kind=JobKind.EXPORT), now=clock.now())
    clock.pass_by(minutes=6)


def test_a_late_job_is_told_once_repeated_after_a_day_and_told_to_be_over(
    catalogue: Catalogue, clock: SetClock
) -> None:
    box = Letterbox()
    service = alarms(catalogue, clock, {}, mail=box)
    a_late_job(catalogue, clock)

    for _ in range(3):
        service.look()
        clock.pass_by(minutes=1)
    once = list(box.told)
    clock.pass_by(days=1)
    service.look()
    catalogue.job_table().cancel(urn(1), now=clock.now())
    clock.pass_by(minutes=1)
    service.look()
    service.look()

    key = "ALARM-JOBS-LATE access"
    assert once == [("raised", key)]
    assert box.told == [("raised", key), ("repeated", key), ("cleared", key)]
    assert catalogue.alarm_table().alarms() == []
    assert box.messages[0].texts["vi"].startswith("1 công việc trong hàng đợi access")
    assert box.messages[2].cleared is not None


def test_two_processes_do_not_both_send(catalogue: Catalogue, clock: SetClock) -> None:
    box = Letterbox()
    services = [alarms(catalogue, clock, {}, mail=box) for _ in range(4)]
    a_late_job(catalogue, clock)

    with ThreadPoolExecutor(4) as pool:
        rounds = list(pool.map(lambda service: service.look(), services))

    assert len(box.messages) == sum(one.sent for one in rounds) == 1


def test_a_channel_that_fails_is_tried_again_and_the_others_are_not_bothered(
    catalogue: Catalogue, clock: SetClock
) -> None:
    good, bad = Letterbox(), Letterbox()
    bad.is_shut = True
    service = alarms(catalogue, clock, {}, good=good, bad=bad)
    a_late_job(catalogue, clock)

    first = service.look()
    bad.is_shut = False
    service.look()
    early = len(bad.messages)
    clock.pass_by(minutes=6)
    service.look()

    assert (first.sent, first.refused) == (1, {"bad": "shut"})
    assert early == 0
    assert good.told == bad.told == [("raised", "ALARM-JOBS-LATE access")]


def test_an_alarm_that_comes_back_is_told_again_although_another_channel_is_dead(
    catalogue: Catalogue, clock: SetClock
) -> None:
    mail, dead = Letterbox(), Letterbox()
    service = alarms(catalogue, clock, {}, mail=mail, dead=dead)
    a_late_job(catalogue, clock)
    service.look()
    dead.is_shut = True
    clock.pass_by(minutes=1)
    catalogue.job_table().cancel(urn(1), now=clock.now())
    service.look()
    clock.pass_by(hours=1)
    catalogue.job_table().retry(urn(1), now=clock.now())
    clock.pass_by(minutes=6)
    service.look()

    key = "ALARM-JOBS-LATE access"
    assert mail.told == [("raised", key), ("cleared", key), ("raised", key)]
    assert dead.told == [("raised", key)]
    assert mail.messages[2].alarm.since > mail.messages[0].alarm.since


def test_without_a_channel_alarms_are_kept_to_be_shown(catalogue: Catalogue, clock: SetClock) -> None:
    service = alarms(catalogue, clock, {})
    a_late_job(catalogue, clock)

    assert [one.alarm.key for one in service.look().on] == ["ALARM-JOBS-LATE access"]


def test_a_replica_that_stays_away_becomes_an_alarm_after_a_day(catalogue: Catalogue, clock: SetClock) -> None:
    with catalogue.begin() as tx:
        tx.save_replica(a_replica(1))
    away = {urn(801): "not mounted"}
    service = alarms(catalogue, clock, away)

    found = []
    for _ in range(3):
        found.append([one.alarm.values["replica"] for one in service.look().on])
        clock.pass_by(hours=12)
    away.clear()
    found.append([one.alarm.key for one in service.look().on])

    assert found == [[], [], ["tape 1"], []]


def test_holdings_are_counted_again_only_when_it_is_time(catalogue: Catalogue, clock: SetClock) -> None:
    watch = alarms(catalogue, clock, {}).watch

    counted = [watch.refresh(), watch.refresh()]
    clock.pass_by(minutes=2)
    counted.append(watch.refresh())
    assert counted == [True, False, True]
    figures = watch.figures()
    assert figures.holdings is not None
    assert figures.holdings.time == clock.now()
    assert figures.late == 0
