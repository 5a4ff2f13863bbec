"""What several routes do with AIPs: finding one that may be seen, showing it."""

from collections.abc import Sequence

from preservation.api import problem_types as kinds
from preservation.api.dependencies import Allowed
from preservation.api.problems import Problem
from preservation.domain.holdings import AIPSummary


def held_aip(allowed: Allowed, id: str, version: int | None = None) -> AIPSummary:
    """An AIP that they have the route's right on, with that version. Problem 404 or 403."""
    found = allowed.service.repository.catalogue.aip(id)
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    allowed.check(found.collection)
    if version is not None and not 1 <= version <= found.head:
        raise Problem(kinds.NOT_FOUND, "It has no such version.")
    return found


def within(allowed: Allowed, collection: str | None) -> Sequence[str] | None:
    """The collections whose things a list may show: those within their reach, and in one if it is named. None for all."""
    reach = allowed.reach()
    if collection is None:
        return None if reach is None else sorted(reach)
    below = allowed.service.trees.tree(collection).within([collection])
    return sorted(below if reach is None else below & reach)


def aip_item(summary: AIPSummary) -> dict[str, object]:
    """As lists show it."""
    return {
        "id": summary.id,
        "collection": summary.collection,
        "title": summary.title,
        "head": summary.head,
        "created": summary.created,
        "files": summary.file_count,
        "bytes": summary.bytes,
        "copies": summary.copies,
        "inventory_digest": f"sha512:{summary.inventory_digest}",
    }
