"""A package understood: a bag, a folder or a file; what each of its files promises, and where in the AIP it goes."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import RawIOBase
from operator import attrgetter

from preservation.domain.digests import CONTENT_ALGORITHM, SECOND_ALGORITHM
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding
from preservation.domain.package_paths import remark_on_names, remark_on_twins, unsafe_reason
from preservation.domain.packages import DublinCore, PackageFile, PackageLimits, PackageType, PlacedFile
from preservation.errors import Unavailable
from preservation.ports import PackageReader
from preservation.standards import dublin_core
from preservation.standards.bagit import plan as bagit
from preservation.standards.bagit.paths import PAYLOAD
from preservation.standards.bagit.plan import BagPlan, Expected, looks_like_bag, plan_bag
from preservation.standards.checksum_files import checksum_algorithm, read_checksum_file

ORIGINALS = "representations/rep1/data/"
PAPERWORK = "submission/"
DESCRIPTIVE = "metadata/descriptive/"
METADATA = "metadata/"

# Descriptive documents read for search; all are kept, whatever their number.
MAX_DOCUMENTS = 20
_DOCUMENT_ENDINGS = (".csv", ".json", ".xml")


@dataclass(frozen=True, slots=True)
class Submission:
    """What examining a package says. With an ERROR among the findings it must be rejected.

    `algorithms` are those, beyond SHA-512 and SHA-256, that the submission's own manifests need; `compare` wants all of a
    file's expected ones. `carrier_digest` is the SHA-512 of the archive that it came in. `title` is the best guess at a name for
    people, never empty. `descriptive` says of logical paths below metadata/descriptive/ what they are in METS's words ("DC").
    """

    package_type: PackageType
    files: Sequence[PlacedFile]
    findings: tuple[Finding, ...]
    algorithms: frozenset[str]
    dublin_core: DublinCore
    title: str
    descriptive: Mapping[str, str] = field(default_factory=dict)
    bag_version: str | None = None
    carrier_digest: bytes | None = None

    @property
    def is_valid(self) -> bool:
        return not any(finding.is_error for finding in self.findings)

    @property
    def total_bytes(self) -> int:
        return sum(placed.file.size for placed in self.files)


def compare(submission: Submission, placed: PlacedFile, found: Mapping[str, bytes]) -> Sequence[Finding]:
    """Hold a file's promised digests against raw ones of its bytes. KeyError if one that is promised was not computed."""
    if not placed.expected:
        return ()
    code = "BAG-DIGEST-MISMATCH" if submission.package_type is PackageType.BAG else "PKG-DIGEST-MISMATCH"
    return bagit.compare(placed.file.path, placed.expected, found, code=code)


def examine(reader: PackageReader, limits: PackageLimits) -> Submission:
    """Understand an opened package without reading its content: tag files, checksum files and descriptive metadata only.

    Raises Unavailable if one of those cannot be read.
    """
    notes = FindingLog()
    for finding in reader.findings:
        notes.add(finding)
    package = _Package(reader, limits, notes)
    if not reader.files and not notes.has_errors:
        notes.error("PKG-EMPTY")
    remark_on_names((file.path for file in reader.files), notes)
    remark_on_twins((file.path for file in reader.files), notes)
    try:
        return package.understood()
    except OSError as error:
        raise Unavailable(f"{reader.name!r} cannot be read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class _Described:
    """What the metadata documents said, and which of them are Dublin Core as XML."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    as_xml: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Package:
    reader: PackageReader
    limits: PackageLimits
    notes: FindingLog

    def understood(self) -> Submission:
        if self.reader.carrier == "file":
            return self.as_file()
        sizes = {file.path: file.size for file in self.reader.files}
        if self.reader.carrier != "folder" and self.notes.has_errors:
            # An archive that could not be unpacked whole: what is missing from it would only be reported twice.
            return self.as_broken(PackageType.BAG if looks_like_bag(sizes) else PackageType.FOLDER)
        return self.as_bag(sizes) if looks_like_bag(sizes) else self.as_folder(sizes)

    def as_broken(self, package_type: PackageType) -> Submission:
        placed = [PlacedFile(file, ORIGINALS + file.path, (), payload=True) for file in self.reader.files]
        return self._submission(package_type, placed, _Described())

    def as_bag(self, sizes: Mapping[str, int]) -> Submission:
        plan = plan_bag(
            sizes,
            self._open,
            directories=self.reader.empty_directories,
            max_tag_file_bytes=self.limits.max_tag_file_bytes,
        )
        for finding in plan.findings:
            self.notes.add(finding)
        described = self._described(PAYLOAD + METADATA, METADATA)
        described.pairs.extend(dublin_core.from_bag_info(plan.bag_info))
        placed = _placed_in_bag(self.reader.files, plan)
        return self._submission(PackageType.BAG, placed, described, bag_version=plan.version)

    def as_folder(self, sizes: Mapping[str, int]) -> Submission:
        expected: dict[str, tuple[tuple[str, bytes], ...]] = {}
        for file in self._below(METADATA):
            algorithm = checksum_algorithm(file.path)
            if algorithm is not None:
                self._add_promises(file, algorithm, sizes, expected)
        placed = [_placed_in_folder(file, expected) for file in self.reader.files]
        return self._submission(PackageType.FOLDER, placed, self._described(METADATA))

    def as_file(self) -> Submission:
        placed = [PlacedFile(file, ORIGINALS + file.path, (), payload=True) for file in self.reader.files]
        return self._submission(PackageType.FILE, placed, _Described())

    def _submission(
        self,
        package_type: PackageType,
        placed: Sequence[PlacedFile],
        described: _Described,
        *,
        bag_version: str | None = None,
    ) -> Submission:
        for one in placed:
            # OCFL 1.1, 3.5.3.1: logical paths have no empty, "." or ".." parts, and do not begin or end with "/".
            if unsafe_reason(one.file.path) == "EMPTY" or not _is_logical_path(one.logical_path):
                self.notes.error("PKG-PATH-NOT-OCFL", one.file.path)
        needed = {algorithm for one in placed for algorithm, _ in one.expected}
        elements = dublin_core.collect(described.pairs)
        return Submission(
            package_type=package_type,
            files=placed,
            findings=self.notes.findings(),
            algorithms=frozenset(needed - {CONTENT_ALGORITHM, SECOND_ALGORITHM}),
            dublin_core=elements,
            title=_title(elements, self.reader),
            descriptive={
                one.logical_path: "DC"
                for one in placed
                if one.file.path in described.as_xml and one.logical_path.startswith(DESCRIPTIVE)
            },
            bag_version=bag_version,
            carrier_digest=self.reader.carrier_digest,
        )

    def _open(self, path: str) -> RawIOBase:
        return self.reader.open(self._file(path))

    def _file(self, path: str) -> PackageFile:
        return self.reader.files[bisect_left(self.reader.files, path, key=attrgetter("path"))]

    def _below(self, prefix: str) -> Iterator[PackageFile]:
        """Files below a folder; they stand together because the sequence is sorted."""
        files = self.reader.files
        index = bisect_left(files, prefix, key=attrgetter("path"))
        while index < len(files) and files[index].path.startswith(prefix):
            yield files[index]
            index += 1

    def _described(self, *prefixes: str) -> _Described:
        documents = [
            file for prefix in prefixes for file in self._below(prefix) if file.path.lower().endswith(_DOCUMENT_ENDINGS)
        ]
        # Those named for Dublin Core or metadata first, in case there are more than are read.
        documents.sort(key=lambda file: "dc" not in file.path.lower() and "metadata." not in file.path.lower())
        described = _Described()
        for file in documents[:MAX_DOCUMENTS]:
            head = self._head(file, dublin_core.MAX_DOCUMENT_BYTES + 1)
            pairs = dublin_core.from_document(file.path, head, self.notes)
            described.pairs.extend(pairs)
            if pairs and file.path.lower().endswith(".xml"):
                described.as_xml.add(file.path)
        return described

    def _head(self, file: PackageFile, limit: int) -> bytes:
        pieces: list[bytes] = []
        with self.reader.open(file) as stream:
            while limit > 0 and (piece := stream.read(limit)):
                pieces.append(piece)
                limit -= len(piece)
        return b"".join(pieces)

    def _add_promises(
        self,
        file: PackageFile,
        algorithm: str,
        sizes: Mapping[str, int],
        expected: dict[str, tuple[tuple[str, bytes], ...]],
    ) -> None:
        if file.size > self.limits.max_tag_file_bytes:
            self.notes.warning("PKG-CHECKSUM-UNREADABLE", file.path, line="1")
            return
        with self.reader.open(file) as stream:
            for path, digest in read_checksum_file(stream, file.path, algorithm, sizes, self.notes):
                known = expected.get(path, ())
                if (algorithm, digest) not in known:
                    expected[path] = (*known, (algorithm, digest))


def _placed_in_bag(files: Sequence[PackageFile], plan: BagPlan) -> list[PlacedFile]:
    expected: Expected = plan.expected
    placed = []
    for file in files:
        path = file.path
        payload = path.startswith(PAYLOAD)
        logical = ORIGINALS + path[len(PAYLOAD) :] if payload else PAPERWORK + path
        placed.append(PlacedFile(file, logical, expected.get(path, ()), payload))
    return placed


def _placed_in_folder(file: PackageFile, expected: Expected) -> PlacedFile:
    path = file.path
    described = path.startswith(METADATA)
    logical = DESCRIPTIVE + path[len(METADATA) :] if described else ORIGINALS + path
    return PlacedFile(file, logical, expected.get(path, ()), payload=not described)


def _is_logical_path(path: str) -> bool:
    return all(part not in ("", ".", "..") for part in path.split("/"))


def _title(elements: DublinCore, reader: PackageReader) -> str:
    for name in ("title", "description", "identifier"):
        if elements.get(name):
            return elements[name][0][:1000]
    name = reader.name
    for ending in (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tbz2", ".txz", ".tar", ".zip"):
        if reader.carrier not in ("folder", "file") and name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name
