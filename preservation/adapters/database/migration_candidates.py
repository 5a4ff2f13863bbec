"""Which AIPs hold files that a rule is for: a walk along the AIPs, which looks at the files of a page of them at a time."""

# Only question marks and this program's own constants are put into statements here.
# ruff: noqa: S608

from collections.abc import Mapping, Sequence
from typing import Final

from preservation.adapters.database.wire import Value, Wire
from preservation.domain.examinations import Validity
from preservation.domain.format_rules import MigrationRule
from preservation.domain.migration_plans import PACKAGE_TYPE, Amount, Candidate, MigrationSelection

ALREADY_MIGRATED = "already-migrated"
INVALID = "invalid"
OTHER_VALIDITY = "other-validity"
TAKEN_BACK = "taken-back"

# A parameter: a bare percent sign would be one to PostgreSQL's driver.
_CONTENT: Final = "representations/%/data/%"


def candidates(
    wire: Wire,
    rule: MigrationRule,
    selection: MigrationSelection,
    *,
    after: int,
    limit: int,
    but_taken_back: bool,
) -> tuple[Sequence[Candidate], int | None]:
    """A page, and behind which key the next one begins; None at the end."""
    sources, targets = _format_keys(wire, rule.sources), _format_keys(wire, [rule.target])
    if not sources:
        return [], None
    only = " AND aip.id = ?" if selection.aip is not None else ""
    values: list[Value] = [after, *sources, *([selection.aip] if selection.aip is not None else []), limit]
    page = wire.rows(
        "SELECT DISTINCT held.aip_key, aip.id, aip.head, aip.collection FROM aip_format held JOIN aip ON aip.key = held.aip_key"
        f" WHERE held.aip_key > ? AND held.format_key IN ({_marks(sources)}){only} ORDER BY held.aip_key LIMIT ?",
        *values,
    )
    wanted = {
        key: (aip, head)
        for key, aip, head, collection in page
        if selection.collections is None or collection in selection.collections
    }
    following = page[-1][0] if len(page) == limit else None
    if not wanted:
        return [], following
    counts: dict[int, dict[str, Amount]] = {}
    reverted = _reverted(wire, list(wanted), sources, targets) if but_taken_back else {}
    for key, is_done, validity, added, files, size in _counted(wire, list(wanted), sources, targets):
        amounts = counts.setdefault(key, {})
        code = _code(validity, selection.validity, is_done=bool(is_done))
        if not code and added < reverted.get(key, 0):
            code = TAKEN_BACK
        known = amounts.get(code, Amount())
        amounts[code] = Amount(known.files + int(files), known.bytes + int(size))
    return [
        Candidate(
            key, aip, head, counts[key].get("", Amount()), {code: one for code, one in counts[key].items() if code}
        )
        for key, (aip, head) in wanted.items()
        if key in counts
    ], following


def taken_back(wire: Wire, rule: MigrationRule, aip: str) -> frozenset[str]:
    """Paths of files that were there when results of their like were reverted."""
    sources, targets = _format_keys(wire, rule.sources), _format_keys(wire, [rule.target])
    key = wire.one("SELECT key FROM aip WHERE id = ?", aip)
    found = _reverted(wire, [key[0]], sources, targets) if key is not None and sources else {}
    return frozenset(
        path
        for one, version in found.items()
        for (path,) in wire.rows(
            "SELECT logical_path FROM file WHERE aip_key = ? AND removed IS NULL AND added < ?"
            f" AND format_key IN ({_marks(sources)})",
            *(one, version, *sources),
        )
    )


def _reverted(wire: Wire, keys: Sequence[int], sources: Sequence[int], targets: Sequence[int]) -> Mapping[int, int]:
    """For AIPs of which results were reverted, the last version that did so.

    Of the versions that this program makes itself only such a one lacks a result that was there, and its source still is.
    """
    if not targets:
        return {}
    query = (
        "SELECT d.aip_key, max(d.removed) FROM (SELECT DISTINCT f.aip_key, f.source, f.removed FROM file f"
        " JOIN aip_version v ON v.aip_key = f.aip_key AND v.number = f.removed JOIN transfer t ON t.id = v.transfer"
        f" WHERE f.aip_key IN ({_marks(keys)}) AND f.source IS NOT NULL AND f.format_key IN ({_marks(targets)})"
        " AND t.package_type = ?) d JOIN file s ON s.aip_key = d.aip_key AND s.logical_path = d.source"
        f" AND s.format_key IN ({_marks(sources)}) AND s.removed IS NULL AND s.added < d.removed GROUP BY d.aip_key"
    )
    return {row[0]: row[1] for row in wire.rows(query, *keys, *targets, PACKAGE_TYPE, *sources)}


def _counted(
    wire: Wire, keys: Sequence[int], sources: Sequence[int], targets: Sequence[int]
) -> Sequence[tuple[int, int, str | None, int, int, int]]:
    """(AIP, whether there is a result, validity, version that brought it, files, bytes). Results are joined, not looked up."""
    within = _marks(keys)
    values: list[Value] = [*keys, *(targets or [0]), *keys, *sources, _CONTENT, *(targets or [0])]
    query = (
        "SELECT f.aip_key, CASE WHEN d.source IS NULL THEN 0 ELSE 1 END, e.validity, f.added, count(*), sum(f.size)"
        " FROM file f LEFT JOIN (SELECT DISTINCT aip_key, source FROM file WHERE"
        f" aip_key IN ({within}) AND removed IS NULL AND source IS NOT NULL AND format_key IN ({_marks(targets or [0])})"
        ") d ON d.aip_key = f.aip_key AND d.source = f.logical_path"
        " LEFT JOIN examination e ON e.aip_key = f.aip_key AND e.ordinal = f.ordinal"
        f" WHERE f.aip_key IN ({within}) AND f.format_key IN ({_marks(sources)}) AND f.removed IS NULL AND f.logical_path LIKE ?"
        # A result is none, even where the rule goes from a format to itself.
        f" AND (f.source IS NULL OR f.format_key NOT IN ({_marks(targets or [0])})) GROUP BY 1, 2, 3, 4"
    )
    return [(row[0], row[1], row[2], row[3], row[4], row[5]) for row in wire.rows(query, *values)]


def _code(validity: str | None, wanted: Validity | None, *, is_done: bool) -> str:
    """Why files are left alone, "" for those that are meant."""
    if is_done:
        return ALREADY_MIGRATED
    if wanted is not None:
        return "" if (validity or Validity.UNKNOWN.value) == wanted.value else OTHER_VALIDITY
    return INVALID if validity == Validity.INVALID.value else ""


def _format_keys(wire: Wire, puids: Sequence[str] | frozenset[str]) -> list[int]:
    """Identifications that gave one of the PUIDs: some dozens."""
    return [row[0] for row in wire.rows(f"SELECT key FROM format WHERE puid IN ({_marks(puids)}) ORDER BY key", *puids)]


def _marks(values: Sequence[object] | frozenset[str]) -> str:
    return ", ".join("?" * len(values))
