"""The digest of each content file out of an inventory whose own bytes are proven (OCFL 1.1, 3.5.2 and 3.5.4).

Whoever wrote it validated it, and not a byte has changed since: so a fixity check, which reads an inventory for each copy that
it looks at, need not validate it again.
"""

import json
from collections.abc import Iterator, Mapping

from preservation.standards.ocfl.inventory_document import MAX_INVENTORY_BYTES


def proven_digests(inventory: bytes) -> Mapping[str, bytes]:
    """Content path to digest: SHA-256 (32 bytes) where the fixity block has it, else the manifest's SHA-512 (64 bytes).

    ValueError for bytes that are no inventory, or one that addresses content by something else.
    """
    if len(inventory) > MAX_INVENTORY_BYTES:
        raise ValueError(f"more than {MAX_INVENTORY_BYTES} bytes")
    # As Latin-1 a text takes one byte for each of its own, which in UTF-8 it does only without a single accent; then each path
    # is decoded by itself. But an escape may stand for a character that Latin-1 does not have.
    coding = "utf-8" if b"\\u" in inventory else "latin-1"
    try:
        document = json.loads(inventory.decode(coding))
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(document, dict) or document.get("digestAlgorithm") != "sha512":
        raise ValueError("not an inventory that addresses content by SHA-512")
    fixity = document.get("fixity", {})
    short = dict(_inverted(fixity.get("sha256", {}) if isinstance(fixity, dict) else {}, coding))
    manifest = _inverted(document.get("manifest"), coding)
    return {path: bytes.fromhex(short.get(path, digest)) for path, digest in manifest}


def _inverted(block: object, coding: str) -> Iterator[tuple[str, str]]:
    """(path, digest in hexadecimal)"""
    if not isinstance(block, dict):
        return
    for digest, paths in block.items():
        for path in paths:
            yield path if path.isascii() else path.encode(coding).decode(), digest
