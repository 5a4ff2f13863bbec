"""The API on a port of its own, over a home with AIPs in two collections, and people of every role in either or both."""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag
from typing import Any

import httpx
from fastapi import FastAPI
from starlette.requests import HTTPConnection

from preservation import bootstrap
from preservation.adapters.no_bell import NoBell
from preservation.api.app import create_app
from preservation.api.edge import Patience
from preservation.api.server import make_server
from preservation.bootstrap import Repository
from preservation.domain.people import Account, AccountKind, AccountState, Actor, Grant, Role
from preservation.ports.tracing import Tracer
from preservation.settings import read_settings
from tests.free_ports import free_port
from tests.homes import TestHome, make_home

OWN, OTHER, EVERYWHERE = "own", "other", "everywhere"
PLACES = (OWN, OTHER, EVERYWHERE)

SMALL = b"small content\n"
LARGE = bytes(range(256)) * 10_000
NAMES = {
    "small.txt": SMALL,
    "large.bin": LARGE,
    'thư mục/bản "đồ"\n.pdf': b"odd name",
    "empty": b"",
}


@dataclass(frozen=True, slots=True)
class Holdings:
    """`collections` and `aips` by place (OWN, OTHER); `below` is a collection within OWN, with an AIP of its own."""

    home: TestHome
    collections: Mapping[str, str]
    aips: Mapping[str, str]
    below: str
    aip_below: str


@dataclass(slots=True)
class ApiServer:
    """A running server. `client` is a client of somebody, by role and place; without a role, of nobody."""

    url: str
    app: FastAPI
    repository: Repository
    holdings: Holdings
    actors: dict[str, Actor]
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, role: Role | None = None, place: str = EVERYWHERE, **headers: str) -> httpx.Client:
        shown = {} if role is None else {"Authorization": f"Bearer {role.value}-{place}"}
        made = httpx.Client(base_url=self.url, headers={**shown, **headers}, timeout=60)
        self.clients.append(made)
        return made

    def account(self, role: Role, place: str = EVERYWHERE) -> str:
        return self.actors[f"Bearer {role.value}-{place}"].account.id

    def close(self) -> None:
        for client in self.clients:
            client.close()

    @property
    def aip(self) -> str:
        return self.holdings.aips[OWN]

    def file(self, name: str) -> dict[str, Any]:
        """A file of the AIP by its original name, as the API lists it."""
        page = self.client(Role.AUDITOR).get(f"/api/v1/aips/{self.aip}/files", params={"limit": 1000}).json()
        return next(one for one in page["items"] if one["original_name"] == name)


def make_holdings(place: Path) -> Holdings:
    """A home with three AIPs, by the real commands."""
    home = make_home(place / "home")
    for code, title, parent in (("A", "Phông A", None), ("B", "Phông B", None), ("A.1", "Mục lục A.1", "A")):
        within = ["--parent", parent] if parent else []
        assert home.run("collection", "add", code, title, *within).status == 0
    aips = {}
    for code, title in (("A", "Hồ sơ địa chính phường Phúc Xá"), ("B", "Bản đồ quận Ba Đình"), ("A.1", "Công văn đến")):
        material = place / f"material-{code}"
        for name, data in NAMES.items():
            (material / name).parent.mkdir(parents=True, exist_ok=True)
            (material / name).write_bytes(data if name in ("small.txt", "empty") else data + code.encode())
        aips[code] = home.preserved(material, "--collection", code, "--title", title)
    found = {one["code"]: one["id"] for one in home.run("collection", "list").json}
    return Holdings(
        home=home,
        collections={OWN: found["A"], OTHER: found["B"]},
        aips={OWN: aips["A"], OTHER: aips["B"]},
        below=found["A.1"],
        aip_below=aips["A.1"],
    )


def actors_of(repository: Repository, holdings: Holdings) -> dict[str, Actor]:
    """Somebody of every role, in either collection and everywhere, by the header that they show."""
    found: dict[str, Actor] = {}
    with repository.catalogue.begin() as tx:
        for role in Role:
            for place in PLACES:
                grant = Grant(role, holdings.collections.get(place))
                account = Account(
                    id=repository.minter.urn(),
                    name=f"{role.value}-{place}-{repository.minter.urn()[-8:]}",
                    kind=AccountKind.MACHINE,
                    display_name=role.value,
                    state=AccountState.ACTIVE,
                    created=datetime(2026, 11, 22, tzinfo=UTC),
                    grants=(grant,),
                )
                tx.save_account(account)
                found[f"Bearer {role.value}-{place}"] = Actor(account=account, grants=(grant,))
    return found


@contextlib.contextmanager
def serve(
    holdings: Holdings, *, patience: Patience | None = None, tracer: Tracer | None = None, **environment: str
) -> Iterator[ApiServer]:
    """The API over a home, on a free port, until the end of the block."""
    port = free_port()
    settings = read_settings(holdings.home.root, {"PRESERVATION_API_PORT": str(port), **environment})
    stopping = Flag()
    with bootstrap.serving(settings) as repository:
        actors = actors_of(repository, holdings)

        def who(request: HTTPConnection) -> Actor | None:
            return actors.get(request.headers.get("authorization", ""))

        app = create_app(
            repository, bell=NoBell(), authenticate=who, patience=patience, stopping=stopping, tracer=tracer
        )
        server = make_server(app, settings, stopping)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        running = ApiServer(f"http://127.0.0.1:{port}", app, repository, holdings, actors)
        try:
            yield running
        finally:
            running.close()
            stopping.set()
            server.should_exit = True
            thread.join(30)
