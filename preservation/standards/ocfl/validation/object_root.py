"""One OCFL object: its root, its version folders, their inventories and content (1.1, 3)."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from preservation.domain.findings import Finding
from preservation.standards.ocfl.declarations import INVENTORY_NAME, SPEC_VERSIONS
from preservation.standards.ocfl.extensions import is_registered
from preservation.standards.ocfl.inventory_document import InventoryDraft
from preservation.standards.ocfl.report import finding
from preservation.standards.ocfl.validation.content_files import (
    ContentFiles,
    ExtraDigests,
    check_digests,
    compare_files,
    walk_content,
)
from preservation.standards.ocfl.validation.declarations import OBJECT, check_declaration, is_object_declaration
from preservation.standards.ocfl.validation.prior_versions import compare_with_root
from preservation.standards.ocfl.validation.stored_inventory import StoredInventory, read_stored_inventory
from preservation.standards.ocfl.validation.tree import Entry, EntryKind, ObjectTree, ValidationSettings, join
from preservation.standards.ocfl.version_names import version_number

_INVENTORY = Entry(INVENTORY_NAME, EntryKind.FILE)

Findings = Generator[Finding, None, None]


@dataclass(frozen=True, slots=True)
class ObjectSummary:
    """What a storage root needs to know of an object; None for what could not be made out."""

    id: str | None
    spec_version: str | None


def validate_object(
    tree: ObjectTree, root: str = "", *, settings: ValidationSettings | None = None
) -> Generator[Finding, None, ObjectSummary]:
    """Every finding about the object whose root is this folder of the tree. Unavailable if it cannot be read."""
    settings = settings or ValidationSettings()
    entries = tree.entries(root)
    declared = yield from check_declaration(tree, root, entries, OBJECT)
    if _INVENTORY not in entries:
        yield finding("E063", join(root, INVENTORY_NAME))
        yield from _check_root_entries(root, entries, None)
        return ObjectSummary(None, declared)
    stored = yield from read_stored_inventory(tree, root, entries, settings)
    yield from _check_root_entries(root, entries, stored)
    draft = stored.draft
    if draft is None:
        return ObjectSummary(None, declared)
    if declared is not None and declared != draft.spec_version:
        yield finding("E038", join(root, INVENTORY_NAME), draft.spec_version)
    yield from _check_versions(tree, root, entries, stored, draft, settings)
    yield from _check_extensions(tree, root, entries)
    return ObjectSummary(draft.id, declared or draft.spec_version)


def _check_root_entries(root: str, entries: Sequence[Entry], stored: StoredInventory | None) -> Findings:
    draft = stored.draft if stored else None
    files = {INVENTORY_NAME, stored.sidecar} if stored else {INVENTORY_NAME}
    versions = draft.versions.keys() if draft else set()
    for entry in entries:
        path = join(root, entry.name)
        if entry.kind is EntryKind.LINK:
            yield finding("E090", path, entry.name)
        elif entry.kind is EntryKind.FOLDER:
            if entry.name in versions or entry.name in ("logs", "extensions"):
                continue
            # Without an inventory nobody can say which version folders there should be.
            if version_number(entry.name) is None:
                yield finding("E001", path, entry.name)
            elif draft is not None:
                yield finding("E046", path, entry.name)
        elif stored is None and entry.name.startswith(f"{INVENTORY_NAME}."):
            continue  # the sidecar of a lost inventory is a trace of it, not a stranger
        elif entry.name not in files and not is_object_declaration(entry):
            yield finding("E001", path, entry.name)


@dataclass(slots=True)
class _Progress:
    """What is known after the versions up to the present one."""

    files: ContentFiles = field(default_factory=ContentFiles)
    extra: ExtraDigests = field(default_factory=ExtraDigests)
    spec_version: str = SPEC_VERSIONS[0]


def _check_versions(
    tree: ObjectTree,
    root: str,
    entries: Sequence[Entry],
    stored: StoredInventory,
    draft: InventoryDraft,
    settings: ValidationSettings,
) -> Findings:
    progress = _Progress()
    folders = {entry.name for entry in entries if entry.kind is EntryKind.FOLDER}
    for name in draft.versions:
        if name not in folders:
            yield finding("E046", join(root, name), name)
            continue
        children = tree.entries(join(root, name))
        yield from _check_version_entries(tree, root, name, children, draft, progress.files)
        if _INVENTORY in children:
            version = yield from read_stored_inventory(tree, join(root, name), children, settings, known=stored)
            yield from _check_version_files(join(root, name), children, version.sidecar)
            yield from _check_version_inventory(root, name, version, stored, draft, progress)
        else:
            yield finding("W010", join(root, name), name)
    if progress.spec_version > draft.spec_version:
        yield finding("E103", join(root, INVENTORY_NAME), draft.spec_version)
    yield from compare_files(progress.files, draft, root, join(root, INVENTORY_NAME))
    if settings.check_content:
        yield from check_digests(tree, root, progress.files, draft, progress.extra)


def _check_version_inventory(
    root: str, name: str, version: StoredInventory, stored: StoredInventory, draft: InventoryDraft, progress: _Progress
) -> Findings:
    path = join(join(root, name), INVENTORY_NAME)
    is_head = name == tuple(draft.versions)[-1]
    if is_head and version.fingerprint != stored.fingerprint:
        yield finding("E064", path, name)
    prior = version.draft
    if prior is None:
        return
    if prior.spec_version < progress.spec_version:
        yield finding("E103", path, prior.spec_version)
    progress.spec_version = max(progress.spec_version, prior.spec_version)
    if not is_head:
        yield from compare_with_root(prior, draft, name, path)
        yield from compare_files(progress.files, prior, root, path)
    if prior is not draft:
        progress.extra.collect(prior, draft)


def _check_version_entries(
    tree: ObjectTree,
    root: str,
    name: str,
    children: Sequence[Entry],
    draft: InventoryDraft,
    files: ContentFiles,
) -> Findings:
    content = join(name, draft.content_directory)
    has_content = Entry(draft.content_directory, EntryKind.FOLDER) in children
    if has_content:
        yield from walk_content(tree, root, content, files)
    elif any(path.startswith(f"{content}/") for path in draft.manifest):
        yield finding("E016", join(root, name), draft.content_directory)
    for entry in children:
        if entry.kind is EntryKind.LINK:
            yield finding("E090", join(join(root, name), entry.name), entry.name)
        elif entry.kind is EntryKind.FOLDER and entry.name != draft.content_directory:
            yield finding("W002", join(join(root, name), entry.name), entry.name)
    if _INVENTORY not in children:
        yield from _check_version_files(join(root, name), children, None)


def _check_version_files(folder: str, children: Sequence[Entry], sidecar: str | None) -> Findings:
    allowed = (INVENTORY_NAME, sidecar) if sidecar else ()
    for entry in children:
        if entry.kind in (EntryKind.FILE, EntryKind.OTHER) and entry.name not in allowed:
            yield finding("E015", join(folder, entry.name), entry.name)


def _check_extensions(tree: ObjectTree, root: str, entries: Sequence[Entry]) -> Findings:
    if Entry("extensions", EntryKind.FOLDER) not in entries:
        return
    folder = join(root, "extensions")
    for entry in tree.entries(folder):
        path = join(folder, entry.name)
        if entry.kind is EntryKind.LINK:
            yield finding("E090", path, entry.name)
        elif entry.kind is not EntryKind.FOLDER:
            yield finding("E067", path, entry.name)
        elif not is_registered(entry.name):
            yield finding("W013", path, entry.name)
