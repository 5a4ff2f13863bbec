"""Which paths a package may use, and which names deserve a word of warning. Pure; paths are text by `domain.names`."""

import re
import unicodedata
from collections.abc import Iterable

from preservation.domain.finding_log import FindingLog
from preservation.domain.names import unescape, was_escaped

# What POSIX file systems take in one name, and Linux in one path (PATH_MAX counts a final NUL).
MAX_NAME_BYTES = 255
MAX_PATH_BYTES = 4095

_DRIVE = re.compile(r"[A-Za-z]:")
# Windows, "Naming Files, Paths, and Namespaces": reserved characters, device names, a final dot or space.
_AWKWARD = re.compile(
    r'[\x00-\x1f\x7f\\<>:"|?*]|[. ](?:/|\Z)|(?:\A|/)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|/|\Z)',
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x80-\x9f]")


def unsafe_reason(path: str) -> str | None:
    """Why a path that somebody wrote down must not be used: a code's last part, None if it stays within the package.

    The path is judged as POSIX and as Windows would read it, because a package travels.
    """
    if not path:
        return "EMPTY"
    if "\x00" in path:
        return "NUL"
    windows = path.replace("\\", "/")
    if windows.startswith("/") or _DRIVE.match(path):
        return "ABSOLUTE"
    if ".." in windows and ".." in windows.split("/"):
        return "TRAVERSAL"
    return None


def excess_reason(path: str, *, max_bytes: int, max_depth: int) -> str | None:
    """Whether a path is longer or deeper than may be: a code's last part, or None."""
    if len(path) * 4 > MAX_NAME_BYTES:
        raw = unescape(path)
        if len(raw) > min(max_bytes, MAX_PATH_BYTES):
            return "PATH-TOO-LONG"
        if any(len(part) > MAX_NAME_BYTES for part in raw.split(b"/")):
            return "NAME-TOO-LONG"
    return "TOO-DEEP" if path.count("/") >= max_depth else None


def remark_on_names(paths: Iterable[str], notes: FindingLog) -> None:
    """Warn of names that are kept as they are but travel badly: control characters, Windows rules, bytes that are no UTF-8."""
    for path in paths:
        if _AWKWARD.search(path) is not None:
            code = "PKG-NAME-CONTROL" if _CONTROL.search(path) else "PKG-NAME-WINDOWS"
            notes.warning(code, path)
        if not path.isascii() and was_escaped(path):
            notes.warning("PKG-NAME-NOT-UTF8", path)


def remark_on_twins(paths: Iterable[str], notes: FindingLog) -> None:
    """Warn of paths that only Unicode normalization tells apart (UAX 15), and tell of those that differ in case alone."""
    composed: dict[str, str] = {}
    folded: dict[str, str] = {}
    for path in paths:
        if not path.isascii():
            first = composed.setdefault(unicodedata.normalize("NFC", path), path)
            if first != path:
                notes.warning("PKG-NAME-TWINS", path, other=first)
                continue
        first = folded.setdefault(path.casefold(), path)
        if first != path:
            notes.info("PKG-NAME-CASE", path, other=first)
