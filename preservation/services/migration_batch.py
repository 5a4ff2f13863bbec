"""Files of one batch converted, and the proof of each: identified again as the target, not invalid, saying the same (CPP-014).

Whatever does not pass all of it is an outcome with a code, and its file stays as it was. Phase by phase over the whole batch:
identification and examination work on many files at once, conversion and comparison on two at a time.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeVar

from preservation.domain.conversions import Comparison, Converted, NotConverted, Sameness
from preservation.domain.examinations import Examination, FileToExamine, Validity
from preservation.domain.format_rules import MigrationRule
from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.domain.migration_plans import OF_SOURCE
from preservation.domain.tools import ToolDescription
from preservation.ports import Clock, FormatIdentifier
from preservation.ports.conversion import Converter
from preservation.ports.examination import Examiner
from preservation.ports.migrations import KeptFile, MigrationWork

WORKERS = 2

_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True, slots=True)
class ProvenSource:
    """A file of the AIP, and where its proven bytes can be looked at."""

    file: StoredFile
    path: str


@dataclass(frozen=True, slots=True)
class ResultFile:
    """One result that is the target: its bytes on this machine, and what is known of them."""

    kept: KeptFile
    format: FormatIdentification
    examination: Examination


@dataclass(frozen=True, slots=True)
class Migrated:
    """A file and its results, of which all was shown that a migration has to show."""

    results: tuple[ResultFile, ...]
    converted: Converted
    before: Examination
    comparison: Comparison
    seconds: float

    @property
    def result_bytes(self) -> int:
        return sum(one.kept.size for one in self.results)


@dataclass(frozen=True, slots=True)
class NotMigrated:
    """Why a file was left as it is. Codes that begin with SOURCE- are about the file itself, all others about the result."""

    code: str
    detail: str
    tools: tuple[ToolDescription, ...] = ()
    comparison: Comparison | None = None
    seconds: float = 0.0

    @property
    def is_of_source(self) -> bool:
        return self.code.startswith(OF_SOURCE)


Outcome = Migrated | NotMigrated


@dataclass(slots=True)
class _InHand:
    """A file on its way through the phases. `outcome` is set as soon as it is known."""

    source: ProvenSource
    folder: str
    examined: FileToExamine
    before: Examination
    begun: datetime
    outcome: Outcome | None = None
    converted: Converted | None = None
    kept: tuple[KeptFile, ...] = ()
    formats: tuple[FormatIdentification, ...] = ()
    after: tuple[Examination, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class BatchMigrator:
    """Migrates by one rule. With `takes_invalid` files are tried that a validator has found faults in."""

    converter: Converter
    identifier: FormatIdentifier
    examiner: Examiner
    clock: Clock
    rule: MigrationRule
    takes_invalid: bool = False

    def migrate(self, sources: Sequence[ProvenSource], work: MigrationWork) -> Sequence[tuple[Outcome, str]]:
        """For each source its outcome and the folder that its results lie in, which the caller drops.

        Raises Unavailable where a tool is not here, or does not answer: then nothing is known of any of them.
        """
        examined = [_to_examine(one) for one in sources]
        before = self.examiner.examine(examined)
        now = self.clock.now()
        hands = [
            _InHand(source, work.fresh(), about, found, now)
            for source, about, found in zip(sources, examined, before, strict=True)
        ]
        for hand in hands:
            if hand.before.validity is Validity.INVALID and not self.takes_invalid:
                hand.outcome = NotMigrated("SOURCE-INVALID", _faults(hand.before), hand.before.tools)
        with ThreadPoolExecutor(WORKERS) as threads:
            _each(threads, partial(self._convert, work), _going(hands))
            self._identify(_going(hands))
            self._examine(_going(hands))
            _each(threads, self._compare, _going(hands))
        return [(_known(hand), hand.folder) for hand in hands]

    def _convert(self, work: MigrationWork, hand: _InHand) -> None:
        begun = self.clock.now()
        found = self.converter.convert(self.rule.recipe, hand.examined, hand.folder, self.rule.parameters)
        if isinstance(found, NotConverted):
            hand.outcome = NotMigrated(found.code, found.detail, found.tools, seconds=self._since(begun))
            return
        kept = [work.look(hand.folder, path) for path in found.paths]
        hand.seconds = self._since(begun)
        good = tuple(one for one in kept if one is not None)
        if not good or len(good) < len(kept):
            hand.outcome = NotMigrated("RESULT-MISSING", "the tool left no plain file", found.tools)
        else:
            hand.converted, hand.kept = found, good

    def _identify(self, hands: Sequence[_InHand]) -> None:
        """In one question over all results."""
        paths = [one.path for hand in hands for one in hand.kept]
        answers = iter(self.identifier.identify(paths) if paths else ())
        for hand in hands:
            given = list(islice(answers, len(hand.kept)))
            hand.formats = tuple(one for one in given if isinstance(one, FormatIdentification))
            other = [
                (one.puid or "unknown") if isinstance(one, FormatIdentification) else one
                for one in given
                if not isinstance(one, FormatIdentification) or one.puid != self.rule.target
            ]
            if other:
                said = f"{other[0]} instead of {self.rule.target}"
                hand.outcome = NotMigrated("RESULT-OTHER-FORMAT", said, _converted(hand).tools)

    def _examine(self, hands: Sequence[_InHand]) -> None:
        found = iter(self.examiner.examine([one for hand in hands for one in _results(hand)]))
        for hand in hands:
            hand.after = tuple(islice(found, len(hand.kept)))
            bad = next((one for one in hand.after if one.validity is Validity.INVALID), None)
            if bad is not None:
                hand.outcome = NotMigrated("RESULT-INVALID", _faults(bad), bad.tools)

    def _compare(self, hand: _InHand) -> None:
        begun = self.clock.now()
        converted = _converted(hand)
        compared = self.converter.compare(self.rule.recipe, hand.examined, _results(hand), self.rule.bounds)
        seconds = hand.seconds + self._since(begun)
        if compared.sameness is not Sameness.SAME:
            code = "RESULT-DIFFERENT" if compared.sameness is Sameness.DIFFERENT else "RESULT-NOT-COMPARED"
            tools = tuple(dict.fromkeys((*converted.tools, *compared.tools)))
            hand.outcome = NotMigrated(code, compared.detail or _failed(compared), tools, compared, seconds)
            return
        results = tuple(map(ResultFile, hand.kept, hand.formats, hand.after))
        hand.outcome = Migrated(results, converted, hand.before, compared, seconds)

    def _since(self, begun: datetime) -> float:
        return (self.clock.now() - begun).total_seconds()


def _each(threads: ThreadPoolExecutor, do: Callable[[_In], _Out], hands: Sequence[_In]) -> None:
    """All of them, also where one raises: nothing may still be at work when the caller clears away."""
    jobs = [threads.submit(do, one) for one in hands]
    errors = [error for job in jobs if (error := job.exception()) is not None]
    if errors:
        raise errors[0]


def _going(hands: Sequence[_InHand]) -> list[_InHand]:
    return [hand for hand in hands if hand.outcome is None]


def _known(hand: _InHand) -> Outcome:
    if hand.outcome is None:
        raise AssertionError("every file has come to an outcome")
    return hand.outcome


def _converted(hand: _InHand) -> Converted:
    if hand.converted is None:
        raise AssertionError("only what was converted goes on")
    return hand.converted


def _to_examine(source: ProvenSource) -> FileToExamine:
    found = source.file.format
    return FileToExamine(source.path, found.puid if found else None, found.mime if found else "")


def _results(hand: _InHand) -> list[FileToExamine]:
    return [
        FileToExamine(kept.path, found.puid, found.mime) for kept, found in zip(hand.kept, hand.formats, strict=True)
    ]


def _faults(found: Examination) -> str:
    return "; ".join(f"{one.code} {one.detail}".strip() for one in found.faults if one.is_error)


def _failed(compared: Comparison) -> str:
    return "; ".join(
        f"{one.name}: {one.before} / {one.after} ({one.bound})" for one in compared.measures if not one.holds
    )
