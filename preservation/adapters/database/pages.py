"""Pages of what is held, for requests that may cost no more than what they show."""

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, distinct, func, select, union_all

from preservation.adapters.database.holdings import is_in, summaries, summary
from preservation.adapters.database.tables import table
from preservation.adapters.database.tables_service import AIPFormatRow
from preservation.domain.holdings import AIPSummary, FormatHolding, Representation

_AIP = table("aip")
_FILE = table("file")
_FORMAT = table("format")
_TRANSFER = table("transfer")
_AIP_FORMAT = AIPFormatRow.metadata.tables["aip_format"]

_MERGED = 64
_FOLDER = "representations/"


def aips_within(
    connection: Connection, collections: Sequence[str] | None, *, after: str | None, limit: int
) -> Sequence[AIPSummary]:
    """By id. A few collections are walked each by its own index; of many, nearly every AIP is in one of them."""
    if collections is not None and not collections:
        return []
    behind: list[ColumnElement[bool]] = [] if after is None else [_AIP.c.id > after]
    query = summaries().order_by(_AIP.c.id).limit(limit)
    if collections is None:
        query = query.where(*behind)
    elif len(collections) > _MERGED:
        query = query.where(_AIP.c.collection.in_(collections), *behind)
    else:
        walks = [
            select(
                select(_AIP.c.id)
                .where(_AIP.c.collection == one, *behind)
                .order_by(_AIP.c.id)
                .limit(limit)
                .subquery()
                .c.id
            )
            for one in collections
        ]
        query = query.where(_AIP.c.id.in_(union_all(*walks)))
    return [summary(row) for row in connection.execute(query)]


def representations(connection: Connection, aip: str, version: int | None) -> Sequence[Representation]:
    """One pass over the files of one AIP, done by the database."""
    found = _version(connection, aip, version)
    if found is None:
        return []
    key, number, head = found
    rest = func.substr(_FILE.c.logical_path, len(_FOLDER) + 1)
    slash = func.instr(rest, "/") if connection.dialect.name == "sqlite" else func.strpos(rest, "/")
    name = func.substr(rest, 1, slash - 1).label("name")
    query = (
        select(name, func.count().label("files"), func.sum(_FILE.c.size).label("bytes"))
        .where(_FILE.c.aip_key == key, *is_in(number, head), _FILE.c.logical_path.like(_FOLDER + "%/%"))
        .group_by(name)
        .order_by(name)
    )
    return [Representation(row.name, int(row.files), int(row.bytes)) for row in connection.execute(query)]


def format_holdings(connection: Connection, collections: Sequence[str] | None) -> Sequence[FormatHolding]:
    """What is held by format, the largest number of files first: one pass over (AIP, format), not over files."""
    aip = _AIP_FORMAT.c.aip_key
    query = (
        select(
            _FORMAT.c.puid,
            func.max(_FORMAT.c.name).label("name"),
            func.max(_FORMAT.c.version).label("version"),
            func.max(_FORMAT.c.mime).label("mime"),
            func.count(distinct(aip)).label("aips"),
            func.sum(_AIP_FORMAT.c.files).label("files"),
            func.sum(_AIP_FORMAT.c.bytes).label("bytes"),
        )
        .select_from(_AIP_FORMAT)
        .outerjoin(_FORMAT, _FORMAT.c.key == _AIP_FORMAT.c.format_key)
        .group_by(_FORMAT.c.puid)
        .order_by(func.sum(_AIP_FORMAT.c.files).desc(), _FORMAT.c.puid)
    )
    if collections is not None:
        query = query.join(_AIP, _AIP.c.key == aip).where(_AIP.c.collection.in_(collections))
    return [
        FormatHolding(
            puid=row.puid,
            name=row.name if row.puid else "",
            version=row.version if row.puid else "",
            mime=row.mime if row.puid else "",
            aips=int(row.aips),
            files=int(row.files),
            bytes=int(row.bytes),
        )
        for row in connection.execute(query)
    ]


def collections_of(connection: Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """The collection of each of these AIPs and transfers; what is neither is left out."""
    query = union_all(
        select(_AIP.c.id, _AIP.c.collection).where(_AIP.c.id.in_(ids)),
        select(_TRANSFER.c.id, _TRANSFER.c.collection).where(_TRANSFER.c.id.in_(ids)),
    )
    return {row.id: row.collection for row in connection.execute(query)}


def _version(connection: Connection, aip: str, version: int | None) -> tuple[int, int, int] | None:
    """(key, number, head) of a version that is there."""
    found = connection.execute(select(_AIP.c.key, _AIP.c.head).where(_AIP.c.id == aip)).one_or_none()
    if found is None or not 1 <= (number := found.head if version is None else version) <= found.head:
        return None
    return found.key, number, found.head
