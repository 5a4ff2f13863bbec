"""What OCFL asks of logical and content paths (1.1, 3.5.2 and 3.5.3.1)."""

import re
from collections.abc import Iterable, Iterator

_BAD_ELEMENT = re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)")


def is_safe(path: str) -> bool:
    """Whether no element is empty, "." or "..", so that no slash begins or ends the path either."""
    if "/." not in path and "//" not in path and path and path[0] not in "./" and path[-1] != "/":
        return True  # nearly every path, and several times as fast
    return _BAD_ELEMENT.search(path) is None


def has_outer_slash(path: str) -> bool:
    """Whether the path begins or ends with a slash."""
    return path.startswith("/") or path.endswith("/")


def conflicts(paths: Iterable[str]) -> Iterator[str]:
    """Each path that is also a folder of another path, and each path that stands twice.

    With "/" sorted before all else a path is followed by what lies below it, so neighbours are enough: no set of all
    folders, which a deep path could make quadratic.
    """
    previous = "\0"
    for key in sorted([path.replace("/", "\0") for path in paths]):
        if key.startswith(previous) and (len(key) == len(previous) or key[len(previous)] == "\0"):
            yield previous.replace("\0", "/")
        previous = key
