"""Second opinions on the formats of what is kept (CPP-008, step 2a): a later job, so that ingest does not wait for a slow engine.

found       the AIPs whose head no event of this engine, with these signatures and by this rule, is linked to
asked       the files of those about which the rule wants a second answer, proven against their digests before anybody looks
recorded    both answers, in one event for each AIP; nothing of the AIP changes

An AIP of which a file cannot be read now waits, and the next run takes it. AIPs are recorded in groups: a run that is killed
loses the answers of one group at most, and the next one goes on behind those that are recorded.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from preservation.domain.formats import FormatIdentification
from preservation.domain.holdings import AIPVersion, StoredFile
from preservation.domain.ledger import EncodedEvent
from preservation.domain.policies import Policies
from preservation.errors import DiskFull, NotHere, Unavailable
from preservation.ports import Catalogue, DescribedIdentifier, Progress, ScratchFolder
from preservation.services.access_sources import find_holders
from preservation.services.format_review_content import ReviewedContent
from preservation.services.format_review_record import ReviewRecord, ReviewTerms, marks
from preservation.services.format_review_report import ReviewReport
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.replica_set import ReplicaSet
from preservation.services.second_opinion import ReviewedFile, asks_about, judge

BATCH_FILES = 128
BATCH_COPIED = 256 << 20
GROUP_FILES = 128
GROUP_AIPS = 256
PAGE = 256

_Batch = Sequence[tuple[StoredFile, str]]


@dataclass(slots=True)
class _Group:
    """AIPs that wait to be recorded together."""

    events: list[EncodedEvent] = field(default_factory=list)
    aips: int = 0
    files: int = 0

    @property
    def is_full(self) -> bool:
        return self.aips >= GROUP_AIPS or self.files >= GROUP_FILES


class _CannotRead(Exception):
    """A file of the AIP can be had from no replica now."""


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

    def run(self, progress: Progress, *, aip: str | None = None, limit: int | None = None) -> ReviewReport:
        """Look at up to `limit` AIPs that were not reviewed yet, or at the one named.

        Whatever ends the run, what is done is recorded. NotHere for an unknown AIP. Unavailable if an engine does not start;
        DiskFull if a copy for an engine has no room.
        """
        if aip is not None and self.catalogue.aip(aip) is None:
            raise NotHere(f"there is no AIP {aip}")
        formats = self.policies.formats
        terms = ReviewTerms(formats.second, self.second.describe(), self.policies.versions.get("formats"))
        report = ReviewReport()
        group = _Group()
        progress.begin("second opinions", None)
        try:
            for one in self._unreviewed(terms, aip, limit):
                try:
                    self._review(self.catalogue.versions(one)[-1], terms, group, report, progress)
                except _CannotRead as error:
                    report.waiting.append((one, str(error)))
                if group.is_full:
                    self._flush(group)
        finally:
            self._flush(group)
        progress.end()
        return report

    def _unreviewed(self, terms: ReviewTerms, aip: str | None, limit: int | None) -> Iterator[str]:
        agents = marks(terms.rule, terms.about)
        count = 0
        after: str | None = None
        while page := self.catalogue.heads_without_act(agents, after=after, limit=PAGE, aip=aip):
            for one, _ in page:
                if one == self.locations.repository:
                    continue
                if count == limit:
                    return
                count += 1
                yield one
            after = page[-1][0]

    def _review(
        self, version: AIPVersion, terms: ReviewTerms, group: _Group, report: ReviewReport, progress: Progress
    ) -> None:
        """All of one AIP, or nothing of it."""
        record = ReviewRecord(self.recorder, version, terms)
        about_this = ReviewReport()
        for batch in self._batches(version, terms):
            for file in self._ask(batch, terms.about.engine):
                record.add(file)
                about_this.add(version.aip, file)
            progress.advance(sum(file.size for file, _ in batch))
        group.events.extend(record.events())
        group.aips += 1
        group.files += about_this.asked
        report.merge(about_this)

    def _batches(self, version: AIPVersion, terms: ReviewTerms) -> Iterator[_Batch]:
        """The files to ask about, each with the path of its proven bytes, which lie there until the next batch is asked for."""
        wanted = asks_about(terms.rule)
        content = ReviewedContent(
            object_root=self.locations.object_root(version.aip),
            holders=find_holders(self.catalogue, self.replicas, version),
            away=[f"{self.replicas.name(replica)}: {reason}" for replica, reason in self.replicas.away.items()],
            scratch=self.scratch,
        )
        batch: list[tuple[StoredFile, str]] = []
        copied = 0
        try:
            for file in self.catalogue.files(version.aip, version.number):
                # Metadata documents of our own making are what they are; a file that came in without an answer needs one most.
                if file.original_path is None or not (file.format is None or wanted(file.format)):
                    continue
                path, size = _path_of(content, file)
                batch.append((file, path))
                copied += size
                if len(batch) >= BATCH_FILES or copied >= BATCH_COPIED:
                    yield batch
                    self.scratch.clear()
                    batch, copied = [], 0
            if batch:
                yield batch
        finally:
            self.scratch.clear()

    def _ask(self, batch: _Batch, second: str) -> Iterator[ReviewedFile]:
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


def _path_of(content: ReviewedContent, file: StoredFile) -> tuple[str, int]:
    try:
        return content.path_of(file)
    except DiskFull:
        raise
    except Unavailable as error:
        raise _CannotRead(f"{file.logical_path}: {error}") from error
