"""Peers are asked about their copies, believed only by digests that need every byte, and told on when they differ."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from preservation.domain.challenges import ChallengeAnswer, PeerRound, is_asked_on
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.replication_policy import Peer
from preservation.errors import NotHere, Unavailable
from preservation.ports import Clock, ReplicaStore
from preservation.services import peer_checks
from preservation.services.challenge_answers import answer_challenge
from preservation.services.peer_checks import PeerChecks, peer_standings
from tests.service_kit import SetClock
from tests.services.fixity_kit import FixityKit, Quiet, a_home, damage

UNIVERSITY = Peer(name="university", challenge_url="https://x.example", token_file="/none", every_days=1)  # noqa: S106


@dataclass(slots=True)
class Keeper:
    """Somebody who keeps one of our replicas, and answers from it."""

    kit: FixityKit
    stores: list[ReplicaStore]
    asked: list[str] = field(default_factory=list)
    is_silent: bool = False

    def ask(self, aip: str, version: int, nonce: str) -> ChallengeAnswer | None:
        self.asked.append(nonce)
        if self.is_silent:
            raise Unavailable("no answer")
        repository = self.kit.repository
        try:
            return answer_challenge(
                repository.catalogue, repository.locations, self.stores, repository.minter, Quiet(),
                aip=aip, version=version, nonce=bytes.fromhex(nonce),
            )  # fmt: skip
        except (NotHere, Unavailable):
            return None


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[FixityKit]:
    with a_home(tmp_path, versions=2) as kit:
        yield kit


def ask(kit: FixityKit, keeper: Keeper, peer: Peer = UNIVERSITY, clock: Clock | None = None) -> PeerRound:
    repository = kit.repository
    own = repository.replicas.stores[kit.ids[0]]
    checks = PeerChecks(
        repository.catalogue, repository.locations, [own], repository.recorder, repository.minter,
        clock or repository.clock,
    )  # fmt: skip
    return checks.ask(peer, keeper, Quiet())


def keeper(kit: FixityKit) -> Keeper:
    return Keeper(kit, [kit.repository.replicas.stores[kit.ids[1]]])


def test_a_peer_that_holds_the_same_bytes_agrees_and_that_is_one_event_with_its_proof(kit: FixityKit) -> None:
    other = keeper(kit)

    rounds = [ask(kit, other) for _ in range(2)]

    assert [(one.agreed, one.differs, one.absent) for one in rounds] == [(1, 0, 0)] * 2
    # No nonce is used twice, so that no answer can be kept.
    assert len(set(other.asked)) == 2
    told = [one for one in kit.events() if one.detail.get("act") == "peer asked"]
    assert [(one.type, one.outcome, one.detail["method"], one.detail["agreed"]) for one in told] == [
        (EventType.FIXITY_CHECK, EventOutcome.SUCCESS, "N", 1)
    ] * 2
    (standing,) = peer_standings(kit.repository.catalogue, [UNIVERSITY])
    assert (standing.faults, standing.last) == ({}, rounds[-1])
    assert standing.heard == rounds[-1].time


def test_one_changed_byte_at_the_peer_is_told_until_it_is_right_again(kit: FixityKit) -> None:
    other = keeper(kit)
    path = kit.content("b", "third.bin")
    true = damage(path, path.read_bytes()[:-1] + b"?")

    found = ask(kit, other)
    (standing,) = peer_standings(kit.repository.catalogue, [UNIVERSITY])
    path.write_bytes(true)
    again = ask(kit, other)

    assert (found.agreed, found.differs, again.agreed) == (0, 1, 1)
    assert list(standing.faults) == [kit.aip]
    failed = [one for one in kit.events() if one.detail.get("outcome") == "differs"]
    assert [(one.outcome, one.objects[0].id) for one in failed] == [(EventOutcome.FAILURE, kit.aip)]
    assert peer_standings(kit.repository.catalogue, [UNIVERSITY])[0].faults == {}


def test_a_file_that_is_gone_at_the_peer_is_no_agreement(kit: FixityKit) -> None:
    kit.content("b", "first.txt").unlink()

    assert ask(kit, keeper(kit)).absent == 1


def test_a_peer_is_not_blamed_where_our_own_copy_is_not_intact(kit: FixityKit) -> None:
    damage(kit.content("a", "third.bin"))

    found = ask(kit, keeper(kit))

    assert (found.own, found.differs) == (1, 0)
    assert peer_standings(kit.repository.catalogue, [UNIVERSITY])[0].faults == {}


def test_a_peer_that_is_silent_is_no_peer_that_lost_anything(kit: FixityKit) -> None:
    other = keeper(kit)
    heard = ask(kit, other).time
    other.is_silent = True

    found = ask(kit, other)

    assert (found.unanswered, found.absent) == (1, 0)
    (standing,) = peer_standings(kit.repository.catalogue, [UNIVERSITY])
    assert standing.heard == heard
    assert standing.faults == {}


def test_a_version_that_is_not_the_newest_is_not_answered_for(kit: FixityKit) -> None:
    repository = kit.repository
    stores = list(repository.replicas.stores.values())

    with pytest.raises(NotHere):
        answer_challenge(
            repository.catalogue, repository.locations, stores, repository.minter, Quiet(),
            aip=kit.aip, version=1, nonce=bytes(32),
        )  # fmt: skip


def a_turn(kit: FixityKit, every_days: int) -> SetClock:
    """A clock on the AIP's day."""
    clock = SetClock()
    while not is_asked_on(kit.aip, clock.now().date(), every_days):
        clock.pass_by(days=1)
    return clock


def test_a_day_on_which_a_peer_was_silent_is_made_up_for(kit: FixityKit) -> None:
    other, seldom = keeper(kit), replace(UNIVERSITY, every_days=30)
    clock = a_turn(kit, 30)
    clock.pass_by(days=-1)
    before = ask(kit, other, seldom, clock)
    clock.pass_by(days=1)
    other.is_silent = True
    silent = ask(kit, other, seldom, clock)
    other.is_silent = False

    answers = []
    for _ in range(3):
        clock.pass_by(days=1)
        answers.append(ask(kit, other, seldom, clock).agreed)

    assert (before.agreed, silent.unanswered) == (0, 1)
    assert answers == [1, 0, 0]


def test_days_without_a_round_are_made_up_for_and_none_is_asked_of_twice(kit: FixityKit) -> None:
    """No scheduler ran, or a round took longer than a day."""
    other, seldom = keeper(kit), replace(UNIVERSITY, every_days=30)
    clock = a_turn(kit, 30)
    clock.pass_by(days=-1)
    ask(kit, other, seldom, clock)

    answers = []
    for days in (8, 1, 200, 1):
        clock.pass_by(days=days)
        answers.append(ask(kit, other, seldom, clock).agreed)

    assert answers == [1, 0, 1, 0]


def test_a_peer_that_answers_nothing_owes_its_days_as_a_whole(kit: FixityKit, monkeypatch: pytest.MonkeyPatch) -> None:
    other = keeper(kit)
    monkeypatch.setattr(peer_checks, "_MOST_SILENCE", 0)
    clock, seldom = a_turn(kit, 30), replace(UNIVERSITY, every_days=30)
    silent = ask(kit, other, seldom, clock)
    monkeypatch.undo()
    clock.pass_by(days=3)

    assert (silent.unanswered, other.asked) == (1, [])
    assert ask(kit, other, seldom, clock).agreed == 1
