"""What a version keeps of the one before: all of it that a supplement does not renew; and folders that hold nothing.

OCFL keeps files only. A folder that came in empty is therefore named in a document of the AIP's own, beside PREMIS, where
nothing that is submitted is ever placed:

    metadata/preservation/empty-directories.json    {"empty_directories": ["representations/rep1/data/..."]}

Paths are logical ones, names escaped as everywhere (domain.names), sorted.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha512

from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding, Severity
from preservation.domain.holdings import StoredFile
from preservation.domain.packages import PackageType
from preservation.errors import NotHere, Unavailable
from preservation.ports import ReplicaStore
from preservation.services.submission import DESCRIPTIVE, METADATA, ORIGINALS, PAPERWORK
from preservation.services.versions import write_digested
from preservation.services.writing import ReplicaWriters
from preservation.standards.aip_layout import is_document
from preservation.standards.bagit.paths import PAYLOAD
from preservation.standards.canonical_json import canonical
from preservation.standards.ocfl.content_paths import ContentPaths
from preservation.standards.ocfl.paths import conflicts

EMPTY_DIRECTORIES = "metadata/preservation/empty-directories.json"


def supplemented(carried: Iterable[StoredFile], new: Sequence[StoredFile]) -> tuple[list[StoredFile], list[Finding]]:
    """The state with both, new files in place of carried ones of the same path, in the order of logical paths.

    What was migrated from a file that comes anew with other bytes is left out: it says what the former file said. A finding for
    each path that would be a file and a folder at once (OCFL 1.1, E095): the two cannot stand together.
    """
    renewed = {file.logical_path: file.sha512 for file in new}
    kept = [file for file in carried if not is_document(file.logical_path)]
    state = [file for file in kept if file.logical_path not in renewed]
    outdated = {file.logical_path for file in kept if renewed.get(file.logical_path, file.sha512) != file.sha512}
    while outdated:
        # What was made from what is left out goes with it, and so on.
        outdated = {file.logical_path for file in state if file.source in outdated}
        state = [file for file in state if file.logical_path not in outdated]
    state = sorted([*state, *new], key=lambda file: file.logical_path)
    clashes = [
        Finding("PKG-CLASHES-WITH-HELD", Severity.ERROR, path)
        for path in conflicts(file.logical_path for file in state)
    ]
    return state, clashes


def told(directories: Sequence[str]) -> list[Finding]:
    """Empty folders are kept, but not as OCFL keeps files: the producer is told of each, as far as a person reads."""
    notes = FindingLog()
    for path in directories:
        notes.info("PKG-EMPTY-DIRECTORY", path)
    return [*notes.findings()]


def places_of_empty_directories(directories: Iterable[str], package_type: PackageType) -> set[str]:
    """Where the package's empty folders stand in the AIP, by the rule that places its files."""
    return {_place(path, package_type) for path in directories}


def _place(path: str, package_type: PackageType) -> str:
    if package_type is PackageType.BAG:
        return ORIGINALS + path[len(PAYLOAD) :] if path.startswith(PAYLOAD) else PAPERWORK + path
    return DESCRIPTIVE + path[len(METADATA) :] if path.startswith(METADATA) else ORIGINALS + path


def read_empty_directories(store: ReplicaStore, object_root: str, files: Iterable[StoredFile]) -> set[str]:
    """What a version's document names; none without one. Raises Unavailable if it is not what the catalogue knows."""
    for file in files:
        if file.logical_path == EMPTY_DIRECTORIES:
            key = f"{object_root}/{file.content_path}"
            try:
                data = store.read(key)
            except NotHere as error:
                raise Unavailable(f"{key} is missing") from error
            if sha512(data).digest() != file.sha512:
                raise Unavailable(f"{key} is damaged")
            return set(json.loads(data)["empty_directories"])
    return set()


def write_empty_directories(
    writers: ReplicaWriters,
    paths: ContentPaths,
    held: Mapping[bytes, str],
    directories: Iterable[str],
    state: Sequence[StoredFile],
) -> list[StoredFile]:
    """The state with the document that names those folders in which it has nothing; without one if there is none."""
    state = [file for file in state if file.logical_path != EMPTY_DIRECTORIES]
    in_use = {parent for file in state for parent in _parents(file.logical_path)}
    empty = sorted(path for path in directories if path not in in_use)
    if not empty:
        return state
    held = {file.sha512: file.content_path for file in state} | dict(held)
    document = [canonical({"empty_directories": [*empty]})]
    row = write_digested(writers, EMPTY_DIRECTORIES, paths.assign(EMPTY_DIRECTORIES), document, held)
    return sorted([*state, row], key=lambda file: file.logical_path)


def _parents(path: str) -> Iterable[str]:
    """The path and every folder that it lies in."""
    while path:
        yield path
        path = path.rpartition("/")[0]
