"""An AIP version from its staged files to its commit on every replica: documents, inventory, seal, read back, commit.

Nothing has changed for a reader until the last step; whatever fails before leaves the old state.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256, sha512

from preservation.domain.events import Event
from preservation.domain.holdings import StoredFile
from preservation.ports import Progress
from preservation.services.reading_back import StagedFile
from preservation.services.writing import ReplicaWriters
from preservation.standards.aip_documents import Agent, AIPFacts, write_documents
from preservation.standards.aip_layout import is_document
from preservation.standards.ocfl import declarations, inventory
from preservation.standards.ocfl.content_paths import ContentPaths
from preservation.standards.ocfl.inventory import Inventory


@dataclass(frozen=True, slots=True)
class VersionToMake:
    """A version that is to be made. `files` is its whole state but for the documents that are made here."""

    object_id: str
    number: int
    base: Inventory | None
    created: datetime
    message: str
    user_name: str
    user_address: str
    files: Sequence[StoredFile]


@dataclass(frozen=True, slots=True)
class MadeVersion:
    """A version that is sealed and was read back. `files` is the whole state, documents included."""

    inventory_digest: str
    files: Sequence[StoredFile]
    replicas: Sequence[str]
    dropped: Mapping[str, str]


def write_head_documents(
    writers: ReplicaWriters,
    paths: ContentPaths,
    facts: AIPFacts,
    files: Sequence[StoredFile],
    *,
    held: Mapping[bytes, str],
    events: Sequence[Event],
    agents: Sequence[Agent],
) -> Sequence[StoredFile]:
    """Make the PREMIS and METS documents of the new state and stage them; returns the state with them.

    `held` maps raw SHA-512 digests to content paths that are there already.
    """

    def write(logical_path: str, chunks: Iterator[bytes]) -> StoredFile:
        return write_digested(writers, logical_path, paths.assign(logical_path), chunks, held)

    documents = write_documents(facts, files, write, events=events, agents=agents)
    state = [file for file in files if not is_document(file.logical_path)]
    return sorted([*state, *documents], key=lambda file: file.logical_path)


def write_digested(
    writers: ReplicaWriters,
    logical_path: str,
    content_path: str,
    chunks: Iterable[bytes],
    held: Mapping[bytes, str],
) -> StoredFile:
    """Stage a file that we make ourselves, taking both digests on the way; taken back where `held` has these bytes."""
    first, second, size = sha512(), sha256(), 0

    def digested() -> Iterator[bytes]:
        nonlocal size
        for chunk in chunks:
            first.update(chunk)
            second.update(chunk)
            size += len(chunk)
            yield chunk

    writers.write(content_path, digested())
    kept = held.get(first.digest(), content_path)
    if kept != content_path:
        writers.discard(content_path)
    return StoredFile(
        logical_path=logical_path,
        content_path=kept,
        size=size,
        sha512=first.digest(),
        sha256=second.digest(),
    )


def seal_version(writers: ReplicaWriters, version: VersionToMake, progress: Progress) -> MadeVersion:
    """Write the inventory, make everything durable and read all of it back. Raises Unavailable if no replica passes."""
    folder = f"v{version.number}/"
    staged = [
        StagedFile(file.content_path, file.sha256, file.size)
        for file in version.files
        if file.content_path.startswith(folder)
    ]
    digest, own = _write_inventory(writers, version, folder)
    staged.extend(own)
    if version.base is None:
        name, text = declarations.object_declaration()
        writers.put(name, text)
        staged.append(StagedFile(name, sha256(text).digest()))
    writers.seal()
    progress.begin("read back", None)
    writers.read_back(staged, progress.advance)
    progress.end()
    return MadeVersion(
        inventory_digest=digest,
        files=version.files,
        replicas=writers.replicas,
        dropped=writers.dropped,
    )


def _write_inventory(writers: ReplicaWriters, version: VersionToMake, folder: str) -> tuple[str, list[StagedFile]]:
    first, second = sha512(), sha256()
    root, copy = writers.create("inventory.json"), writers.create(f"{folder}inventory.json")
    try:
        for chunk in inventory.write(
            object_id=version.object_id,
            base=version.base,
            version=version.number,
            created=version.created,
            message=version.message,
            user_name=version.user_name,
            user_address=version.user_address,
            files=version.files,
        ):
            first.update(chunk)
            second.update(chunk)
            root.write(chunk)
            copy.write(chunk)
    finally:
        root.close()
        copy.close()
    sidecar = f"{first.hexdigest()} inventory.json\n".encode()
    staged: list[StagedFile] = []
    for prefix in ("", folder):
        writers.put(f"{prefix}inventory.json.sha512", sidecar)
        staged.append(StagedFile(f"{prefix}inventory.json", second.digest()))
        staged.append(StagedFile(f"{prefix}inventory.json.sha512", sha256(sidecar).digest()))
    return first.hexdigest(), staged
