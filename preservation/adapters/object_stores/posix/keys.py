"""Keys: "/"-separated relative paths that stay below the replica's root."""

import re

# An empty, "." or ".." part: at the start, between two separators, or at the end. Asked for every file, so by one search.
_NO_KEY = re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)|\0")


def checked(key: str) -> str:
    """The key itself. ValueError for one that is empty, absolute, or has an empty, "." or ".." part, or a NUL in it."""
    if _NO_KEY.search(key):
        raise ValueError(f"not a key: {key!r}")
    return key
