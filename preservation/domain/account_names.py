"""The names that people and machines log in with."""

import re
import unicodedata

MAX_NAME = 64
MAX_DISPLAY_NAME = 200
MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets

# ASCII alone: two names that look alike are never two accounts. What somebody is called is in the display name.
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}\Z")
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,190}\Z")


def folded(text: str) -> str:
    """A login name as somebody types it, in the form that accounts have: compatibility forms made equal, lower case."""
    return unicodedata.normalize("NFKC", text[: 4 * MAX_NAME]).strip().casefold()


def is_name(name: str) -> bool:
    """Whether it can be an account's name: 1 to 64 of a-z, 0-9, dot, underscore, at sign and hyphen, the first not a mark."""
    return _NAME.match(name) is not None


def is_display_name(text: str) -> bool:
    """Whether it can be shown as somebody's name: 1 to 200 printable characters on one line, not all of them blank."""
    return 0 < len(text) <= MAX_DISPLAY_NAME and bool(text.strip()) and not any(_is_unprintable(one) for one in text)


def is_email(text: str) -> bool:
    """Whether it has the form of an address. Nothing is ever sent only because it does."""
    return len(text) <= MAX_EMAIL and _EMAIL.match(text) is not None and not any(_is_unprintable(one) for one in text)


def _is_unprintable(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
