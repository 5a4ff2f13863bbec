"""Two or three attempts at one transfer, none of which has a lock, mixed at every call of a port: the transfer has one end.

Locks may be lost, and leases are only about who should work. That nothing is kept twice, or in two ways, rests on what is left:
attempts that the database counts, and fences on the replicas (docs/decisions/0016-many-writers.md).
"""

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from hashlib import sha512
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.adapters.packages.opening import open_package
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import CopyState, SubmissionMode, Transfer, TransferStatus
from preservation.domain.jobs import JobProblem
from preservation.errors import Conflict, NotHere, Unavailable
from preservation.services.given_up_transfers import GivenUpTransfers
from preservation.services.ingest import IngestRequest, IngestResult
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, assert_sound, assert_valid_object, make_home, originals
from tests.interleaving import Turns, as_actor
from tests.package_builders import write_files

FIRST = {"a.txt": b"a", "b.bin": b"b" * 5000}
SECOND = {"a.txt": b"changed", "c.txt": b"c"}
# How likely the turn passes on at a step: from processes in lockstep to one that stalls while others come and go.
SWITCHES = (0.5, 0.2, 0.05, 0.02)
FAULTS = (0.0, 0.0, 0.01, 0.04)
SEEDS = range(16)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    return make_home(tmp_path_factory.mktemp("interleavings") / "home")


@pytest.mark.parametrize("updates", [False, True], ids=["a new AIP", "a new version"])
@pytest.mark.parametrize("seed", SEEDS)
def test_attempts_at_one_transfer_mixed_at_every_step_bring_it_to_one_end(
    seed: int, updates: bool, home: TestHome, tmp_path: Path
) -> None:
    aip = home.preserved(write_files(tmp_path / "first", FIRST)) if updates else None
    package = write_files(tmp_path / "second", SECOND)
    drawn = random.Random(seed)
    turns = Turns(drawn, drawn.choice(SWITCHES), drawn.choice(FAULTS))
    with ExitStack() as opened:
        settings = read_settings(home.root, {})
        transfer = submitted(opened.enter_context(bootstrap.serving(settings)))
        kinds = ["attempt", "attempt", drawn.choice(["attempt", "give up", "recover", "nobody"])]
        actors = {
            f"{number} {kind}": an_actor(
                opened.enter_context(bootstrap.serving(settings)), f"{number} {kind}", turns, transfer, package, aip
            )
            for number, kind in enumerate(kinds)
            if kind != "nobody"
        }
        turns.run(actors)

    with bootstrap.serving(read_settings(home.root, {})) as repository:
        finished = finish(repository, transfer.id, package, aip)
    synced = home.run("replica", "sync")

    assert synced.status == 0, synced
    assert finished.aip is not None
    assert_one_end(home, transfer.id, finished.aip, 2 if updates else 1)


def test_after_all_those_attempts_the_storage_roots_are_valid(home: TestHome) -> None:
    assert_sound(home)


def submitted(repository: bootstrap.Repository) -> Transfer:
    place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
    transfer = Transfer(repository.minter.urn(), TransferStatus.ACCEPTED, place.id, repository.clock.now())
    with repository.catalogue.begin() as tx:
        tx.save_transfer(transfer)
    return transfer


def an_actor(
    repository: bootstrap.Repository, name: str, turns: Turns, transfer: Transfer, package: Path, aip: str | None
) -> Callable[[], None]:
    replicas: Sequence[str] = list(repository.replicas.stores)
    # Some see only one of the replicas, each perhaps another one.
    without = [turns.random.choice(replicas)] if turns.fault and turns.random.random() < 0.3 else []
    mine = as_actor(repository, name, turns, without=without)

    def attempt() -> None:
        for _ in range(2):
            # Superseded is one of the Conflicts.
            with suppress(Conflict, Unavailable, NotHere):
                take_in(mine, transfer.id, package, aip)

    def give_up() -> None:
        with suppress(Conflict, Unavailable):
            GivenUpTransfers(mine.ingest(None).desk, mine.locks).give_up(transfer.id, JobProblem("Cancelled", "a test"))

    def recover() -> None:
        with suppress(Conflict, Unavailable):
            mine.recovery().recover()

    return {"attempt": attempt, "give up": give_up, "recover": recover}[name.partition(" ")[2]]


def take_in(repository: bootstrap.Repository, transfer: str, package: Path, aip: str | None) -> IngestResult:
    place = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
    with closing(open_package(package, repository.home.staging, repository.policies.ingest.limits)) as reader:
        request = IngestRequest(reader, place, None, aip, SubmissionMode.REPLACEMENT, transfer=transfer)
        return repository.ingest(None).take_in(request, Quiet())


def finish(repository: bootstrap.Repository, transfer: str, package: Path, aip: str | None) -> IngestResult:
    """What a job does in the end, with nobody beside it."""
    for _ in range(3):
        result = take_in(repository, transfer, package, aip)
        if result.status is not TransferStatus.FAILED:
            break
    assert result.status in (TransferStatus.PRESERVED, TransferStatus.STORED), result
    return result


def assert_one_end(home: TestHome, transfer: str, aip: str, version: int) -> None:
    (recorded,) = [one for one in home.transfers() if one.id == transfer]
    assert (recorded.status, recorded.aip, recorded.version) == (TransferStatus.PRESERVED, aip, version)
    with home.catalogue() as catalogue:
        versions = catalogue.versions(aip)
        copies = catalogue.copies(aip)
    assert [one.number for one in versions] == list(range(1, version + 1))
    assert versions[-1].transfer == transfer
    assert [(one.version, one.state) for one in copies] == [(version, CopyState.INTACT)] * 2
    for replica in ("a", "b"):
        folder = home.object(aip, replica)
        assert sha512((folder / "inventory.json").read_bytes()).hexdigest() == versions[-1].inventory_digest
        assert_valid_object(folder)
        assert originals(folder) == SECOND
        assert list((home.replica(replica) / "work").iterdir()) == []
    about = [event for event in home.events() if any(linked.id == transfer for linked in event.objects)]
    kept = [one for one in about if one.type is EventType.INGESTION and one.outcome is EventOutcome.SUCCESS]
    assert len(kept) == 1
    assert [one.type for one in about].count(EventType.TRANSFER) == 1
    assert len({one.id for one in about}) == len(about)
