"""Second opinions on the formats of what is kept (CPP-008, step 2a): a later job, so that ingest does not wait for a slow engine.

found       the AIPs whose head no event of this engine, with these signatures and by this rule, is linked to
asked       the files of those about which the rule wants a second answer, proven against their digests before anybody looks
recorded    both answers, in one event for each AIP; nothing of the AIP changes

An AIP of which a file cannot be read now waits, and the next run takes it. AIPs are recorded in groups: a run that is killed
loses the answers of one group at most, and the next one goes on behind those that are recorded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import AIPVersion, StoredFile
from preservation.domain.ledger import EncodedEvent
from preservation.domain.policies import Policies
from preservation.errors import NotHere
from preservation.ports import Catalogue, DescribedIdentifier, Progress, ScratchFolder
from preservation.services.answer_report import AnswerReport
from preservation.services.format_review_record import ReviewRecord, ReviewTerms, marks
from preservation.services.held_batches import Batch, CannotRead, Page, heads_left, listed, proven_batches
from preservation.services.held_content import HeldContents
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.replica_set import ReplicaSet
from preservation.services.second_opinion import ReviewedFile, Verdict, asks_about, judge

BATCH_FILES = 128
BATCH_COPIED = 256 << 20
GROUP_FILES = 128
GROUP_AIPS = 256
PAGE = 256


@dataclass(slots=True)
class _Group:
    """AIPs that wait to be recorded together."""

    events: list[EncodedEvent] = field(default_factory=list)
    aips: int = 0
    files: int = 0

    @property
    def is_full(self) -> bool:
        return self.aips >= GROUP_AIPS or self.files >= GROUP_FILES


@dataclass(frozen=True, slots=True)
class FormatReview:
    """The service.

    `first` and `second` are the engines in the policy's order. `second` is asked, except about files whose recorded answer is
    its own, from a time of another policy: no engine seconds itself, so there it is `first`.
    """

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    policies: Policies
    first: DescribedIdentifier
    second: DescribedIdentifier
    scratch: ScratchFolder

    def run(
        self,
        progress: Progress,
        *,
        aip: str | None = None,
        limit: int | None = None,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> AnswerReport[Verdict]:
        """Look at up to `limit` AIPs that were not reviewed yet, or at the one named.
        No further one is begun once `may_begin` says no.

        Whatever ends the run, what is done is recorded. NotHere for an unknown AIP. Unavailable if an engine does not start;
        DiskFull if a copy for an engine has no room.
        """
        if aip is not None and self.catalogue.aip(aip) is None:
            raise NotHere(f"there is no AIP {aip}")
        formats = self.policies.formats
        terms = ReviewTerms(formats.second, self.second.describe(), self.policies.versions.get("formats"))
        report = AnswerReport(Verdict)
        group = _Group()
        progress.begin("second opinions", None)
        try:
            for one in takewhile(lambda _: may_begin(), self._unreviewed(terms, aip, limit)):
                try:
                    self._review(self.catalogue.versions(one)[-1], terms, group, report, progress)
                except CannotRead as error:
                    report.waiting.append((one, str(error)))
                if group.is_full:
                    self._flush(group)
        finally:
            self._flush(group)
        progress.end()
        return report

    def _unreviewed(self, terms: ReviewTerms, aip: str | None, limit: int | None) -> Iterator[str]:
        agents = marks(terms.rule, terms.about)

        def page_after(after: str | None) -> Page:
            return self.catalogue.heads_without_act(agents, after=after, limit=PAGE, aip=aip)

        return heads_left(page_after, but=self.locations.repository, limit=limit)

    def _review(
        self, version: AIPVersion, terms: ReviewTerms, group: _Group, report: AnswerReport[Verdict], progress: Progress
    ) -> None:
        """All of one AIP, or nothing of it."""
        record = ReviewRecord(self.recorder, version, terms)
        about_this = AnswerReport(Verdict)
        for batch in self._batches(version, terms):
            for file in self._ask(batch, terms.about.engine):
                record.add(file)
                about_this.add(version.aip, file.verdict, file.finding)
            progress.advance(sum(file.size for file, _ in batch))
        group.events.extend(record.events())
        group.aips += 1
        group.files += about_this.asked
        report.merge(about_this)

    def _batches(self, version: AIPVersion, terms: ReviewTerms) -> Iterator[Batch]:
        """The files to ask about: one that came in without an answer needs one most."""
        wanted = asks_about(terms.rule)
        content = HeldContents(self.catalogue, self.replicas, self.locations).of(version, self.scratch)
        files = (
            file
            for _, file in listed(self.catalogue, version.aip, version.number)
            if not file.is_document and (file.format is None or wanted(file.format))
        )
        return proven_batches(content, files, most_files=BATCH_FILES, most_copied=BATCH_COPIED)

    def _ask(self, batch: Batch, second: str) -> Iterator[ReviewedFile]:
        paths: dict[bool, list[str]] = {False: [], True: []}
        for file, path in batch:
            paths[_is_from(second, file)].append(path)
        answers = {
            is_own: iter(engine.identify(paths[is_own]) if paths[is_own] else ())
            for is_own, engine in ((False, self.second), (True, self.first))
        }
        for file, _ in batch:
            answer: FormatIdentification | str = next(answers[_is_from(second, file)])
            yield judge(file.logical_path, file.format, answer)

    def _flush(self, group: _Group) -> None:
        if group.events:
            with self.catalogue.begin() as tx:
                tx.append_events(group.events)
        group.events, group.aips, group.files = [], 0, 0


def _is_from(engine: str, file: StoredFile) -> bool:
    return file.format is not None and file.format.engine == engine
