"""Who asks, remembered for a few seconds: most requests come in groups, and each would ask the database the same.

A session that is ended, a token that is revoked, or a role that is taken away may go on for as long as `SECONDS`; what this
process itself changes holds at once (`forget`).
"""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from starlette.requests import HTTPConnection

from preservation.domain.people import Actor

SECONDS = 5.0
_MOST = 10_000
_SAFE = ("GET", "HEAD", "OPTIONS")
# Everything in a request that authentication looks at.
_HEADERS = ("authorization", "cookie", "x-csrf-token", "origin", "referer", "sec-fetch-site", "host")


class ActorCache:
    """Safe for threads. Refusals are never remembered."""

    def __init__(self, authenticate: Callable[[HTTPConnection], Actor | None], seconds: float = SECONDS) -> None:
        self._authenticate = authenticate
        self._seconds = seconds
        self._lock = Lock()
        self._known: OrderedDict[bytes, tuple[float, Actor]] = OrderedDict()
        # How often something was forgotten: what was asked before that, and is answered after it, is not kept.
        self._forgotten = 0

    def known(self, request: HTTPConnection) -> Actor | None:
        """Who asks, if that was found out just now. Does not wait."""
        key = _key(request)
        with self._lock:
            found = self._known.get(key)
            if found is None:
                return None
            if found[0] < time.monotonic():
                del self._known[key]
                return None
            return found[1]

    def ask(self, request: HTTPConnection) -> Actor | None:
        """Who asks, found out now. May wait for the database."""
        with self._lock:
            forgotten = self._forgotten
        actor = self._authenticate(request)
        if actor is not None:
            with self._lock:
                if forgotten != self._forgotten:
                    return actor
                self._known[_key(request)] = (time.monotonic() + self._seconds, actor)
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
        return actor

    def forget(self, account: str | None = None) -> None:
        """After a change of rights, a sign-out, a revocation: of one account, or of all."""
        with self._lock:
            self._forgotten += 1
            for key in [key for key, (_, actor) in self._known.items() if account in (None, actor.account.id)]:
                del self._known[key]


def _key(request: HTTPConnection) -> bytes:
    """A digest, so that the memory of this process holds no second copy of a secret."""
    method = request.scope.get("method", "GET")
    parts = ["safe" if method in _SAFE else "changing", str(request.scope.get("scheme"))]
    for name in _HEADERS:
        # Each time that a header is there: a cookie may stand in any of several (RFC 9113, 8.2.3).
        found = request.headers.getlist(name)
        parts += [str(len(found)), *found]
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogateescape")).digest()
