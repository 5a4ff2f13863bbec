"""What is asked for most often over HTTP, by the driver itself: an AIP, a page of its files.

An answer takes one connection and two to four statements, each by an index. SQLAlchemy's own way costs several times as much as
the database does.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from preservation.adapters.database.columns import instant, optional_instant
from preservation.adapters.database.formats import KnownValues
from preservation.adapters.database.wire import Value, Wire
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import (
    AIPSummary,
    AIPVersion,
    AIPView,
    CopyRecord,
    CopyState,
    FilePage,
    FoundFile,
    StoredFile,
)

_SUMMARY = (
    "SELECT a.key, a.collection, a.title, a.head, a.created, v.file_count, v.bytes, v.inventory_digest"
    " FROM aip a JOIN aip_version v ON v.aip_key = a.key AND v.number = a.head WHERE a.id = ?"
)
_VERSIONS = (
    "SELECT number, created, inventory_digest, file_count, bytes, transfer, message FROM aip_version"
    " WHERE aip_key = ? ORDER BY number"
)
_COPIES = "SELECT replica, version, state, written, checked, due FROM copy WHERE aip = ? ORDER BY replica"
_DUBLIN_CORE = "SELECT element, value FROM dublin_core WHERE aip_key = ? ORDER BY ordinal"
_FILE = "ordinal, added, removed, logical_path, content_path, size, sha512, sha256, original_path, modified, source, format_key"
_IN_HEAD = "removed IS NULL"
_IN_VERSION = "added <= ? AND (removed IS NULL OR removed > ?)"


def aip_view(wire: Wire, id: str) -> AIPView | None:
    found = wire.one(_SUMMARY, id)
    if found is None:
        return None
    key, collection, title, head, created, file_count, size, digest = found
    copies = [
        CopyRecord(
            id,
            replica,
            version,
            CopyState(state),
            optional_instant(written),
            optional_instant(checked),
            optional_instant(due),
        )
        for replica, version, state, written, checked, due in wire.rows(_COPIES, id)
    ]
    summary = AIPSummary(
        id=id,
        collection=collection,
        title=title,
        head=head,
        created=instant(created),
        file_count=file_count,
        bytes=size,
        copies=sum(one.version == head and one.state is CopyState.INTACT for one in copies),
        inventory_digest=digest,
    )
    versions = [
        AIPVersion(id, number, instant(made), inventory, files, total, transfer, message)
        for number, made, inventory, files, total, transfer, message in wire.rows(_VERSIONS, key)
    ]
    described = [(element, value) for element, value in wire.rows(_DUBLIN_CORE, key)]
    return AIPView(summary=summary, versions=versions, copies=copies, dublin_core=described)


def files_page(
    wire: Wire, formats: KnownValues, aip: str, *, version: int | None, after: int, limit: int, path: str | None
) -> FilePage | None:
    found = wire.one("SELECT key, collection, head FROM aip WHERE id = ?", aip)
    if found is None:
        return None
    key, collection, head = found
    number = head if version is None else version
    if not 1 <= number <= head:
        return FilePage(collection, None, ())
    is_head = number == head
    parameters: list[Value] = [key, after, *(() if is_head else (number, number)), *(() if path is None else (path,))]
    rows = wire.rows(
        f"SELECT {_FILE} FROM file WHERE aip_key = ? AND ordinal > ?"  # noqa: S608 - constants alone
        f" AND {_IN_HEAD if is_head else _IN_VERSION}{'' if path is None else ' AND logical_path = ?'}"
        # Not a parameter: to PostgreSQL that might be any limit, and it would plan each time anew.
        f" ORDER BY ordinal LIMIT {int(limit)}",
        *parameters,
    )
    values = formats.of(wire, {row[-1] for row in rows})
    return FilePage(collection, number, [(row[0], _stored(row, values)) for row in rows])


def file(wire: Wire, formats: KnownValues, aip: str, number: int) -> FoundFile | None:
    found = wire.one("SELECT key, collection, head FROM aip WHERE id = ?", aip)
    if found is None:
        return None
    key, collection, head = found
    row = wire.one(f"SELECT {_FILE} FROM file WHERE aip_key = ? AND ordinal = ?", key, number)  # noqa: S608
    if row is None:
        return FoundFile(collection, head, None)
    stored = _stored(row, formats.of(wire, {row[-1]}))
    return FoundFile(collection, head, stored, first=row[1], last=None if row[2] is None else row[2] - 1)


def _stored(row: Sequence[Any], formats: Mapping[int | None, FormatIdentification | None]) -> StoredFile:
    _, _, _, logical, content, size, sha512, sha256, original, modified, source, format_key = row
    return StoredFile(logical, content, size, sha512, sha256, original, modified, formats[format_key], source)
