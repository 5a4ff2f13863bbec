"""Parameters that many routes share."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime

from preservation.api.schemas.shape import EXAMPLE_URN, URN_PATTERN

MAX_LIMIT = 1000

AIPId = Annotated[str, Path(pattern=URN_PATTERN, description="The AIP.", examples=[EXAMPLE_URN])]
JobId = Annotated[str, Path(pattern=URN_PATTERN, description="The job.", examples=[EXAMPLE_URN])]
EventId = Annotated[str, Path(pattern=URN_PATTERN, description="The event.", examples=[EXAMPLE_URN])]
ReplicaId = Annotated[str, Path(pattern=URN_PATTERN, description="The replica.", examples=[EXAMPLE_URN])]
CollectionId = Annotated[str, Path(pattern=URN_PATTERN, description="The collection.", examples=[EXAMPLE_URN])]
FileNumber = Annotated[int, Path(ge=1, le=1 << 62, description="The file's number within its AIP.", examples=[1])]

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many at most.")]
CursorParameter = Annotated[
    str | None,
    Query(alias="cursor", min_length=1, max_length=512, description="Where to go on: `next` of the page before."),
]
VersionParameter = Annotated[
    int | None, Query(alias="version", ge=1, le=1 << 30, description="A version other than the newest.")
]
CollectionFilter = Annotated[
    str | None,
    Query(
        alias="collection",
        pattern=URN_PATTERN,
        description="Only this collection and those in it.",
        examples=[EXAMPLE_URN],
    ),
]
AIPFilter = Annotated[str | None, Query(alias="aip", pattern=URN_PATTERN, description="Only about this AIP.")]
Since = Annotated[AwareDatetime | None, Query(description="From this time on (RFC 3339).")]
Until = Annotated[AwareDatetime | None, Query(description="Before this time (RFC 3339).")]
