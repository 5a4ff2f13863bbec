"""Rich Text Format 1.9.1: the header, and whether every group that is opened is closed."""

import re
from typing import Final

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source

MAX_BYTES: Final = 512 << 20

_TOKEN: Final = re.compile(rb"\\bin([0-9]{1,10}) ?|\\.|[{}]", re.DOTALL)
_HEADER: Final = re.compile(rb"\{\\rtf([0-9]*)")
_PAGE: Final = re.compile(rb"\\ansicpg([0-9]{3,5})")


def look_at_rtf(source: Source, look: Look) -> None:
    if source.size == 0:
        look.invalid("EMPTY-FILE")
        return
    if source.size > MAX_BYTES:
        look.unsure("RTF-TOO-LARGE", f"{source.size} bytes")
        return
    data = source.head(source.size)
    header = _HEADER.match(data)
    if header is None:
        look.invalid("RTF-HEADER", "does not begin with {\\rtf")
        return
    look.add("rtf-version", header.group(1).decode("ascii"))
    page = _PAGE.search(data, 0, 4096)
    look.add("encoding", f"windows-{page.group(1).decode('ascii')}" if page else None)
    look.add("pictures", data.count(b"{\\pict"))
    look.add("objects", data.count(b"\\object"))
    depth = _depth_at_end(data)
    if depth > 0:
        look.invalid("RTF-TRUNCATED", f"{depth} groups are not closed")
    elif depth < 0:
        look.wrong("RTF-GROUPS", "more groups are closed than opened")
    look.well_formed()


def _depth_at_end(data: bytes) -> int:
    depth, place = 0, 0
    while (found := _TOKEN.search(data, place)) is not None:
        place = found.end()
        if found.group(1) is not None:
            place += int(found.group(1))
        elif found.group() == b"{":
            depth += 1
        elif found.group() == b"}":
            depth -= 1
            if depth <= 0:
                break
    return depth
