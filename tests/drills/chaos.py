"""The chaos drill: `python -m tests.drills.chaos [--seconds 3600] [--seed 1] [--folders] [--keep]`.

Packages go in, copies are checked and mended and brought to where they lack, by two workers and the timers, on three
replicas: two folders, and a bucket on a real server behind a proxy. Meanwhile files are damaged, replicas emptied, cut off and
brought back, workers stopped for longer than their leases, and requests to the bucket refused, lied to, hung and broken off.

In the end, when all has come to rest: no acknowledged byte is lost; every injury was found by the first whole look at its
replica, and mended; nothing was called damaged that was not; what lies on each replica is what the catalogue says.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha512
from pathlib import Path
from statistics import median

from preservation import bootstrap
from preservation.bootstrap import Repository
from preservation.domain.deposits import DepositSource
from preservation.domain.events import Json
from preservation.domain.holdings import ReplicaRecord, ReplicaState, Transfer, TransferStatus
from preservation.domain.jobs import Job, JobKind, JobState, NewJob
from preservation.services.deposits import WantedDeposit
from preservation.services.fixity import Selection
from preservation.services.repair_limits import release_repairs
from preservation.settings import Settings, read_settings
from tests.ceph_server import ACCESS_KEY, SECRET_KEY
from tests.drills.bitrot_home import command
from tests.drills.chaos_bucket import BucketPlace, bucket
from tests.drills.chaos_judge import Sweep, judge
from tests.drills.chaos_ledger import Reader
from tests.drills.chaos_nemesis import Nemesis
from tests.drills.chaos_places import FolderPlace, Place
from tests.drills.kill_cast import Program

WORKERS = 2
KEYS = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
REST_SECONDS = 1800.0
ENVIRONMENT = {
    "PRESERVATION_LEASE_SECONDS": "6",
    "PRESERVATION_BEAT_SECONDS": "2",
    "PRESERVATION_GRACE_SECONDS": "5",
    "PRESERVATION_WORKER_SLOTS": "2",
    "PRESERVATION_LOG_LEVEL": "info",
    "PRESERVATION_LOG_FORMAT": "json",
}


@dataclass(slots=True)
class Stage:
    """What the drill takes place on. `acknowledged`: the digests of what each transfer brought."""

    settings: Settings
    place: Path
    replicas: Sequence[Place]
    programs: Sequence[Program]
    acknowledged: dict[str, Sequence[bytes]] = field(default_factory=dict)
    sweeps: list[Sweep] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def built(place: Path, *, with_bucket: bool) -> Iterator[Stage]:
    """A home with three replicas and the programs around it, not started yet."""
    if not with_bucket:
        yield _build(place, str(place / "third" / "c"), None)
        return
    with bucket(place / "bucket") as (client, proxy, address):
        yield _build(place, address, lambda one: BucketPlace(one.name, one.id, client, proxy))


def _build(place: Path, third: str, bucket_place: Callable[[ReplicaRecord], Place] | None) -> Stage:
    home = place / "home"
    command(home, "init")
    policy = home / "policies" / "formats.toml"
    policy.write_text(policy.read_text().replace('first = "siegfried"', 'first = "none"'))
    os.environ.update(KEYS)
    command(home, "replica", "add", third, "--name", "c")
    settings = read_settings(home, ENVIRONMENT)
    with bootstrap.reading(settings) as repository:
        replicas = [
            bucket_place(one)
            if bucket_place is not None and one.name == "c"
            else FolderPlace(one.name, one.id, Path(one.url.removeprefix("file://")))
            for one in repository.catalogue.replicas()
        ]
    names = [*(("workers.worker", f"worker {number}") for number in range(WORKERS)), ("workers.scheduler", "scheduler")]
    programs = [Program(module, home, ENVIRONMENT, place / f"{name}.log") for module, name in names]
    return Stage(settings, place, replicas, programs)


def produce(stage: Stage, rng: random.Random) -> None:
    """Packages, one every few seconds, from folders of ours."""
    with bootstrap.serving(stage.settings) as repository:
        collection = next(one for one in repository.catalogue.collections() if one.code == "unassigned")
        number = 0
        while not stage.is_over.wait(rng.uniform(0.5, 4)):
            number += 1
            package = stage.place / "packages" / f"{number}"
            digests = _fill(package, rng)
            wanted = WantedDeposit(
                source=DepositSource.PATH, collection=collection, place=str(package), name=str(number)
            )
            transfer = repository.deposits().open(wanted, None)[0]
            assert isinstance(transfer, Transfer)
            repository.deposits().submit(transfer.id, None)
            stage.acknowledged[transfer.id] = digests


def _fill(package: Path, rng: random.Random) -> Sequence[bytes]:
    digests = []
    for number in range(rng.choice((1, 4, 20, 120))):
        data = rng.randbytes(rng.choice((0, 1, 300, 20_000, 300_000)))
        path = package / f"tập {number // 10}" / f"tờ {number}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        digests.append(sha512(data).digest())
    return digests


def sweep(stage: Stage) -> None:
    """Look at one replica after the other, without end, as a window of a few seconds would want it."""
    with bootstrap.serving(stage.settings) as repository:
        while not stage.is_over.is_set():
            for one in stage.replicas:
                sweep_once(stage, repository, one)
                if stage.is_over.is_set():
                    return


def sweep_once(stage: Stage, repository: Repository, place: Place) -> bool:
    """Whether the whole replica was looked at, and is right now."""
    began = repository.clock.now()
    job = run_job(repository, JobKind.FIXITY, selection=Selection.ALL.value, replica=place.id)
    result = job.result or {}
    # What could not be read was not looked at: that is told of it, and the next sweep finds what is wrong with it.
    left_out = any(result.get(one) for one in ("away", "passed_over", "unreadable"))
    is_whole = job.state is JobState.SUCCEEDED and not left_out
    if is_whole and job.attempts == 1:
        stage.sweeps.append(Sweep(place.id, job.started or began, repository.clock.now()))
    # More may have been damaged than is repaired before a person looks: `look_after` is that person.
    return is_whole and not result.get("unrepaired")


def run_job(repository: Repository, kind: JobKind, *, subject: str | None = None, **parameters: Json) -> Job:
    """Queue a job and wait for its end. TimeoutError if it has none."""
    new = NewJob(id=repository.minter.urn(), kind=kind, subject=subject, parameters=parameters, max_attempts=3)
    with repository.catalogue.begin() as tx:
        tx.add_job(new, now=repository.clock.now())
    table = repository.catalogue.job_table()
    deadline = time.monotonic() + REST_SECONDS
    while time.monotonic() < deadline:
        job = table.job(new.id)
        if job is not None and job.state.is_final:
            return job
        time.sleep(0.2)
    raise TimeoutError(f"a {kind.value} job does not end")


def rage(stage: Stage, nemesis: Nemesis, reader: Reader, seconds: float, rng: random.Random) -> None:
    """One deed after the other, for so long."""
    ends = time.monotonic() + seconds
    with bootstrap.serving(stage.settings) as repository:
        while time.monotonic() < ends:
            time.sleep(rng.uniform(0.2, 2.0))
            if rng.random() < 0.03:
                _hold_up(rng.choice(stage.programs[:WORKERS]), rng)
                nemesis.deeds["worker held up"] += 1
            nemesis.act(repository, reader)
            look_after(repository, nemesis)
        nemesis.end(repository.clock.now())


def look_after(repository: Repository, nemesis: Nemesis) -> None:
    """The person who is called where too much has to be mended on one replica: looks, and lets it go on."""
    for record in repository.catalogue.replicas():
        if record.state is ReplicaState.HELD:
            release_repairs(repository.catalogue, repository.recorder, record, repository.clock.now())
            nemesis.deeds["repairs held, and released"] += 1


def _hold_up(program: Program, rng: random.Random) -> None:
    """For longer than a lease at times: what it had is somebody else's when it goes on."""
    pids = program.children()
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(rng.uniform(1, 9))
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def rest(stage: Stage, nemesis: Nemesis) -> list[str]:
    """Until every transfer is preserved and two looks at every replica found it whole."""
    with bootstrap.serving(stage.settings) as repository:
        deadline = time.monotonic() + REST_SECONDS
        while time.monotonic() < deadline:
            look_after(repository, nemesis)
            for place in stage.replicas:
                run_job(repository, JobKind.SYNC, subject=place.id)
            whole = [sweep_once(stage, repository, place) for place in [*stage.replicas, *stage.replicas]]
            found = [repository.catalogue.transfer(one) for one in stage.acknowledged]
            if all(whole) and all(one is not None and one.status is TransferStatus.PRESERVED for one in found):
                return []
        return [f"it did not come to rest: {[one.status.value for one in found if one is not None]}"]


def drill(place: Path, *, seconds: float, seed: int, with_bucket: bool = True) -> list[str]:
    """Run it in a new folder. What is wrong at its end, in sentences."""
    with built(place, with_bucket=with_bucket) as stage:
        return _run(stage, seconds, seed)


def _run(stage: Stage, seconds: float, seed: int) -> list[str]:
    rng = random.Random(seed)
    nemesis, reader = Nemesis(stage.replicas, random.Random(seed + 1)), Reader()
    threads = [
        threading.Thread(target=produce, args=(stage, random.Random(seed + 2))),
        threading.Thread(target=sweep, args=(stage,)),
    ]
    for program in stage.programs:
        program.start()
    for thread in threads:
        thread.start()
    try:
        rage(stage, nemesis, reader, seconds, rng)
        stage.is_over.set()
        for thread in threads:
            thread.join()
        wrong = rest(stage, nemesis)
    finally:
        stage.is_over.set()
        for program in stage.programs:
            program.stop()
    with bootstrap.serving(stage.settings) as repository:
        bootstrap.publish(repository)  # as a worker does now and again, which was stopped
        reader.read(repository.catalogue)
        wrong += judge(repository, stage.replicas, nemesis, reader, stage.sweeps, stage.acknowledged)
    audit = command(stage.settings.home, "audit", "verify", expect=None)
    if not audit["ok"] or audit["problems"]:
        wrong.append(f"audit verify: {audit}")
    delays = sorted(_delays(nemesis, reader)) or [0.0]
    print(
        f"{len(stage.acknowledged)} transfers, {len(stage.sweeps)} whole looks at a replica; deeds {dict(nemesis.deeds)}"
    )
    print(f"{len(nemesis.injuries)} injuries, found after {median(delays):.1f} s (median), {delays[-1]:.1f} s at most")
    return wrong


def _delays(nemesis: Nemesis, reader: Reader) -> list[float]:
    found = [(reader.found_since(one.copy, one.time), one.time) for one in nemesis.injuries]
    return [_seconds(since, one.time) for one, since in found if one is not None]


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()


def main() -> int:
    """Exit status 0 if nothing was lost, missed, or told wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folders", action="store_true", help="three folders, and no bucket")
    parser.add_argument("--keep", action="store_true", help="leave the folder for a look")
    given = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        wrong = drill(place, seconds=given.seconds, seed=given.seed, with_bucket=not given.folders)
    finally:
        if not given.keep:
            shutil.rmtree(place, ignore_errors=True)
    print(f"{len(wrong)} faults" + (f" ({place})" if given.keep else ""))
    for sentence in wrong:
        print(f"  {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
