"""Content paths that every common file system keeps as they are, near to the logical paths that they stand for.

OCFL 1.1, 3.5.2 leaves the choice of content paths to the writer; the inventory alone says which logical path is which.
What is changed here therefore loses nothing. A path is kept where it is portable; otherwise the characters that some
file system refuses, drops or rewrites are percent-encoded (UTF-8), long names are cut, and names that a file system
blind to case or to normalisation would take for one another are told apart by `~2`, `~3`, ... before the extension.
"""

import re
import unicodedata
from hashlib import blake2b, sha256

from preservation.standards.ocfl.declarations import CONTENT_DIRECTORY

MAX_PATH_BYTES = 1024
MAX_SEGMENT_BYTES = 200

# Room for the marks that tell names apart, and for the numbers in them.
_LONG_PATH_BYTES = MAX_PATH_BYTES - 48
_MAX_EXTENSION_BYTES = 64

_RESERVED = "(?:con|prn|aux|nul|conin\\$|conout\\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])"
_RESERVED_NAME = re.compile(f"{_RESERVED}[ ]*(?:\\.|$)", re.IGNORECASE)
_RISKY_SEGMENT = re.compile(f"(?:^|/){_RESERVED}[ ]*(?:[./]|$)|[. ](?:/|$)", re.IGNORECASE)
_REFUSED_CHARACTER = re.compile('[\x00-\x1f\x7f<>:"|?*\\\\\ufffd]')
_CUT_ESCAPE = re.compile(r"%[0-9A-F]?\Z")
# Controls, format characters, surrogates, private use, unassigned; separators of lines, of paragraphs, odd spaces.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


class ContentPaths:
    """Gives each logical path of one version its content path. Holds hashes of eight bytes, never the paths.

    The answers depend on the paths and on their order alone, so the same submission gets the same paths.
    """

    __slots__ = ("_file_marks", "_files", "_folder_marks", "_folders", "_last", "_names", "_places", "_prefix")

    def __init__(self, version: int) -> None:
        if version < 1:
            raise ValueError("versions are counted from 1")
        self._prefix = f"v{version}/{CONTENT_DIRECTORY}/"
        self._files: set[int] = set()  # logical paths
        self._folders: set[int] = set()  # their folders
        self._names: set[int] = set()  # content paths, folded
        self._places: set[int] = set()  # their folders, folded
        # The number last given to a folded path that was taken: without it, 200,000 names that differ in case alone
        # would be told apart in quadratic time.
        self._file_marks: dict[int, int] = {}
        self._folder_marks: dict[int, int] = {}
        self._last = ("", "")

    def assign(self, logical_path: str) -> str:
        """The content path, relative to the object root: `v<version>/content/...`, at most 1024 bytes.

        ValueError for a path that OCFL does not allow (3.5.3.1), that was given before, or that is a file and a folder.
        """
        parent, slash, name = logical_path.rpartition("/")
        if name in ("", ".", "..") or (slash and not parent):
            raise ValueError(f"{logical_path!r} is not a logical path")
        self._remember(logical_path)
        if parent != self._last[0]:
            self._last = (parent, self._content_folder(parent))
        name = _portable(name)
        path = self._last[1] + name
        if len(path) > _LONG_PATH_BYTES // 4 and len(path.encode()) > _LONG_PATH_BYTES - len(self._prefix):
            path = f"{self._place('~' + sha256(parent.encode()).hexdigest()[:32])}/{name}"
        return self._prefix + self._distinct(path)

    def _remember(self, logical_path: str) -> None:
        key = _hash64(logical_path)
        if key in self._files:
            raise ValueError(f"{logical_path!r} was given before")
        if key in self._folders:
            raise ValueError(f"{logical_path!r} is a file and a folder")
        self._files.add(key)

    def _content_folder(self, parent: str) -> str:
        """The content folder for a logical one, with "/" at its end; "" for the top."""
        logical = content = ""
        for segment in parent.split("/") if parent else ():
            if segment in ("", ".", ".."):
                raise ValueError(f"{parent!r} is not part of a logical path")
            logical = f"{logical}/{segment}" if logical else segment
            key = _hash64(logical)
            if key in self._files:
                raise ValueError(f"{logical!r} is a file and a folder")
            self._folders.add(key)
            content = self._place(content + _portable(segment)) + "/"
        return content

    def _place(self, folder: str) -> str:
        """A folder may share its folded path with another folder, but not with a file."""
        asked = key = _hash64(_folded(folder))
        if key in self._names:
            number = self._folder_marks.get(asked, 2)
            while (key := _hash64(_folded(_marked(folder, number)))) in self._names:
                number += 1
            self._folder_marks[asked] = number
            folder = _marked(folder, number)
        self._places.add(key)
        return folder

    def _distinct(self, path: str) -> str:
        asked = key = _hash64(_folded(path))
        if key in self._names or key in self._places:
            number = self._file_marks.get(asked, 2)
            while (key := _hash64(_folded(_marked(path, number)))) in self._names or key in self._places:
                number += 1
            self._file_marks[asked] = number
            path = _marked(path, number)
        self._names.add(key)
        return path


def is_portable(path: str) -> bool:
    """Whether every segment of the path is kept as it is."""
    if _REFUSED_CHARACTER.search(path) is not None or _RISKY_SEGMENT.search(path) is not None:
        return False
    if not path.isascii() and (
        not unicodedata.is_normalized("NFC", path) or any(_is_refused(character) for character in path)
    ):
        return False
    return len(path) * 4 <= MAX_SEGMENT_BYTES or all(len(s.encode()) <= MAX_SEGMENT_BYTES for s in path.split("/"))


def _portable(segment: str) -> str:
    if is_portable(segment):
        return segment
    text = "".join(_escape(character) if _is_refused(character) else character for character in segment)
    if not unicodedata.is_normalized("NFC", text):
        text = "".join(_escape(character) if _is_unstable(character) else character for character in text)
    if not unicodedata.is_normalized("NFC", text):
        text = "".join(character if character.isascii() else _escape(character) for character in text)
    if text[-1] in ". ":
        text = text[:-1] + _escape(text[-1])
    if _RESERVED_NAME.match(text) is not None:
        text = _escape(text[0]) + text[1:]
    return _cut(text, segment) if len(text.encode()) > MAX_SEGMENT_BYTES else text


def _cut(text: str, segment: str) -> str:
    stem, extension = _split_extension(text)
    mark = "~" + sha256(segment.encode()).hexdigest()[:16]
    room = MAX_SEGMENT_BYTES - len(mark) - len(extension.encode())
    prefix = stem.encode()[:room].decode("utf-8", "ignore")
    return _CUT_ESCAPE.sub("", prefix) + mark + extension


def _split_extension(name: str) -> tuple[str, str]:
    dot = name.rfind(".")
    if dot <= 0 or not name[:dot].strip(".") or len(name[dot:].encode()) > _MAX_EXTENSION_BYTES:
        return name, ""
    return name[:dot], name[dot:]


def _marked(path: str, number: int) -> str:
    folder, slash, name = path.rpartition("/")
    stem, extension = _split_extension(name)
    return f"{folder}{slash}{stem}~{number}{extension}"


def _is_refused(character: str) -> bool:
    if _REFUSED_CHARACTER.match(character):
        return True
    return not character.isascii() and unicodedata.category(character) in _REFUSED_CATEGORIES


def _is_unstable(character: str) -> bool:
    return unicodedata.combining(character) != 0 or not unicodedata.is_normalized("NFC", character)


def _escape(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def _folded(path: str) -> str:
    """What a file system that ignores case and normalisation compares (Unicode 3.13, canonical caseless matching)."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())


def _hash64(text: str) -> int:
    # Eight bytes: an accidental match among 200,000 names is one in a thousand million, and costs a `~2`.
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
