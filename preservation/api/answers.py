"""Answers in JSON, made straight from values: what is declared in `schemas` is checked by tests, not again for each answer."""

from collections.abc import Iterable, Mapping

from pydantic_core import to_json
from starlette.responses import Response

JSON = "application/json"


def json_answer(content: object, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """Dataclasses, mappings, datetimes (RFC 3339), enumerations and bytes (UTF-8) become JSON as they are."""
    return Response(to_json(content), status_code=status, media_type=JSON, headers=headers)


def page_answer(items: Iterable[object], next: str | None) -> Response:
    """One page of a list. `next` is the cursor of the page after it, None on the last."""
    return json_answer({"items": list(items), "next": next})


def spliced_page(items: Iterable[bytes], next: str | None) -> Response:
    """As `page_answer`, for items that are JSON already."""
    return Response(b'{"items":[' + b",".join(items) + b'],"next":' + to_json(next) + b"}", media_type=JSON)
