"""An inventory where it lies, with its sidecar (1.1, 3.6)."""

import hashlib
import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from preservation.domain.findings import Finding
from preservation.standards.ocfl.declarations import INVENTORY_NAME
from preservation.standards.ocfl.digests import CONTENT_ALGORITHMS, hex_digest
from preservation.standards.ocfl.inventory_document import InventoryDraft, read_inventory
from preservation.standards.ocfl.report import Report, finding
from preservation.standards.ocfl.validation.tree import (
    Entry,
    EntryKind,
    ObjectTree,
    ValidationSettings,
    join,
    read_whole,
)

_MAX_SIDECAR_BYTES = 4096
_SIDECAR = re.compile(rb"([!-~]+)[ \t]+inventory\.json\r?\n?")


@dataclass(frozen=True, slots=True)
class StoredInventory:
    """`draft` is None where the bytes say nothing; `fingerprint` is the SHA-512 of the bytes."""

    draft: InventoryDraft | None
    fingerprint: bytes
    sidecar: str


def read_stored_inventory(
    tree: ObjectTree,
    folder: str,
    entries: Sequence[Entry],
    settings: ValidationSettings,
    *,
    known: StoredInventory | None = None,
) -> Generator[Finding, None, StoredInventory]:
    """The inventory of this folder. One whose bytes are those of the `known` one is not taken apart again."""
    path = join(folder, INVENTORY_NAME)
    data = read_whole(tree, path, settings.max_inventory_bytes)
    fingerprint = hashlib.sha512(data).digest()
    report = Report(path)
    if known is not None and known.fingerprint == fingerprint:
        draft = known.draft
    else:
        draft = read_inventory(data, report, max_bytes=settings.max_inventory_bytes)
    yield from report.findings
    algorithm = draft.digest_algorithm if draft else _guessed_algorithm(entries)
    sidecar = f"{INVENTORY_NAME}.{algorithm}"
    digest = fingerprint.hex() if algorithm == "sha512" else hex_digest(algorithm, data)
    del data
    yield from _check_sidecar(tree, folder, entries, sidecar, digest)
    return StoredInventory(draft, fingerprint, sidecar)


def _guessed_algorithm(entries: Sequence[Entry]) -> str:
    names = {entry.name for entry in entries}
    return next((name for name in CONTENT_ALGORITHMS if f"{INVENTORY_NAME}.{name}" in names), CONTENT_ALGORITHMS[0])


def _check_sidecar(
    tree: ObjectTree, folder: str, entries: Sequence[Entry], sidecar: str, digest: str
) -> Generator[Finding, None, None]:
    path = join(folder, sidecar)
    if Entry(sidecar, EntryKind.FILE) not in entries:
        yield finding("E058", path, sidecar)
        for entry in entries:
            if entry.name.startswith(f"{INVENTORY_NAME}."):
                yield finding("E059", join(folder, entry.name), entry.name)
        return
    match = _SIDECAR.fullmatch(read_whole(tree, path, _MAX_SIDECAR_BYTES))
    if match is None:
        yield finding("E061", path)
    elif match[1].decode().lower() != digest:
        yield finding("E060", path, match[1].decode())
