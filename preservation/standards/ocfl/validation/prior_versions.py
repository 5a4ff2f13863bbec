"""The inventory of an earlier version against that of the object root (1.1, 3.7)."""

from collections.abc import Iterator, Mapping

from preservation.domain.findings import Finding
from preservation.standards.ocfl.inventory_document import InventoryDraft
from preservation.standards.ocfl.report import Report
from preservation.standards.ocfl.version_blocks import VersionDraft


def compare_with_root(prior: InventoryDraft, root: InventoryDraft, folder_name: str, path: str) -> Iterator[Finding]:
    """What the two say differently about what they both describe. `folder_name` is the version folder of the prior."""
    report = Report(path)
    if prior.head is not None and prior.head != folder_name:
        report.add("E040", prior.head)
    if prior.id is not None and root.id is not None and prior.id != root.id:
        report.add("E037" if root.spec_version == "1.0" else "E110", prior.id)
    if root.content_directory_set and not prior.content_directory_set:
        report.add("E019", root.content_directory)
    elif root.content_directory != prior.content_directory or root.content_directory_set != prior.content_directory_set:
        report.add("E020", prior.content_directory)
    same_algorithm = prior.digest_algorithm == root.digest_algorithm
    prior_paths = {} if same_algorithm else _paths_by_digest(prior.manifest)
    for name, block in prior.versions.items():
        current = root.versions.get(name)
        if current is None:
            report.add("E066", name)
            continue
        if same_algorithm:
            differing = _differing_digests(block.state, current.state)
        else:
            differing = _differing_content(block.state, current.state, prior_paths, root.manifest)
        for path in differing:
            report.add("E066", f"{name}: {path}")
        for label in _differing_members(block, current):
            report.add("W011", f"{name}: {label}")
    yield from report.findings


def _paths_by_digest(manifest: Mapping[str, str]) -> Mapping[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for path, digest in manifest.items():
        paths.setdefault(digest, []).append(path)
    return paths


def _differing_digests(prior: Mapping[str, str], root: Mapping[str, str]) -> list[str]:
    if prior == root:
        return []
    return sorted(path for path in prior.keys() | root.keys() if prior.get(path) != root.get(path))


def _differing_content(
    prior: Mapping[str, str],
    root: Mapping[str, str],
    prior_paths: Mapping[str, list[str]],
    manifest: Mapping[str, str],
) -> list[str]:
    """Digests of two algorithms cannot be compared; the content files that they stand for can."""
    differing = sorted(prior.keys() ^ root.keys())
    for path in sorted(prior.keys() & root.keys()):
        digest = root[path]
        if any(manifest.get(content) != digest for content in prior_paths.get(prior[path], ())):
            differing.append(path)
    return differing


def _differing_members(prior: VersionDraft, root: VersionDraft) -> list[str]:
    user = (prior.user_name, prior.user_address) != (root.user_name, root.user_address)
    pairs = (
        ("created", prior.created != root.created),
        ("message", prior.message != root.message),
        ("user", user),
    )
    return [label for label, differs in pairs if differs]
