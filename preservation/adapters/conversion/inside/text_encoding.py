"""What a text says about its encoding: {"path"}. Prints a name, or nothing where nobody can tell."""

import codecs
import sys
from pathlib import Path

from preservation.adapters.conversion.inside.answers import arguments

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def main() -> None:
    """A mark at the beginning, or bytes that are UTF-8 (of which ASCII is a part)."""
    data = Path(str(arguments()["path"])).read_bytes()
    name = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not name and b"\0" not in data:
        try:
            data.decode("utf-8")
            name = "utf-8"
        except UnicodeDecodeError:
            name = ""
    sys.stdout.write(name)


if __name__ == "__main__":
    main()
