"""Where an object's root lies below a storage root, for the registered storage layout extensions.

https://ocfl.github.io/extensions/ 0002, 0003, 0004, 0006, 0007, 0010 and 0012; 0011 is in `clean_paths`. We write 0004;
the others are there to read roots that others made. An identifier that an extension cannot map raises ValueError.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from preservation.standards.ocfl.digests import hex_digest


class Layout(Protocol):
    """A mapping from object identifiers to paths, "/"-separated, relative to the storage root."""

    def object_root(self, id: str) -> str:
        """The object's root. ValueError if the extension has no place for this identifier."""
        ...


@dataclass(frozen=True, slots=True)
class FlatDirect:
    """0002: the identifier itself."""

    def object_root(self, id: str) -> str:
        return _as_folder_name(id, id)


@dataclass(frozen=True, slots=True)
class HashAndIdNTuple:
    """0003: tuples of the digest, then the identifier, percent-encoded."""

    digest_algorithm: str = "sha256"
    tuple_size: int = 3
    number_of_tuples: int = 3

    def object_root(self, id: str) -> str:
        digest = hex_digest(self.digest_algorithm, id.encode())
        return "/".join([*_tuples(digest, self.tuple_size, self.number_of_tuples), _encapsulation(id, digest)])


@dataclass(frozen=True, slots=True)
class HashedNTuple:
    """0004: tuples of the digest, then the digest whole or what the tuples left of it."""

    digest_algorithm: str = "sha256"
    tuple_size: int = 3
    number_of_tuples: int = 3
    short_object_root: bool = False

    def object_root(self, id: str) -> str:
        digest = hex_digest(self.digest_algorithm, id.encode())
        tuples = _tuples(digest, self.tuple_size, self.number_of_tuples)
        root = digest[self.tuple_size * self.number_of_tuples :] if self.short_object_root else digest
        return "/".join([*tuples, root])


@dataclass(frozen=True, slots=True)
class FlatOmitPrefix:
    """0006: what follows the last delimiter, whatever the delimiter's case."""

    delimiter: str = ":"

    def object_root(self, id: str) -> str:
        return _as_folder_name(_without_prefix(id, self.delimiter), id)


@dataclass(frozen=True, slots=True)
class NTupleOmitPrefix:
    """0007: tuples of what follows the last delimiter, padded and perhaps reversed, then that itself."""

    delimiter: str = ":"
    tuple_size: int = 3
    number_of_tuples: int = 3
    zero_padding: str = "left"
    reverse_object_root: bool = False

    def object_root(self, id: str) -> str:
        name = _as_folder_name(_without_prefix(id, self.delimiter), id)
        width = self.tuple_size * self.number_of_tuples
        padded = name.rjust(width, "0") if self.zero_padding == "left" else name.ljust(width, "0")
        digits = padded[::-1] if self.reverse_object_root else padded
        tuples = _tuples(digits, self.tuple_size, self.number_of_tuples)
        return "/".join([*(_as_folder_name(part, id) for part in tuples), name])


@dataclass(frozen=True, slots=True)
class DifferentialNTupleOmitPrefix:
    """0010: segments of given sizes of what follows the last delimiter; the last one, or all of it, is the root."""

    tuple_segment_sizes: tuple[int, ...] = (3, 4)
    delimiter: str = ":"
    full_identifier_as_object_root: bool = True

    def object_root(self, id: str) -> str:
        name = _without_prefix(id, self.delimiter)
        if len(name) != sum(self.tuple_segment_sizes):
            raise ValueError(f"{id!r} has not as many characters as the segments together")
        parts: list[str] = []
        rest = name
        for size in self.tuple_segment_sizes:
            parts.append(_as_folder_name(rest[:size], id))
            rest = rest[size:]
        if self.full_identifier_as_object_root:
            parts.append(_as_folder_name(name, id))
        return "/".join(parts)


@dataclass(frozen=True, slots=True)
class HashAndNoPrefixIdNTuple:
    """0012: as 0003, of what follows the last of several delimiters; one at the very end does not count."""

    digest_algorithm: str = "sha256"
    tuple_size: int = 3
    number_of_tuples: int = 3
    delimiters: tuple[str, ...] = ()

    def object_root(self, id: str) -> str:
        found = [(id.rfind(mark, 0, len(id) - 1), len(mark)) for mark in self.delimiters if mark]
        start = max((at + length for at, length in found if at >= 0), default=0)
        inner = HashAndIdNTuple(self.digest_algorithm, self.tuple_size, number_of_tuples=self.number_of_tuples)
        return inner.object_root(id[start:])


def _tuples(text: str, size: int, count: int) -> list[str]:
    return [text[index * size : (index + 1) * size] for index in range(count)]


def _encapsulation(id: str, digest: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]", lambda match: "".join(f"%{byte:02x}" for byte in match[0].encode()), id)
    return f"{name[:100]}-{digest}" if len(name) > 100 else name


def _without_prefix(id: str, delimiter: str) -> str:
    # lower() keeps the length of every text except a handful of characters; those are compared as they are.
    folded, mark = (id.lower(), delimiter.lower()) if len(id.lower()) == len(id) else (id, delimiter)
    at = folded.rfind(mark)
    name = id if at < 0 else id[at + len(delimiter) :]
    if not name:
        raise ValueError(f"{id!r} ends with the delimiter of the storage layout")
    return name


def _as_folder_name(name: str, id: str) -> str:
    if name in ("", ".", "..") or "/" in name or "\0" in name or len(name.encode()) > 255:
        raise ValueError(f"{id!r} has no place in this storage layout")
    return name
