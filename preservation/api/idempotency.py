"""`Idempotency-Key`: a request that was answered once is answered the same again, and its act is not done twice.

The answer is remembered in the transaction of the act: of two requests at once one commits, and the other one's act is
undone with its transaction. A key belongs to an account. What is remembered is bound to method, address and body by a digest.
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from starlette.responses import Response

from preservation.api import problem_types as kinds
from preservation.api.answers import JSON
from preservation.api.dependencies import Allowed
from preservation.api.problems import Problem
from preservation.domain.deposits import RememberedAnswer
from preservation.errors import Conflict
from preservation.ports import CatalogueTransaction

MAX_KEY = 128

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=MAX_KEY,
        pattern=r"^[\x21-\x7e]+$",
        description="A word of your choice, new for each request: sent again with it, a request is not carried out again.",
        examples=["4f0c1f1e-6b0e-4d55-9d5e-2f0f8a1d7c11"],
    ),
]


@dataclass(frozen=True, slots=True)
class Once:
    """One request and its key, if it has one. A route asks `answered` first, and gives `keep` its answer before it commits."""

    key: str | None
    digest: bytes

    def answered(self, allowed: Allowed) -> Response | None:
        """What the same request was answered before; None for a new one. Problem 422 if the key was for another request."""
        if self.key is None:
            return None
        before = allowed.service.repository.catalogue.answer(allowed.account, self.key)
        if before is None:
            return None
        if before.request != self.digest:
            raise Problem(kinds.KEY_REUSED)
        headers = {"Idempotent-Replayed": "true"}
        if before.location is not None:
            headers["Location"] = before.location
        return Response(before.body, status_code=before.status, media_type=JSON, headers=headers)

    def keep(self, tx: CatalogueTransaction, allowed: Allowed, answer: Response) -> Response:
        """Remember the answer with the act. Problem 409 if the same key is being used at this moment: the act is undone."""
        if self.key is not None:
            remembered = RememberedAnswer(
                account=allowed.account,
                key=self.key,
                request=self.digest,
                created=allowed.service.repository.clock.now(),
                status=answer.status_code,
                body=bytes(answer.body),
                location=answer.headers.get("Location"),
            )
            try:
                tx.remember_answer(remembered)
            except Conflict as error:
                raise Problem(kinds.KEY_IN_USE) from error
        return answer


async def _once(request: Request, key: Key = None) -> Once:
    if key is None:
        return Once(None, b"")
    line = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return Once(key, hashlib.sha256(line + await request.body()).digest())


OnceHere = Annotated[Once, Depends(_once)]
