"""JSON from strangers: RFC 8259 in UTF-8, bounded, without anything that parsers disagree about."""

import json
from typing import Final

_MAX_INTEGER_DIGITS: Final = 19


class JsonRefused(ValueError):
    """The bytes are not a JSON document that is safe to read. The text says why, in a few words."""


def read_json(data: bytes, *, max_bytes: int) -> object:
    """The document's value: dict, list, str, int, float, bool or None.

    Refuses what is longer than `max_bytes`, not UTF-8, not JSON, nested too deeply, has a key twice in one object, NaN or
    Infinity, an integer of more than 19 digits, or a surrogate without its other half: JsonRefused.
    """
    if len(data) > max_bytes:
        raise JsonRefused(f"more than {max_bytes} bytes")
    # A text with one character beyond Latin-1 takes two bytes for each of its characters. Without \u escapes the bytes can
    # be parsed as Latin-1 (JSON's own characters are all ASCII), and each string is made UTF-8 on its own.
    escaped = b"\\u" in data
    try:
        text = data.decode("utf-8" if escaped else "latin-1")
        hook = _object_without_twins if escaped else _object_from_latin_1
        value: object = json.loads(
            text, object_pairs_hook=hook, parse_int=_bounded_integer, parse_constant=_refuse_constant
        )
        if not escaped:
            value = _from_latin_1(value)
    except UnicodeDecodeError:
        raise JsonRefused("not UTF-8") from None
    except json.JSONDecodeError as error:
        raise JsonRefused(f"{error.msg}, line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise JsonRefused("nested too deeply") from None
    # Only an escape can bring half a surrogate pair, since the bytes are UTF-8.
    if escaped:
        _refuse_lone_surrogates(value)
    return value


def _object_from_latin_1(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = {_text(key): _from_latin_1(item) for key, item in pairs}
    return value if len(value) == len(pairs) else _object_without_twins([(_text(key), None) for key, _ in pairs])


def _from_latin_1(value: object) -> object:
    """The value with its own strings, and those of its lists, in UTF-8. Objects in it were done before it."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        # In place, so that old and new strings of a large document are never there together.
        for index, item in enumerate(value):
            value[index] = _from_latin_1(item)
    return value


def _text(latin_1: str) -> str:
    return latin_1 if latin_1.isascii() else latin_1.encode("latin-1").decode()


def _object_without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        twin = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise JsonRefused(f"the key {twin[:200]!r} stands twice in one object")
    return value


def _bounded_integer(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_DIGITS:
        raise JsonRefused("an integer of too many digits")
    return int(digits)


def _refuse_constant(name: str) -> object:
    raise JsonRefused(f"{name} is not JSON")


def _refuse_lone_surrogates(value: object) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, str):
            try:
                item.encode()
            except UnicodeEncodeError:
                raise JsonRefused("half of a surrogate pair") from None
