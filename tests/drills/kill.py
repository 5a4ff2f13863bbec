"""The kill drill: `python -m tests.drills.kill [--form sqlite|servers] [--seconds 600] [--transfers 200] [--seed 1]`.

Packages are handed over by HTTP while API, workers, single slots, scheduler, and with `--form servers` RabbitMQ and PostgreSQL,
are killed and started again at random. Then all is left in peace until it has come to rest, and has to be as if nothing had
been: every transfer that was acknowledged is preserved, or rejected with its reason; one AIP each; every event once; no
job stuck; the ledger, the OCFL storage roots and both replicas sound.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from preservation import bootstrap
from preservation.domain.holdings import TransferStatus
from preservation.errors import Unavailable
from preservation.settings import Settings, read_settings
from tests.broker_servers import make_rabbitmq
from tests.drills.bitrot_home import command
from tests.drills.kill_cast import (
    Player,
    PostgreSQL,
    Program,
    broker_player,
    busy_player,
    database_player,
    program_player,
    slot_player,
)
from tests.drills.kill_judge import Act, acts_of_transfers, judge
from tests.drills.kill_producer import Producer, make_package
from tests.free_ports import free_port

WORKERS = 3
PRODUCERS = 3
REST_SECONDS = 900
_UNSETTLED = frozenset({TransferStatus.ACCEPTED, TransferStatus.RUNNING, TransferStatus.STORED, TransferStatus.FAILED})


@dataclass(slots=True)
class Stage:
    """What the drill takes place on."""

    settings: Settings
    producer: Producer
    players: list[Player]
    kills: Counter[str] = field(default_factory=Counter)
    down: dict[str, float] = field(default_factory=dict)
    is_over: threading.Event = field(default_factory=threading.Event)

    def keep_up(self) -> None:
        """What an init system does: whatever ends by itself (its database was away) is started again."""
        while not self.is_over.wait(0.5):
            for player in self.programs:
                if player.name not in self.down:
                    player.start()

    @property
    def programs(self) -> list[Player]:
        return [one for one in self.players if one.name not in ("database", "broker")]


def build(place: Path, form: str) -> Stage:
    """A home, an account with a token, and everything that runs, not started yet but for the servers."""
    servers: list[Player] = []
    environment = {
        "PRESERVATION_API_PORT": str(free_port()),
        "PRESERVATION_LEASE_SECONDS": "8",
        "PRESERVATION_BEAT_SECONDS": "2",
        "PRESERVATION_GRACE_SECONDS": "5",
        "PRESERVATION_WORKER_SLOTS": "2",
        "PRESERVATION_LOG_LEVEL": "info",
        "PRESERVATION_LOG_FORMAT": "json",
    }
    if form == "servers":
        database, folder = PostgreSQL(place / "postgresql"), place / "rabbitmq"
        place.chmod(0o755)
        database.make()
        folder.mkdir()
        broker = make_rabbitmq(folder)
        broker.start()
        servers = [database_player(database), broker_player(broker)]
        environment |= {"PRESERVATION_DATABASE_URL": database.url, "PRESERVATION_BROKER_URL": broker.url}
    os.environ.update({name: value for name, value in environment.items() if "LOG" not in name})
    home = place / "home"
    command(home, "init")
    policy = home / "policies" / "formats.toml"
    policy.write_text(policy.read_text().replace('first = "siegfried"', 'first = "none"'))
    command(home, "account", "add", "producer", "A drill", "--role", "producer", "--machine")
    token = command(home, "account", "token", "add", "producer", "drill")["token"]
    collection = next(one["id"] for one in command(home, "collection", "list") if one["code"] == "unassigned")
    programs = {
        name: Program(module, home, environment, place / f"{name}.log")
        for name, module in (
            ("api", "preservation.api"),
            ("scheduler", "workers.scheduler"),
            *((f"worker {number}", "workers.worker") for number in range(WORKERS)),
        )
    }
    players = [program_player(name, program) for name, program in programs.items()]
    players += [slot_player(f"slot of {name}", one) for name, one in programs.items() if name.startswith("worker")]
    producer = Producer(f"http://127.0.0.1:{environment['PRESERVATION_API_PORT']}", token, collection)
    settings = read_settings(home, os.environ)
    # A busy slot is chosen as often as three others: it is what there is most to learn from.
    return Stage(settings, producer, [*players, *[busy_player(settings)] * 3, *servers])


def reference_of(stage: Stage, rng: random.Random) -> dict[bool, Counter[Act]]:
    """What a transfer leaves behind where nobody is killed: number 0 is good, number 3 is not."""
    transfers = {number != 3: stage.producer.send(number, make_package(number, rng)) for number in (0, 3)}
    rest(stage)
    with bootstrap.reading(stage.settings) as repository:
        acts = acts_of_transfers(repository.catalogue, [])
        return {is_good: acts[transfer] for is_good, transfer in transfers.items()}


def rage(stage: Stage, seconds: float, rng: random.Random) -> None:
    """Kill and start again, at random, for so long; at most two are down at a time."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(rng.uniform(0.2, 2.5))
        _raise(stage, lambda due: due <= time.monotonic())
        if len(stage.down) < 2:
            chosen = rng.choice([one for one in stage.players if one.name not in stage.down])
            stage.down[chosen.name] = time.monotonic() + rng.uniform(0.0, 4.0)
            chosen.kill(rng)
            stage.kills[chosen.name] += 1
    _raise(stage, lambda _: True)


def _raise(stage: Stage, is_time: Callable[[float], bool]) -> None:
    for player in stage.players:
        if player.name in stage.down and is_time(stage.down[player.name]):
            player.start()
            stage.down.pop(player.name)


def rest(stage: Stage) -> None:
    """Until every acknowledged transfer has come to its end. TimeoutError if one does not."""
    deadline = time.monotonic() + REST_SECONDS
    while time.monotonic() < deadline:
        try:
            with bootstrap.reading(stage.settings) as repository:
                found = [repository.catalogue.transfer(one) for one in stage.producer.acknowledged]
                if not any(one is None or one.status in _UNSETTLED for one in found):
                    return
        except Unavailable:
            pass
        time.sleep(1)
    raise TimeoutError("not every transfer came to its end")


def produce(stage: Stage, transfers: int, seconds: float, rng: random.Random) -> None:
    """Hand packages over, spread over the time."""
    packages = [(number, make_package(number, rng)) for number in range(10, 10 + transfers)]
    began = time.monotonic()

    def send(index: int) -> None:
        time.sleep(max(0.0, began + seconds * index / transfers - time.monotonic()))
        stage.producer.send(*packages[index])

    with ThreadPoolExecutor(PRODUCERS) as senders:
        list(senders.map(send, range(transfers)))


def drill(place: Path, form: str, *, seconds: float, transfers: int, seed: int) -> list[str]:
    """Run it in a new folder. What is wrong at its end, in sentences."""
    rng = random.Random(seed)
    stage = build(place, form)
    keeping = threading.Thread(target=stage.keep_up)
    keeping.start()
    try:
        reference = reference_of(stage, rng)
        producing = threading.Thread(target=produce, args=(stage, transfers, seconds * 0.9, random.Random(seed + 1)))
        producing.start()
        rage(stage, seconds, rng)
        producing.join()
        wrong = _rested(stage)
    finally:
        stage.producer.given_up = True
        stage.is_over.set()
        keeping.join()
        for player in stage.programs:
            player.stop()
    with bootstrap.reading(stage.settings) as repository:
        again = dict(Counter(one.attempts for one in repository.catalogue.job_table().jobs(limit=100_000)))
    try:
        wrong += judge(stage.settings, stage.producer.acknowledged, reference)
        audit = command(stage.settings.home, "audit", "verify", expect=None)
        if not audit["ok"] or audit["problems"]:
            wrong.append(f"audit verify: {audit}")
    finally:
        for player in stage.players:
            player.stop()
    if len(stage.producer.acknowledged) != transfers + 2:
        wrong.append(f"{len(stage.producer.acknowledged)} of {transfers + 2} transfers were acknowledged")
    wrong += [f"unexpected answer: {one}" for one in stage.producer.unasked_for[:20]]
    print(f"{len(stage.producer.acknowledged)} transfers acknowledged; answers {dict(stage.producer.answers)}")
    print(f"jobs by attempts {again}")
    print(f"killed: {dict(stage.kills)}, {stage.kills.total()} in all")
    return wrong


def _rested(stage: Stage) -> list[str]:
    try:
        rest(stage)
    except TimeoutError as error:
        return [str(error)]
    return []


def main() -> int:
    """Exit status 0 if all is as if nobody had been killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--form", choices=("sqlite", "servers"), default=None, help="both, one after the other, if not given"
    )
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--transfers", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the folder for a look")
    given = parser.parse_args()
    failed = False
    for form in [given.form] if given.form else ["sqlite", "servers"]:
        started = time.monotonic()
        place = tempfile.mkdtemp(prefix=f"kill-{form}-")
        try:
            wrong = drill(Path(place), form, seconds=given.seconds, transfers=given.transfers, seed=given.seed)
        finally:
            if not given.keep:
                shutil.rmtree(place, ignore_errors=True)
        print(
            f"{form}: {len(wrong)} faults in {time.monotonic() - started:.0f} s" + (f" ({place})" if given.keep else "")
        )
        for sentence in wrong:
            print(f"  {sentence}")
        failed = failed or bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
