"""The small files that say what a folder is: conformance declarations, sidecars, the layout and its settings.

OCFL 1.1, sections 3.2 (object), 3.6 (sidecar), 4.1 and 4.2 (storage root); extension 0004 for the layout's settings.
"""

import json
from collections.abc import Mapping
from typing import Final

SPEC_VERSION: Final = "1.1"
SPEC_VERSIONS: Final = ("1.0", "1.1")

INVENTORY_NAME: Final = "inventory.json"
SIDECAR_NAME: Final = "inventory.json.sha512"
CONTENT_DIRECTORY: Final = "content"

OBJECT_DECLARATION_NAME: Final = f"0=ocfl_object_{SPEC_VERSION}"
ROOT_DECLARATION_NAME: Final = f"0=ocfl_{SPEC_VERSION}"

LAYOUT_FILE_NAME: Final = "ocfl_layout.json"
LAYOUT_EXTENSION: Final = "0004-hashed-n-tuple-storage-layout"

_LAYOUT_SETTINGS: Final = {
    "extensionName": LAYOUT_EXTENSION,
    "digestAlgorithm": "sha256",
    "tupleSize": 3,
    "numberOfTuples": 3,
    "shortObjectRoot": False,
}


def object_declaration() -> tuple[str, bytes]:
    """Name and bytes of the file that makes a folder an OCFL object root (3.2)."""
    return OBJECT_DECLARATION_NAME, f"ocfl_object_{SPEC_VERSION}\n".encode()


def sidecar(inventory_digest: str) -> bytes:
    """The bytes of `inventory.json.sha512` for the SHA-512 of an inventory, in hexadecimal (3.6)."""
    return f"{inventory_digest} {INVENTORY_NAME}\n".encode()


def inventory_type(spec_version: str = SPEC_VERSION) -> str:
    """The URI that an inventory gives as its type (3.5.1)."""
    return f"https://ocfl.io/{spec_version}/spec/#inventory"


def storage_root_files() -> Mapping[str, bytes]:
    """Everything that a new storage root of ours holds: path below the root to bytes."""
    layout = {
        "extension": LAYOUT_EXTENSION,
        "description": "The SHA-256 of the object identifier in hexadecimal, in folders of three times three digits; "
        "the object root is named by all 64 digits.",
    }
    return {
        ROOT_DECLARATION_NAME: f"ocfl_{SPEC_VERSION}\n".encode(),
        LAYOUT_FILE_NAME: _document(layout),
        f"extensions/{LAYOUT_EXTENSION}/config.json": _document(_LAYOUT_SETTINGS),
    }


def _document(value: object) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"
