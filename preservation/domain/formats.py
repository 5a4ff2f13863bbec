"""Format identification: a PUID, and what it rests on."""

from dataclasses import dataclass
from enum import StrEnum


class Basis(StrEnum):
    """What an identification rests on, strongest first."""

    CONTAINER = "container"
    BYTE = "byte"
    XML = "xml"
    TEXT = "text"
    EXTENSION = "extension"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class FormatIdentification:
    """One engine's answer for one file.

    `puid` is PRONOM's ("fmt/95"), None where the engine knows none. `alternatives` are further PUIDs that fit as well.
    `signatures` names the PRONOM release and container date that the engine used. Equal answers are equal values, so
    that a million files can share a few hundred of them.
    """

    puid: str | None
    name: str
    version: str
    mime: str
    basis: Basis
    engine: str
    engine_version: str
    signatures: str
    alternatives: tuple[str, ...] = ()
    warning: str = ""


@dataclass(frozen=True, slots=True)
class EngineDescription:
    """Who answers: for events, agents and `doctor`."""

    engine: str
    version: str
    signatures: str
