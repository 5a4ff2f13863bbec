"""The lines of all manifests, joined with the files that they name."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from preservation.domain.digests import hasher
from preservation.domain.finding_log import FindingLog
from preservation.standards.bagit.listing import Listing
from preservation.standards.bagit.manifests import ManifestName, manifest_name, read_manifest
from preservation.standards.bagit.paths import PAYLOAD, WrittenPath, read_path

# Files that desktop systems make and take away by themselves.
_SYSTEM_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


@dataclass(slots=True)
class Entries:
    """What the manifests promise of files that are there, and which files they name that are not.

    `holes` are absent files that fetch.txt lists, reported already. `excused` are absent and may be (see `_absent`).
    """

    listing: Listing
    holes: frozenset[str]
    expected: dict[str, tuple[tuple[str, bytes], ...]] = field(default_factory=dict)
    excused: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Line:
    manifest: ManifestName
    number: int
    digest: bytes
    written: str

    @property
    def place(self) -> tuple[str, int]:
        return self.manifest.path, self.number


def enter_manifest(
    numbered: Iterable[tuple[int, str]], manifest: ManifestName, entries: Entries, *, is_rfc: bool, notes: FindingLog
) -> None:
    """Add one manifest to `entries`; what is wrong with a line goes to the notes."""
    for line in _lines(numbered, manifest, notes):
        path = _understand(line, entries.listing, is_rfc=is_rfc, notes=notes)
        if path is None or not _may_list(path.readings[0], line, is_rfc=is_rfc, notes=notes):
            continue
        found = entries.listing.find(path, line.place, notes)
        if found is None:
            _absent(path.readings[0], line, entries, notes)
        else:
            _enter(found, line, entries, is_rfc=is_rfc, notes=notes)


def _lines(numbered: Iterable[tuple[int, str]], manifest: ManifestName, notes: FindingLog) -> Iterator[_Line]:
    for number, digest, written in read_manifest(numbered, manifest, notes):
        yield _Line(manifest, number, digest, written)


def _understand(line: _Line, listing: Listing, *, is_rfc: bool, notes: FindingLog) -> WrittenPath | None:
    written = line.written
    if written.startswith("*") and written not in listing.files:
        # md5sum and its like mark binary mode so; a name that begins with "*" is its own reading first.
        notes.warning("BAG-MD5SUM-MARK", line.manifest.path, line=str(line.number))
        written = written[1:]
    path = read_path(written, is_rfc=is_rfc)
    if path.fault is not None:
        notes.error(f"BAG-PATH-{path.fault}", line.manifest.path, line=str(line.number), written=written)
        return None
    if path.dotted:
        notes.warning("BAG-PATH-DOTTED", line.manifest.path, line=str(line.number), written=written)
    return path


def _may_list(path: str, line: _Line, *, is_rfc: bool, notes: FindingLog) -> bool:
    """RFC 8493, 2.1.3: payload manifests list payload files alone. 2.2.1: tag manifests list neither payload nor each other."""
    in_payload = path.startswith(PAYLOAD)
    if in_payload == line.manifest.of_tags:
        code = "BAG-TAG-MANIFEST-LISTS-PAYLOAD" if in_payload else "BAG-NOT-PAYLOAD"
        notes.error(code, line.manifest.path, line=str(line.number), written=line.written)
        return False
    if line.manifest.of_tags and is_rfc and "/" not in path:
        listed = manifest_name(path)
        if listed is not None and listed.of_tags:
            notes.error("BAG-TAG-MANIFEST-LISTS-ITSELF", line.manifest.path, line=str(line.number), written=path)
            return False
    return True


def _absent(path: str, line: _Line, entries: Entries, notes: FindingLog) -> None:
    """An absent file is an error, but for one case: nothing is lost with an empty file that a desktop system left behind."""
    if path in entries.holes:
        return
    name = path.rpartition("/")[2].casefold()
    if name in _SYSTEM_FILES and line.digest == hasher(line.manifest.algorithm).digest():
        entries.excused.add(path)
        notes.warning("BAG-SYSTEM-FILE-MISSING", path, manifest=line.manifest.path)
        return
    code = "BAG-TAG-FILE-MISSING" if line.manifest.of_tags else "BAG-PAYLOAD-MISSING"
    notes.error(code, path, manifest=line.manifest.path)


def _enter(path: str, line: _Line, entries: Entries, *, is_rfc: bool, notes: FindingLog) -> None:
    algorithm = line.manifest.algorithm
    known = entries.expected.get(path, ())
    earlier = next((digest for name, digest in known if name == algorithm), None)
    if earlier is None:
        entries.expected[path] = (*known, (algorithm, line.digest))
    elif earlier != line.digest:
        notes.error("BAG-LISTED-TWICE-DIFFERENTLY", path, manifest=line.manifest.path, line=str(line.number))
    else:
        report = notes.error if is_rfc and not line.manifest.of_tags else notes.warning
        report("BAG-LISTED-TWICE", path, manifest=line.manifest.path, line=str(line.number))
