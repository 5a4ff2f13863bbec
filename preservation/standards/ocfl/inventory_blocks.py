"""The manifest and the fixity block of an inventory (OCFL 1.1, 3.5.2 and 3.5.4)."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from preservation.standards.ocfl.digests import in_lower_case, is_known, is_well_formed
from preservation.standards.ocfl.paths import conflicts, has_outer_slash, is_safe
from preservation.standards.ocfl.report import Report
from preservation.standards.ocfl.version_names import version_number


@dataclass(frozen=True, slots=True)
class BlockContext:
    """What the rest of the inventory says, and where findings go."""

    algorithm: str
    spec_version: str
    version_names: AbstractSet[str]
    content_directory: str
    report: Report


def read_manifest(document: Mapping[str, object], context: BlockContext) -> tuple[Mapping[str, str], AbstractSet[str]]:
    """Content paths to digests in lower case, and the digests as written, which states must repeat to the letter."""
    report = context.report
    manifest = document.get("manifest")
    if manifest is None:
        report.add("E041", "manifest")
        return {}, frozenset()
    if not isinstance(manifest, dict):
        report.add("E041" if context.spec_version == "1.0" else "E106", type(manifest).__name__)
        return {}, frozenset()
    by_path: dict[str, str] = {}
    digests: set[str] = set()
    for raw, paths in manifest.items():
        digest = in_lower_case(raw)
        if not is_well_formed(context.algorithm, raw):
            report.add("E025", raw)
        if digest in digests:
            report.add("E096", raw)
        digests.add(digest)
        if isinstance(paths, list) and paths:
            _add_content_paths(paths, digest, by_path, context)
        else:
            report.add("E092", raw)
    for path in conflicts(by_path):
        report.add("E101", path)
    return by_path, manifest.keys()


def _add_content_paths(paths: list[object], digest: str, by_path: dict[str, str], context: BlockContext) -> None:
    for path in paths:
        if not isinstance(path, str):
            context.report.add("E092", str(path))
        elif _is_content_path(path, context):
            if path in by_path:
                context.report.add("E101", path)
            by_path[path] = digest


def read_fixity(
    document: Mapping[str, object], manifest: Mapping[str, str], context: BlockContext
) -> Mapping[str, Mapping[str, str]]:
    """Algorithm names to content paths to values in lower case. Unknown algorithms are reported and left out."""
    if "fixity" not in document:
        return {}
    report = context.report
    fixity = document["fixity"]
    if not isinstance(fixity, dict):
        report.add("E056" if context.spec_version == "1.0" else "E111", type(fixity).__name__)
        return {}
    blocks: dict[str, Mapping[str, str]] = {}
    for algorithm, block in fixity.items():
        if not is_known(algorithm):
            report.add("E056", algorithm)
        elif not isinstance(block, dict):
            report.add("E057", algorithm)
        else:
            blocks[algorithm] = _fixity_block(algorithm, block, manifest, report)
    return blocks


def _fixity_block(
    algorithm: str, block: Mapping[str, object], manifest: Mapping[str, str], report: Report
) -> Mapping[str, str]:
    by_path: dict[str, str] = {}
    values: set[str] = set()
    for raw, paths in block.items():
        value = in_lower_case(raw)
        if value in values:
            report.add("E097", f"{algorithm}: {raw}")
        values.add(value)
        if not is_well_formed(algorithm, raw) or not isinstance(paths, list):
            report.add("E057", f"{algorithm}: {raw}")
            continue
        for path in paths:
            if not isinstance(path, str):
                report.add("E057", f"{algorithm}: {path}")
            elif path not in manifest:
                # A path that OCFL forbids is not in the manifest either; its own code tells more.
                report.add("E057" if is_safe(path) else _code_of_unsafe(path), path)
            elif by_path.setdefault(path, value) != value:
                report.add("E093", path)
    return by_path


def _is_content_path(path: str, context: BlockContext) -> bool:
    if not is_safe(path):
        context.report.add(_code_of_unsafe(path), path)
        return False
    version, slash, rest = path.partition("/")
    if version in context.version_names and slash:
        folder, slash, _ = rest.partition("/")
        if folder == context.content_directory and slash:
            return True
    else:
        number = version_number(version)
        if number is not None and any(version_number(name) == number for name in context.version_names):
            context.report.add("E014", path)
            return False
    context.report.add("E042", path)
    return False


def _code_of_unsafe(path: str) -> str:
    return "E100" if path and has_outer_slash(path) else "E099"
