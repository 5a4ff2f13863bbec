"""Identifications as they are written into the private parts of events, and read back."""

from collections.abc import Mapping

from preservation.domain.events import Json
from preservation.domain.formats import Basis, FormatIdentification
from preservation.standards.canonical_json import canonical

_MOST_TEXT = 2000


class AnswerList:
    """Identifications of one event, each distinct one kept once; files name them by their places."""

    def __init__(self) -> None:
        self._places: dict[FormatIdentification, int] = {}
        self.bytes = 0

    def place(self, answer: FormatIdentification) -> int:
        known = self._places.get(answer)
        if known is None:
            known = self._places[answer] = len(self._places)
            self.bytes += len(canonical(answer_json(answer))) + 1
        return known

    def as_json(self) -> list[Json]:
        return [answer_json(one) for one in self._places]


def answer_json(answer: FormatIdentification) -> Json:
    """Every field under its own name."""
    return {
        "puid": answer.puid,
        "name": plain(answer.name),
        "version": plain(answer.version),
        "mime": plain(answer.mime),
        "basis": answer.basis.value,
        "engine": answer.engine,
        "engine_version": answer.engine_version,
        "signatures": answer.signatures,
        "alternatives": list(answer.alternatives),
        "warning": plain(answer.warning),
    }


def answer_of(value: Mapping[str, object]) -> FormatIdentification:
    """What `answer_json` wrote."""
    texts = {name: str(value[name]) for name in ("name", "version", "mime", "engine", "engine_version", "signatures")}
    alternatives = value["alternatives"]
    return FormatIdentification(
        puid=str(value["puid"]) if value["puid"] is not None else None,
        basis=Basis(str(value["basis"])),
        alternatives=tuple(alternatives) if isinstance(alternatives, list) else (),
        warning=str(value["warning"]),
        **texts,
    )


def plain(text: str) -> str:
    """What an engine said, as text that has a canonical form and an end."""
    return text[:_MOST_TEXT].encode("utf-8", "replace").decode()
