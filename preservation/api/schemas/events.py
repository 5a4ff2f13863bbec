"""Events and the ledger."""

from datetime import datetime
from typing import Any

from pydantic import Field

from preservation.api.schemas.shape import EXAMPLE_SHA512, EXAMPLE_TIME, EXAMPLE_URN, NEXT, URN, Shape, example
from preservation.domain.events import EventOutcome, EventType

_EVENT: dict[str, Any] = {
    "id": EXAMPLE_URN,
    "type": "ingestion",
    "time": EXAMPLE_TIME,
    "outcome": "success",
    "agents": [{"id": "preservation/0.1.0", "role": "executing program"}],
    "objects": [
        {
            "id": EXAMPLE_URN,
            "kind": "aip",
            "role": "outcome",
            "version": 1,
            "digest": f"sha512:{EXAMPLE_SHA512}",
        }
    ],
    "detail": {"files": 41},
    "v": 1,
    "sequence": 17,
    "private": {"name": "hồ sơ.zip"},
}
_NOTE = (
    "example.org/preservation\n18\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.org/preservation Az3grl…\n"
)


class Agent(Shape):
    """Who took part."""

    id: str
    role: str


class EventObject(Shape):
    """What it was about."""

    id: str
    kind: str
    role: str
    version: int | None = None
    digest: str | None = None


class Event(Shape):
    """A PREMIS event: the ledger's own entry, its place, and what its commitment opens to."""

    model_config = example(**_EVENT)

    id: URN
    type: EventType
    time: datetime
    outcome: EventOutcome
    agents: list[Agent]
    objects: list[EventObject]
    detail: dict[str, Any]
    v: int = Field(description="The form of the entry.")
    policy: str | None = None
    commit: str | None = Field(default=None, description="The commitment to `private`, in base64.")
    sequence: int | None = Field(description="Its place in the ledger; null for a moment after it happened.")
    private: dict[str, Any] | None = Field(
        description="Names and texts, null where there are none, or they were erased."
    )


class EventPage(Shape):
    """A page of events, in the order of recording."""

    model_config = example(items=[_EVENT], next=None)

    items: list[Event]
    next: str | None = NEXT


class Ledger(Shape):
    """The newest signed checkpoint, and the keys to check it with."""

    model_config = example(
        origin="example.org/preservation",
        size=18,
        root="CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        checkpoint=_NOTE,
        vkey="example.org/preservation+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        vkeys=["example.org/preservation+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"],
    )

    origin: str
    size: int = Field(ge=0, description="How many events it covers.")
    root: str = Field(description="The root of the Merkle tree, in base64.")
    checkpoint: str = Field(description="The signed note itself (C2SP tlog-checkpoint).")
    vkey: str = Field(description="The key that signs now (C2SP signed-note).")
    vkeys: list[str] = Field(description="All keys that have signed, oldest first.")
