"""The whole application on a port of its own over a real home, and browsers and programs that talk to it."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag

from httpx import Client, Response

from preservation import bootstrap
from preservation.adapters.no_bell import NoBell
from preservation.api.app import create_app
from preservation.api.server import make_server
from preservation.settings import read_settings
from tests.free_ports import free_port
from tests.homes import TestHome, preservation

ADMIN, GOOD, BETTER = "bốn con ngựa tím trên mái", "seven kayaks hum in gravel", "purple lanterns drift uphill"
HOST = "archive.example"


class Browser:
    """Keeps cookies, and repeats the session's token as a page would. It comes through a proxy, which says whence."""

    def __init__(self, url: str, scheme: str, address: str) -> None:
        came = {"Host": HOST, "X-Forwarded-For": address, "X-Forwarded-Proto": scheme}
        self.http = Client(base_url=url, headers=came, timeout=60)
        self.csrf: str | None = None

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Response:
        given = {} if self.csrf is None else {"X-CSRF-Token": self.csrf}
        content = None if body is None else json.dumps(body)
        kind = {} if body is None else {"Content-Type": "application/json"}
        return self.http.request(
            method, f"/api/v1{path}", headers={**given, **kind, **(headers or {})}, content=content
        )

    def sign_in(self, name: str, password: str) -> Response:
        answer = self.ask("POST", "/session", {"name": name, "password": password})
        self._note(answer)
        return answer

    def change_password(self, present: str, new: str) -> Response:
        answer = self.ask("PUT", "/session/password", {"present": present, "new": new})
        self._note(answer)
        return answer

    def _note(self, answer: Response) -> None:
        if answer.status_code == 200:
            self.csrf = answer.json()["csrf_token"]


class Archive:
    """A home, served at an address."""

    def __init__(self, url: str, home: TestHome, password: str) -> None:
        self.url = url
        self.home = home
        self.first_password = password
        self._browsers: list[Browser] = []

    def browser(self, *, scheme: str = "http", address: str | None = None) -> Browser:
        """Each comes from an address of its own if none is said: one address may knock only so often."""
        self._browsers.append(Browser(self.url, scheme, address or f"192.0.2.{len(self._browsers) % 250 + 1}"))
        return self._browsers[-1]

    def close(self) -> None:
        for browser in self._browsers:
            browser.http.close()

    def administrator(self) -> Browser:
        """One who has changed the first password."""
        browser = self.browser()
        assert browser.sign_in("admin", self.first_password).status_code == 200
        changed = browser.change_password(self.first_password, ADMIN)
        assert changed.status_code == 200, changed.text
        return browser

    def person(self, administrator: Browser, name: str, *grants: dict[str, str | None]) -> Browser:
        body = {"name": name, "display_name": name, "grants": list(grants)}
        made = administrator.ask("POST", "/accounts", body)
        assert made.status_code == 201, made.text
        browser = self.browser()
        assert browser.sign_in(name, made.json()["password"]).status_code == 200
        assert browser.change_password(made.json()["password"], GOOD).status_code == 200
        return browser


@contextmanager
def served(root: Path, environment: Mapping[str, str] | None = None) -> Iterator[Archive]:
    """A new home and its API, until the end of the block."""
    made = preservation("init", "--home", root, "--json")
    assert made.status == 0, made
    port = free_port()
    settings = read_settings(root, {"PRESERVATION_API_PORT": str(port), **(environment or {})})
    stopping = Flag()
    with bootstrap.serving(settings) as repository:
        server = make_server(create_app(repository, bell=NoBell(), stopping=stopping), settings, stopping)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        archive = Archive(f"http://127.0.0.1:{port}", TestHome(root), made.json["password"])
        try:
            yield archive
        finally:
            archive.close()
            stopping.set()
            server.should_exit = True
            thread.join(30)
