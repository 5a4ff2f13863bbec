#!/usr/bin/env python3
"""Make a plain folder whose names are hard to keep: `python examples/unicode_traps.py FOLDER`.

It is made when it is wanted, since neither version control nor every file system can hold all of it. Needs a file system
that takes any bytes for a name, as those of Linux do.
"""

import os
import sys
import unicodedata
from pathlib import Path

_WORD = "Hồ sơ đất đai"

# Name as bytes, and what is in the file.
TRAPS: tuple[tuple[bytes, bytes], ...] = (
    (unicodedata.normalize("NFC", f"{_WORD}.txt").encode(), b"composed letters (NFC)\n"),
    (
        unicodedata.normalize("NFD", f"{_WORD}.txt").encode(),
        b"letters and marks apart (NFD): another name, same looks\n",
    ),
    (b"Readme.txt", b"differs from README.TXT in case alone\n"),
    (b"README.TXT", b"differs from Readme.txt in case alone\n"),
    (b"two\nlines.txt", b"a newline in the name\n"),
    (b"tab\tand\x07bell.txt", b"control characters in the name\n"),
    ("ế".encode() * 83 + b"12.txt", b"a name of 255 bytes\n"),
    (b"H\xe5 s\xac.txt", b"a name in TCVN3, a Vietnamese encoding of the 1990s: not UTF-8\n"),
    ("genuine \ufffd.txt".encode(), b"a real replacement character, as left behind by an earlier conversion\n"),
    (b" spaces at both ends .txt ", b"leading and trailing spaces\n"),
    (b"trailing dot.", b"Windows would drop the dot\n"),
    (b"CON.txt", b"a device to Windows\n"),
    (b"-rf", b"an option to careless programs\n"),
    (b"100%25 %0A.txt", b"percent signs that mean themselves\n"),
    (b"back\\slash.txt", b"a backslash is a letter here\n"),
    (b"what*?[a-z].txt", b"a pattern to a shell\n"),
    ("\u202egpj.exe".encode(), b"a mark that turns the direction of writing round\n"),
    (b"empty.txt", b""),
    ("Thư mục con/Tờ trình số 1.txt".encode(), b"in a folder with a Vietnamese name\n"),
)

EMPTY_FOLDER = "Thư mục rỗng".encode()

# 2001-03-12 08:00 UTC: the same folder is made each time.
_TIME = 984_384_000


def write_unicode_traps(folder: Path) -> None:
    """Make the folder, which must not exist yet."""
    root = os.fsencode(folder)
    os.makedirs(root)
    for name, content in TRAPS:
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as stream:
            stream.write(content)
        os.utime(path, (_TIME, _TIME))
    os.mkdir(os.path.join(root, EMPTY_FOLDER))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: unicode_traps.py FOLDER")
    write_unicode_traps(Path(sys.argv[1]))
    print(f"{len(TRAPS)} files and an empty folder in {sys.argv[1]}")
