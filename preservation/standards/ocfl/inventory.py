"""Reading and writing inventories: what the rest of the repository uses (OCFL 1.1, 3.5)."""

from preservation.standards.ocfl.inventory_document import MAX_INVENTORY_BYTES, InventoryDraft, read_inventory
from preservation.standards.ocfl.inventory_values import InvalidInventory, Inventory, InventoryRow, VersionBlock
from preservation.standards.ocfl.inventory_writer import write
from preservation.standards.ocfl.report import Report
from preservation.standards.ocfl.timestamps import parse_timestamp
from preservation.standards.ocfl.version_blocks import VersionDraft

__all__ = ["InvalidInventory", "Inventory", "InventoryRow", "VersionBlock", "parse", "write"]

_PATH = "inventory.json"


def parse(data: bytes, *, max_bytes: int = MAX_INVENTORY_BYTES) -> Inventory:
    """The inventory in these bytes. InvalidInventory, with every finding, if it breaks a MUST of OCFL 1.0 or 1.1.

    What lies beside the inventory (folders, files, sidecar) is not looked at.
    """
    report = Report(_PATH)
    draft = read_inventory(data, report, max_bytes=max_bytes)
    if draft is None or draft.id is None or report.has_errors:
        raise InvalidInventory(report.findings)
    return _inventory(draft, draft.id)


def _inventory(draft: InventoryDraft, id: str) -> Inventory:
    manifest: dict[str, tuple[str, ...]] = {}
    for path, digest in draft.manifest.items():
        manifest[digest] = (*manifest[digest], path) if digest in manifest else (path,)
    return Inventory(
        id=id,
        spec_version=draft.spec_version,
        digest_algorithm=draft.digest_algorithm,
        head=len(draft.versions),
        content_directory=draft.content_directory,
        version_names=tuple(draft.versions),
        manifest=manifest,
        versions={number: _version(block) for number, block in enumerate(draft.versions.values(), start=1)},
        fixity=draft.fixity,
    )


def _version(block: VersionDraft) -> VersionBlock:
    if block.created is None:
        raise AssertionError("a valid block has a time")
    return VersionBlock(
        created=parse_timestamp(block.created),
        message=block.message,
        user_name=block.user_name,
        user_address=block.user_address,
        state=block.state,
        created_text=block.created,
    )
