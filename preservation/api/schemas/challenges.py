"""Challenges that a peer asks, and what is known of the peers that we ask."""

from datetime import datetime
from typing import Any

from pydantic import Field

from preservation.api.schemas.shape import (
    EXAMPLE_SHA256,
    EXAMPLE_TIME,
    EXAMPLE_URN,
    URN,
    Request,
    Shape,
    WholeNumber,
    example,
)

_PEER: dict[str, Any] = {
    "name": "university",
    "asked": EXAMPLE_TIME,
    "heard": EXAMPLE_TIME,
    "agreed": 110,
    "differs": 0,
    "absent": 0,
    "unanswered": 0,
    "own": 0,
    "faults": [],
}


class Challenge(Request):
    """What is asked of one AIP."""

    model_config = example(aip=EXAMPLE_URN, version=1, nonce=EXAMPLE_SHA256)

    aip: URN
    version: WholeNumber = Field(ge=1, le=1 << 30, description="The newest one, as the asker knows it.")
    nonce: str = Field(pattern=r"^[0-9a-f]{64}$", description="32 random bytes, made for this challenge.")


class Peer(Shape):
    """A peer at the last time that it was asked; counts are AIPs."""

    model_config = example(**_PEER)

    name: str
    asked: datetime | None
    heard: datetime | None = Field(description="When it last answered anything.")
    agreed: int
    differs: int
    absent: int
    unanswered: int
    own: int = Field(description="Nothing to compare with: our own copy was not intact.")
    faults: list[URN] = Field(description="AIPs whose copy there differs or is absent, the first hundred.")


class Peers(Shape):
    """Every peer that the policy names."""

    model_config = example(items=[_PEER])

    items: list[Peer]
