"""What the archive has decided about looking into files: when, at which kinds, and what follows from what is found."""

from dataclasses import dataclass
from enum import StrEnum

from preservation.domain.examinations import Kind
from preservation.domain.format_rules import AcceptFormat


class VirusScan(StrEnum):
    """What looks for malware. OFF: nobody does, and that is said wherever somebody could think otherwise."""

    OFF = "off"
    CLAMAV = "clamav"


@dataclass(frozen=True, slots=True)
class ExaminationPolicy:
    """`at_ingest`: a package is examined before it is kept. `held`: what is held is examined by a job, whatever was not.

    Files of other kinds than `kinds` are left alone. `invalid` is what an invalid file does to the package that brings it
    (ACCEPT: it is a warning); a job tells of invalid files and changes nothing.
    """

    at_ingest: bool = False
    held: bool = True
    kinds: frozenset[Kind] = frozenset(Kind)
    invalid: AcceptFormat = AcceptFormat.ACCEPT


@dataclass(frozen=True, slots=True)
class VirusPolicy:
    """Packages are scanned before anything of them is kept; what is held again after `again_days`, by newer signatures.

    `found` is what malware does to the package that brings it: REFUSE or REVIEW. `unavailable` is what follows where the
    scanner cannot scan: REFUSE lets the transfer fail and be tried again, ACCEPT takes it in with a warning, to be scanned
    later. Not having looked is never "clean".
    """

    scan: VirusScan = VirusScan.OFF
    found: AcceptFormat = AcceptFormat.REFUSE
    unavailable: AcceptFormat = AcceptFormat.REFUSE
    again_days: int = 30
