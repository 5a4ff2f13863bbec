"""A served home for tests about deposits, and a client that uploads as tus clients do, badly where that is wanted."""

import http.client
import socket
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import httpx

from preservation.domain.people import Role
from tests.api.api_server import OWN, ApiServer, Holdings, serve
from tests.homes import make_home

TUS = {"Tus-Resumable": "1.0.0"}
OCTETS = {**TUS, "Content-Type": "application/offset+octet-stream"}


@dataclass(frozen=True, slots=True)
class Served:
    """`allowed` is a folder below which packages may be named by their path."""

    api: ApiServer
    allowed: Path

    def producer(self, place: str = OWN) -> "Producer":
        return Producer(self, self.api.client(Role.PRODUCER, place), f"Bearer {Role.PRODUCER.value}-{place}")

    def collection(self, place: str = OWN) -> str:
        return self.api.holdings.collections[place]

    def package(self, transfer: str) -> Path:
        """Where the bytes of an upload lie once it is whole."""
        deposit = self.api.repository.catalogue.deposit(transfer)
        assert deposit is not None
        assert deposit.place is not None
        return Path(self.api.repository.uploads().space.local_path(deposit.place))

    def agree(self, name: str, text: str) -> None:
        folder = self.api.repository.home.policies / "agreements"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_text(f'title = "t"\ncollection = "A"\n{text}\n')


@dataclass(frozen=True, slots=True)
class Producer:
    """Somebody who submits."""

    served: Served
    http: httpx.Client
    bearer: str

    def create(self, key: str | None = None, **body: Any) -> httpx.Response:
        if "agreement" not in body:
            body.setdefault("collection", self.served.collection())
        headers = {"Idempotency-Key": key} if key else {}
        return self.http.post("/api/v1/transfers", json=body, headers=headers)

    def created(self, **body: Any) -> str:
        answer = self.create(**body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def begin(
        self,
        transfer: str,
        length: int,
        name: str | bytes = "a.zip",
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        raw = name.encode() if isinstance(name, str) else name
        given = {**TUS, "Upload-Length": str(length), "Upload-Metadata": f"filename {b64encode(raw).decode()}", **more}
        return self.http.post(f"/api/v1/transfers/{transfer}/uploads", headers=given)

    def begun(self, length: int, **body: Any) -> tuple[str, str]:
        """A transfer, and the address of an upload for it."""
        transfer = self.created(**body)
        answer = self.begin(transfer, length)
        assert answer.status_code == 201, answer.text
        return transfer, answer.headers["location"]

    def patch(
        self, address: str, data: bytes, offset: int = 0, more: Mapping[str, str] = MappingProxyType({})
    ) -> httpx.Response:
        return self.http.patch(address, content=data, headers={**OCTETS, "Upload-Offset": str(offset), **more})

    def offset(self, address: str) -> int:
        answer = self.http.head(address, headers=TUS)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    def uploaded(self, data: bytes, **body: Any) -> str:
        transfer, address = self.begun(len(data), **body)
        assert self.patch(address, data).status_code == 204
        return transfer

    def drop_the_line(self, address: str, data: bytes, offset: int, after: int) -> None:
        """Say that all of the data comes, send so many bytes of it, and go away."""
        with self.sent_in_part(address, data, offset, after):
            pass

    @contextmanager
    def sent_in_part(self, address: str, data: bytes, offset: int, after: int) -> Iterator[None]:
        """Say that all of the data comes, and send so many bytes of it; the line is there until the end of the block."""
        parts = urlsplit(str(self.http.base_url))
        line = http.client.HTTPConnection(str(parts.hostname), parts.port)
        line.putrequest("PATCH", address)
        for name, value in {**OCTETS, "Upload-Offset": str(offset), "Authorization": self.bearer}.items():
            line.putheader(name, value)
        line.putheader("Content-Length", str(len(data)))
        line.endheaders()
        line.send(data[:after])
        yield
        assert line.sock is not None
        line.sock.shutdown(socket.SHUT_RDWR)
        line.close()


@contextmanager
def served(folder: Path, *, root_path: str = "") -> Iterator[Served]:
    home = make_home(folder / "home")
    for code in ("A", "B"):
        assert home.run("collection", "add", code, code).status == 0
    found = {one["code"]: one["id"] for one in home.run("collection", "list").json}
    holdings = Holdings(
        home=home, collections={"own": found["A"], "other": found["B"]}, aips={}, below="", aip_below=""
    )
    allowed = folder / "allowed"
    allowed.mkdir()
    with serve(holdings, PRESERVATION_DEPOSIT_PATHS=str(allowed), PRESERVATION_API_ROOT_PATH=root_path) as api:
        yield Served(api, allowed)


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm} {b64encode(sha256(data).digest()).decode()}"


def problem(answer: httpx.Response) -> tuple[int, str]:
    """The status, and the last word of the problem's type."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    return answer.status_code, str(document["type"]).rpartition("/")[2]
