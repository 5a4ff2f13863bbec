"""A repository on seven hosts: API, database, broker, two workers, two replicas."""

import json
import random
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.drills.hosts_network import PATIENCE, Host, Network
from tests.drills.hosts_servers import ask, export, mount, serve_broker, serve_database

PROGRAM = Path(sys.executable).with_name("preservation")
REPLICAS = ("a", "b")
# How fast a replica takes bytes: an ingest lasts long enough to be cut in its middle, however fast the machine is.
MEGABITS = 40
LEASE = {"PRESERVATION_LEASE_SECONDS": "12", "PRESERVATION_BEAT_SECONDS": "3"}


@dataclass(slots=True)
class Site:
    """`is_shared_folder`: home and replicas are folders of this machine, which no cut reaches; else hosts mount each other's."""

    place: Path
    network: Network
    is_shared_folder: bool
    hosts: dict[str, Host] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    parts: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    token: str = ""

    @property
    def home(self) -> Path:
        return self.place / "home"

    @property
    def api(self) -> Host:
        return self.hosts["api"]

    @property
    def database(self) -> Host:
        return self.hosts["database"]

    def worker(self, number: int) -> Host:
        return self.hosts[f"worker-{number}"]

    def replica(self, name: str) -> Path:
        """Where a replica's bytes are on this machine, seen past the network."""
        return (self.home / "replicas" if self.is_shared_folder else self.place / "media-exported") / name

    def build(self) -> None:
        """Hosts, servers, mounts, a home with two replicas, and all parts of the service."""
        for name in ("api", "database", "broker", "worker-1", "worker-2", "replica-a", "replica-b"):
            self.hosts[name] = self.network.add(name)
        self.settings = {
            "PRESERVATION_HOME": str(self.home),
            "PRESERVATION_DATABASE_URL": serve_database(self.database, self.place / "database"),
            "PRESERVATION_BROKER_URL": serve_broker(self.hosts["broker"], self.place / "broker"),
            "PRESERVATION_LOG_FORMAT": "json",
            "PRESERVATION_LOG_LEVEL": "info",
            "PRESERVATION_API_HOST": self.api.address,
            **LEASE,
        }
        if not self.is_shared_folder:
            self._mount()
        self.command("init")
        (self.home_seen_here / "policies" / "formats.toml").write_text('first = "none"\n')
        if not self.is_shared_folder:
            self._move_replicas()
        self.command("replica", "sync")
        self.command("account", "add", "registry", "Registry", "--machine", "--role", "archivist")
        self.token = str(self.command("account", "token", "add", "registry", "drill")["token"])
        self.start("api")
        self.start("scheduler", on=self.api)
        self.api.wait_for("the API", "curl", "-sf", f"{self.url}/health/ready")
        for number in (1, 2):
            self.start(f"worker-{number}")

    @property
    def home_seen_here(self) -> Path:
        return self.home if self.is_shared_folder else self.place / "home-exported"

    @property
    def url(self) -> str:
        return f"http://{self.api.address}:8765"

    def _mount(self) -> None:
        """The API's host has the home; each replica has a host of its own."""
        export(self.api, self.home_seen_here)
        (self.place / "media-exported").mkdir()
        for name in REPLICAS:
            export(self.hosts[f"replica-{name}"], self.replica(name))
            self.network.slow_down(self.hosts[f"replica-{name}"], MEGABITS)
        for host in (self.api, self.worker(1), self.worker(2)):
            mount(host, self.api, self.home)
            for name in REPLICAS:
                mount(host, self.hosts[f"replica-{name}"], self.place / "media" / name)

    def _move_replicas(self) -> None:
        """To where they belong, by the commands that an operator uses."""
        for name in REPLICAS:
            self.api.run("cp", "-a", f"{self.home}/replicas/{name}/.", self.place / "media" / name)
            self.command("replica", "add", self.place / "media" / name, "--name", name)

    def command(self, *arguments: str | Path) -> Any:
        """A command on the API's host; what it says as JSON."""
        return json.loads(self.api.run(PROGRAM, *arguments, "--json", **self.settings))

    def start(self, part: str, on: Host | None = None) -> None:
        host = on or self.hosts[part]
        self.parts[part] = host.start(part, PROGRAM, part.partition("-")[0], **self.settings)

    def ask_api(self, method: str, path: str, *options: str) -> Any:
        shown = ("-H", f"Authorization: Bearer {self.token}")
        answer = self.api.run(
            "curl", "-sS", "--fail-with-body", "-X", method, *shown, *options, f"{self.url}/api/v1{path}"
        )
        return json.loads(answer) if answer else None

    def submit(self, package: Path) -> tuple[str, str]:
        """Hand a package over as any depositor does: the transfer and its job."""
        (collection,) = self.ask_api("GET", "/collections")["items"]
        wanted = json.dumps({"collection": collection["id"], "name": package.name, "title": package.name})
        transfer = self.ask_api("POST", "/transfers", "--json", wanted)["id"]
        length = str(package.stat().st_size)
        upload = self.ask_api("POST", f"/transfers/{transfer}/uploads", "-H", f"Upload-Length: {length}")["id"]
        kind = ("-H", "Content-Type: application/offset+octet-stream", "-H", "Upload-Offset: 0")
        self.ask_api("PATCH", f"/uploads/{upload}", *kind, "-T", str(package))
        return transfer, self.ask_api("POST", f"/transfers/{transfer}/submit")["job"]

    def transfer(self, id: str) -> Any:
        return self.ask_api("GET", f"/transfers/{id}")

    def worker_of(self, job: str) -> Host | None:
        """The host that has a job now."""
        (row,) = ask(self.database, f"SELECT state, worker FROM job WHERE id = '{job}'")  # noqa: S608 - an id of ours
        state, worker = row.split("\t")
        return self.hosts[worker.partition(":")[0]] if state == "running" and worker else None

    def sessions_of(self, host: Host) -> int:
        """How many sessions the database's server keeps for programs on a host."""
        query = f"SELECT count(*) FROM pg_stat_activity WHERE client_addr = '{host.address}'"  # noqa: S608
        return int(ask(self.database, query)[0])


def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> float:
    """Wait until it is so; how long it took, in seconds."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience:
            raise AssertionError(f"never came about: {what}")
        time.sleep(0.2)
    return time.monotonic() - began


def make_package(place: Path, name: str, megabytes: int, rng: random.Random) -> Path:
    """A tar of a folder with files of a mebibyte."""
    folder = place / name
    folder.mkdir()
    for number in range(megabytes):
        (folder / f"{number:04}.bin").write_bytes(rng.randbytes(1 << 20))
    package = place / f"{name}.tar"
    with tarfile.open(package, "w") as archive:
        archive.add(folder, arcname=name)
    return package
