"""Making events: what every service calls in the transaction of its act."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from preservation.domain.events import Event, EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.ledger import EncodedEvent
from preservation.ports import Clock, Minter
from preservation.standards.canonical_json import canonical
from preservation.standards.ledger_entry import MAX_PRIVATE_BYTES, encode

_KEPT_CHARACTERS = MAX_PRIVATE_BYTES // 8  # JSON escapes a character as at most six bytes


class EventRecorder:
    """Makes events that name one software agent as their executing program. Safe to call from several threads."""

    def __init__(self, minter: Minter, clock: Clock, agent: LinkedAgent) -> None:
        """`agent` is this software, its version in the id ("preservation/0.1.0")."""
        self._minter = minter
        self._clock = clock
        self._agent = agent

    def event(
        self,
        type: EventType,
        outcome: EventOutcome,
        *,
        objects: Sequence[LinkedObject] = (),
        detail: Mapping[str, Json] | None = None,
        private: Mapping[str, Json] | None = None,
        agents: Sequence[LinkedAgent] = (),
        policy: str | None = None,
        time: datetime | None = None,
        id: str | None = None,
    ) -> EncodedEvent:
        """An event ready for `CatalogueTransaction.append_events`, with a fresh id and the present time unless given.

        `agents` come after the software's own. A private part over 1 MiB is cut to a beginning that says so, because an act must
        not fail for what there is to say about it. ValueError where the rest does not fit an entry of 65,535 bytes.
        """
        return encode(
            Event(
                id=id or self._minter.urn(),
                type=type,
                time=time or self._clock.now(),
                outcome=outcome,
                agents=(self._agent, *agents),
                objects=tuple(objects),
                detail=dict(detail or {}),
                private=_bounded(dict(private or {})),
                policy=policy,
            ),
            self._minter.salt() if private else b"",
        )


def _bounded(private: dict[str, Json]) -> dict[str, Json]:
    data = canonical(private)
    if len(data) <= MAX_PRIVATE_BYTES:
        return private
    return {"bytes": len(data), "cut": data.decode()[:_KEPT_CHARACTERS]}
