"""What a bag promises and what is wrong with it, before a payload byte is read (RFC 8493, 3: complete, then valid)."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from io import RawIOBase

from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding, Severity
from preservation.standards.bagit import completeness
from preservation.standards.bagit.bag_info import MAX_BYTES as MAX_INFO_BYTES
from preservation.standards.bagit.bag_info import Pairs, read_bag_info
from preservation.standards.bagit.declaration import DECLARATION, MAX_BYTES, Declaration, read_declaration
from preservation.standards.bagit.entries import Entries, enter_manifest
from preservation.standards.bagit.fetch import FETCH, read_fetch
from preservation.standards.bagit.listing import Listing
from preservation.standards.bagit.manifests import DIGEST_SIZES, ManifestName, manifest_name
from preservation.standards.bagit.paths import PAYLOAD
from preservation.standards.bagit.tag_text import lines

Expected = Mapping[str, tuple[tuple[str, bytes], ...]]
OpenFile = Callable[[str], RawIOBase]

WITHDRAWN = ".bagit/bagit.txt"
_PAYLOAD_MANIFEST = re.compile(r"manifest-[A-Za-z0-9-]+\.txt\Z")


@dataclass(frozen=True, slots=True)
class BagPlan:
    """A bag read up to its payload. With an ERROR among the findings it must be rejected.

    `version` is None where there is no readable declaration. `expected` maps each listed file to its (normalised algorithm,
    raw digest) pairs, one for each manifest; every one of them must be verified before the bag is valid.
    """

    version: str | None
    findings: tuple[Finding, ...]
    expected: Expected = field(default_factory=dict)
    bag_info: Pairs = ()
    algorithms: frozenset[str] = frozenset()

    @property
    def has_errors(self) -> bool:
        return any(finding.is_error for finding in self.findings)


def looks_like_bag(files: Mapping[str, int]) -> bool:
    """Whether somebody meant this to be a bag: a declaration, the withdrawn ".bagit" layout, or manifests beside `data/`."""
    if DECLARATION in files or WITHDRAWN in files:
        return True
    manifest = payload = False
    for path in files:
        payload = payload or path.startswith(PAYLOAD)
        manifest = manifest or _PAYLOAD_MANIFEST.match(path) is not None
    return manifest and payload


def plan_bag(
    files: Mapping[str, int],
    open_file: OpenFile,
    *,
    directories: Collection[str] = (),
    max_tag_file_bytes: int = 512 << 20,
) -> BagPlan:
    """Read a bag's tag files and hold them against each other and against what is there.

    `files` maps every path of the bag to its size in octets; `open_file` gives the bytes of one of them and may raise.
    `directories` are the empty ones, for a bag may have an empty payload.
    """
    notes = FindingLog()
    declaration = _declaration(files, open_file, notes)
    if declaration is None:
        return BagPlan(None, notes.findings())
    bag = _Bag(Listing(files), open_file, declaration, max_tag_file_bytes, notes)
    has_payload_folder = any(path.startswith(PAYLOAD) for path in files) or any(
        f"{folder}/".startswith(PAYLOAD) for folder in directories
    )
    if not has_payload_folder:
        notes.error("BAG-NO-PAYLOAD-FOLDER")
    manifests = bag.manifests()
    entries = Entries(bag.listing, holes=bag.holes())
    for manifest in manifests:
        enter_manifest(bag.lines(manifest.path), manifest, entries, is_rfc=declaration.is_rfc, notes=notes)
    info = bag.info()
    completeness.check(entries, manifests, info, declaration=declaration, notes=notes)
    return BagPlan(
        version=declaration.version,
        findings=notes.findings(),
        expected=entries.expected,
        bag_info=info,
        algorithms=frozenset(manifest.algorithm for manifest in manifests),
    )


def compare(
    path: str,
    expected: tuple[tuple[str, bytes], ...],
    found: Mapping[str, bytes],
    *,
    code: str = "BAG-DIGEST-MISMATCH",
) -> tuple[Finding, ...]:
    """Hold the promised digests of one file against those of its bytes, both raw: a finding for each that differs.

    KeyError if `found` lacks an algorithm: a digest that nobody computed has not been verified.
    """
    return tuple(
        Finding(
            code,
            Severity.ERROR,
            path,
            {"algorithm": algorithm, "expected": digest.hex(), "found": found[algorithm].hex()},
        )
        for algorithm, digest in expected
        if found[algorithm] != digest
    )


def _declaration(files: Mapping[str, int], open_file: OpenFile, notes: FindingLog) -> Declaration | None:
    if DECLARATION not in files:
        notes.error("BAG-LAYOUT-WITHDRAWN" if WITHDRAWN in files else "BAG-DECLARATION-MISSING", DECLARATION)
        return None
    with open_file(DECLARATION) as stream:
        data = _read_up_to(stream, MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        notes.error("BAG-DECLARATION-MALFORMED", DECLARATION)
        return None
    return read_declaration(data, notes)


def _read_up_to(stream: RawIOBase, limit: int) -> bytes:
    pieces: list[bytes] = []
    while limit > 0 and (piece := stream.read(limit)):
        pieces.append(piece)
        limit -= len(piece)
    return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class _Bag:
    listing: Listing
    open_file: OpenFile
    declaration: Declaration
    max_tag_file_bytes: int
    notes: FindingLog

    def lines(self, path: str, limit: int | None = None) -> Iterator[tuple[int, str]]:
        allowed = self.max_tag_file_bytes if limit is None else min(limit, self.max_tag_file_bytes)
        if self.listing.files[path] > allowed:
            self.notes.error("BAG-TAG-FILE-TOO-LARGE", path, limit=str(allowed))
            return
        with self.open_file(path) as stream:
            yield from lines(stream, self.declaration.encoding, path, self.notes)

    def manifests(self) -> list[ManifestName]:
        """Those that can be used, payload manifests first."""
        usable: list[ManifestName] = []
        seen: set[tuple[bool, str]] = set()
        for path in sorted(path for path in self.listing.files if "/" not in path):
            manifest = manifest_name(path)
            if manifest is None:
                continue
            key = (manifest.of_tags, manifest.algorithm)
            if manifest.algorithm not in DIGEST_SIZES:
                self.notes.error("BAG-ALGORITHM-UNSUPPORTED", path, algorithm=manifest.algorithm)
            elif key in seen:
                self.notes.error("BAG-MANIFEST-TWICE", path, algorithm=manifest.algorithm)
            else:
                usable.append(manifest)
                if not manifest.is_normal:
                    self.notes.warning("BAG-MANIFEST-NAME", path, algorithm=manifest.algorithm)
            seen.add(key)
        if not any(not of_tags for of_tags, _ in seen):
            self.notes.error("BAG-NO-MANIFEST")
        return sorted(usable, key=lambda manifest: manifest.of_tags)

    def holes(self) -> frozenset[str]:
        """Files that fetch.txt lists and that are not there."""
        if FETCH not in self.listing.files:
            return frozenset()
        missing = set()
        for item in read_fetch(self.lines(FETCH), is_rfc=self.declaration.is_rfc, notes=self.notes):
            path = self.listing.find(item.path, (FETCH, item.line), self.notes)
            if path is None:
                missing.add(item.path.readings[0])
                self.notes.error("BAG-FETCH-MISSING", item.path.readings[0], url=item.url)
            elif item.length is not None and item.length != self.listing.files[path]:
                self.notes.warning(
                    "BAG-FETCH-LENGTH", path, expected=str(item.length), found=str(self.listing.files[path])
                )
        return frozenset(missing)

    def info(self) -> Pairs:
        name = self.declaration.info_name
        if name not in self.listing.files:
            name = "bag-info.txt"
        if name not in self.listing.files:
            return ()
        numbered = self.lines(name, MAX_INFO_BYTES)
        return read_bag_info(numbered, name, is_rfc=self.declaration.is_rfc, notes=self.notes)
