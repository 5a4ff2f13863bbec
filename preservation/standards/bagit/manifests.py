"""Payload and tag manifests, line by line (RFC 8493, 2.1.3 and 2.2.1)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from preservation.domain.finding_log import FindingLog

# RFC 8493, 2.4 names md5, sha1, sha256 and sha512; the others of the SHA-2 family are in use. Normalised name to octets.
DIGEST_SIZES = {"md5": 16, "sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}

_NAME = re.compile(r"(tag)?manifest-([^/]+)\.txt\Z")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+(.+)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ManifestName:
    """A manifest by its file name. `algorithm` is normalised: lower case, letters and digits only (RFC 8493, 2.4)."""

    path: str
    algorithm: str
    of_tags: bool

    @property
    def is_normal(self) -> bool:
        return self.path.endswith(f"manifest-{self.algorithm}.txt")


def manifest_name(path: str) -> ManifestName | None:
    """The manifest that a file in the base directory is, None if it is none."""
    match = _NAME.match(path)
    if match is None:
        return None
    algorithm = re.sub(r"[^a-z0-9]", "", match.group(2).lower())
    return ManifestName(path, algorithm, of_tags=match.group(1) is not None)


def read_manifest(
    numbered: Iterable[tuple[int, str]], name: ManifestName, notes: FindingLog
) -> Iterator[tuple[int, bytes, str]]:
    """(line number, raw digest, path as written) of each good line; the others are errors in the notes."""
    size = DIGEST_SIZES[name.algorithm]
    for number, line in numbered:
        if not line.strip():
            notes.warning("BAG-MANIFEST-BLANK-LINE", name.path, line=str(number))
            continue
        match = _LINE.match(line)
        if match is None:
            notes.error("BAG-MANIFEST-MALFORMED", name.path, line=str(number))
        elif len(match.group(1)) != 2 * size:
            notes.error("BAG-DIGEST-LENGTH", name.path, line=str(number), algorithm=name.algorithm)
        else:
            yield number, bytes.fromhex(match.group(1)), match.group(2)
