"""Uploads: many at once against `preservation api` on one machine, and one that breaks off again and again.

python -m bench.bench_uploads [--uploads 200] [--mib 20] [--piece-mib 20] [--cuts 50]

A home on SQLite is made and served as a person would. Each upload is a transfer created, an upload begun, its bytes sent (each
piece acknowledged when it is durable), and the transfer submitted; then what lies in the deposits is compared with what was
sent. Beside it, in the same run: the same bytes written to files of the same disk and flushed, by as many threads.
"""

import argparse
import hashlib
import http.client
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIB = 1 << 20
COMMAND = [sys.executable, "-m", "preservation.cli"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uploads", type=int, default=200, help="how many at once")
    parser.add_argument("--mib", type=int, default=20, help="the size of each")
    parser.add_argument("--piece-mib", type=int, default=20, help="the size of a PATCH")
    parser.add_argument("--cuts", type=int, default=50, help="how often the one is cut off")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(
        prefix="preservation-bench-", dir=os.environ.get("PRESERVATION_BENCH_DIR")
    ) as folder:
        root = Path(folder)
        token, collection = make_home(root / "home")
        plain = plain_writes(root / "plain", given.uploads, given.mib)
        with served(root / "home", root / "log") as port:
            client = Client(port, token, collection)
            seconds, errors, whole = many(client, given.uploads, given.mib * MIB, given.piece_mib * MIB)
            wall = max(end for _, end in seconds) - min(start for start, _ in seconds)
            is_same = whole and compare(root / "home" / "deposits", whole)
            cut = broken(client, root / "home" / "deposits", given.mib * MIB, given.cuts)
        peak = (root / "log").read_text(errors="replace").count('"level": "error"')
    each = sorted(end - start for start, end in seconds)
    rate = given.uploads * given.mib / wall
    print(
        f"{given.uploads} uploads of {given.mib} MiB at once: {len(errors)} errors, {rate:.0f} MiB/s, all there: {bool(is_same)}"
    )
    for one in errors[:5]:
        print(f"  {one}")
    print(f"one upload: median {statistics.median(each):.1f} s, p99 {each[int(0.99 * (len(each) - 1))]:.1f} s")
    print(f"the same bytes written and flushed by as many threads: {plain:.0f} MiB/s; ratio {rate / plain:.2f}")
    print(f"cut off at {given.cuts} random places and resumed: nothing lost: {cut}; errors in the log: {peak}")
    return 0 if not errors and is_same and cut else 1


def make_home(home: Path) -> tuple[str, str]:
    """A token of a machine that may submit, and the collection."""

    def run(*arguments: str) -> Any:
        done = subprocess.run([*COMMAND, *arguments, "--home", str(home), "--json"], check=True, capture_output=True)
        return json.loads(done.stdout)

    run("init")
    (home / "policies" / "formats.toml").write_text('first = "none"\n')
    run("account", "add", "bench", "Bench", "--machine", "--role", "producer")
    token = run("account", "token", "add", "bench", "bench")["token"]
    return str(token), str(run("collection", "list")[0]["id"])


@contextmanager
def served(home: Path, log: Path) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [*COMMAND, "api", "--home", str(home), "--port", str(port)],
            stdout=stream,
            stderr=stream,
            env={**os.environ, "PRESERVATION_LOG_FORMAT": "json"},
        )
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True, slots=True)
class Client:
    port: int
    token: str
    collection: str

    def line(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def ask(
        self, line: http.client.HTTPConnection, method: str, path: str, body: Any = None, **headers: str
    ) -> http.client.HTTPResponse:
        data = json.dumps(body).encode() if isinstance(body, dict) else body
        kind = {"Content-Type": "application/json"} if isinstance(body, dict) else {}
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        line.request(method, path, data, {"Authorization": f"Bearer {self.token}", **kind, **given})
        answer = line.getresponse()
        answer.read_body = answer.read()  # type: ignore[attr-defined]
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.read_body[:300]!r}"  # type: ignore[attr-defined]
        return answer

    def begin(self, line: http.client.HTTPConnection, data: bytes, name: str) -> tuple[str, str]:
        """The transfer, and the address of its upload."""
        wanted = {"collection": self.collection, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        made = self.ask(line, "POST", "/api/v1/transfers", wanted)
        transfer = str(json.loads(made.read_body)["id"])  # type: ignore[attr-defined]
        begun = self.ask(
            line,
            "POST",
            f"/api/v1/transfers/{transfer}/uploads",
            Upload_Length=str(len(data)),
            Upload_Metadata=f"filename {b64encode(name.encode()).decode()}",
        )
        return transfer, str(begun.getheader("Location"))

    def patch(self, line: http.client.HTTPConnection, address: str, data: bytes | memoryview, offset: int) -> None:
        kind = {"Content_Type": "application/offset+octet-stream", "Upload_Offset": str(offset)}
        self.ask(line, "PATCH", address, data, **kind)


def many(
    client: Client, count: int, size: int, piece: int
) -> tuple[list[tuple[float, float]], list[str], dict[str, str]]:
    """(when each began and ended, what went wrong, digests by transfer)."""
    common, together = random.Random(1).randbytes(size), threading.Barrier(count)
    spans: list[tuple[float, float]] = []
    errors: list[str] = []
    whole: dict[str, str] = {}

    def upload(number: int) -> None:
        data = number.to_bytes(8) + common[8:]
        line = client.line()
        together.wait()
        began = time.perf_counter()
        try:
            transfer, address = client.begin(line, data, f"{number}.bin")
            for offset in range(0, size, piece):
                client.patch(line, address, memoryview(data)[offset : offset + piece], offset)
            client.ask(line, "POST", f"/api/v1/transfers/{transfer}/submit")
        except (AssertionError, OSError, http.client.HTTPException) as error:
            errors.append(f"{type(error).__name__}: {error}")
        else:
            whole[transfer] = hashlib.sha256(data).hexdigest()
        spans.append((began, time.perf_counter()))
        line.close()

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(upload, range(count)))
    return spans, errors, whole


def compare(deposits: Path, whole: dict[str, str]) -> bool:
    """Whether what lies in the deposits is what was sent."""
    for transfer, digest in whole.items():
        (package,) = (deposits / transfer.removeprefix("urn:uuid:") / "package").iterdir()
        with package.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                return False
    return True


def broken(client: Client, deposits: Path, size: int, cuts: int) -> bool:
    """One upload, cut off so often: whether all of it came, in its place."""
    chance = random.Random(2)
    data = chance.randbytes(size)
    line = client.line()
    transfer, address = client.begin(line, data, "cut.bin")
    offset = 0
    for left in range(cuts, 0, -1):
        sent = chance.randrange(0, max(1, 2 * (size - offset) // (left + 1)))
        half = client.line()
        half.putrequest("PATCH", address)
        for name, value in (
            ("Authorization", f"Bearer {client.token}"),
            ("Content-Type", "application/offset+octet-stream"),
            ("Upload-Offset", str(offset)),
            ("Content-Length", str(size - offset)),
        ):
            half.putheader(name, value)
        half.endheaders()
        half.send(data[offset : offset + sent])
        half.close()
        offset = settled(client, line, address)
    client.patch(line, address, data[offset:], offset)
    return compare(deposits, {transfer: hashlib.sha256(data).hexdigest()})


def settled(client: Client, line: http.client.HTTPConnection, address: str) -> int:
    """Where it stands once the server has seen the line break: until then another writer is refused."""
    while True:
        offset = int(client.ask(line, "HEAD", address).getheader("Upload-Offset") or 0)
        try:
            client.patch(line, address, b"", offset)
        except AssertionError:
            time.sleep(0.01)
        else:
            return int(client.ask(line, "HEAD", address).getheader("Upload-Offset") or 0)


def plain_writes(folder: Path, count: int, mib: int) -> float:
    """MiB/s of files written and flushed."""
    folder.mkdir()
    data = random.Random(3).randbytes(mib * MIB)

    def write(number: int) -> None:
        with (folder / str(number)).open("wb", buffering=0) as stream:
            for offset in range(0, len(data), MIB):
                stream.write(memoryview(data)[offset : offset + MIB])
            os.fsync(stream.fileno())

    began = time.perf_counter()
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(write, range(count)))
    rate = count * mib / (time.perf_counter() - began)
    shutil.rmtree(folder)
    return rate


if __name__ == "__main__":
    sys.exit(main())
