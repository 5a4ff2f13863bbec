"""The record of second opinions: one event for each AIP version that was reviewed, from which all of it is read back.

    detail   {"act", "rule", "engine", "engine_version", "signatures", "asked", "agreed", "disagreed", "supplied", "undecided",
              "failed", "part"}; the last part of a version has "parts"
    private  {"answers": [an answer, ...], "files": [{"path", "first", "second", "verdict"}, ...]}

`first` and `second` are places in `answers`; `first` is null where no engine had answered, `second` is a sentence where the
second engine could not tell. `engine` is the policy's second one; an answer names its own. What does not fit one event goes
into several, which are recorded in one transaction.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.formats import EngineDescription, FormatIdentification
from preservation.domain.holdings import AIPVersion
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent, EventFilter, SequencedEvent
from preservation.domain.policies import SecondOpinion
from preservation.ports import Catalogue
from preservation.services.identification_values import AnswerList, answer_of, plain
from preservation.services.ledger_recording import EventRecorder
from preservation.services.second_opinion import ReviewedFile, Verdict
from preservation.standards.canonical_json import canonical
from preservation.standards.ledger_entry import MAX_PRIVATE_BYTES, decode

ACT = "second opinion"
MOST_FILES = 1000
MOST_BYTES = MAX_PRIVATE_BYTES * 3 // 4

_EVENTS_AT_ONCE = 16


def marks(rule: SecondOpinion, about: EngineDescription) -> Sequence[str]:
    """The agents of which any has done what the rule asks for: this engine, with these signatures, by this rule or a wider one.

    The first is the one that an event by the rule names.
    """
    rules = (SecondOpinion.ALWAYS,) if rule is SecondOpinion.ALWAYS else (rule, SecondOpinion.ALWAYS)
    return [f"{about.engine} {about.version} ({about.signatures}), second opinion {one.value}" for one in rules]


@dataclass(frozen=True, slots=True)
class ReviewTerms:
    """Under which policy and by which engine a review is made."""

    rule: SecondOpinion
    about: EngineDescription
    policy: str | None


class ReviewRecord:
    """Gathers the answers about one AIP version as encoded events: some 150 bytes for each file that was asked about."""

    def __init__(self, recorder: EventRecorder, version: AIPVersion, terms: ReviewTerms) -> None:
        self._recorder = recorder
        self._version = version
        self._terms = terms
        self._events: list[EncodedEvent] = []
        self._answers = AnswerList()
        self._files: list[Json] = []
        self._bytes = 0
        self._counts = dict.fromkeys(Verdict, 0)

    def add(self, file: ReviewedFile) -> None:
        if len(self._files) >= MOST_FILES or self._bytes + self._answers.bytes >= MOST_BYTES:
            self._close({})
        entry: dict[str, Json] = {
            "path": file.path,
            "first": self._answers.place(file.first) if file.first is not None else None,
            "second": self._answers.place(file.second)
            if isinstance(file.second, FormatIdentification)
            else plain(file.second),
            "verdict": file.verdict.value,
        }
        self._files.append(entry)
        self._bytes += len(canonical(entry)) + 1
        self._counts[file.verdict] += 1

    def events(self) -> Sequence[EncodedEvent]:
        """All of it, once nothing more is added: at least one event, if there was nothing to ask about too."""
        self._close({"parts": len(self._events) + 1})
        return self._events

    def _close(self, more: Mapping[str, Json]) -> None:
        about, version = self._terms.about, self._version
        is_troubled = self._counts[Verdict.DISAGREED] or self._counts[Verdict.FAILED]
        private: dict[str, Json] = {}
        if self._files:
            private = {"answers": self._answers.as_json(), "files": self._files}
        event = self._recorder.event(
            EventType.FORMAT_IDENTIFICATION,
            EventOutcome.WARNING if is_troubled else EventOutcome.SUCCESS,
            objects=[
                LinkedObject(
                    id=version.aip, kind="aip", version=version.number, digest=f"sha512:{version.inventory_digest}"
                ),
                LinkedObject(id=version_id(version.aip, version.number), kind="aip version"),
            ],
            agents=[LinkedAgent(marks(self._terms.rule, about)[0])],
            detail={
                "act": ACT,
                "rule": self._terms.rule.value,
                "engine": about.engine,
                "engine_version": about.version,
                "signatures": about.signatures,
                "asked": len(self._files),
                **{verdict.value: count for verdict, count in self._counts.items()},
                "part": len(self._events) + 1,
                **more,
            },
            private=private,
            policy=self._terms.policy,
        )
        # The encoded bytes say it all: the values behind them are five times as large.
        self._events.append(replace(event, event=replace(event.event, private={})))
        self._answers, self._files, self._bytes = AnswerList(), [], 0
        self._counts = dict.fromkeys(Verdict, 0)


def read_opinions(
    catalogue: Catalogue, aip: str, version: int
) -> Mapping[str, tuple[Verdict, FormatIdentification | str]]:
    """The second opinion on each file of a version, by logical path, the newest one where there are several.

    Files of which nobody asked, and answers that were erased, are left out.
    """
    found: dict[str, tuple[Verdict, FormatIdentification | str]] = {}
    where = EventFilter(aip=aip, type=EventType.FORMAT_IDENTIFICATION.value)
    after = 0
    while page := catalogue.events(where, after=after, limit=_EVENTS_AT_ONCE):
        after = page[-1][0]
        for _, row in page:
            event = decode(row.entry, b"", b"")
            is_of_version = any(one.id == version_id(aip, version) for one in event.objects)
            if row.private and is_of_version and event.detail.get("act") == ACT:
                found.update(_opened(json.loads(row.private)))
    return found


def opinions_in(event: SequencedEvent) -> Mapping[str, tuple[Verdict, FormatIdentification | str]]:
    """The second opinions that one event tells, by logical path; nothing of any other event."""
    if not event.private or decode(event.entry, b"", b"").detail.get("act") != ACT:
        return {}
    return _opened(json.loads(event.private))


def _opened(private: Mapping[str, object]) -> Mapping[str, tuple[Verdict, FormatIdentification | str]]:
    match private:
        case {"answers": list(answers), "files": list(files)}:
            known = [answer_of(one) for one in answers]
            return {
                one["path"]: (
                    Verdict(one["verdict"]),
                    one["second"] if isinstance(one["second"], str) else known[one["second"]],
                )
                for one in files
            }
    return {}
