"""The fault table of S3: a version committed while one request of many goes wrong, in every way, then recovered and tried again.

`python -m tests.drills.s3_faults` strikes every request with every fault (`make s3-drill`); a sample of that runs with the tests.

What must hold each time, after `recover` as a new process runs it, and after a second attempt:

 - what was acknowledged before is there, byte for byte; so is what was acknowledged under the fault
 - the new version is there as a whole, or not at all
 - a second `recover` finds nothing to do
"""

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from minio.credentials.providers import StaticProvider

from preservation.adapters.object_stores.s3 import creation
from preservation.adapters.object_stores.s3.abilities import Abilities
from preservation.adapters.object_stores.s3.address import S3Address
from preservation.adapters.object_stores.s3.bucket import Bucket
from preservation.adapters.object_stores.s3.options import S3Options
from preservation.adapters.object_stores.s3.probe import KEPT, probe
from preservation.adapters.object_stores.s3.store import S3Store
from preservation.adapters.object_stores.s3.wire import Wire
from preservation.errors import Conflict, NotHere, Unavailable
from tests.ceph_server import ACCESS_KEY, SECRET_KEY
from tests.contracts.replica_store_builders import AVersion, a_version, begin, contents, expected, stage, write_version
from tests.s3_fault_proxy import FAULTS, Fault, FaultProxy, fault_proxy
from tests.s3_servers import SERVERS, RunningServer, started

REPLICA = "urn:uuid:00000000-0000-7000-8000-000000000801"
PROVIDER = StaticProvider(ACCESS_KEY, SECRET_KEY)
# One lane: the order of requests is the same each time. Who hangs is given up soon.
STEADY = S3Options(seconds=1.0, lanes=1)
PATIENT = S3Options(seconds=30.0, lanes=2)


@dataclass(frozen=True, slots=True)
class Place:
    """One server, directly and through the proxy."""

    server: RunningServer
    proxy: FaultProxy
    abilities: Abilities
    bucket: str

    def address(self, prefix: str, *, is_direct: bool = False) -> S3Address:
        address = self.server.address(self.bucket, prefix)
        return address if is_direct else replace(address, endpoint=self.proxy.endpoint)


@contextmanager
def a_place(server: RunningServer) -> Iterator[Place]:
    bucket = f"faults-{uuid4()}"
    server.make_bucket(bucket)
    found = probe(Wire(server.address(bucket), PROVIDER, PATIENT))
    with fault_proxy(server.endpoint) as proxy:
        yield Place(server, proxy, found, bucket)


def count_requests(place: Place, number: int) -> int:
    """How many requests the commit of this version takes where nothing goes wrong."""
    prefix, base, version = _prepare(place, number)
    place.proxy.disarm()
    assert _commit(place, prefix, version, base)
    return place.proxy.seen


def strike(place: Place, number: int, at: int, fault: Fault) -> list[str]:
    """What does not hold after one request, of the commit of version `number`, met this fault."""
    prefix, base, version = _prepare(place, number)
    place.proxy.arm(at, fault)
    acknowledged = _commit(place, prefix, version, base)
    place.proxy.disarm()
    wrong: list[str] = []
    before = expected(base) if base else {}
    after = expected(base, version) if base else expected(version)
    # Another process: what it finds is a dead one's.
    store = S3Store(place.address(prefix, is_direct=True), REPLICA, PROVIDER, PATIENT)
    _let_die(place, prefix)
    store.recover()
    if again := store.recover():
        wrong.append(f"a second recovery did something: {again}")
    held = _versions_only(contents(store), before, after)
    if held not in (before, after):
        wrong.append(f"neither the old state nor the new one: {_differences(held, before, after)}")
    if acknowledged and held != after:
        wrong.append("what was acknowledged is not there")
    if held == before:
        write_version(store, version, base, tx=str(uuid4()))
    if (now := contents(store)) != after:
        wrong.append(f"a second attempt left something else: {_differences(now, before, after)}")
    return wrong


def table(places: Sequence[Place], *, share: float, seed: int) -> Iterator[tuple[str, int, int, Fault, list[str]]]:
    """(server, version, request, fault, what does not hold) for a share of everything that there is."""
    chance = random.Random(seed)
    for place in places:
        for number in (1, 2):
            for at in range(count_requests(place, number)):
                for fault in FAULTS:
                    if chance.random() < share:
                        yield place.server.kind, number, at, fault, strike(place, number, at, fault)


def _prepare(place: Place, number: int) -> tuple[str, AVersion | None, AVersion]:
    """A replica of its own, with what comes before the version on it."""
    prefix = f"r-{uuid4()}"
    address = place.address(prefix, is_direct=True)
    bucket = Bucket(Wire(address, PROVIDER, PATIENT), Abilities())
    creation.fill(bucket, {}, json.dumps({"id": REPLICA}).encode())
    bucket.put(KEPT, place.abilities.to_bytes())
    first = a_version()
    if number == 1:
        return prefix, None, first
    write_version(S3Store(address, REPLICA, PROVIDER, PATIENT), first)
    return prefix, first, a_version(2, base=first)


def _commit(place: Place, prefix: str, version: AVersion, base: AVersion | None) -> bool:
    """As the services do it: staged, sealed, read back, committed; undone where that fails. Whether it was acknowledged."""
    store = S3Store(place.address(prefix), REPLICA, PROVIDER, STEADY)
    try:
        writer = begin(store, version, base)
    except (Unavailable, Conflict):
        return False
    try:
        stage(writer, version)
        writer.seal()
        for path, data in version.files.items():
            with writer.open_sealed(path) as stream:
                if sha256(stream.readall() or b"").digest() != sha256(data).digest():
                    raise Unavailable(f"{path} was read back with other bytes")
        writer.commit()
    except (Unavailable, Conflict, NotHere):
        try:
            writer.abort()
        except (Unavailable, Conflict, NotHere):
            return False
        return False
    return True


def _let_die(place: Place, prefix: str) -> None:
    """Make whoever left a transaction look like a process of this machine that has ended."""
    bucket = Bucket(Wire(place.address(prefix, is_direct=True), PROVIDER, PATIENT), Abilities())
    for page in bucket.list("work/tx/"):
        for key, _ in page:
            if key.endswith("/intent.json"):
                values = json.loads(bucket.get(key)[0])
                boot, space, _, _, word = values["owner"].split(" ")
                bucket.put(key, json.dumps({**values, "owner": f"{boot} {space} 4194304 0 {word}"}).encode())


def _versions_only(held: dict[str, bytes], before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, bytes]:
    """Without the sidecar of the root, which may lag behind its inventory: a reader goes by the version's own (OCFL 3.7)."""
    sidecars = [
        key for key in after if key.endswith("inventory.json.sha512") and "/v" not in key.rpartition("ocfl/")[2]
    ]
    for key in sidecars:
        if held.get(key) == before.get(key) and {k: v for k, v in held.items() if k != key} == {
            k: v for k, v in after.items() if k != key
        }:
            return after
    return held


def _differences(held: dict[str, bytes], before: dict[str, bytes], after: dict[str, bytes]) -> str:
    keys = [key for key in {*held, *after} if held.get(key) not in (before.get(key), after.get(key))]
    return ", ".join(sorted(keys) or [f"{len(held)} of {len(before)} or {len(after)} objects"])


def main(arguments: Sequence[str]) -> int:
    kinds = arguments or SERVERS[:2]
    failed, run = Counter[str](), Counter[str]()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="s3-drill-")))
        places = [stack.enter_context(a_place(stack.enter_context(started(kind, folder / kind)))) for kind in kinds]
        for kind, number, at, fault, wrong in table(places, share=1.0, seed=0):
            run[kind] += 1
            if wrong:
                failed[kind] += 1
                print(f"{kind} v{number} request {at} {fault.name}: {'; '.join(wrong)}", flush=True)
    for kind in run:
        print(f"{kind}: {run[kind]} struck, {failed[kind]} where something did not hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
