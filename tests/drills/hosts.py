"""The drill of several hosts: `python -m tests.drills.hosts --rounds 4 --seed 1`.

API, database, broker, two workers and two replicas, each on a host of its own (network namespaces). A worker is cut off in the
middle of an ingest. The database's server ends its sessions, its lease runs out, the other worker brings the transfer to its
end; then, or while the other is at it, the first comes back. After each round there is exactly one AIP for each transfer with
one set of events, the ledger and both replicas are sound, nothing is left of what was under way, and whoever was cut off works
again, in the same process.

With `--storage network` home and replicas are exported by their hosts and mounted by the others, so that what a cut-off worker
was writing waits and goes on when it is back; with `folders` all hosts see folders of this machine, so that a worker which lost
database and broker can still write to the replicas. Needs root, and the Debian packages that `make hosts-drill` brings.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from preservation.adapters.trees import FolderTree
from preservation.services.ocfl_validation import validate_path
from tests.drills.hosts_network import Host, Network
from tests.drills.hosts_site import REPLICAS, Site, make_package, until

STORAGES = ("network", "folders")
RETURNS = ("after", "during")
# A folder takes far more bytes a second than the hosts' network does.
MEGABYTES = {"network": 40, "folders": 600}
LONG = 600.0


@dataclass(slots=True)
class Round:
    """What happened in one; times in seconds since the cut."""

    cut: str = ""
    sessions_ended: float = 0.0
    taken_over: float = 0.0
    preserved: float = 0.0
    wrong: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Drill:
    """A site and what was handed over to it. `events` is what an undisturbed ingest leaves, by type and outcome."""

    site: Site
    rng: random.Random
    megabytes: int
    transfers: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def control(self) -> None:
        """One ingest that nobody disturbs: how long it takes, and which events it leaves."""
        transfer, job = self._submit("undisturbed", self.megabytes)
        until(lambda: self.site.worker_of(job), "a worker takes the job")
        self.seconds = until(lambda: self._is_preserved(transfer), "an undisturbed ingest", LONG)
        self.events = self._events(transfer)
        wrong = list(self._judge(transfer))
        if wrong:
            raise AssertionError(f"before anybody was cut off: {wrong}")

    def round(self, number: int, *, returns: str, moment: float) -> Round:
        """Cut the worker off once a share of the usual time has passed, and let it return."""
        site, told = self.site, Round()
        transfer, job = self._submit(f"cut-{number}", self.megabytes)
        cut = self._taken(job, transfer, besides=None)
        time.sleep(moment * self.seconds)
        if self._is_preserved(transfer):
            raise RuntimeError(f"the ingest was over before the cut, at {moment:.2f} of {self.seconds:.1f} s")
        other = site.worker(2 if cut is site.worker(1) else 1)
        site.network.cut(cut)
        began = time.monotonic()
        told.cut = f"{cut.name} at {moment:.2f}"
        until(lambda: site.sessions_of(cut) == 0, "the server ends the sessions of a host that was cut off")
        told.sessions_ended = time.monotonic() - began
        self._taken(job, transfer, besides=cut)
        told.taken_over = time.monotonic() - began
        if returns == "during":
            site.network.mend(cut)
        until(lambda: self._is_preserved(transfer), f"{other.name} finishes what {cut.name} began", LONG)
        told.preserved = time.monotonic() - began
        if returns == "after":
            site.network.mend(cut)
        until(lambda: self._has_let_go(cut, job), f"{cut.name} learns that the job is not its own any more", LONG)
        self._works_again(number, cut, other)
        told.wrong = [*self._judge(transfer), *self._leftovers()]
        return told

    def _submit(self, name: str, megabytes: int) -> tuple[str, str]:
        transfer, job = self.site.submit(make_package(self.site.place, name, megabytes, self.rng))
        self.transfers.append(transfer)
        return transfer, job

    def _taken(self, job: str, transfer: str, *, besides: Host | None) -> Host:
        """The worker that has the job, once that is another than `besides`."""
        found: list[Host] = []

        def is_taken() -> bool:
            host = self.site.worker_of(job)
            if host is not None and host is not besides:
                found.append(host)
            return bool(found) or self._is_preserved(transfer)

        until(is_taken, "a worker takes the job")
        if not found:
            raise RuntimeError("the ingest was over before it was seen")
        return found[0]

    def _is_preserved(self, transfer: str) -> bool:
        status = self.site.transfer(transfer)["status"]
        if status in ("failed", "rejected", "withdrawn"):
            raise AssertionError(f"{transfer} ended as {status}")
        return bool(status == "preserved")

    def _has_let_go(self, host: Host, job: str) -> bool:
        endings = ("job_lost", "job_will_be_retried", "job_failed", "job_succeeded")
        lines = host.log(host.name).read_text().splitlines()
        told = [json.loads(line) for line in lines if line.startswith("{")]
        return any(one.get("job_id") == job and one["event"] in endings for one in told)

    def _works_again(self, number: int, host: Host, other: Host) -> None:
        """It alone brings a transfer to its end, and it was never started anew."""
        part = self.site.parts[host.name]
        other.stop(self.site.parts[other.name])
        transfer, _ = self._submit(f"again-{number}", 1)
        until(lambda: self._is_preserved(transfer), f"{host.name} works again", LONG)
        if part.poll() is not None:
            raise AssertionError(f"the worker on {host.name} ended")
        self.site.start(other.name)

    def _events(self, transfer: str) -> Counter[str]:
        aip = self.site.transfer(transfer)["aip"]
        found = self.site.command("audit", "list", "--aip", aip, "--limit", "1000")["events"]
        return Counter(f"{one['type']}: {one['outcome']}" for one in found)

    def _judge(self, transfer: str) -> Iterator[str]:
        """What is not as it should be."""
        found = self._events(transfer)
        for kind, count in self.events.items():
            if found[kind] != count:
                yield f"{found[kind]} events of {kind}, where an undisturbed ingest leaves {count}"
        aips = Counter(self.site.transfer(one)["aip"] for one in self.transfers)
        held = {one["id"]: one for one in self.site.command("aip", "list", "--limit", "1000")}
        if set(aips) != set(held) or max(aips.values()) > 1:
            yield f"{len(held)} AIPs for {len(self.transfers)} transfers: {aips}"
        yield from (f"{aip} has {one['copies']} copies" for aip, one in held.items() if one["copies"] != len(REPLICAS))
        verified = self.site.command("audit", "verify")
        if not verified["ok"] or verified["problems"]:
            yield f"audit verify: {verified['problems']}"
        checked = self.site.command("fixity", "run", "--all")
        if checked["intact"] != checked["checked"] or checked["problems_in_all"] or checked["unrepaired"]:
            yield f"fixity run: {checked}"
        for name in REPLICAS:
            for root in ("ocfl", "repository"):
                report = validate_path(FolderTree(self.site.replica(name) / root))
                yield from (f"{name}/{root}: {one.code} {one.path}" for one in report.findings if one.is_error)

    def _leftovers(self) -> Iterator[str]:
        home = self.site.home_seen_here
        folders = [self.site.replica(name) / "work" for name in REPLICAS] + [home / "staging", home / "deposits"]
        for folder in folders:
            # Who lost the home while a package was unpacked there cannot clear it; the upkeep does, when it is old enough.
            unpacked = "package-" if folder.name == "staging" else "\0"
            left = sorted(one.name for one in folder.iterdir() if not one.name.startswith(unpacked))
            if left:
                yield f"left in {folder.relative_to(self.site.place)}: {left}"


@contextmanager
def drill(place: Path, storage: str, seed: int, *, megabytes: int | None = None) -> Iterator[Drill]:
    """A site in a new folder, up and measured; gone at the end of the block."""
    # The database's server is another user.
    place.chmod(0o711)
    logs = place / "logs"
    logs.mkdir()
    with Network(logs) as network:
        site = Site(place, network, is_shared_folder=storage == "folders")
        site.build()
        made = Drill(site, random.Random(seed), megabytes or MEGABYTES[storage])
        made.control()
        yield made


@contextmanager
def new_place(*, keep: bool = False) -> Iterator[Path]:
    """A folder that every user can pass through."""
    folder = Path(tempfile.mkdtemp(prefix="hosts-"))
    try:
        yield folder
    finally:
        if keep:
            print(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def run(storage: str, rounds: int, seed: int, *, keep: bool = False) -> list[Round]:
    told: list[Round] = []
    with new_place(keep=keep) as place, drill(place, storage, seed) as made:
        print(f"{storage}: an undisturbed ingest of {made.megabytes} MiB takes {made.seconds:.1f} s")
        for number in range(rounds):
            returns = RETURNS[number % 2]
            one = made.round(number, returns=returns, moment=made.rng.uniform(0.05, 0.85))
            told.append(one)
            print(
                f"{storage} {number}: cut off {one.cut}, sessions ended {one.sessions_ended:.0f} s, taken over "
                f"{one.taken_over:.0f} s, preserved {one.preserved:.0f} s after the cut; came back {returns}"
            )
            for sentence in one.wrong:
                print(f"WRONG {sentence}")
    return told


def main() -> int:
    """Exit status 0 if nothing was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="for each storage")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--storage", choices=STORAGES)
    parser.add_argument("--keep", action="store_true", help="leave the folders for a look")
    given = parser.parse_args()
    told = [
        one
        for kind in ([given.storage] if given.storage else STORAGES)
        for one in run(kind, given.rounds, given.seed, keep=given.keep)
    ]
    wrong = sum(len(one.wrong) for one in told)
    slowest: Any = max((one.sessions_ended for one in told), default=0.0)
    print(f"{len(told)} rounds, {wrong} wrong; sessions of a host that was cut off ended within {slowest:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
