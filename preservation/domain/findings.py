"""What a check has to say: coded, located, graded values that are never exceptions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """ERROR breaks a MUST and rejects the package; WARNING breaks a SHOULD; INFO only tells."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One observation.

    `code` is the specification's own where it has one (OCFL `E001`), else ours (`BAG-DIGEST-MISMATCH`); it never changes
    meaning. `path` is the package path concerned, "" for the whole. `values` fill the placeholders of the sentence that
    `domain.messages` keeps for the code, in each language.
    """

    code: str
    severity: Severity
    path: str = ""
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR
