"""PREMIS events: what happened, to what, by whom, with what outcome. Values only; the ledger keeps them for ever."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]


class EventType(StrEnum):
    """Terms of id.loc.gov/vocabulary/preservation/eventType; the value is the label that PREMIS XML carries."""

    TRANSFER = "transfer"
    UNPACKING = "unpacking"
    VALIDATION = "validation"
    VIRUS_CHECK = "virus check"
    MESSAGE_DIGEST_CALCULATION = "message digest calculation"
    FORMAT_IDENTIFICATION = "format identification"
    INFORMATION_PACKAGE_CREATION = "information package creation"
    INGESTION = "ingestion"
    REPLICATION = "replication"
    FIXITY_CHECK = "fixity check"
    RECOVERY = "recovery"
    QUARANTINE = "quarantine"
    MIGRATION = "migration"
    METADATA_MODIFICATION = "metadata modification"
    POLICY_ASSIGNMENT = "policy assignment"
    DISSEMINATION = "dissemination"
    EXPORTING = "exporting"
    DEACCESSION = "deaccession"
    DELETION = "deletion"
    DIGITAL_SIGNATURE_GENERATION = "digital signature generation"
    ACCESSION = "accession"
    CREATION = "creation"
    MODIFICATION = "modification"


class EventOutcome(StrEnum):
    """PREMIS eventOutcome vocabulary."""

    SUCCESS = "success"
    FAILURE = "failure"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class LinkedAgent:
    """PREMIS linkingAgentIdentifier. `role` of id.loc.gov/vocabulary/preservation/eventRelatedAgentRole."""

    id: str
    role: str = "executing program"


@dataclass(frozen=True, slots=True)
class LinkedObject:
    """PREMIS linkingObjectIdentifier, by opaque id.

    `kind`: aip, transfer, replica, collection, file, policy, key, account, token, job.
    """

    id: str
    kind: str
    role: str = "source"
    version: int | None = None
    digest: str | None = None  # "sha512:<hex>" of the object's inventory or bytes


@dataclass(frozen=True, slots=True)
class Event:
    """One act.

    `detail` goes into the ledger as it is: counts, digests, versions, opaque ids, codes; never a name or a sentence that
    somebody wrote. `private` (file names, reasons, findings) stays outside the tree; the entry holds a salted commitment
    to it, so that erasing it leaves the tree whole (DESIGN 5).
    """

    id: str
    type: EventType
    time: datetime
    outcome: EventOutcome
    agents: tuple[LinkedAgent, ...] = ()
    objects: tuple[LinkedObject, ...] = ()
    detail: Mapping[str, Json] = field(default_factory=dict)
    private: Mapping[str, Json] = field(default_factory=dict)
    policy: str | None = None
