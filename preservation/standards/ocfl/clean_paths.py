"""Extension 0011, direct clean path layout: identifiers as paths, without the characters that cause trouble."""

import re
from dataclasses import dataclass

from preservation.standards.ocfl.digests import hex_digest

_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200f\u2028\u2029\u202f\u205f\u3000"
_MARKS = "*?:\\[\\]\"<>|(){}&'!;#@"
_ENCODED = re.compile(f"[\\x00-\\x1f\\x7f{_SPACES}{_MARKS}]")
_LOOKS_ENCODED = re.compile(r"=(?=u[0-9A-Fa-f]{4})")
_WHITESPACE = re.compile(f"[{_SPACES}]")
_REPLACED = re.compile(f"[\\x00-\\x1f\\x7f{_MARKS}]")
_LEADING = re.compile(r"^[\-~ ]*")


@dataclass(frozen=True, slots=True)
class DirectCleanPath:
    """0011. Lengths in characters; one that is too long goes to the fallback folder under a digest."""

    max_path_segment_len: int = 127
    max_pathname_len: int = 32000
    encode_utf: bool = False
    replacement_string: str = "_"
    whitespace_replacement_string: str = " "
    fallback_digest_algorithm: str = "md5"
    fallback_folder: str = "fallback"
    number_of_fallback_tuples: int = 0
    fallback_tuple_size: int = 1

    def object_root(self, id: str) -> str:
        """The object's root. ValueError if nothing of the identifier is left."""
        clean = self._encoded if self.encode_utf else self._replaced
        parts = [part for part in map(clean, id.split("/")) if part]
        if not parts:
            raise ValueError(f"{id!r} has no place in this storage layout")
        path = "/".join(parts)
        if len(path) > self.max_pathname_len or any(len(part) > self.max_path_segment_len for part in parts):
            return self._fallback(id)
        return path

    def _encoded(self, part: str) -> str:
        part = _LOOKS_ENCODED.sub("=u003D", part)
        part = _ENCODED.sub(lambda match: f"=u{ord(match[0]):04X}", part)
        return f"=u002E{part[1:]}" if part and not part.strip(".") else part

    def _replaced(self, part: str) -> str:
        part = _WHITESPACE.sub(lambda _: self.whitespace_replacement_string, part)
        part = _REPLACED.sub(lambda _: self.replacement_string, part)
        part = _LEADING.sub("", part).rstrip(" ")
        return f"{self.replacement_string}{part[1:]}" if part and not part.strip(".") else part

    def _fallback(self, id: str) -> str:
        digest = hex_digest(self.fallback_digest_algorithm, id.encode())
        size, step = self.fallback_tuple_size, self.max_path_segment_len
        tuples = [digest[index * size : (index + 1) * size] for index in range(self.number_of_fallback_tuples)]
        pieces = [digest[at : at + step] for at in range(0, len(digest), step)]
        return "/".join([self.fallback_folder, *tuples, *pieces])
