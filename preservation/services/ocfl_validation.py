"""Validating a folder as OCFL: a storage root or an object, as its declaration says (`ocfl validate`)."""

from dataclasses import dataclass

from preservation.domain.findings import Finding
from preservation.standards.ocfl.declarations import INVENTORY_NAME
from preservation.standards.ocfl.inventory_document import MAX_INVENTORY_BYTES
from preservation.standards.ocfl.validation.declarations import is_object_declaration, is_root_declaration
from preservation.standards.ocfl.validation.object_root import validate_object
from preservation.standards.ocfl.validation.storage_root import validate_storage_root
from preservation.standards.ocfl.validation.tree import ObjectTree, ValidationSettings


@dataclass(frozen=True, slots=True)
class OcflValidation:
    """`kind` is "object" or "storage root". Valid means that no MUST is broken; warnings may be there all the same."""

    kind: str
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        return not any(finding.is_error for finding in self.findings)


def validate_path(
    tree: ObjectTree, *, check_content: bool = True, max_inventory_bytes: int = MAX_INVENTORY_BYTES
) -> OcflValidation:
    """Everything that OCFL 1.0 or 1.1 says against what lies in this tree.

    With `check_content` every content file is read and its digests are compared. Unavailable if something cannot be read.
    """
    settings = ValidationSettings(check_content=check_content, max_inventory_bytes=max_inventory_bytes)
    entries = tree.entries("")
    is_object = any(is_object_declaration(entry) for entry in entries)
    is_root = any(is_root_declaration(entry) for entry in entries)
    if not is_object and not is_root:
        is_object = any(entry.name == INVENTORY_NAME for entry in entries)
    if is_object:
        return OcflValidation("object", tuple(validate_object(tree, settings=settings)))
    return OcflValidation("storage root", tuple(validate_storage_root(tree, settings=settings)))
