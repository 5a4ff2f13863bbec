"""An OCFL storage root: its declaration, its layout, its hierarchy, and every object in it (1.1, 4)."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from preservation.domain.findings import Finding, Severity
from preservation.standards.ocfl.declarations import INVENTORY_NAME, LAYOUT_FILE_NAME
from preservation.standards.ocfl.extensions import (
    InvalidSettings,
    Settings,
    is_layout,
    is_registered,
    layout,
    read_settings,
)
from preservation.standards.ocfl.json_documents import JsonRefused, read_json
from preservation.standards.ocfl.layouts import Layout
from preservation.standards.ocfl.report import finding
from preservation.standards.ocfl.validation.declarations import (
    STORAGE_ROOT,
    check_declaration,
    is_object_declaration,
)
from preservation.standards.ocfl.validation.object_root import ObjectSummary, validate_object
from preservation.standards.ocfl.validation.tree import (
    Entry,
    EntryKind,
    ObjectTree,
    ValidationSettings,
    join,
    read_whole,
)

LAYOUT_SETTINGS = "OCFL-LAYOUT-SETTINGS"
_MAX_LAYOUT_BYTES = 1 << 20

Findings = Generator[Finding, None, None]


@dataclass(slots=True)
class _Seen:
    """What is remembered between objects: 16 bytes of each identifier, and whether roots lie on one level."""

    ids: set[bytes] = field(default_factory=set)
    on_top: bool = False
    below: bool = False


def validate_storage_root(tree: ObjectTree, root: str = "", *, settings: ValidationSettings | None = None) -> Findings:
    """Every finding about the storage root and about the objects in it. Unavailable if it cannot be read."""
    settings = settings or ValidationSettings()
    entries = tree.entries(root)
    declared = yield from check_declaration(tree, root, entries, STORAGE_ROOT)
    arrangement = yield from _read_layout(tree, root, entries)
    yield from _check_extensions(tree, root, entries, declared)
    seen = _Seen()
    for entry in entries:
        path = join(root, entry.name)
        if entry.kind is EntryKind.LINK:
            yield finding("E090", path, entry.name)
        elif entry.kind is EntryKind.FOLDER and entry.name != "extensions":
            yield from _walk(tree, root, path, settings, _Context(declared, arrangement, seen))
    if seen.on_top and seen.below:
        yield finding("W015", root)


@dataclass(frozen=True, slots=True)
class _Context:
    declared: str | None
    layout: Layout | None
    seen: _Seen


def _walk(tree: ObjectTree, root: str, top: str, settings: ValidationSettings, context: _Context) -> Findings:
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        entries = tree.entries(folder)
        if any(is_object_declaration(entry) or entry.name == INVENTORY_NAME for entry in entries):
            summary = yield from validate_object(tree, folder, settings=settings)
            yield from _check_place(root, folder, top, summary, context)
            continue
        if not entries:
            yield finding("E073", folder)
        for entry in reversed(entries):
            path = join(folder, entry.name)
            if entry.kind is EntryKind.FOLDER:
                waiting.append(path)
            else:
                yield finding("E090" if entry.kind is EntryKind.LINK else "E072", path, entry.name)


def _check_place(root: str, folder: str, top: str, summary: ObjectSummary, context: _Context) -> Findings:
    context.seen.on_top |= folder == top
    context.seen.below |= folder != top
    if summary.spec_version and context.declared and summary.spec_version > context.declared:
        yield finding("E081", folder, summary.spec_version)
    if summary.id is None:
        return
    key = blake2b(summary.id.encode(), digest_size=16).digest()
    if key in context.seen.ids:
        yield finding("E037", folder, summary.id)
    context.seen.ids.add(key)
    if context.layout is None:
        return
    try:
        place: str | None = join(root, context.layout.object_root(summary.id))
    except ValueError:
        place = None
    if place != folder:
        yield finding("W014", folder, place or summary.id)


def _read_layout(tree: ObjectTree, root: str, entries: Sequence[Entry]) -> Generator[Finding, None, Layout | None]:
    path = join(root, LAYOUT_FILE_NAME)
    if Entry(LAYOUT_FILE_NAME, EntryKind.FILE) not in entries:
        return None
    try:
        document = read_json(read_whole(tree, path, _MAX_LAYOUT_BYTES), max_bytes=_MAX_LAYOUT_BYTES)
    except JsonRefused as refusal:
        yield finding("E070", path, str(refusal))
        return None
    if not isinstance(document, dict):
        yield finding("E070", path, type(document).__name__)
        return None
    for key in ("extension", "description"):
        if not isinstance(document.get(key), str):
            yield finding("E070", path, key)
    extension = document.get("extension")
    if not isinstance(extension, str):
        return None
    if not is_layout(extension):
        yield finding("E071", path, extension)
        return None
    return (yield from _read_layout_settings(tree, root, entries, extension))


def _read_layout_settings(
    tree: ObjectTree, root: str, entries: Sequence[Entry], extension: str
) -> Generator[Finding, None, Layout | None]:
    """The layout with the settings beside it; the extension's defaults where there are none."""
    folder = join(root, "extensions")
    path = join(join(folder, extension), "config.json")
    has_folder = Entry("extensions", EntryKind.FOLDER) in entries and Entry(
        extension, EntryKind.FOLDER
    ) in tree.entries(folder)
    try:
        if not has_folder or Entry("config.json", EntryKind.FILE) not in tree.entries(join(folder, extension)):
            return layout(extension, Settings({}))
        return layout(extension, read_settings(extension, read_whole(tree, path, _MAX_LAYOUT_BYTES)))
    except InvalidSettings as problem:
        yield Finding(LAYOUT_SETTINGS, Severity.WARNING, path, {"value": str(problem)})
        return None


def _check_extensions(tree: ObjectTree, root: str, entries: Sequence[Entry], declared: str | None) -> Findings:
    if Entry("extensions", EntryKind.FOLDER) not in entries:
        return
    folder = join(root, "extensions")
    for entry in tree.entries(folder):
        path = join(folder, entry.name)
        if entry.kind is EntryKind.LINK:
            yield finding("E090", path, entry.name)
        elif entry.kind is not EntryKind.FOLDER:
            yield finding("E067" if declared == "1.0" else "E112", path, entry.name)
        elif not is_registered(entry.name):
            yield finding("W016", path, entry.name)
