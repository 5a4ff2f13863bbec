"""Servers that speak S3, each started once in a session of tests: a real one, and two with faults of other kinds.

ceph     Ceph's gateway: conditional writes, versions, object lock, checks what arrives
moto     conditional writes, versions; believes every signature and every checksum
rclone   a folder: no conditional writes, no versions
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from minio import Minio

from preservation.adapters.object_stores.s3.address import S3Address, parse_address
from preservation.adapters.object_stores.s3.options import S3Options
from tests import ceph_server
from tests.ceph_server import ACCESS_KEY, SECRET_KEY
from tests.free_ports import free_port
from tests.s3_server import wait_for

SERVERS = ("ceph", "moto", "rclone")
QUICK = S3Options(seconds=20.0, lanes=4)


@dataclass(frozen=True, slots=True)
class RunningServer:
    """`endpoint` is a URL."""

    kind: str
    endpoint: str

    def client(self) -> Minio:
        return Minio(urlsplit(self.endpoint).netloc, ACCESS_KEY, SECRET_KEY, secure=False, region="us-east-1")

    def make_bucket(self, name: str, *, object_lock: bool = False) -> S3Address:
        self.client().make_bucket(name, object_lock=object_lock)
        return self.address(name)

    def address(self, bucket: str, prefix: str = "archive/replica", more: str = "") -> S3Address:
        return parse_address(f"s3://{bucket}/{prefix}?endpoint={self.endpoint}&region=us-east-1{more}")


class Servers:
    """Started when they are first asked for."""

    def __init__(self, folder: Path, stack: "pytest.FixtureRequest") -> None:
        self._folder, self._request = folder, stack
        self._running: dict[str, RunningServer] = {}

    def server(self, kind: str) -> RunningServer:
        if kind not in self._running:
            context = started(kind, self._folder / kind)
            self._running[kind] = context.__enter__()
            self._request.addfinalizer(lambda: context.__exit__(None, None, None))
        return self._running[kind]


@pytest.fixture(scope="session")
def s3_servers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Servers:
    return Servers(tmp_path_factory.mktemp("s3"), request)


@contextmanager
def started(kind: str, folder: Path) -> Iterator[RunningServer]:
    """A server of this kind while the block lasts."""
    with _START[kind](folder) as endpoint:
        yield RunningServer(kind, endpoint)


@contextmanager
def _ceph(folder: Path) -> Iterator[str]:
    if not ceph_server.is_installed():
        pytest.skip("Ceph's programs are not installed: make debian-packages")
    with ceph_server.ceph(folder) as endpoint:
        yield endpoint


@contextmanager
def _moto(folder: Path) -> Iterator[str]:
    port = free_port()
    with _serving(["moto_server", "-H", "127.0.0.1", "-p", str(port)], port, folder) as endpoint:
        yield endpoint


@contextmanager
def _rclone(folder: Path) -> Iterator[str]:
    port = free_port()
    (folder / "buckets").mkdir(parents=True)
    command = ["rclone", "serve", "s3", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--addr", f"127.0.0.1:{port}"]
    with _serving([*command, "--config", "", str(folder / "buckets")], port, folder) as endpoint:
        yield endpoint


_START = {"ceph": _ceph, "moto": _moto, "rclone": _rclone}


@contextmanager
def _serving(command: list[str], port: int, folder: Path) -> Iterator[str]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "log").open("wb") as log:
        program = Path(sys.executable).parent / command[0]
        process = subprocess.Popen([program, *command[1:]], stdout=log, stderr=log, env={"HOME": str(folder)})
    try:
        wait_for(f"127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
