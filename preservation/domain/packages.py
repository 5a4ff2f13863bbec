"""Packages as they come in: what they are called, what is in them, which of it goes where in the AIP."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class PackageType(StrEnum):
    """What a transfer turned out to be."""

    BAG = "bag"
    FOLDER = "folder"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A regular file of a package.

    `path` is relative to the package, "/"-separated, as text by `domain.names.escape`. `size` in bytes; `modified` in
    nanoseconds since 1970 (UTC), None if the carrier does not say. `handle` belongs to the reader that made it.
    """

    path: str
    size: int
    modified: int | None
    handle: object


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file of a submission with its place in the AIP.

    `logical_path` is the OCFL logical path. `expected` are the digests that the submission's own manifests promise:
    pairs of a normalised algorithm name and raw bytes. `payload` tells content from the submission's own paperwork.
    """

    file: PackageFile
    logical_path: str
    expected: tuple[tuple[str, bytes], ...]
    payload: bool


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """The bounds within which a package is unpacked and read (promise 7). Sizes in bytes."""

    max_files: int = 1_000_000
    max_total_bytes: int = 8 << 40
    max_file_bytes: int = 8 << 40
    max_ratio: int = 1000
    max_depth: int = 64
    max_path_bytes: int = 4096
    max_tag_file_bytes: int = 512 << 20


# Dublin Core elements as read for search: element name ("title") to its values, in order of appearance.
DublinCore = Mapping[str, tuple[str, ...]]
