"""DROID's byte sequences as regular expressions over bytes (`re`, DOTALL).

A wildcard between two parts becomes an atomic group that takes the first place where the next part fits: what lies behind is
never tried again from a later place, so that the time for a file does not grow with a power of its size. Where a further part
has to lie within a bounded distance of the one before, the group is left open, because the first place need not be the one.
"""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from preservation.standards.droid_signatures import ByteSequence, Fragment, SubSequence

LONGEST: Final = 100_000
MOST_OFFSET: Final = 1 << 20

_TOKEN = re.compile(r"([0-9A-Fa-f]{2})|\[(!?)(&?)([0-9A-Fa-f]+)(?::([0-9A-Fa-f]+))?\]|\s+")


class UnknownPattern(ValueError):
    """A sequence that has no counterpart here."""


def pattern_of(sequence: ByteSequence) -> tuple[str, str]:
    """("BOF", "EOF" or "VAR", the expression). UnknownPattern where it has none, or one beyond the bounds above.

    BOF is to be matched at the beginning, EOF and VAR to be searched for.
    """
    if not sequence.parts:
        raise UnknownPattern("no bytes")
    if sequence.anchor == "EOF":
        text = _from_end(sequence.parts)
    else:
        text = _from_start(sequence.parts, is_anchored=sequence.anchor == "BOF")
    if len(text) > LONGEST:
        raise UnknownPattern("too long")
    return sequence.anchor or "VAR", f"(?s){text}"


def _from_start(parts: Sequence[SubSequence], *, is_anchored: bool) -> str:
    text = r"\A" if is_anchored else ""
    for index, part in enumerate(parts):
        body = _body(part)
        if index == 0 and not is_anchored:
            text += body
        elif part.most is not None:
            text += _gap(part.least, part.most) + body
        else:
            is_closed = all(one.most is None for one in parts[index + 1 :])
            text += f"(?{'>' if is_closed else ':'}{_gap(part.least, part.least)}.*?{body})"
    return text


def _from_end(parts: Sequence[SubSequence]) -> str:
    """The first part is the one that is nearest to the end."""
    text = ""
    for index, part in enumerate(parts):
        if part.most is None:
            gap = f"{_gap(part.least, part.least)}.*" if index else f"{_gap(part.least, part.least)}.*?"
        else:
            gap = _gap(part.least, part.most)
        text = f"{_body(part)}{gap}{text}"
    return rf"{text}\Z"


def _body(part: SubSequence) -> str:
    text = _bytes(part.bytes)
    for _, choices in groupby(sorted(part.left, key=_position), key=_position):
        text = _either([_bytes(one.bytes) + _gap(one.least, one.most) for one in choices]) + text
    for _, choices in groupby(sorted(part.right, key=_position), key=_position):
        text += _either([_gap(one.least, one.most) + _bytes(one.bytes) for one in choices])
    return text


def _position(one: Fragment) -> int:
    return one.position


def _either(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"(?:{'|'.join(texts)})"


def _gap(least: int, most: int) -> str:
    if not 0 <= least <= most <= MOST_OFFSET:
        raise UnknownPattern(f"an offset of {least} to {most}")
    if most == 0:
        return ""
    return f".{{{least}}}" if least == most else f".{{{least},{most}}}"


def _bytes(text: str) -> str:
    found, place = [], 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        if token is None:
            raise UnknownPattern(f"the sequence {text[place : place + 40]!r}")
        place = token.end()
        byte, negated, mask, low, high = token.groups()
        if byte is not None:
            found.append(rf"\x{byte.lower()}")
        elif low is not None:
            found.append(_class(low, high, is_negated=bool(negated), is_mask=bool(mask)))
    if not found:
        raise UnknownPattern("no bytes")
    return "".join(found)


def _class(low: str, high: str | None, *, is_negated: bool, is_mask: bool) -> str:
    if len(low) % 2 or (high is not None and (len(high) != len(low) or int(low, 16) > int(high, 16))):
        raise UnknownPattern(f"[{low}:{high}]")
    if len(low) == 2:
        return _one_byte(int(low, 16), int(high or low, 16), is_negated=is_negated, is_mask=is_mask)
    if is_mask:
        raise UnknownPattern(f"[&{low}]")
    width = len(low) // 2
    if high is None:
        exact = "".join(rf"\x{low[at : at + 2].lower()}" for at in range(0, len(low), 2))
        return f"(?!{exact}).{{{width}}}" if is_negated else exact
    either = _range(low, high)
    return f"(?!{either}).{{{width}}}" if is_negated else either


def _one_byte(low: int, high: int, *, is_negated: bool = False, is_mask: bool = False) -> str:
    if is_mask:
        wanted = [each for each in range(256) if (each & low == low) is not is_negated]
        listed = "".join(rf"\x{each:02x}" for each in wanted)
        return f"[{listed}]" if wanted else r"[^\x00-\xff]"
    inside = rf"\x{low:02x}" if low == high else rf"\x{low:02x}-\x{high:02x}"
    return f"[{'^' if is_negated else ''}{inside}]"


def _range(low: str, high: str) -> str:
    """Several bytes as one number, the first the most significant."""
    first_low, first_high = int(low[:2], 16), int(high[:2], 16)
    if len(low) == 2:
        return _one_byte(first_low, first_high)
    rest = len(low) - 2
    if first_low == first_high:
        return _one_byte(first_low, first_low) + _range(low[2:], high[2:])
    choices = [_one_byte(first_low, first_low) + _range(low[2:], "f" * rest)]
    if first_high - first_low > 1:
        choices.append(_one_byte(first_low + 1, first_high - 1) + f".{{{rest // 2}}}")
    choices.append(_one_byte(first_high, first_high) + _range("0" * rest, high[2:]))
    return f"(?:{'|'.join(choices)})"
