"""A server that speaks S3, for tests: rclone over a folder of its own."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from minio import Minio

from tests.free_ports import free_port

ACCESS_KEY, SECRET_KEY, BUCKET = "AKIADROPSFORTESTS", "averyveryverylongsecretkeyfortests", "drops"


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server with one empty bucket."""

    endpoint: str
    folder: Path

    def client(self) -> Minio:
        return Minio(self.endpoint, ACCESS_KEY, SECRET_KEY, secure=False, region="us-east-1")


@pytest.fixture
def s3_server(tmp_path: Path) -> Iterator[S3Server]:
    endpoint = f"127.0.0.1:{free_port()}"
    folder = tmp_path / "s3"
    (folder / BUCKET).mkdir(parents=True)
    command = [
        "serve",
        "s3",
        "--auth-key",
        f"{ACCESS_KEY},{SECRET_KEY}",
        "--addr",
        endpoint,
        "--config",
        "",
        str(folder),
    ]
    process = subprocess.Popen(
        [Path(sys.executable).parent / "rclone", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"HOME": str(tmp_path)},
    )
    try:
        wait_for(endpoint, process)
        yield S3Server(endpoint, folder)
    finally:
        process.kill()
        process.wait()


def wait_for(endpoint: str, process: "subprocess.Popen[bytes]") -> None:
    host, _, port = endpoint.partition(":")
    while True:
        assert process.poll() is None, "the server ended"
        try:
            socket.create_connection((host, int(port)), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
