"""Judges of an OCFL storage root: our own validator, and somebody else's."""

from pathlib import Path

import ocfl

from preservation.adapters.trees import FolderTree
from preservation.services.ocfl_validation import validate_path


def our_complaints(storage_root: Path) -> list[str]:
    """What our validator has against it, content and digests included."""
    found = validate_path(FolderTree(storage_root))
    assert found.kind == "storage root"
    return [f"{finding.code} {finding.path}" for finding in found.findings if finding.is_error]


def others_complaints(storage_root: Path) -> list[str]:
    """What ocfl-py has against its objects; the layout 0004 of the root is not one that it knows."""
    complaints = []
    for declaration in sorted(storage_root.rglob("0=ocfl_object_*")):
        is_valid, validator = ocfl.Object().validate(str(declaration.parent), log_errors=False)
        if not is_valid:
            complaints.append(f"ocfl-py: {declaration.parent.name}: {validator}")
    return complaints
