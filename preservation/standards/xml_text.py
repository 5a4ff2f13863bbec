"""Text and file names inside XML 1.0, without loss.

XML 1.0 (5th edition, 2.2) cannot carry most control characters, lone surrogates, U+FFFE and U+FFFF, not even as
character references, and its readers normalise some white space (2.11, 3.3.3). File names hold all of these. So:

- a path is written as a relative reference of RFC 3986 (4.2): its UTF-8 bytes, everything but unreserved characters
  and "/" percent-encoded. That gives back the exact path, whatever is in it;
- a name for people is written with `shown_name`: the escape of `domain.names` also for control characters, so that a
  newline appears as U+FFFD followed by `0A`;
- any other text is written with `reversible`, which escapes U+FFFD itself as well and is undone by `reverse`.
"""

import re

from preservation.domain import names

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~/]*\Z")
_PERCENT = tuple(chr(byte) if byte in _UNRESERVED else f"%{byte:02X}" for byte in range(256))
_REFERENCE = re.compile(r"(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*\Z")
_ENCODED = re.compile(rb"%([0-9A-F]{2})")

_ILLEGAL = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_HIDDEN = re.compile(f"[{_ILLEGAL}\t\n\r\x7f-\x9f]")
_IRREVERSIBLE = re.compile(f"[{_ILLEGAL}{names.MARK}]")

_IN_ELEMENT = re.compile("[&<>\r]")
_IN_ATTRIBUTE = re.compile('[&<>"\r\n\t]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"}


def _marked(match: re.Match[str]) -> str:
    return "".join(f"{names.MARK}{byte:02X}" for byte in match[0].encode("utf-8", "surrogatepass"))


def _entity(match: re.Match[str]) -> str:
    return _ENTITIES[match[0]]


def element_text(text: str) -> str:
    """Character data for these characters, all of which XML 1.0 must allow (see `reversible`, `shown_name`)."""
    return _IN_ELEMENT.sub(_entity, text)


def attribute_text(text: str) -> str:
    """As `element_text`, for between double quotes; white space survives the reader's normalisation."""
    return _IN_ATTRIBUTE.sub(_entity, text)


def reversible(text: str) -> str:
    """Any text as characters that XML can carry; what it cannot, and U+FFFD, is escaped byte by byte."""
    return _IRREVERSIBLE.sub(_marked, text)


def reverse(text: str) -> str:
    """The inverse of `reversible`. ValueError for a text that `reversible` does not make."""
    if names.MARK not in text:
        return text
    return names.unescape(text).decode("utf-8", "surrogatepass")


def shown_name(name: str) -> str:
    """A name (by `domain.names.escape`) for people to read: control characters are escaped in the same way."""
    return _HIDDEN.sub(_marked, name)


def reference(path: str) -> str:
    """A path as a relative reference (RFC 3986, 4.2)."""
    if _PLAIN_PATH.match(path):
        return path
    table = _PERCENT
    return "".join([table[byte] for byte in path.encode("utf-8", "surrogatepass")])


def path_of(relative_reference: str) -> str:
    """The inverse of `reference`. ValueError for anything that `reference` does not make."""
    if not _REFERENCE.match(relative_reference):
        raise ValueError("not a percent-encoded path")
    if "%" not in relative_reference:
        return relative_reference
    raw = _ENCODED.sub(lambda match: bytes.fromhex(match[1].decode()), relative_reference.encode())
    return raw.decode("utf-8", "surrogatepass")
