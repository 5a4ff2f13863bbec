"""JSON in one form only (JCS, RFC 8785), for values without fractions.

The standard library's encoder writes strings and integers as RFC 8785, 3.2.2 demands; what is added is the refusal of
everything that it would let pass, and the order of keys by UTF-16 code units (3.2.3), which differs from Python's only for keys
with characters beyond U+D7FF.
"""

import json

from preservation.domain.events import Json

MAX_INTEGER = (1 << 53) - 1
MAX_DEPTH = 64
_LAST_BEFORE_SURROGATES = "\ud7ff"

_sorted_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_plain_encoder = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def canonical(value: Json) -> bytes:
    """The canonical bytes. ValueError for floats, integers beyond 2**53 - 1, lone surrogates, other types, or depth over 64."""
    if _check(value, MAX_DEPTH):
        return _plain_encoder.encode(_sorted(value)).encode()
    return _sorted_encoder.encode(value).encode()


def parse(data: bytes) -> Json:
    """Read JSON that must be canonical. ValueError where it is not exactly what `canonical` writes."""
    try:
        value: Json = json.loads(data)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    if canonical(value) != data:
        raise ValueError("the JSON is not in canonical form")
    return value


def _check(value: object, depth: int) -> bool:
    """Refuses what cannot be canonical; whether a key needs the order by UTF-16."""
    if value is None or isinstance(value, str | bool):
        return False
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError(f"{value} is beyond 2**53 - 1")
        return False
    if depth == 0:
        raise ValueError("the value is nested too deeply")
    unusual = False
    if isinstance(value, dict):
        for key, member in value.items():
            unusual |= _is_unusual(key)
            unusual |= _check(member, depth - 1)
        return unusual
    if isinstance(value, list):
        for member in value:
            unusual |= _check(member, depth - 1)
        return unusual
    raise ValueError(f"a {type(value).__name__} has no canonical form here")


def _is_unusual(key: object) -> bool:
    if isinstance(key, str):
        return not key.isascii() and max(key) > _LAST_BEFORE_SURROGATES
    raise ValueError(f"{key!r} cannot be a key")


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, list):
        return [_sorted(member) for member in value]
    return value
