"""What is being found out about one file, while it is."""

from typing import Final

from preservation.domain.examinations import Examination, Fault, Kind, Property, Validity
from preservation.domain.tools import ToolDescription

MAX_TEXT: Final = 400
MAX_PROPERTIES: Final = 200
MAX_FAULTS: Final = 30


class Look:
    """Collects properties and faults, and keeps the verdict.

    INVALID stays, whatever comes after it. Else UNKNOWN stays once something could not be told (`unsure`). Everything that
    is kept is bounded: a hostile file decides neither how long an answer is nor which characters are in it.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._properties: dict[str, Property] = {}
        self._faults: dict[Fault, None] = {}
        self._tools: dict[ToolDescription, None] = {}
        self._verdict = Validity.UNKNOWN
        self._is_unsure = False

    def add(self, name: str, value: str | int | None, unit: str = "") -> None:
        """Keep a property; None is none. The first value of a name stays."""
        if value is None or value == "" or len(self._properties) >= MAX_PROPERTIES:
            return
        self._properties.setdefault(name, Property(name, plain(value) if isinstance(value, str) else value, unit))

    def value(self, name: str) -> str | int | bool | None:
        found = self._properties.get(name)
        return None if found is None else found.value

    def used(self, name: str, version: str) -> None:
        self._tools.setdefault(ToolDescription(name, version))

    def note(self, code: str, detail: str = "") -> None:
        """Something worth knowing that is no error."""
        self._keep(Fault(code, plain(detail), is_error=False))

    def wrong(self, code: str, detail: str = "") -> None:
        """A fault that says nothing about whether the file is readable."""
        self._keep(Fault(code, plain(detail)))

    def invalid(self, code: str, detail: str = "") -> None:
        """A fault of the file itself."""
        self._keep(Fault(code, plain(detail)))
        self._verdict = Validity.INVALID

    def unsure(self, code: str, detail: str = "") -> None:
        """We could not tell, and why."""
        self._keep(Fault(code, plain(detail)))
        self._is_unsure = True

    def well_formed(self) -> None:
        """The file was read to its end."""
        if self._verdict is Validity.UNKNOWN:
            self._verdict = Validity.WELL_FORMED

    def valid(self) -> None:
        """A validator that knows the whole format found no fault."""
        if self._verdict is not Validity.INVALID:
            self._verdict = Validity.VALID

    def has(self, code: str) -> bool:
        return any(fault.code == code for fault in self._faults)

    @property
    def is_invalid(self) -> bool:
        return self._verdict is Validity.INVALID

    def take(self, other: Examination) -> None:
        """Go on with what somebody else found out about the same file."""
        for one in other.properties:
            self.add(one.name, one.value, one.unit)
        for fault in other.faults:
            self._keep(fault)
        self._tools.update(dict.fromkeys(other.tools))
        if other.validity is Validity.INVALID:
            self._verdict = Validity.INVALID
        elif other.validity is Validity.VALID:
            self.valid()
        elif other.validity is Validity.WELL_FORMED:
            self.well_formed()
        elif any(fault.is_error for fault in other.faults):
            self._is_unsure = True

    def examination(self) -> Examination:
        verdict = self._verdict
        if self._is_unsure and verdict is not Validity.INVALID:
            verdict = Validity.UNKNOWN
        return Examination(
            self.kind, verdict, tuple(self._tools), tuple(self._properties.values()), tuple(self._faults)
        )

    def _keep(self, fault: Fault) -> None:
        if len(self._faults) < MAX_FAULTS:
            self._faults.setdefault(fault)


def plain(text: str) -> str:
    """Bounded, and without anything that a terminal or XML would trip over."""
    bounded = text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"
    return "".join(one if one.isprintable() else " " for one in bounded).strip()
