"""Conformance declarations: the NAMASTE file of an object (1.1, 3.2) or of a storage root (4.2)."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final

from preservation.domain.findings import Finding
from preservation.standards.ocfl.declarations import SPEC_VERSIONS
from preservation.standards.ocfl.report import finding
from preservation.standards.ocfl.validation.tree import Entry, EntryKind, ObjectTree, join, read_whole

_MAX_BYTES = 1024


@dataclass(frozen=True, slots=True)
class DeclarationRules:
    """What one kind of declaration looks like, and the code of each rule."""

    value_prefix: str
    absent: str
    several: str
    pattern: str
    tag: str
    value: str
    text: str

    def resembles(self, entry: Entry) -> bool:
        """Whether a file means to be such a declaration."""
        before, equals, value = entry.name.rpartition("=")
        if entry.kind is not EntryKind.FILE or not value.startswith(self.value_prefix):
            return False
        number = value.removeprefix(self.value_prefix)
        return bool(equals and len(before) <= 2) or number in SPEC_VERSIONS


OBJECT: Final = DeclarationRules("ocfl_object_", "E003", "E003", "E004", "E005", "E006", "E007")
STORAGE_ROOT: Final = DeclarationRules("ocfl_", "E069", "E076", "E077", "E078", "E079", "E080")


def is_object_declaration(entry: Entry) -> bool:
    """Whether this file makes its folder an object root, well or badly."""
    return OBJECT.resembles(entry)


def is_root_declaration(entry: Entry) -> bool:
    """Whether this file makes its folder a storage root, well or badly."""
    return STORAGE_ROOT.resembles(entry) and not OBJECT.resembles(entry)


def check_declaration(
    tree: ObjectTree, folder: str, entries: Sequence[Entry], rules: DeclarationRules
) -> Generator[Finding, None, str | None]:
    """The specification version declared: the highest of several, None where no usable one is declared."""
    candidates = [entry.name for entry in entries if rules.resembles(entry)]
    if rules is STORAGE_ROOT:
        candidates = [name for name in candidates if OBJECT.value_prefix not in name]
    versions: list[str] = []
    for name in candidates:
        path = join(folder, name)
        tag, equals, value = name.rpartition("=")
        version = value.removeprefix(rules.value_prefix)
        if not equals:
            yield finding(rules.pattern, path, name)
        elif tag != "0":
            yield finding(rules.tag, path, name)
        elif version not in SPEC_VERSIONS:
            yield finding(rules.value, path, name)
        else:
            versions.append(version)
            if read_whole(tree, path, _MAX_BYTES) != f"{value}\n".encode():
                yield finding(rules.text, path, name)
    if len(candidates) > 1:
        yield finding(rules.several, folder, ", ".join(candidates))
    elif not versions:
        yield finding(rules.absent, folder)
    return max(versions, default=None)
