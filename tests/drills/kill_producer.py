"""The producer of the kill drill: hands packages over by HTTP, and asks again whenever nobody answers."""

import io
import random
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import httpx

_OFFSET_TYPE = "application/offset+octet-stream"
_PAUSE = 0.3


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it is sent, and what is to become of it."""

    name: str
    data: bytes
    is_good: bool


def make_package(number: int, rng: random.Random) -> Package:
    """Every seventh is a bag whose manifest lies."""
    is_good = number % 7 != 3
    # Every fifth is large enough to be at work for a while.
    count, most = (rng.randrange(200, 600), 60_000) if number % 5 == 0 else (rng.randrange(2, 12), 60_000)
    files = {f"data/{index}.txt": rng.randbytes(rng.randrange(1, most)) for index in range(count)}
    manifest = "".join(f"{sha256(data).hexdigest()}  {path}\n" for path, data in files.items())
    if not is_good:
        manifest = manifest.replace(manifest[:8], "0" * 8, 1)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as bag:
        bag.writestr("bag/bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        bag.writestr("bag/manifest-sha256.txt", manifest)
        for path, data in files.items():
            bag.writestr(f"bag/{path}", data)
    return Package(f"package-{number}.zip", content.getvalue(), is_good)


@dataclass(slots=True)
class Producer:
    """Sends packages, one after the other, until it has sent as many as it should."""

    url: str
    token: str
    collection: str
    acknowledged: dict[str, Package] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    given_up: bool = False
    unasked_for: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, number: int, package: Package) -> str:
        """The transfer, once its submission was acknowledged."""
        wanted = {
            "collection": self.collection,
            "name": package.name,
            "size": len(package.data),
            "sha256": sha256(package.data).hexdigest(),
        }
        made = self._ask("POST", "/transfers", {201}, json=wanted, headers={"Idempotency-Key": f"drill-{number}"})
        transfer = str(made.json()["id"])
        self._upload(transfer, package.data)
        while self._ask("POST", f"/transfers/{transfer}/submit", {202, 409}).status_code != 202:
            # It was accepted, and only the answer was lost.
            if self._ask("GET", f"/transfers/{transfer}", {200}).json()["status"] != "open":
                break
            time.sleep(_PAUSE)
        with self._lock:
            self.acknowledged[transfer] = package
        return transfer

    def _upload(self, transfer: str, data: bytes) -> None:
        while True:
            uploads = self._ask("GET", f"/transfers/{transfer}/uploads", {200}).json()["items"]
            if any(one["offset"] == one["length"] == len(data) and one["finished"] for one in uploads):
                return
            if not uploads:
                headers = {"Upload-Length": str(len(data)), "Tus-Resumable": "1.0.0"}
                self._ask("POST", f"/transfers/{transfer}/uploads", {201, 409}, headers=headers)
                continue
            upload = uploads[-1]
            offset = int(upload["offset"])
            headers = {"Content-Type": _OFFSET_TYPE, "Upload-Offset": str(offset), "Tus-Resumable": "1.0.0"}
            # In two pieces, so that there is a middle to be cut in.
            piece = data[offset : offset + max(1, (len(data) + 1) // 2)]
            self._ask("PATCH", f"/uploads/{upload['id']}", {204, 404, 409}, headers=headers, content=piece)

    def _ask(self, method: str, path: str, expected: set[int], **more: Any) -> httpx.Response:
        """Until an expected answer comes. While parts are down there is none, or 5xx; anything else is noted."""
        headers: Mapping[str, str] = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        while not self.given_up:
            try:
                with httpx.Client(timeout=30) as client:
                    answer = client.request(method, f"{self.url}/api/v1{path}", headers=headers, **more)
            except httpx.TransportError:
                time.sleep(_PAUSE)
                continue
            with self._lock:
                self.answers[answer.status_code] += 1
            if answer.status_code in expected:
                return answer
            if answer.status_code not in (429, 503):
                with self._lock:
                    self.unasked_for.append(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            time.sleep(_PAUSE)
        raise TimeoutError("the drill is over")
