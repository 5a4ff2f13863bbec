"""Judging a round of the bit-rot drill: by the bytes on the replicas, by the report, and by the events in the ledger."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from preservation import bootstrap
from preservation.domain.ledger import EventFilter, SequencedEvent
from preservation.domain.names import unescape
from preservation.services.ledger_leftovers import strangers
from preservation.settings import read_settings
from preservation.standards.ledger_entry import decode
from preservation.standards.tiles import parse_path, width_of
from tests.drills.bitrot_faults import Fault, Tree

_GROWING = ("ledger/", "texts/", "fixity/")
_NOT_JUDGED = ("work", "quarantine")
_PAGE = 1000


@dataclass(slots=True)
class Judgement:
    """Faults by number, and sentences that say what else was wrong."""

    not_found: dict[int, str] = field(default_factory=dict)
    not_repaired: dict[int, str] = field(default_factory=dict)
    wrongly_reported: set[str] = field(default_factory=set)
    others: list[str] = field(default_factory=list)

    def sentences(self) -> list[str]:
        return [
            *(f"not found: {text}" for text in self.not_found.values()),
            *(f"not repaired: {text}" for text in self.not_repaired.values()),
            *(f"wrongly reported: {key}" for key in sorted(self.wrongly_reported)),
            *self.others,
        ]


@dataclass(frozen=True, slots=True)
class _Step:
    """What one event says of one file: found, quarantine, recovery; or "right" for a replica or an AIP's copy."""

    at: int
    step: str
    key: str
    ok: bool
    aip: str | None
    kept_as: str = ""


def snapshot(root: Path) -> Tree:
    """Every regular file of a replica but those in `work/` and `quarantine/`."""
    tree: Tree = {}
    for folder, folders, files in os.walk(root):
        if folder == str(root):
            folders[:] = [name for name in folders if name not in _NOT_JUDGED]
        for name in files:
            path = os.path.join(folder, name)
            key = os.path.relpath(path, root)
            tree[key] = Path(path).read_bytes() if os.path.isfile(path) and not os.path.islink(path) else b"no file"
    return tree


def last_cursor(home: Path) -> int:
    """Where the events that are recorded from now on begin."""
    with bootstrap.reading(read_settings(home, {})) as repository:
        after = 0
        while page := repository.catalogue.events(EventFilter(), after=after, limit=_PAGE):
            after = page[-1][0]
    return after


def leftovers(home: Path, tree: Tree) -> frozenset[str]:
    """Partial tiles of earlier sizes: nobody can miss one, since it need not be there."""
    with bootstrap.reading(read_settings(home, {})) as repository:
        size = repository.catalogue.ledger_size()
    names = {key: parse_path(key.removeprefix("ledger/")) for key in tree if key.startswith("ledger/tile/")}
    foreign = list(strangers([key for key in tree if key.startswith("ledger/")], set(), size))
    assert not foreign, f"left in the ledger: {foreign}"
    return frozenset(key for key, name in names.items() if name is not None and name.width < width_of(name, size))


def judge(home: Path, before: Tree, faults: Sequence[Fault], report: Mapping[str, Any], cursor: int) -> Judgement:
    """Compare what was done with what had to be."""
    after, other = snapshot(home / "replicas" / "a"), snapshot(home / "replicas" / "b")
    steps = _steps(home, cursor)
    judgement = Judgement()
    assert "problems" in report, f"the run ended with {report}"
    reported = {step.key for step in steps if step.step == "found"}
    told = {_key(one["key"]) for one in [*report["problems"], *report["replica_files"]]}
    if report["problems_in_all"] == len(report["problems"]) and told != reported:
        judgement.others.append(f"report and events differ: {sorted(told ^ reported)[:5]}")
    for number, fault in enumerate(faults):
        _judge_fault(home, number, fault, before, after, steps, judgement)
    allowed = {place for fault in faults for place in fault.within}
    for key in reported:
        if not any(key == place or key.startswith(f"{place}/") for place in allowed):
            judgement.wrongly_reported.add(key)
    judgement.others += _differences(before, after, other)
    if report["unrepaired"] or report["away"] or any(not one["repaired"] for one in report["replica_files"]):
        judgement.others.append(f"the report says: {report['unrepaired']} {report['away']}")
    return judgement


def _judge_fault(
    home: Path, number: int, fault: Fault, before: Tree, after: Tree, steps: Sequence[_Step], judgement: Judgement
) -> None:
    told = f"{fault.way} of {fault.kind}: {sorted(fault.within)}"
    found = {step.key for step in steps if step.step == "found"}
    gone = {key for key in fault.keys if key not in after and key in before and ".p/" in key}
    missed = fault.keys - found - gone
    if missed:
        judgement.not_found[number] = f"{told}, {sorted(missed)[:3]}"
    wrong = [
        key for key in fault.keys - gone if after.get(key) != before.get(key) and not _has_grown(key, before, after)
    ]
    if wrong:
        judgement.not_repaired[number] = f"{told}, {sorted(wrong)[:3]}"
        return
    for key in sorted(fault.keys - gone - missed):
        sentence = _broken_chain(home, key, fault.evidence.get(key), steps)
        if sentence:
            judgement.others.append(f"{told}: {sentence} ({key})")
            return


def _broken_chain(home: Path, key: str, evidence: bytes | None, steps: Sequence[_Step]) -> str:
    """What is wrong with the order fixity check failure, quarantine, recovery, fixity check success; "" if it is right."""
    first = next(step for step in steps if step.step == "found" and step.key == key)
    kept = next((step for step in steps if step.step == "quarantine" and step.key == key and step.at > first.at), None)
    mended = next(
        (
            step
            for step in steps
            if step.step == "recovery" and step.ok and step.at > first.at and step.key in (key, f"aip {first.aip}")
        ),
        None,
    )
    if mended is None:
        return "no recovery is recorded"
    if not any(step.step == "right" and step.aip == first.aip and step.at > mended.at for step in steps):
        return "no success is recorded after the recovery"
    if evidence is None or key.startswith("texts/"):
        return ""  # a text may have been erased: nothing of it is kept
    if kept is None or kept.at > mended.at:
        return "no quarantine is recorded before the recovery"
    path = home / "replicas" / "a" / kept.kept_as
    return "" if path.is_file() and path.read_bytes() == evidence else "the damaged bytes were not kept"


def _steps(home: Path, cursor: int) -> list[_Step]:
    with bootstrap.reading(read_settings(home, {})) as repository:
        events: list[SequencedEvent] = []
        while page := repository.catalogue.events(EventFilter(), after=cursor, limit=_PAGE):
            events += [event for _, event in page]
            cursor = page[-1][0]
    return [step for at, event in enumerate(events) for step in _steps_of(at, event)]


def _steps_of(at: int, sequenced: SequencedEvent) -> list[_Step]:
    event = decode(sequenced.entry, sequenced.private, sequenced.salt)
    aip = next((one.id for one in event.objects if one.kind == "aip"), None)
    ok = event.outcome.value == "success"
    private: Any = json.loads(json.dumps(event.private))
    if event.type == "fixity check" and "batch" not in event.detail:
        if ok:
            return [_Step(at, "right", "", True, aip)]
        return [_Step(at, "found", _key(one["file"]), False, aip) for one in private["files"]]
    if event.type in ("quarantine", "recovery"):
        key = _key(private["file"]) if "file" in private else f"aip {aip}"
        return [_Step(at, event.type.value, key, ok, aip, os.fsdecode(unescape(private.get("kept_as", ""))))]
    return []


def _differences(before: Tree, after: Tree, other: Tree) -> list[str]:
    """The damaged replica against itself before, and against the one that nobody touched."""
    sentences: list[str] = []
    for key in sorted(before.keys() | after.keys() | other.keys()):
        if key == "replica.json":
            if after.get(key) != before[key]:
                sentences.append("replica.json changed")
        elif after.get(key) != other.get(key):
            sentences.append(f"the replicas differ in {key}")
        elif not key.startswith(_GROWING) and after.get(key) != before.get(key):
            sentences.append(f"{key} is not what it was")
    return sentences


def _has_grown(key: str, before: Tree, after: Tree) -> bool:
    if key == "ledger/checkpoint":
        return key in after
    return key.startswith("texts/") and after.get(key, b"").startswith(before.get(key, b"\0"))


def _key(text: str) -> str:
    return os.fsdecode(unescape(text))
