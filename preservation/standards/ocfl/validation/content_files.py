"""The files of the version folders: what is there, and whether it has the digests that the inventories give."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from preservation.domain.digests import Hasher
from preservation.domain.findings import Finding
from preservation.standards.ocfl.digests import new_hasher
from preservation.standards.ocfl.inventory_document import InventoryDraft
from preservation.standards.ocfl.report import finding
from preservation.standards.ocfl.validation.tree import EntryKind, ObjectTree, as_inventory_path, join

_READ_BYTES = 1 << 20


@dataclass(slots=True)
class ContentFiles:
    """The content files found so far, by content path. `odd_names` gives the tree's path where the two differ."""

    paths: set[str] = field(default_factory=set)
    odd_names: dict[str, str] = field(default_factory=dict)

    def add(self, tree_path: str) -> None:
        path = as_inventory_path(tree_path)
        self.paths.add(path)
        if path != tree_path:
            self.odd_names[path] = tree_path


@dataclass(slots=True)
class ExtraDigests:
    """What earlier inventories say of a file beside what the root's inventory says: (algorithm, value, code)."""

    by_path: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)

    def collect(self, prior: InventoryDraft, root: InventoryDraft) -> None:
        same = prior.digest_algorithm == root.digest_algorithm
        for path, digest in prior.manifest.items():
            if not same or root.manifest.get(path) != digest:
                self.by_path.setdefault(path, []).append((prior.digest_algorithm, digest, "E092"))
        for algorithm, values in prior.fixity.items():
            current = root.fixity.get(algorithm, {})
            for path, value in values.items():
                if current.get(path) != value:
                    self.by_path.setdefault(path, []).append((algorithm, value, "E093"))


def walk_content(
    tree: ObjectTree, object_root: str, content_folder: str, files: ContentFiles
) -> Generator[Finding, None, None]:
    """Collect the files of one content folder, given relative to the object root."""
    waiting = [content_folder]
    while waiting:
        folder = waiting.pop()
        entries = tree.entries(join(object_root, folder))
        if not entries:
            # An empty content folder breaks a SHOULD, an empty folder below it a MUST.
            yield finding("W003" if folder == content_folder else "E024", join(object_root, folder))
        for entry in entries:
            path = join(folder, entry.name)
            if entry.kind is EntryKind.FILE:
                files.add(path)
            elif entry.kind is EntryKind.FOLDER:
                waiting.append(path)
            else:
                yield finding("E090" if entry.kind is EntryKind.LINK else "E089", join(object_root, path))


def compare_files(
    files: ContentFiles, inventory: InventoryDraft, object_root: str, inventory_path: str
) -> Iterator[Finding]:
    """Files that the manifest does not know, and manifest paths without a file."""
    manifest = inventory.manifest
    for path in sorted(files.paths - manifest.keys()):
        yield finding("E023", join(object_root, files.odd_names.get(path, path)), inventory_path)
    for path in sorted(manifest.keys() - files.paths):
        yield finding("E092", join(object_root, path), inventory_path)


def check_digests(
    tree: ObjectTree, object_root: str, files: ContentFiles, root: InventoryDraft, extra: ExtraDigests
) -> Iterator[Finding]:
    """Read every content file once, for all the digests that any inventory gives of it."""
    for path in sorted(files.paths):
        expected = list(extra.by_path.get(path, ()))
        if path in root.manifest:
            expected.append((root.digest_algorithm, root.manifest[path], "E092"))
        expected.extend((name, values[path], "E093") for name, values in root.fixity.items() if path in values)
        if not expected:
            continue
        tree_path = join(object_root, files.odd_names.get(path, path))
        hashers = {algorithm: new_hasher(algorithm) for algorithm, _, _ in expected}
        _feed(tree, tree_path, tuple(hashers.values()))
        for algorithm, value, code in expected:
            if hashers[algorithm].hexdigest() != value:
                yield finding(code, tree_path, f"{algorithm}: {value}")


def _feed(tree: ObjectTree, path: str, hashers: tuple[Hasher, ...]) -> None:
    with tree.open(path) as stream:
        while piece := stream.read(_READ_BYTES):
            for hasher in hashers:
                hasher.update(piece)
