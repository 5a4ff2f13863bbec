"""The record of examinations: one event for each AIP version that was examined, from which all of it is read back.

    detail   {"act", "files", "valid", "well-formed", "invalid", "unknown", "worsened", "tools", "part"}; the last part of a
             version has "parts", and "total" where there are several
    private  {"found": [{"tools", "properties", "faults"}, ...], "files": [[path, kind, validity, place], ...]}

`place` is one in `found`. `worsened` counts files that are invalid now and were not when they were examined before. What does
not fit one event goes into several of the same time, each recorded in one transaction with the rows that follow from it; the
last one names the version as examined.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.examinations import Examination, Kind, Validity
from preservation.domain.filed_examinations import FiledExamination
from preservation.domain.ledger import EncodedEvent
from preservation.domain.tools import ToolState
from preservation.services.ledger_recording import EventRecorder
from preservation.standards.canonical_json import canonical
from preservation.standards.examination_text import found_json, found_text
from preservation.standards.ledger_entry import MAX_PRIVATE_BYTES

ACT = "examination"
MOST_FILES = 1000
MOST_LISTED = 100
MOST_BYTES = MAX_PRIVATE_BYTES * 3 // 4
SOUND = frozenset({Validity.VALID, Validity.WELL_FORMED})


@dataclass(frozen=True, slots=True)
class ExaminationTerms:
    """By which tools, of which kinds, and under which policy files are examined."""

    tools: Sequence[ToolState]
    kinds: frozenset[Kind]
    policy: str | None

    @property
    def agent(self) -> str:
        """Whoever examined with the same tools about the same kinds; a newer version of any of them is another one."""
        here = sorted((one.name, one.version) for one in self.tools if one.version is not None)
        told = canonical([[[*one] for one in here], [kind.value for kind in sorted(self.kinds)]])
        return f"{ACT} by tools {sha256(told).hexdigest()[:16]}"

    @property
    def agents(self) -> Sequence[LinkedAgent]:
        """That somebody examined at all, and by what."""
        return [LinkedAgent(ACT), LinkedAgent(self.agent)]


class ExaminationRecord:
    """Gathers what was found of one AIP version as encoded events: some hundred bytes for each file."""

    def __init__(
        self,
        recorder: EventRecorder,
        terms: ExaminationTerms,
        *,
        objects: Sequence[LinkedObject],
        done: Sequence[LinkedObject],
        time: datetime,
    ) -> None:
        """`objects` name the AIP and its version. `done` names the version (`identifiers.version_id`): only the last event does,
        which says that all of it was examined."""
        self._recorder = recorder
        self._objects = [*objects]
        self._done = [*done]
        self._terms = terms
        self._time = time
        self._events: list[EncodedEvent] = []
        self._found: dict[bytes, int] = {}
        self._listed: list[Json] = []
        self._files: list[Json] = []
        self._tools: set[str] = set()
        self._bytes = 0
        self._counts = dict.fromkeys(Validity, 0)
        self._worsened = 0
        self._total = 0
        self._parts = 0

    @property
    def waiting(self) -> int:
        """Full parts that nobody has taken."""
        return len(self._events)

    def add(self, path: str, one: Examination, *, was_sound: bool = False) -> None:
        found = found_json(one)
        text = canonical(found)
        entry: list[Json] = [path, one.kind.value, one.validity.value]
        size = len(text) + len(path.encode("utf-8", "surrogatepass")) + 64
        if len(self._files) >= MOST_FILES or self._bytes + size > MOST_BYTES:
            self._close([], {})
        place = self._found.get(text)
        if place is None:
            place = self._found[text] = len(self._listed)
            self._listed.append(found)
        else:
            size -= len(text)
        self._files.append([*entry, place])
        self._bytes += size
        self._total += 1
        self._counts[one.validity] += 1
        self._worsened += was_sound and one.validity is Validity.INVALID
        self._tools.update(f"{tool.name} {tool.version}"[:200] for tool in one.tools)

    def take(self) -> Sequence[EncodedEvent]:
        """The parts that are full, out of this record."""
        taken, self._events = self._events, []
        return taken

    def finish(self) -> Sequence[EncodedEvent]:
        """The rest, once nothing more is added: at least one event, if there was nothing to examine too."""
        more: dict[str, Json] = {"parts": self._parts + 1}
        self._close(self._done, {**more, "total": self._total} if self._parts else more)
        return self.take()

    def _close(self, links: Sequence[LinkedObject], more: Mapping[str, Json]) -> None:
        self._parts += 1
        private: dict[str, Json] = {"found": self._listed, "files": self._files} if self._files else {}
        event = self._recorder.event(
            EventType.VALIDATION,
            EventOutcome.WARNING if self._counts[Validity.INVALID] else EventOutcome.SUCCESS,
            objects=[*self._objects, *links],
            agents=self._terms.agents,
            detail={
                "act": ACT,
                "files": len(self._files),
                **{validity.value: count for validity, count in self._counts.items()},
                "worsened": self._worsened,
                "tools": [*sorted(self._tools)[:MOST_LISTED]],
                "part": self._parts,
                **more,
            },
            private=private,
            policy=self._terms.policy,
            time=self._time,
        )
        # The encoded bytes say it all: the values behind them are several times as large.
        self._events.append(replace(event, event=replace(event.event, private={})))
        self._found, self._listed, self._files, self._tools, self._bytes = {}, [], [], set(), 0
        self._counts = dict.fromkeys(Validity, 0)
        self._worsened = 0


def filed(privates: Iterable[bytes | None]) -> Iterator[FiledExamination]:
    """What the private parts of events say, one part at a time; nothing of those that were erased."""
    for private in privates:
        if private:
            yield from _opened(json.loads(private))


def _opened(private: Mapping[str, object]) -> Iterator[FiledExamination]:
    match private:
        case {"found": list(found), "files": list(files)}:
            texts = [found_text(one) for one in found]
            for path, kind, validity, place in files:
                yield FiledExamination(path, Kind(kind), Validity(validity), texts[place])
