"""A bucket that the chaos drill is at war with: a real server behind a proxy that refuses, lies, hangs and breaks off."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from minio import Minio

from tests.ceph_server import ceph
from tests.drills.chaos_places import changed
from tests.s3_fault_proxy import FAULTS, Fault, FaultProxy, fault_proxy
from tests.s3_servers import RunningServer

BUCKET, PREFIX = "chaos", "archive/c"
# One request of so many is struck, when trouble is asked for.
_REQUESTS = 60


@dataclass(slots=True)
class BucketPlace:
    """A replica in a bucket. The drill goes to the server itself; the repository goes through the proxy."""

    name: str
    id: str
    client: Minio
    proxy: FaultProxy
    is_cut_off: bool = False

    def files(self, object_root: str) -> Sequence[str]:
        return sorted(self._keys(f"{object_root}/"))

    def objects(self) -> set[str]:
        found = [key for top in ("ocfl/", "repository/") for key in self._keys(top)]
        return {key.rpartition("/")[0] for key in found if key.endswith("/0=ocfl_object_1.1")}

    def read(self, key: str) -> bytes:
        answer = self.client.get_object(BUCKET, f"{PREFIX}/{key}")
        try:
            return bytes(answer.read())
        finally:
            answer.close()
            answer.release_conn()

    def damage(self, way: str, keys: Sequence[str], rng: random.Random) -> bool:
        data = self.read(keys[0])
        if way == "delete":
            self.client.remove_object(BUCKET, f"{PREFIX}/{keys[0]}")
            return True
        if way == "swap":
            other = self.read(keys[-1])
            if other == data:
                return False
            self._write(keys[0], other)
            self._write(keys[-1], data)
            return True
        new = changed(way, data, rng)
        if new == data:
            return False
        self._write(keys[0], new)
        return True

    def empty(self) -> None:
        for key in list(self._keys("ocfl/")):
            if key.count("/") > 3:  # what explains the storage root stays
                self.client.remove_object(BUCKET, f"{PREFIX}/{key}")

    def cut_off(self, rng: random.Random) -> None:
        self.proxy.arm(0, rng.choice((Fault("drop"), Fault("answer", 503), Fault("answer", 403))), for_good=True)
        self.is_cut_off = True

    def come_back(self) -> None:
        self.proxy.disarm()
        self.is_cut_off = False

    def trouble(self, rng: random.Random) -> str:
        """One request of the next ones is struck; what will happen to it."""
        fault = rng.choice(FAULTS)
        self.proxy.arm(rng.randrange(_REQUESTS), fault)
        return f"bucket: {fault.name}"

    def _write(self, key: str, data: bytes) -> None:
        self.client.put_object(BUCKET, f"{PREFIX}/{key}", BytesIO(data), len(data))

    def _keys(self, prefix: str) -> Iterator[str]:
        for one in self.client.list_objects(BUCKET, f"{PREFIX}/{prefix}", recursive=True):
            yield str(one.object_name).removeprefix(f"{PREFIX}/")


@contextmanager
def bucket(folder: Path) -> Iterator[tuple[Minio, FaultProxy, str]]:
    """An empty bucket that keeps versions, on a server of its own; the address of the replica leads through the proxy."""
    with ceph(folder) as endpoint, fault_proxy(endpoint) as proxy:
        client = RunningServer("ceph", endpoint).client()
        client.make_bucket(BUCKET, object_lock=True)
        yield client, proxy, f"s3://{BUCKET}/{PREFIX}?endpoint={proxy.endpoint}&region=us-east-1"
