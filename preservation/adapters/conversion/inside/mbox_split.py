"""Cut a mailbox into its messages: {"path", "folder", "most"}. Prints the names of the files, in order.

RFC 4155, appendix A: a message begins after a line "From " with an envelope's sender and time, which follows an empty line
or stands at the beginning. Bytes are kept as they are, ">From " included: who quoted, and how often, no mailbox says.
"""

import json
import sys
from pathlib import Path
from typing import BinaryIO

from preservation.adapters.conversion.inside.answers import arguments

_MOST_LINE = 1 << 20


def main() -> None:
    """Write the files."""
    told = arguments()
    folder, most = Path(str(told["folder"])), int(str(told["most"]))
    names: list[str] = []
    stream: BinaryIO | None = None
    # A line end is written once it is clear that it does not belong to the empty line before "From ".
    held = b""
    last_was_empty = True
    with Path(str(told["path"])).open("rb") as source:
        while line := source.readline(_MOST_LINE):
            if last_was_empty and line.startswith(b"From "):
                held = b""
                if len(names) == most:
                    sys.exit(f"more than {most} messages")
                names.append(f"message-{len(names) + 1:05d}.eml")
                if stream is not None:
                    stream.close()
                stream = (folder / names[-1]).open("xb")
                last_was_empty = False
                continue
            if stream is None:
                sys.exit("it does not begin with a line From")
            last_was_empty = line in (b"\n", b"\r\n")
            stream.write(held)
            held = line if last_was_empty else b""
            if not last_was_empty:
                stream.write(line)
    if stream is None:
        sys.exit("it holds no message")
    stream.close()
    json.dump(names, sys.stdout)


if __name__ == "__main__":
    main()
