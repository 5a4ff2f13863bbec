"""Problem documents (RFC 9457)."""

from pydantic import ConfigDict, Field

from preservation.api.schemas.shape import EXAMPLE_URN, Shape


class InvalidPart(Shape):
    """One part of a request that is not as it should be."""

    where: str = Field(description="The part and the path into it.", examples=["query.limit"])
    code: str = Field(description="Which rule it breaks.", examples=["less_than_equal"])
    message: str = Field(examples=["Input should be less than or equal to 1000"])


class Problem(Shape):
    """What went wrong. `type` is documented at its own address."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/not-found",
                    "title": "There is no such thing",
                    "status": 404,
                    "instance": EXAMPLE_URN,
                }
            ]
        },
    )

    type: str = Field(description="The kind of problem: a reference relative to this server.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str | None = Field(default=None, description="A sentence about this very occurrence.")
    instance: str | None = Field(default=None, description="The request, as logs know it.")
    errors: list[InvalidPart] | None = None
