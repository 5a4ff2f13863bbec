"""A peer's challenges over HTTP: POST to its `/api/v1/challenges`, which answers with a job; look at that until it has ended."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from preservation.domain.challenges import ChallengeAnswer
from preservation.errors import Unavailable

SECONDS = 30.0
# A large AIP takes a peer as long as it takes to read it.
PATIENCE_SECONDS = 6 * 3600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOST_ANSWER = 1 << 20
_NOT_HELD = "NotHere"


class HttpPeer:
    """For one thread. Holds a connection until it is closed."""

    def __init__(
        self,
        url: str,
        token_file: str,
        *,
        patience: float = PATIENCE_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises Unavailable if the token cannot be read."""
        try:
            token = Path(token_file).read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise Unavailable(f"the peer's token cannot be read: {token_file}") from error
        self._url = url
        self._patience = patience
        self._sleep = sleep
        self._client = httpx.Client(
            timeout=SECONDS,
            follow_redirects=False,
            headers={"authorization": f"Bearer {token}", "user-agent": "preservation"},
        )

    def close(self) -> None:
        self._client.close()

    def ask(self, aip: str, version: int, nonce: str) -> ChallengeAnswer | None:
        """As `ports.peers.PeerClient`."""
        status, body, location = self._send("POST", self._url, {"aip": aip, "version": version, "nonce": nonce})
        if status == 404:
            return None
        if status != 202 or not location:
            raise Unavailable(f"the peer answered with status {status}")
        address = urljoin(self._url, location)
        if urlsplit(address)[:2] != urlsplit(self._url)[:2]:
            raise Unavailable("the peer names a job of another server, which the token is not for")
        until, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while True:
            status, body, _ = self._send("GET", address, None)
            if status != 200:
                raise Unavailable(f"the peer answered with status {status}")
            if body.get("state") in ("succeeded", "failed", "cancelled"):
                return _answer(body)
            if time.monotonic() > until:
                raise Unavailable("the peer has not answered in time")
            self._sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _send(self, method: str, url: str, body: object) -> tuple[int, dict[str, object], str | None]:
        try:
            with self._client.stream(method, url, json=body) as answer:
                data = b""
                for piece in answer.iter_bytes():
                    data += piece
                    if len(data) > _MOST_ANSWER:
                        raise Unavailable("the peer's answer is longer than any answer")
                answer_text = httpx.Response(200, content=data)
                parsed = answer_text.json() if data else {}
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise Unavailable(f"the peer did not answer: {type(error).__name__}") from error
        return answer.status_code, parsed if isinstance(parsed, dict) else {}, answer.headers.get("location")


def _answer(job: dict[str, object]) -> ChallengeAnswer | None:
    result, problem = job.get("result"), job.get("problem")
    if job.get("state") == "succeeded" and isinstance(result, dict):
        nonce, digest = result.get("nonce"), result.get("digest")
        if isinstance(nonce, str) and isinstance(digest, str) and _HEX.fullmatch(nonce) and _HEX.fullmatch(digest):
            return ChallengeAnswer(nonce, digest)
        raise Unavailable("the peer's answer is none that can be understood")
    if isinstance(problem, dict) and problem.get("code") == _NOT_HELD:
        return None
    raise Unavailable("the peer could not answer")
