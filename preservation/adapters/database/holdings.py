"""Reading AIPs, their versions, files and descriptions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from preservation.adapters.database.formats import FormatValues
from preservation.adapters.database.tables import table
from preservation.adapters.database.versions import inventory_prefix
from preservation.domain.holdings import AIPSummary, AIPVersion, CopyState, StoredFile

_AIP = table("aip")
_VERSION = table("aip_version")
_FILE = table("file")
_DUBLIN_CORE = table("dublin_core")
_COPY = table("copy")

_STREAM = {"yield_per": 1000}


def aip(connection: Connection, id: str) -> AIPSummary | None:
    row = connection.execute(summaries().where(_AIP.c.id == id)).one_or_none()
    return None if row is None else summary(row)


def aips(connection: Connection, *, after: str | None, limit: int, collection: str | None) -> Sequence[AIPSummary]:
    query = summaries().order_by(_AIP.c.id).limit(limit)
    if after is not None:
        query = query.where(_AIP.c.id > after)
    if collection is not None:
        query = query.where(_AIP.c.collection == collection)
    return [summary(row) for row in connection.execute(query)]


def versions(connection: Connection, aip: str) -> Sequence[AIPVersion]:
    query = _versions().where(_AIP.c.id == aip).order_by(_VERSION.c.number)
    return [_version(row) for row in connection.execute(query)]


def versions_of(connection: Connection, aips: Sequence[str]) -> Mapping[str, Sequence[AIPVersion]]:
    found: dict[str, list[AIPVersion]] = {}
    for row in connection.execute(_versions().where(_AIP.c.id.in_(aips)).order_by(_AIP.c.id, _VERSION.c.number)):
        found.setdefault(row.id, []).append(_version(row))
    return found


def version_of_inventory(connection: Connection, digest: str) -> AIPVersion | None:
    """Where two versions have one inventory digest (they cannot, unless one was copied), the one recorded first."""
    query = (
        _versions()
        .where(_VERSION.c.inventory_prefix == inventory_prefix(digest), _VERSION.c.inventory_digest == digest)
        .order_by(_VERSION.c.aip_key, _VERSION.c.number)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _version(row)


def files(connection: Connection, aip: str, version: int | None) -> Iterator[StoredFile]:
    """Streamed in order of logical path; nothing for an AIP or a version that is not there. The database does the sorting."""
    found = connection.execute(select(_AIP.c.key, _AIP.c.head).where(_AIP.c.id == aip)).one_or_none()
    if found is None or not 1 <= (number := version or found.head) <= found.head:
        return
    query = select(_FILE).where(_FILE.c.aip_key == found.key, *is_in(number, found.head)).order_by(_FILE.c.logical_path)
    formats = FormatValues(connection)
    for row in connection.execute(query, execution_options=_STREAM):
        yield stored_file(row, formats)


def stored_file(row: Row[Any], formats: FormatValues) -> StoredFile:
    """A file from a row of the table."""
    return StoredFile(
        logical_path=row.logical_path,
        content_path=row.content_path,
        size=row.size,
        sha512=row.sha512,
        sha256=row.sha256,
        original_path=row.original_path,
        modified=row.modified,
        format=formats.at(row.format_key),
        source=row.source,
    )


def dublin_core(connection: Connection, aip: str) -> Sequence[tuple[str, str]]:
    query = (
        select(_DUBLIN_CORE.c.element, _DUBLIN_CORE.c.value)
        .join(_AIP, _AIP.c.key == _DUBLIN_CORE.c.aip_key)
        .where(_AIP.c.id == aip)
        .order_by(_DUBLIN_CORE.c.ordinal)
    )
    return [(row.element, row.value) for row in connection.execute(query)]


def is_in(number: int, head: int) -> tuple[ColumnElement[bool], ...]:
    if number == head:
        return (_FILE.c.removed.is_(None),)
    return (_FILE.c.added <= number, or_(_FILE.c.removed.is_(None), _FILE.c.removed > number))


def summaries() -> Select[Any]:
    copies = (
        select(func.count())
        .select_from(_COPY)
        .where(_COPY.c.aip == _AIP.c.id, _COPY.c.version == _AIP.c.head, _COPY.c.state == CopyState.INTACT.value)
        .scalar_subquery()
    )
    return select(
        _AIP.c.id,
        _AIP.c.collection,
        _AIP.c.title,
        _AIP.c.head,
        _AIP.c.created,
        _VERSION.c.file_count,
        _VERSION.c.bytes,
        _VERSION.c.inventory_digest,
        copies.label("copies"),
    ).join(_VERSION, (_VERSION.c.aip_key == _AIP.c.key) & (_VERSION.c.number == _AIP.c.head))


def _versions() -> Select[Any]:
    return select(_AIP.c.id, _VERSION).join(_VERSION, _VERSION.c.aip_key == _AIP.c.key)


def summary(row: Row[Any]) -> AIPSummary:
    return AIPSummary(
        id=row.id,
        collection=row.collection,
        title=row.title,
        head=row.head,
        created=row.created,
        file_count=row.file_count,
        bytes=row.bytes,
        copies=row.copies,
        inventory_digest=row.inventory_digest,
    )


def _version(row: Row[Any]) -> AIPVersion:
    return AIPVersion(
        aip=row.id,
        number=row.number,
        created=row.created,
        inventory_digest=row.inventory_digest,
        file_count=row.file_count,
        bytes=row.bytes,
        transfer=row.transfer,
        message=row.message,
    )
