"""Files of what is held, identified again (CPP-008, CPP-022): by an engine with new signatures, as a job.

found       the AIPs whose head has a file that is asked about, and that no event of this engine by these terms is linked to
asked       those files, proven against their digests before anybody looks; batches go across AIPs, two at a time
recorded    every answer, in an event for each AIP; a firm answer that differs becomes the file's identification in the
            transaction of that event

An AIP of which a file cannot be read now waits, and so does one that got a new version meanwhile; the next run takes it. AIPs are
recorded in groups: a run that is killed loses the answers of one group at most, and the next one goes on behind it.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import takewhile

from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import StoredFile
from preservation.domain.ledger import EncodedEvent
from preservation.errors import Conflict, DiskFull, NotHere, Unavailable
from preservation.ports import Catalogue, DescribedIdentifier, Progress, ScratchFolder
from preservation.services.answer_report import AnswerReport
from preservation.services.held_batches import listed
from preservation.services.held_content import HeldContents
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.reidentification_record import ReidentificationRecord, ReidentificationTerms
from preservation.services.reidentified import Outcome, Reidentified, Wanted, compare
from preservation.services.replica_set import ReplicaSet

BATCH_FILES = 128
BATCH_COPIED = 64 << 20
GROUP_FILES = 256
GROUP_AIPS = 256
PAGE = 256

_Answers = Sequence[FormatIdentification | str]


@dataclass(slots=True)
class _Held:
    """One AIP under way. `left` are files that were given to the engine and have no answer yet."""

    aip: str
    version: int
    record: ReidentificationRecord
    about: AnswerReport[Outcome] = field(default_factory=lambda: AnswerReport(Outcome))
    changes: dict[int, FormatIdentification] = field(default_factory=dict)
    left: int = 0
    is_listed: bool = False
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    held: _Held
    number: int
    file: StoredFile
    path: str


@dataclass(frozen=True, slots=True)
class _Whole:
    """An AIP that waits to be recorded."""

    held: _Held
    events: Sequence[EncodedEvent]


@dataclass(frozen=True, slots=True)
class Reidentification:
    """The service. `scratch` are two places for copies, used in turn."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    engine: DescribedIdentifier
    scratch: tuple[ScratchFolder, ScratchFolder]

    def run(
        self,
        terms: ReidentificationTerms,
        progress: Progress,
        *,
        aip: str | None = None,
        limit: int | None = None,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> AnswerReport[Outcome]:
        """Ask about up to `limit` AIPs, or about the one named. Whatever ends the run, what is done is recorded.
        No further one is begun once `may_begin` says no.

        NotHere for an unknown AIP. Unavailable if the engine does not start; DiskFull if a copy for it has no room.
        """
        if aip is not None and self.catalogue.aip(aip) is None:
            raise NotHere(f"there is no AIP {aip}")
        report = AnswerReport(Outcome)
        run = _Run(self, terms, report, progress)
        progress.begin("identified again", None)
        try:
            with ThreadPoolExecutor(len(self.scratch), thread_name_prefix="identified-again-") as threads:
                run.go(threads, run.batches(takewhile(lambda _: may_begin(), run.heads(aip, limit))))
        finally:
            run.flush()
            for one in self.scratch:
                one.clear()
        progress.end()
        return report


class _Run:
    """What one run has in hand: two batches, one group."""

    def __init__(
        self,
        service: Reidentification,
        terms: ReidentificationTerms,
        report: AnswerReport[Outcome],
        progress: Progress,
    ) -> None:
        self._of = service
        self._terms = terms
        self._wanted = Wanted(terms.scope, terms.about, frozenset(terms.touched))
        self._report = report
        self._progress = progress
        self._open: deque[_Held] = deque()
        self._group: list[_Whole] = []
        self._asked = 0
        self._turn = 0

    def heads(self, aip: str | None, limit: int | None) -> Iterator[tuple[str, int]]:
        """(aip, version) of those to be looked at."""
        count, after = 0, 0
        while True:
            page, following = self._of.catalogue.heads_holding(
                self._wanted, self._terms.marks, after=after, limit=PAGE, aip=aip
            )
            for one in page:
                if one[0] != self._of.locations.repository and (limit is None or count < limit):
                    count += 1
                    yield one
            if following is None or count == limit:
                return
            after = following

    def batches(self, heads: Iterator[tuple[str, int]]) -> Iterator[list[_Asked]]:
        """Files with the paths of their proven bytes, which lie there until the batch after the next one is asked for."""
        batch: list[_Asked] = []
        copied = 0
        for aip, version in heads:
            for asked, size in self._files(aip, version):
                batch.append(asked)
                copied += size
                if len(batch) >= BATCH_FILES or copied >= BATCH_COPIED:
                    yield batch
                    self._turn += 1
                    self._scratch.clear()
                    batch, copied = [], 0
        yield batch

    def go(self, threads: ThreadPoolExecutor, batches: Iterator[list[_Asked]]) -> None:
        under_way: deque[tuple[list[_Asked], Future[_Answers]]] = deque()
        for batch in batches:
            paths = [one.path for one in batch]
            under_way.append((batch, threads.submit(self._of.engine.identify, paths)))
            if len(under_way) == len(self._of.scratch):
                self._take(*under_way.popleft())
        while under_way:
            self._take(*under_way.popleft())

    def flush(self) -> None:
        """Record the group; where an AIP of it has a new version, the others one by one."""
        group, self._group, self._asked = self._group, [], 0
        if not group:
            return
        try:
            self._record(group)
        except Conflict:
            for one in group:
                try:
                    self._record([one])
                except Conflict as error:
                    self._report.waiting.append((one.held.aip, str(error)))
                else:
                    self._report.merge(one.held.about)
        else:
            for one in group:
                self._report.merge(one.held.about)

    def _record(self, group: Sequence[_Whole]) -> None:
        with self._of.catalogue.begin() as tx:
            for one in group:
                if one.held.changes:
                    tx.change_formats(one.held.aip, one.held.version, one.held.changes)
            tx.append_events([event for one in group for event in one.events])

    @property
    def _scratch(self) -> ScratchFolder:
        return self._of.scratch[self._turn % len(self._of.scratch)]

    def _files(self, aip: str, version: int) -> Iterator[tuple[_Asked, int]]:
        """The files of one AIP that are asked about, and how many bytes were copied for each."""
        of = self._of
        found = of.catalogue.versions(aip)[version - 1]
        held = _Held(aip, version, ReidentificationRecord(of.recorder, found, self._terms))
        self._open.append(held)
        content = HeldContents(of.catalogue, of.replicas, of.locations).of(found, self._scratch)
        for number, file in listed(of.catalogue, aip, version):
            if file.is_document or not self._wanted(file.format):
                continue
            try:
                # The folder changes with each batch.
                path, size = replace(content, scratch=self._scratch).path_of(file)
            except DiskFull:
                raise
            except Unavailable as error:
                held.reason = f"{file.logical_path}: {error}"
                break
            held.left += 1
            yield _Asked(held, number, file, path), size
        held.is_listed = True

    def _take(self, batch: list[_Asked], answers: Future[_Answers]) -> None:
        for asked, answer in zip(batch, answers.result(), strict=True):
            held = asked.held
            held.left -= 1
            file = compare(asked.file.logical_path, asked.file.format, answer)
            held.record.add(file)
            held.about.add(held.aip, file.outcome, file.finding)
            _note_change(held, asked.number, file)
        self._progress.advance(sum(asked.file.size for asked in batch))
        while self._open and self._open[0].is_listed and not self._open[0].left:
            self._close(self._open.popleft())

    def _close(self, held: _Held) -> None:
        if held.reason is not None:
            self._report.waiting.append((held.aip, held.reason))
            return
        self._group.append(_Whole(held, held.record.events()))
        self._asked += held.about.asked
        if len(self._group) >= GROUP_AIPS or self._asked >= GROUP_FILES:
            self.flush()


def _note_change(held: _Held, number: int, file: Reidentified) -> None:
    if file.outcome is Outcome.CHANGED and isinstance(file.after, FormatIdentification):
        held.changes[number] = file.after
