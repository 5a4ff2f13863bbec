"""File names as text, reversibly.

A name is bytes on most systems. Where those bytes are UTF-8 the name is kept as it is. Every byte that is not part of
valid UTF-8, and every genuine U+FFFD, becomes U+FFFD followed by two upper-case hex digits for each byte. The escape is
a bijection between byte strings without "/" rules and its own image, so the original name can always be had again.
"""

import re

MARK = "�"
_ESCAPED = re.compile("((?:" + MARK + "[0-9A-F]{2})+)")
_MARK_ESCAPED = "".join(f"{MARK}{byte:02X}" for byte in MARK.encode())


def escape(raw: bytes) -> str:
    """The text under which a name of these bytes is kept."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("utf-8", "surrogateescape").replace(MARK, _MARK_ESCAPED)
        return "".join(f"{MARK}{ord(c) - 0xDC00:02X}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)
    return text.replace(MARK, _MARK_ESCAPED) if MARK in text else text


def unescape(text: str) -> bytes:
    """The bytes of the original name. The inverse of `escape`."""
    if MARK not in text:
        return text.encode("utf-8")
    parts = _ESCAPED.split(text)
    return b"".join(
        bytes.fromhex(part.replace(MARK, "")) if index % 2 else part.encode("utf-8") for index, part in enumerate(parts)
    )


def was_escaped(text: str) -> bool:
    """Whether the original name was not plain UTF-8 text."""
    return MARK in text
