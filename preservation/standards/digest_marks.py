"""What a digest file beside a file promises: sha256sum's form (GNU coreutils, "md5sum invocation"), or the digest alone."""

import re

from preservation.domain.digests import hasher

_LINE = re.compile(rb"\\?([0-9A-Fa-f]{32,128})(?:[ \t]+\*?(.+?))?[ \t]*\r?\Z", re.DOTALL)


def promised_digest(data: bytes, name: bytes, algorithm: str) -> bytes | None:
    """The raw digest that is promised for a file of this name; None if none is, or two that differ.

    A line without a name counts where it is the only one. Of a name its last part counts: producers make these files elsewhere.
    """
    size = 2 * len(hasher(algorithm).digest())
    lines = [line for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    found: set[bytes] = set()
    for line in lines:
        match = _LINE.match(line)
        if match is None or len(match.group(1)) != size:
            return None
        named = match.group(2)
        if (len(lines) == 1 and named is None) or (named is not None and _last_part(named) == name):
            found.add(bytes.fromhex(match.group(1).decode("ascii")))
    return found.pop() if len(found) == 1 else None


def _last_part(path: bytes) -> bytes:
    return re.split(rb"[/\\]", path)[-1]
