"""Which AIPs an agent has not dealt with yet, told from the events alone: nothing else has to remember it."""

from collections.abc import Sequence

from sqlalchemy import Connection, cast, exists, literal, select

from preservation.adapters.database.columns import Text
from preservation.adapters.database.tables import table
from preservation.domain.identifiers import VERSION_MARK

_AIP = table("aip")
_OBJECT = table("event_object")
_AGENT = table("event_agent")


def heads_without_act(
    connection: Connection, agents: Sequence[str], *, after: str | None, limit: int, aip: str | None
) -> Sequence[tuple[str, int]]:
    """One walk along the AIPs. For each, the few events that are linked to its head are asked for their agents."""
    head = _AIP.c.id + literal(VERSION_MARK) + cast(_AIP.c.head, Text)
    by_agent = exists().where(_AGENT.c.agent_id.in_(agents), _AGENT.c.event_key == _OBJECT.c.event_key)
    query = select(_AIP.c.id, _AIP.c.head).where(~exists().where(_OBJECT.c.object_id == head, by_agent))
    if after is not None:
        query = query.where(_AIP.c.id > after)
    if aip is not None:
        query = query.where(_AIP.c.id == aip)
    return [(row.id, row.head) for row in connection.execute(query.order_by(_AIP.c.id).limit(limit))]
