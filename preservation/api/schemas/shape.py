"""What all shapes share."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

URN_PATTERN = r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
EXAMPLE_URN = "urn:uuid:01930000-0000-7000-8000-000000000001"
EXAMPLE_TIME = "2026-11-22T12:00:00.123456Z"
EXAMPLE_SHA512 = "ab" * 64
EXAMPLE_SHA256 = "cd" * 32


def whole(value: object) -> object:
    """JSON has one kind of number: 3.0 is 3 (RFC 8259, 6). Texts and truths are no numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WholeNumber = Annotated[int, BeforeValidator(whole)]
# Bounds before the validator, or the schema of an optional one does not tell them.
Size = Annotated[int, Field(ge=0, le=1 << 60), BeforeValidator(whole)]
VersionNumber = Annotated[int, Field(ge=1, le=1 << 30), BeforeValidator(whole)]
URN = Annotated[str, StringConstraints(pattern=URN_PATTERN)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class Shape(BaseModel):
    """An answer, or part of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Request(BaseModel):
    """What somebody sends: nothing that is not understood is passed over, and no text is taken for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def example(**values: Any) -> ConfigDict:
    """The `model_config` of a shape with one example."""
    return ConfigDict(json_schema_extra={"examples": [values]})


NEXT = Field(description="The cursor of the next page; null on the last.", examples=["WyJhaXBzIiwidXJuOi4uLiJd"])
