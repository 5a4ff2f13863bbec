"""Identifications that came later than ingest: which heads hold files to be asked about again, and their rows changed."""

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection, Select, cast, exists, literal, select

from preservation.adapters.database.columns import Text
from preservation.adapters.database.formats import FormatKeys, value
from preservation.adapters.database.tables import table
from preservation.adapters.database.tables_formats import AIPCountRow
from preservation.adapters.database.versions import count_formats
from preservation.adapters.database.wire import Wire
from preservation.domain.formats import FormatIdentification
from preservation.domain.identifiers import VERSION_MARK
from preservation.errors import Conflict

_AIP = table("aip")
_OBJECT = table("event_object")
_AGENT = table("event_agent")
_FORMAT = table("format")
_COUNT = AIPCountRow.metadata.tables["aip_count"]
_ROWS = 5000
_UNIDENTIFIED = 0


def heads_holding(
    connection: Connection,
    is_wanted: Callable[[FormatIdentification | None], bool],
    agents: Sequence[str],
    *,
    after: int,
    limit: int,
    aip: str | None,
) -> tuple[Sequence[tuple[str, int]], int | None]:
    """A walk along the counts of formats, in the order of AIPs; what is wanted is told once for each identification."""
    keys = {row.key for row in connection.execute(select(_FORMAT)) if is_wanted(value(row))}
    if is_wanted(None):
        keys.add(_UNIDENTIFIED)
    found: list[tuple[str, int]] = []
    while True:
        rows = connection.execute(_counts(after, aip)).all()
        # A page may end within an AIP: that one is left to the next page, unless it is all there is.
        last = rows[-1].aip_key if rows else after
        is_end = len(rows) < _ROWS
        whole = rows if is_end or rows[0].aip_key == last else [row for row in rows if row.aip_key != last]
        wanted = sorted({row.aip_key for row in whole if row.format_key in keys})
        for start in range(0, len(wanted), 500):
            found += _without_act(connection, wanted[start : start + 500], agents)
        if is_end:
            return found, None
        after = whole[-1].aip_key
        if len(found) >= limit:
            return found, after


def change_formats(
    wire: Wire, aip: str, version: int, changes: Mapping[int, FormatIdentification], formats: FormatKeys
) -> None:
    """Give files, by their numbers within the AIP, another identification. Conflict unless `version` is the head."""
    statement = "SELECT key, head FROM aip WHERE id = ?"
    found = wire.one(f"{statement} FOR UPDATE" if wire.postgresql else statement, aip)
    if found is None or found[1] != version:
        raise Conflict(f"version {version} of {aip} is not its newest one")
    keys = formats.of(wire, changes.values())
    wire.many(
        "UPDATE file SET format_key = ? WHERE aip_key = ? AND ordinal = ? AND removed IS NULL",
        [(keys[known], found[0], number) for number, known in changes.items()],
    )
    count_formats(wire, found[0], is_new=False)


def _counts(after: int, aip: str | None) -> Select[tuple[int, int]]:
    query = select(_COUNT.c.aip_key, _COUNT.c.format_key).distinct().where(_COUNT.c.aip_key > after)
    if aip is not None:
        query = query.where(_COUNT.c.aip_key == select(_AIP.c.key).where(_AIP.c.id == aip).scalar_subquery())
    return query.order_by(_COUNT.c.aip_key, _COUNT.c.format_key).limit(_ROWS)


def _without_act(connection: Connection, keys: Sequence[int], agents: Sequence[str]) -> list[tuple[str, int]]:
    head = _AIP.c.id + literal(VERSION_MARK) + cast(_AIP.c.head, Text)
    by_agent = exists().where(_AGENT.c.agent_id.in_(agents), _AGENT.c.event_key == _OBJECT.c.event_key)
    query = select(_AIP.c.id, _AIP.c.head).where(
        _AIP.c.key.in_(keys), ~exists().where(_OBJECT.c.object_id == head, by_agent)
    )
    return [(row.id, row.head) for row in connection.execute(query.order_by(_AIP.c.key))]
