"""The digest of each content file out of an inventory whose own bytes are proven (OCFL 1.1, 3.5.2 and 3.5.4).

Whoever wrote it validated it, and not a byte has changed since: so a fixity check, which reads an inventory for each copy that
it looks at, need not validate it again.
"""

from collections.abc import Iterator

from preservation.standards.ocfl.inventory_document import MAX_INVENTORY_BYTES
from preservation.standards.ocfl.json_documents import read_json


def proven_digests(inventory: bytes) -> Iterator[tuple[str, bytes]]:
    """(content path, digest): SHA-256 (32 bytes) where the fixity block has it, else the manifest's SHA-512 (64 bytes).

    ValueError for bytes that are no inventory, or one that addresses content by something else.
    """
    document = read_json(inventory, max_bytes=MAX_INVENTORY_BYTES)
    if not isinstance(document, dict) or document.get("digestAlgorithm") != "sha512":
        raise ValueError("not an inventory that addresses content by SHA-512")
    fixity = document.get("fixity", {})
    held = dict(_inverted(fixity.get("sha256", {}) if isinstance(fixity, dict) else {}))
    for path, digest in _inverted(document.get("manifest")):
        yield path, held.get(path, digest)


def _inverted(block: object) -> Iterator[tuple[str, bytes]]:
    if not isinstance(block, dict):
        return
    for digest, paths in block.items():
        value = bytes.fromhex(digest)
        for path in paths:
            yield path, value
