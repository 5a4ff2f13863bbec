"""One request to an S3 server and its answer: signed, bounded, and repeated where that helps.

What a status means is for whoever asked: here it is only told apart whether the server answered for good. A request that was
sent and not answered may have been carried out; `Reply.is_ambiguous` says that this answer follows such a one.

400, 403, 404, 405, 411, 412, 416, 501   an answer
409                                      an answer, unless its code says that two writers met: then it is asked again
429, 500, 502, 503, 504                  asked again, after Retry-After or a growing pause
no connection, no answer, broken off     asked again
"""

import random
import re
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import md5, sha256
from typing import BinaryIO, cast
from urllib.parse import SplitResult, urlunsplit

import urllib3
from minio import time as amz_time
from minio.credentials.providers import Provider
from minio.helpers import BaseURL
from minio.signer import sign_v4_s3

from preservation.adapters.object_stores.s3.address import S3Address
from preservation.adapters.object_stores.s3.credentials import retrieve
from preservation.adapters.object_stores.s3.options import S3Options
from preservation.errors import Deleted, DiskFull, NotHere, PreservationError, ReplicaAway, Unavailable

ATTEMPTS = 5
MOST_ANSWER_BYTES = 16 << 20
_MOST_PAUSE = 30.0
_FIRST_PAUSE = 0.2
_SIGNED_BYTES = 1 << 16
_AGAIN = frozenset({429, 500, 502, 503, 504})
_MET = frozenset({"ConditionalRequestConflict", "OperationAborted"})
_CODE = re.compile(rb"<Code>\s*([A-Za-z0-9.]{1,100})\s*</Code>")
_FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientCapacity", "InsufficientStorage"})


@dataclass(frozen=True, slots=True)
class Source:
    """A body that is too large to be held: opened anew for each attempt, `size` bytes long.

    `md5` is what Content-MD5 says of it: a write that is locked is refused without (S3, Object Lock), and any may arrive wrong.
    """

    size: int
    open: Callable[[], BinaryIO]
    md5: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read to its end. `code` is S3's word for what is wrong, empty if it gave none."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_ambiguous: bool = False

    @property
    def is_fine(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        match = _CODE.search(self.body[:65536])
        return match[1].decode() if match else ""

    @property
    def etag(self) -> str:
        return self.headers.get("etag", "").strip('"')


class Wire:
    """Requests to one bucket; keys are whole ones. Safe to call from several threads."""

    def __init__(self, address: S3Address, provider: Provider, options: S3Options) -> None:
        self.address = address
        self._provider = provider
        self._base = BaseURL(address.endpoint, address.region)
        pools = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=min(10.0, options.seconds), read=options.seconds),
            maxsize=options.lanes * 2 + 2,
            cert_reqs="CERT_REQUIRED",
            ca_certs=options.ca_file or None,
        )
        # All requests go to one host: finding its connections anew for each is a tenth of what a small request costs.
        self._pool = pools.connection_from_url(self._url("HEAD", None, {}).geturl())

    def call(
        self,
        method: str,
        key: str | None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | memoryview | Source = b"",
        attempts: int = ATTEMPTS,
    ) -> Reply:
        """Ask until there is an answer. Unavailable if there is none after the last attempt."""
        is_ambiguous = False
        reason = ""
        for attempt in range(attempts):
            pause = random.uniform(0.5, 1.0) * _FIRST_PAUSE * 4**attempt  # noqa: S311 - spreads clients, hides nothing
            try:
                response = self._send(method, key, query or {}, headers or {}, body)
                with response:
                    reply = Reply(response.status, _lower(response.headers), _bounded(response), is_ambiguous)
            except urllib3.exceptions.NewConnectionError as error:
                reason = type(error).__name__
            except (urllib3.exceptions.HTTPError, OSError) as error:
                is_ambiguous, reason = True, type(error).__name__
            else:
                if not (reply.status in _AGAIN or (reply.status == 409 and reply.code in _MET)):
                    return reply
                is_ambiguous = is_ambiguous or reply.status >= 500
                reason = f"{reply.status} {reply.code}".strip()
                pause = max(pause, _retry_after(reply.headers))
            if attempt + 1 < attempts:
                time.sleep(min(pause, _MOST_PAUSE))
        raise Unavailable(f"{self.address.name} does not answer: {reason}")

    def stream(self, key: str) -> urllib3.BaseHTTPResponse:
        """An object's body, being received: to be closed. NotHere if there is none; a body that ends early is noticed."""
        reason = ""
        for attempt in range(ATTEMPTS):
            pause = _FIRST_PAUSE * 4**attempt
            try:
                response = self._send("GET", key, {}, {}, b"")
                if response.status == 200:
                    return response
                with response:
                    reply = Reply(response.status, _lower(response.headers), _bounded(response))
            except (urllib3.exceptions.HTTPError, OSError) as error:
                reason = type(error).__name__
            else:
                if reply.status not in _AGAIN:
                    raise self.refused(reply, key)
                reason = f"{reply.status} {reply.code}".strip()
                pause = max(pause, _retry_after(reply.headers))
            if attempt + 1 < ATTEMPTS:
                time.sleep(min(pause, _MOST_PAUSE))
        raise Unavailable(f"{self.address.name} does not answer: {reason}")

    def refused(self, reply: Reply, key: str | None) -> PreservationError:
        """The exception for an answer that was not hoped for."""
        where = f"{key} in {self.address.name}" if key else self.address.name
        if reply.code == "NoSuchBucket" or (reply.status == 404 and not key):
            return ReplicaAway(f"{self.address.name}: there is no such bucket")
        if reply.status == 404:
            if reply.headers.get("x-amz-delete-marker") == "true":
                return Deleted(f"{where} was deleted: a delete marker stands over it")
            return NotHere(f"there is no {where}")
        if reply.status == 507 or reply.code in _FULL:
            return DiskFull(f"{self.address.name} has no room: {reply.code or reply.status}")
        if reply.status == 403:
            return Unavailable(f"{self.address.name} refuses us: {reply.code or 'AccessDenied'}")
        return Unavailable(f"{where}: the server answers {reply.status} {reply.code}".rstrip())

    def _send(
        self,
        method: str,
        key: str | None,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes | memoryview | Source,
    ) -> urllib3.BaseHTTPResponse:
        region, url = self.address.region, self._url(method, key, query)
        found = retrieve(self._provider)
        signed: dict[str, str] = {**headers, "Host": url.netloc, "User-Agent": "preservation"}
        if isinstance(body, Source):
            payload: bytes | memoryview | BinaryIO = body.open()
            signed |= {"Content-Length": str(body.size), "Content-MD5": body.md5}
            signed["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
        else:
            payload = body
            if method in ("PUT", "POST"):
                signed |= {"Content-Length": str(len(body)), "Content-MD5": content_md5(body)}
            # The signature covers Content-MD5. A second digest of what is large is time for nothing.
            is_signed = len(body) <= _SIGNED_BYTES and not self._base.is_https
            signed["x-amz-content-sha256"] = sha256(body).hexdigest() if is_signed else "UNSIGNED-PAYLOAD"
        signed |= {name: value for name, value in headers.items() if name == "Content-MD5"}
        if found.session_token:
            signed["X-Amz-Security-Token"] = found.session_token
        date = amz_time.utcnow()
        signed["x-amz-date"] = amz_time.to_amz_date(date)
        authorised = sign_v4_s3(
            method=method,
            url=url,
            region=region,
            headers=dict(signed),
            credentials=found,
            content_sha256=signed["x-amz-content-sha256"],
            date=date,
        )
        response = self._pool.urlopen(
            method,
            urlunsplit(("", "", url.path or "/", url.query, "")),
            # What urllib3 and the SDK say of their types is narrower than what they take and give.
            body=cast("bytes | BinaryIO", payload) if payload is not body or len(body) else None,
            headers=cast("dict[str, str]", authorised),
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        acknowledge(response)
        return response

    def _url(self, method: str, key: str | None, query: Mapping[str, str]) -> SplitResult:
        return self._base.build(
            method=method,
            region=self.address.region,
            bucket_name=self.address.bucket,
            object_name=key,
            query_params=dict(query),
        )


def acknowledge(response: urllib3.BaseHTTPResponse) -> None:
    """Say at once what has come: a server that sends piece by piece may wait for that before the next (RFC 896), up to 40 ms."""
    sock = getattr(response.connection, "sock", None)
    if sock is not None and hasattr(socket, "TCP_QUICKACK"):
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def content_md5(body: bytes | memoryview) -> str:
    """What RFC 1864 puts into Content-MD5: by it most servers find out that what arrived is what was sent."""
    return b64encode(md5(body, usedforsecurity=False).digest()).decode()


def _lower(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _bounded(response: urllib3.BaseHTTPResponse) -> bytes:
    pieces, size = [], 0
    while piece := response.read(1 << 16):
        size += len(piece)
        if size > MOST_ANSWER_BYTES:
            raise Unavailable("the answer of the server is larger than it may be")
        pieces.append(piece)
    return b"".join(pieces)


def _retry_after(headers: Mapping[str, str]) -> float:
    value = headers.get("retry-after", "")
    return float(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0.0
