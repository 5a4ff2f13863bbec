"""Turning a file of one format into one of another, and whether both say the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from preservation.domain.examinations import Kind
from preservation.domain.tools import ToolDescription


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to convert, by its name ("pdf-to-pdfa-2b").

    `sources` are the PUIDs that it can take, `target` the PUIDs that its result may be identified as, `suffix` what the
    result's name ends with. `parameters` are its parameters with their defaults, `tools` the programs that it needs.
    """

    name: str
    kind: Kind
    sources: frozenset[str]
    target: frozenset[str]
    suffix: str
    tools: tuple[str, ...]
    parameters: Mapping[str, str | int] = field(default_factory=dict)
    is_lossless: bool = True


@dataclass(frozen=True, slots=True)
class Converted:
    """A conversion that gave something. `paths` are the results below the folder that was given, in order (most give one).

    `commands` are what was run, with "{in}" and "{out}" for places, by the tools with these versions.
    """

    paths: tuple[str, ...]
    commands: tuple[str, ...]
    tools: tuple[ToolDescription, ...]


@dataclass(frozen=True, slots=True)
class NotConverted:
    """Why a file gave nothing: a stable code ("TOOL-TIMED-OUT", "SOURCE-ENCRYPTED"), and what the tool said, bounded."""

    code: str
    detail: str
    tools: tuple[ToolDescription, ...] = ()


class Sameness(StrEnum):
    """UNKNOWN is never as good as SAME: what nobody could compare is not kept."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that was compared: values as text, `bound` what was demanded ("equal", ">= 0.98"), and whether it holds."""

    name: str
    before: str
    after: str
    bound: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether a result says the same as its source, and by what that was found out."""

    sameness: Sameness
    measures: tuple[Measure, ...] = ()
    tools: tuple[ToolDescription, ...] = ()
    detail: str = ""
