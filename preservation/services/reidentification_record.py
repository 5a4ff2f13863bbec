"""The record of files identified again: one event for each AIP version, from which all of it is read back.

    detail   {"act", "scope", "engine", "engine_version", "signatures", "asked", "same", "changed", "contradicted", "unconfirmed",
              "failed", "part"}; the last part of a version has "parts"
    private  {"answers": [an answer, ...], "files": [{"path", "before", "after", "outcome"}, ...]}

`before` and `after` are places in `answers`; `before` is null where there was no answer, `after` is a sentence where the engine
could not tell. A file whose outcome is "changed" has the answer `after` from then on: a rebuild does it again.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.formats import EngineDescription, FormatIdentification
from preservation.domain.holdings import AIPVersion
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent, EventFilter, SequencedEvent
from preservation.ports import Catalogue
from preservation.services.identification_values import AnswerList, answer_of, plain
from preservation.services.ledger_recording import EventRecorder
from preservation.services.reidentified import Outcome, Reidentified, Scope
from preservation.standards.canonical_json import canonical
from preservation.standards.ledger_entry import MAX_PRIVATE_BYTES, decode

ACT = "identified again"
MOST_FILES = 1000
MOST_BYTES = MAX_PRIVATE_BYTES * 3 // 4

_EVENTS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class ReidentificationTerms:
    """By which engine, about what, and under which version of the policy. `touched` are PUIDs beside what is doubtful."""

    scope: Scope
    about: EngineDescription
    touched: Collection[str]
    policy: str | None

    @property
    def mark(self) -> str:
        """The agent that has done exactly this."""
        what = self.scope.value
        if self.touched and self.scope is not Scope.ALL:
            what += " and touched " + hashlib.sha256("\n".join(sorted(self.touched)).encode()).hexdigest()[:12]
        about = self.about
        return f"{about.engine} {about.version} ({about.signatures}), {ACT}, {what}"

    @property
    def marks(self) -> Sequence[str]:
        """The agents of which any has done this, or more."""
        return list(dict.fromkeys((self.mark, replace(self, scope=Scope.ALL).mark)))


class ReidentificationRecord:
    """Gathers the answers about one AIP version as encoded events: some 150 bytes for each file that was asked about."""

    def __init__(self, recorder: EventRecorder, version: AIPVersion, terms: ReidentificationTerms) -> None:
        self._recorder = recorder
        self._version = version
        self._terms = terms
        self._events: list[EncodedEvent] = []
        self._clear()

    def add(self, file: Reidentified) -> None:
        if len(self._files) >= MOST_FILES or self._bytes + self._answers.bytes >= MOST_BYTES:
            self._close({})
        entry: dict[str, Json] = {
            "path": file.path,
            "before": self._answers.place(file.before) if file.before is not None else None,
            "after": plain(file.after) if isinstance(file.after, str) else self._answers.place(file.after),
            "outcome": file.outcome.value,
        }
        self._files.append(entry)
        self._bytes += len(canonical(entry)) + 1
        self._counts[file.outcome] += 1

    def events(self) -> Sequence[EncodedEvent]:
        """All of it, once nothing more is added."""
        self._close({"parts": len(self._events) + 1})
        return self._events

    def _clear(self) -> None:
        self._answers, self._bytes = AnswerList(), 0
        self._files: list[Json] = []
        self._counts = dict.fromkeys(Outcome, 0)

    def _close(self, more: Mapping[str, Json]) -> None:
        about, version = self._terms.about, self._version
        is_troubled = self._counts[Outcome.CONTRADICTED] or self._counts[Outcome.FAILED]
        event = self._recorder.event(
            EventType.FORMAT_IDENTIFICATION,
            EventOutcome.WARNING if is_troubled else EventOutcome.SUCCESS,
            objects=[
                LinkedObject(
                    id=version.aip, kind="aip", version=version.number, digest=f"sha512:{version.inventory_digest}"
                ),
                LinkedObject(id=version_id(version.aip, version.number), kind="aip version"),
            ],
            agents=[LinkedAgent(self._terms.mark)],
            detail={
                "act": ACT,
                "scope": self._terms.scope.value,
                "engine": about.engine,
                "engine_version": about.version,
                "signatures": about.signatures,
                "asked": len(self._files),
                **{outcome.value: count for outcome, count in self._counts.items()},
                "part": len(self._events) + 1,
                **more,
            },
            private={"answers": self._answers.as_json(), "files": self._files} if self._files else {},
            policy=self._terms.policy,
        )
        # The encoded bytes say it all: the values behind them are five times as large.
        self._events.append(replace(event, event=replace(event.event, private={})))
        self._clear()


def events_of(catalogue: Catalogue, aip: str) -> Iterator[tuple[SequencedEvent, int, Sequence[Reidentified]]]:
    """Each event about an AIP's files identified again, with the version and the files; in order.

    Files of an event whose text was erased are gone with it.
    """
    where = EventFilter(aip=aip, type=EventType.FORMAT_IDENTIFICATION.value)
    after = 0
    while page := catalogue.events(where, after=after, limit=_EVENTS_AT_ONCE):
        after = page[-1][0]
        for _, row in page:
            event = decode(row.entry, b"", b"")
            version = next((one.version for one in event.objects if one.id == aip), None)
            if event.detail.get("act") == ACT and row.private and version is not None:
                yield row, version, _files(json.loads(row.private))


def _files(private: Mapping[str, object]) -> Sequence[Reidentified]:
    match private:
        case {"answers": list(answers), "files": list(files)}:
            known: list[FormatIdentification] = [answer_of(one) for one in answers]
            return [
                Reidentified(
                    path=one["path"],
                    before=known[one["before"]] if one["before"] is not None else None,
                    after=one["after"] if isinstance(one["after"], str) else known[one["after"]],
                    outcome=Outcome(one["outcome"]),
                )
                for one in files
            ]
    return ()
