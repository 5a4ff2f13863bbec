"""Tag files as text: lines ended by LF, CR or CRLF (RFC 8493, 2.1.3 and 2.2), decoded strictly, bounded."""

import io
from collections.abc import Iterator

from preservation.domain.finding_log import FindingLog

# A path of 4,096 bytes, each percent-encoded, with a digest before it, fits several times.
MAX_LINE = 1 << 16


def lines(stream: io.RawIOBase, encoding: str, path: str, notes: FindingLog) -> Iterator[tuple[int, str]]:
    """(number, text without its end) of each line, empty ones too. Stops, with an error in the notes, where it cannot go on.

    A byte order mark at the very start is dropped with a warning, as most readers do. The stream stays open.
    """
    text = io.TextIOWrapper(io.BufferedReader(stream, 1 << 18), encoding=encoding, errors="strict", newline=None)
    number = 0
    try:
        while line := text.readline(MAX_LINE):
            number += 1
            if number == 1 and line.startswith("\ufeff"):
                notes.warning("BAG-TAG-BOM", path)
                line = line[1:]
            if line.endswith("\n"):
                line = line[:-1]
            elif len(line) >= MAX_LINE:
                notes.error("BAG-LINE-TOO-LONG", path, line=str(number))
                return
            yield number, line
    except UnicodeError:
        notes.error("BAG-TAG-ENCODING", path, encoding=encoding, line=str(number + 1))
    finally:
        text.detach().detach()
