"""An inventory as far as it can be understood, and everything that is wrong with it (OCFL 1.0 and 1.1, 3.5)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from preservation.standards.ocfl.declarations import CONTENT_DIRECTORY, SPEC_VERSION, SPEC_VERSIONS, inventory_type
from preservation.standards.ocfl.digests import CONTENT_ALGORITHMS
from preservation.standards.ocfl.inventory_blocks import BlockContext, read_fixity, read_manifest
from preservation.standards.ocfl.json_documents import JsonRefused, read_json
from preservation.standards.ocfl.report import Report
from preservation.standards.ocfl.version_blocks import VersionDraft, read_version
from preservation.standards.ocfl.version_names import ordered_versions

# Some 900,000 files at the length of the lines that we write.
MAX_INVENTORY_BYTES: Final = 512 << 20

_KEYS = frozenset({"id", "type", "digestAlgorithm", "head", "contentDirectory", "manifest", "versions", "fixity"})
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.+", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class InventoryDraft:
    """What an inventory says, whether or not it is valid; what could not be understood is left out.

    Digests are lower case. `manifest` and each algorithm of `fixity` map content paths to digests. `versions` follow
    the order of their numbers.
    """

    id: str | None
    spec_version: str
    digest_algorithm: str
    head: str | None
    content_directory: str
    content_directory_set: bool
    manifest: Mapping[str, str]
    versions: Mapping[str, VersionDraft]
    fixity: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_inventory(data: bytes, report: Report, *, max_bytes: int = MAX_INVENTORY_BYTES) -> InventoryDraft | None:
    """The draft, None where the bytes are not even a JSON object. What is wrong goes into the report."""
    try:
        document = read_json(data, max_bytes=max_bytes)
    except JsonRefused as refusal:
        report.add("E033", str(refusal))
        return None
    if not isinstance(document, dict):
        report.add("E033", type(document).__name__)
        return None
    for key in document:
        if key not in _KEYS:
            report.add("E102", key)
    spec_version = _spec_version(document, report)
    object_id = _identifier(document, report)
    algorithm = _digest_algorithm(document, report)
    content_directory, content_directory_set = _content_directory(document, spec_version, report)
    versions = document.get("versions")
    names: tuple[str, ...] = ()
    if versions is None:
        report.add("E043")
    elif not isinstance(versions, dict):
        report.add("E044", type(versions).__name__)
    else:
        names = ordered_versions(versions, spec_version, report)
    head = _head(document, names, report)
    context = BlockContext(algorithm, spec_version, frozenset(names), content_directory, report)
    manifest, raw_digests = read_manifest(document, context)
    blocks: dict[str, VersionDraft] = {}
    if isinstance(versions, dict):
        blocks = {name: read_version(name, versions[name], raw_digests, report) for name in names}
    if spec_version != "1.0" and blocks:
        _check_use(manifest, blocks, report)
    fixity = read_fixity(document, manifest, context)
    return InventoryDraft(
        object_id, spec_version, algorithm, head, content_directory, content_directory_set, manifest, blocks, fixity
    )


def _spec_version(document: Mapping[str, object], report: Report) -> str:
    type_uri = document.get("type")
    if type_uri is None:
        report.add("E036", "type")
        return SPEC_VERSION
    for version in SPEC_VERSIONS:
        if type_uri == inventory_type(version):
            return version
    report.add("E038", str(type_uri))
    return SPEC_VERSION


def _identifier(document: Mapping[str, object], report: Report) -> str | None:
    object_id = document.get("id")
    if object_id is None:
        report.add("E036", "id")
        return None
    if not isinstance(object_id, str) or not object_id:
        report.add("E037", str(object_id))
        return None
    if _URI.fullmatch(object_id) is None:
        report.add("W005", object_id)
    return object_id


def _digest_algorithm(document: Mapping[str, object], report: Report) -> str:
    algorithm = document.get("digestAlgorithm")
    if algorithm is None:
        report.add("E036", "digestAlgorithm")
    elif not isinstance(algorithm, str) or algorithm not in CONTENT_ALGORITHMS:
        report.add("E025", str(algorithm))
    else:
        if algorithm != CONTENT_ALGORITHMS[0]:
            report.add("W004", algorithm)
        return algorithm
    return CONTENT_ALGORITHMS[0]


def _content_directory(document: Mapping[str, object], spec_version: str, report: Report) -> tuple[str, bool]:
    if "contentDirectory" not in document:
        return CONTENT_DIRECTORY, False
    name = document["contentDirectory"]
    if isinstance(name, str) and name and "/" not in name and "\0" not in name and name not in (".", ".."):
        return name, True
    if name in (".", ".."):
        report.add("E018", str(name))
    else:
        report.add("E017" if spec_version == "1.0" or (isinstance(name, str) and "/" in name) else "E108", str(name))
    return CONTENT_DIRECTORY, False


def _head(document: Mapping[str, object], names: tuple[str, ...], report: Report) -> str | None:
    head = document.get("head")
    if head is None:
        report.add("E036", "head")
        return None
    if not isinstance(head, str) or (names and head != names[-1]):
        report.add("E040", str(head))
    return head if isinstance(head, str) else None


def _check_use(manifest: Mapping[str, str], blocks: Mapping[str, VersionDraft], report: Report) -> None:
    """Each digest of the manifest must be in the state of some version (E107, since 1.1)."""
    used: set[str] = set()
    for block in blocks.values():
        used.update(block.state.values())
    for path, digest in manifest.items():
        if digest not in used:
            report.add("E107", path)
