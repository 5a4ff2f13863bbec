"""Reading back what `aip_documents` wrote, to make a catalogue again from nothing but AIPs (DESIGN, promise 3)."""

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from preservation.domain.events import Event
from preservation.domain.findings import Finding, Severity
from preservation.standards.aip_documents import AIPFacts
from preservation.standards.aip_layout import METS, PACKAGE_PREMIS, file_object_documents, is_document
from preservation.standards.mets.model import Header
from preservation.standards.mets.reader import read_header
from preservation.standards.premis.files import read_file_objects
from preservation.standards.premis.model import Agent, FileObject, Package, Representation
from preservation.standards.premis.package import read_package

Open = Callable[[str], BinaryIO]

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class AIPDescription:
    """An AIP version by its own documents.

    `files` can be read once. It gives every file of the version in the order of logical paths: those that PREMIS
    describes, and the documents themselves, whose digests are taken while they are read here. A finding among them
    means that the description of some files is lost, not that the files are.
    """

    facts: AIPFacts
    representations: tuple[Representation, ...]
    events: tuple[Event, ...]
    agents: tuple[Agent, ...]
    files: Iterator[FileObject | Finding]


def read_aip(open_file: Open, logical_paths: Iterable[str]) -> AIPDescription | Finding:
    """What the documents of one version say. `logical_paths` is the version's whole state, `open_file` opens one of them.

    A finding, where the documents of the package as a whole are missing (AIP-DOCUMENT-MISSING), unreadable
    (METS-UNREADABLE, PREMIS-UNREADABLE), or do not agree (AIP-DOCUMENTS-DISAGREE). What `open_file` raises passes
    through. Streams are closed.
    """
    documents = sorted(path for path in logical_paths if is_document(path))
    for needed in (METS, PACKAGE_PREMIS):
        if needed not in documents:
            return Finding("AIP-DOCUMENT-MISSING", Severity.ERROR, needed)
    with open_file(METS) as stream:
        header = read_header(stream)
    with open_file(PACKAGE_PREMIS) as stream:
        package = read_package(stream)
    if isinstance(header, Finding):
        return _at(METS, header)
    if isinstance(package, Finding):
        return _at(PACKAGE_PREMIS, package)
    facts = _facts(header, package)
    if facts is None:
        return Finding("AIP-DOCUMENTS-DISAGREE", Severity.ERROR, METS)
    return AIPDescription(
        facts=facts,
        representations=package.representations,
        events=package.events,
        agents=package.agents,
        files=_files(open_file, documents),
    )


def _at(path: str, finding: Finding) -> Finding:
    return Finding(finding.code, finding.severity, path, finding.values)


def _facts(header: Header, package: Package) -> AIPFacts | None:
    """The facts, None where METS and PREMIS contradict each other or METS does not say which version it is of."""
    named = header.alternatives
    stated = (header.identifier, named.get("COLLECTION"), named.get("COLLECTION CODE"), named.get("TRANSFER"))
    if stated != (package.aip, package.collection, package.collection_code, package.transfer):
        return None
    version = named.get("VERSION", "")
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        return None
    return AIPFacts(
        aip=package.aip,
        title=header.label,
        version=int(version),
        created=header.created,
        version_created=header.modified,
        collection=package.collection,
        collection_code=package.collection_code,
        transfer=package.transfer,
        software=header.software,
        software_version=header.software_version,
        agreement=named.get("SUBMISSIONAGREEMENT"),
    )


def _files(open_file: Open, documents: Sequence[str]) -> Iterator[FileObject | Finding]:
    """Each unit's documents list its files in order, and so does each of their sequences: a merge puts all in order."""
    described = [_described(open_file, paths) for paths in file_object_documents(documents).values()]
    merged = heapq.merge(_own(open_file, documents), *described, key=lambda placed: placed[0])
    return (item for _, item in merged)


def _described(open_file: Open, paths: Sequence[str]) -> Iterator[tuple[str, FileObject | Finding]]:
    """The items of a unit, each with the place in the order of logical paths; a finding stays where it came up."""
    place = ""
    for path in paths:
        with open_file(path) as stream:
            for item in read_file_objects(stream):
                if isinstance(item, Finding):
                    yield place, _at(path, item)
                else:
                    place = item.logical_path
                    yield place, item


def _own(open_file: Open, documents: Sequence[str]) -> Iterator[tuple[str, FileObject]]:
    for path in documents:
        sha512, sha256, size = hashlib.sha512(), hashlib.sha256(), 0
        with open_file(path) as stream:
            while chunk := stream.read(_CHUNK):
                sha512.update(chunk)
                sha256.update(chunk)
                size += len(chunk)
        yield path, FileObject(path, size, sha512.digest(), sha256.digest())
