"""Bytes over HTTP: parts (RFC 9110, 14), conditions (13), digests (RFC 9530), names that are safe in a header (RFC 6266)."""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from starlette.responses import Response, StreamingResponse

from preservation.api import problem_types as kinds
from preservation.api.documented import Responses, answers
from preservation.api.problems import Problem
from preservation.services.file_delivery import Part

OCTETS = "application/octet-stream"
MAX_NAME = 200

_RANGE = re.compile(r"bytes=([0-9]{0,19})-([0-9]{0,19})\Z")
_TAG = re.compile(r'"([^"]*)"')
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")
_BYTES: dict[str, Any] = {"type": "string", "format": "binary"}
_HEADERS = {
    "ETag": "The content's SHA-256: strong.",
    "Repr-Digest": "SHA-256, and SHA-512 where it is known, of the whole content (RFC 9530).",
    "Content-Disposition": "The name of the file.",
    "Accept-Ranges": "bytes",
}


def _content_answers() -> Responses:
    found = answers(200, "All of it.", content={OCTETS: _BYTES}, headers=_HEADERS)
    found |= answers(
        206,
        "A part of it.",
        content={OCTETS: _BYTES},
        headers={**_HEADERS, "Content-Range": "Which part, of how much."},
    )
    found[304] = {"description": "It is what `If-None-Match` names."}
    failures = [kinds.PRECONDITION_FAILED, kinds.BAD_RANGE, kinds.CONTENT_DAMAGED]
    return answers(200, "", problems=failures) | found


CONTENT_ANSWERS = _content_answers()

Pieces = Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Content:
    """Content that can be read: as a whole (None) or a part of it. Digests are raw; `sha512` None where it is not known."""

    name: str
    size: int
    sha256: bytes
    sha512: bytes | None
    read: Callable[[Part | None], Pieces]

    @property
    def tag(self) -> str:
        return f"sha256-{self.sha256.hex()}"


def content_answer(request: Request, content: Content) -> Response:
    """The answer to GET or HEAD. Problem 412 or 416 where the request's conditions are not met."""
    headers = _headers(content)
    asked = request.headers
    if (wanted := asked.get("if-match")) is not None and not _names(wanted, content.tag):
        raise Problem(kinds.PRECONDITION_FAILED)
    if (known := asked.get("if-none-match")) is not None and _names(known, content.tag):
        kept = {name: headers[name] for name in ("ETag", "Repr-Digest", "Cache-Control")}
        return Response(status_code=304, headers=kept)
    part = _part(request, content)
    length = content.size if part is None else part.last - part.first + 1
    headers["Content-Length"] = str(length)
    if part is None:
        headers["Content-Digest"] = headers["Repr-Digest"]
    else:
        headers["Content-Range"] = f"bytes {part.first}-{part.last}/{content.size}"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, media_type=OCTETS, headers=headers)
    return StreamingResponse(content.read(part), status_code=status, media_type=OCTETS, headers=headers)


def _headers(content: Content) -> dict[str, str]:
    digests = f"sha-256=:{base64.b64encode(content.sha256).decode()}:"
    if content.sha512 is not None:
        digests += f", sha-512=:{base64.b64encode(content.sha512).decode()}:"
    return {
        "ETag": f'"{content.tag}"',
        "Repr-Digest": digests,
        "Accept-Ranges": "bytes",
        "Content-Disposition": disposition(content.name),
        # It never changes under its address, but who may see it does.
        "Cache-Control": "private, no-cache",
    }


def disposition(name: str) -> str:
    """`Content-Disposition` for any name: a plain one for old clients, and the whole of it in UTF-8 (RFC 8187)."""
    shown = name[-MAX_NAME:] or "content"
    plain = _NOT_PLAIN.sub("_", shown).lstrip(".") or "content"
    exact = quote(shown.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"


def _part(request: Request, content: Content) -> Part | None:
    """The one part that is asked for. None for the whole: without a range, with several, with one that is no range at all."""
    asked = request.headers.get("range")
    if asked is None or request.method != "GET":
        return None
    condition = request.headers.get("if-range")
    if condition is not None and condition.strip() != f'"{content.tag}"':
        return None
    match = _RANGE.match(asked.strip())
    if match is None or (not match[1] and not match[2]):
        return None
    if not match[1]:
        first, last = max(0, content.size - int(match[2])), content.size - 1
        is_empty = int(match[2]) == 0
    else:
        first, last = int(match[1]), min(int(match[2]) if match[2] else content.size - 1, content.size - 1)
        if match[2] and int(match[2]) < first:
            return None
        is_empty = False
    if is_empty or first >= content.size:
        raise Problem(kinds.BAD_RANGE, headers={"Content-Range": f"bytes */{content.size}"})
    return Part(first, last)


def _names(header: str, tag: str) -> bool:
    """Whether a list of entity tags names this one; `*` names any."""
    return header.strip() == "*" or tag in _TAG.findall(header)
