"""Alarms over HTTP, against a server that is really there."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from preservation.adapters.alarms import webhook
from preservation.adapters.alarms.webhook import WebhookChannel
from preservation.domain.alarms import AlarmMoment
from preservation.errors import Unavailable, WrongUse
from tests.adapters.alarm_messages import a_message
from tests.adapters.slow_server import SlowServer, slow_server
from tests.contracts.catalogue_builders import urn

__all__ = ["slow_server"]

SECRET = "whsec_" + base64.b64encode(b"key" * 8).decode()


@dataclass
class Receiver:
    """What came, and how it is answered."""

    status: int = 204
    location: str | None = None
    is_silent: bool = False
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if state.is_silent:
                state.released.wait(30)
                return
            self.send_response(state.status)
            if state.location:
                self.send_header("location", state.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        state.url = f"http://127.0.0.1:{server.server_port}/hook?x=1"
        yield state
        state.released.set()
        server.shutdown()
        thread.join()


def test_a_message_arrives_signed_so_that_the_receiver_can_check_it(receiver: Receiver) -> None:
    WebhookChannel(receiver.url, SECRET).send(a_message())

    ((headers, body),) = receiver.got
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(b"key" * 8, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["content-type"] == "application/json"
    assert int(headers["webhook-timestamp"]) == int(a_message().time.timestamp())
    assert json.loads(body) == {
        "type": "alarm.raised",
        "timestamp": a_message().time.isoformat(),
        "data": {
            "repository": urn(99),
            "key": "ALARM-JOBS-LATE ingest",
            "code": "ALARM-JOBS-LATE",
            "severity": "error",
            "subject": "ingest",
            "since": "2026-11-22T12:00:00.123457+00:00",
            "cleared": None,
            "values": {"queue": "ingest", "count": "3"},
            "text": {"en": "3 jobs wait.", "vi": "3 công việc đang chờ."},
        },
    }


def test_the_same_message_tried_again_has_the_same_id_and_another_message_another(receiver: Receiver) -> None:
    channel = WebhookChannel(receiver.url, "plain")
    for message in (a_message(), a_message(seconds=400), a_message(AlarmMoment.CLEARED), a_message(subject="access")):
        channel.send(message)

    first, again, *others = [headers["webhook-id"] for headers, _body in receiver.got]
    assert first == again
    assert len({first, *others}) == 3


def test_without_a_secret_nothing_is_signed(receiver: Receiver) -> None:
    WebhookChannel(receiver.url, "").send(a_message())

    assert "webhook-signature" not in receiver.got[0][0]


@pytest.mark.parametrize("status", [199 + 101, 302, 400, 500])
def test_what_is_not_taken_is_told_to_the_caller(receiver: Receiver, status: int) -> None:
    receiver.status = status
    receiver.location = receiver.url

    with pytest.raises(Unavailable, match=str(status)):
        WebhookChannel(receiver.url, "").send(a_message())
    assert len(receiver.got) == 1


def test_a_receiver_that_never_answers_is_not_waited_for(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "SECONDS", 0.2)
    receiver.is_silent = True

    with pytest.raises(Unavailable):
        WebhookChannel(receiver.url, "").send(a_message())


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[::bad", "nonsense"])
def test_a_receiver_that_is_not_there_is_told_to_the_caller(url: str) -> None:
    with pytest.raises(Unavailable):
        WebhookChannel(url, "").send(a_message())


def test_a_secret_that_is_no_base64_is_wrong_use() -> None:
    with pytest.raises(WrongUse):
        WebhookChannel("http://127.0.0.1/", "whsec_***")


def test_a_receiver_that_answers_letter_by_letter_is_not_waited_for(
    slow_server: SlowServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each letter comes long before any timeout of the socket."""
    monkeypatch.setattr(webhook, "SECONDS", 1.0)
    slow_server.says(b"HTTP/1.1 204 No Content\r\nServer: slow-and-steady-and-slow\r\n\r\n", pause=0.1)

    with pytest.raises(Unavailable):
        WebhookChannel(f"http://127.0.0.1:{slow_server.port}/", "").send(a_message())
