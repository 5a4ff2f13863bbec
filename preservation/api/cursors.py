"""Cursors: where the next page of a list begins, as a word that means nothing to the one who carries it.

A cursor holds the place and the name of its list. What was not made by `encode` for this very list is refused as invalid input.
"""

import base64
import binascii
import json

from preservation.api import problem_types as kinds
from preservation.api.problems import Problem

MAX_CURSOR = 512

Place = str | int


def encode(listing: str, *place: Place) -> str:
    """A cursor of the list called `listing`."""
    return base64.urlsafe_b64encode(json.dumps([listing, *place], separators=(",", ":")).encode()).decode().rstrip("=")


def decode(listing: str, cursor: str | None, *types: type[Place]) -> tuple[Place, ...] | None:
    """The place that a cursor names: values of these types. None without a cursor; Problem 422 for what is not one of ours."""
    if cursor is None:
        return None
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        values = json.loads(data)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _refused() from error
    if not isinstance(values, list) or len(values) != len(types) + 1 or values[0] != listing:
        raise _refused()
    place = values[1:]
    if any(type(value) is not wanted for value, wanted in zip(place, types, strict=True)):
        raise _refused()
    if any(isinstance(value, int) and not 0 <= value < 1 << 63 for value in place):
        raise _refused()
    if any(isinstance(value, str) and not _is_plain(value) for value in place):
        raise _refused()
    return tuple(place)


def text_place(listing: str, cursor: str | None) -> str | None:
    """The place of a list that goes on after an id."""
    place = decode(listing, cursor, str)
    return None if place is None else str(place[0])


def number_place(listing: str, cursor: str | None) -> int:
    """The place of a list that goes on after a number; 0 without a cursor."""
    place = decode(listing, cursor, int)
    return 0 if place is None else int(place[0])


def _is_plain(text: str) -> bool:
    return len(text) <= MAX_CURSOR and text.isprintable() and text.isascii()


def _refused() -> Problem:
    error = {
        "where": "query.cursor",
        "code": "cursor",
        "message": "This is not a cursor that a page of this list gave.",
    }
    return Problem(kinds.INVALID, more={"errors": [error]})
