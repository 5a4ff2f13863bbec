"""Alarms over HTTP, signed as Standard Webhooks 1.0.0 says, so that the receiver can check them with a library of its own.

The signature is HMAC-SHA256 over the message's id, its time and the body, with full stops between; the id is the same each time
that the same message is tried.
"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from preservation.adapters.alarms.deadline import Deadline
from preservation.domain.alarms import AlarmMessage
from preservation.errors import Unavailable, WrongUse

SECONDS = 10.0
_ENCODED = "whsec_"


class WebhookChannel:
    """POSTs JSON. Safe to call from several threads."""

    def __init__(self, url: str, secret: str) -> None:
        """`secret` is a text, or `whsec_` and base64. An empty one leaves messages unsigned. WrongUse if it is no base64."""
        self._url = url
        self._key = _key(secret)

    def send(self, message: AlarmMessage) -> None:
        """Taken is what is answered with 2xx within ten seconds; redirections are not followed."""
        body = json.dumps(as_json(message), ensure_ascii=False, sort_keys=True).encode()
        headers = {"content-type": "application/json", "user-agent": "preservation"}
        headers |= self._signature(message, body)
        try:
            with (
                Deadline(SECONDS) as deadline,
                httpx.Client(timeout=SECONDS, follow_redirects=False) as client,
                client.stream(
                    "POST", self._url, content=body, headers=headers, extensions={"trace": _watched_by(deadline)}
                ) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Unavailable(f"the webhook did not answer: {type(error).__name__}") from error
        if not 200 <= status < 300:
            raise Unavailable(f"the webhook answered with status {status}")

    def _signature(self, message: AlarmMessage, body: bytes) -> dict[str, str]:
        time = str(int(message.time.timestamp()))
        headers = {"webhook-id": _message_id(message), "webhook-timestamp": time}
        if self._key:
            signed = f"{headers['webhook-id']}.{time}.".encode() + body
            digest = hmac.new(self._key, signed, hashlib.sha256).digest()
            headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        return headers


def _watched_by(deadline: Deadline) -> Callable[[str, Mapping[str, Any]], None]:
    """Hears of what the client does: a new connection's socket, and again once TLS is spoken over it."""

    def trace(name: str, info: Mapping[str, Any]) -> None:
        if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            stream = info["return_value"]
            deadline.watch(lambda: stream.get_extra_info("socket"))

    return trace


def as_json(message: AlarmMessage) -> dict[str, object]:
    """What is sent. Times are RFC 3339 in UTC; `text` holds the sentence by language."""
    alarm = message.alarm
    return {
        "type": f"alarm.{message.moment.value}",
        "timestamp": message.time.isoformat(),
        "data": {
            "repository": message.repository,
            "key": alarm.key,
            "code": alarm.code.value,
            "severity": alarm.severity.value,
            "subject": alarm.subject,
            "since": alarm.since.isoformat(),
            "cleared": None if message.cleared is None else message.cleared.isoformat(),
            "values": dict(alarm.values),
            "text": dict(message.texts),
        },
    }


def _message_id(message: AlarmMessage) -> str:
    """The same for each attempt within a day: what is repeated daily is another message."""
    named = [message.repository, message.alarm.key, message.alarm.since.isoformat(), message.moment.value]
    named.append(message.time.date().isoformat())
    return f"msg_{hashlib.sha256(chr(10).join(named).encode()).hexdigest()[:32]}"


def _key(secret: str) -> bytes:
    if not secret.startswith(_ENCODED):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_ENCODED), validate=True)
    except binascii.Error as error:
        raise WrongUse("alarm_webhook_secret begins with whsec_ but is not base64 after it") from error
