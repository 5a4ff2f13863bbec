"""Ingest (OAIS 4.1.1.2): a transfer becomes a new AIP, or a new version of one, or is refused with its reasons.

    accept    the transfer is known, and which AIP version it will become; its event is recorded
    examine   names, structure and manifests; whatever is wrong here costs no copy
    stage     one pass over the bytes: digests, comparison, copies to every replica's work folder, identification
    look      for malware and into each file, as the policy wants it; what is found may reject the package
    describe  PREMIS and METS of the new state
    seal      inventory, flush, read back from every replica's medium
    commit    the version becomes the head, replica by replica           <- from here on a crash is finished, not undone
    record    one database transaction: version, files, copies, events, the transfer's new status

A transfer is `preserved` once the policy's number of replicas has passed `commit`; with fewer it is `stored`, and
`replication` brings the rest. `recovery` does for interrupted transfers what follows from where they stopped.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from preservation.domain.findings import Finding
from preservation.domain.holdings import (
    AIPVersion,
    Collection,
    NewAIPVersion,
    SubmissionMode,
    Transfer,
    TransferStatus,
)
from preservation.domain.ledger import EncodedEvent
from preservation.domain.policies import Policies
from preservation.errors import Conflict, Superseded, Unavailable, Unsettled, WrongUse
from preservation.ports import Catalogue, Clock, FormatIdentifier, Minter, Progress
from preservation.services import writing
from preservation.services.agreement_rules import broken_rules, left_to_archivist
from preservation.services.bases import BaseVersion, read_base
from preservation.services.described_content import pairs
from preservation.services.format_policy import findings_of_formats
from preservation.services.indexing import index_version
from preservation.services.ingest_events import IngestEvents
from preservation.services.ingest_looking import IngestLooking
from preservation.services.ingest_request import IngestRequest, IngestResult
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.recovery import transaction
from preservation.services.replica_set import ReplicaSet
from preservation.services.settling import settle
from preservation.services.staging import Intake, stage
from preservation.services.submission import Submission, compare, examine
from preservation.services.supplements import (
    places_of_empty_directories,
    read_empty_directories,
    supplemented,
    told,
    write_empty_directories,
)
from preservation.services.transfer_check import check
from preservation.services.transfer_desk import TransferDesk
from preservation.services.versions import MadeVersion, VersionToMake, seal_version, write_head_documents
from preservation.standards.aip_documents import Agent, AIPFacts
from preservation.standards.ocfl.content_paths import ContentPaths

__all__ = ["Ingest", "IngestRequest", "IngestResult"]


@dataclass(frozen=True, slots=True)
class Ingest:
    """The service. One call of `take_in` is one transfer; processes and threads may each be taking in another one."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    identifier: FormatIdentifier | None
    recorder: EventRecorder
    events: IngestEvents
    minter: Minter
    clock: Clock
    policies: Policies
    software: Agent
    desk: TransferDesk
    looking: IngestLooking

    def take_in(self, request: IngestRequest, progress: Progress) -> IngestResult:
        """Take one package in. The caller closes the reader. Never raises for a bad package or an absent replica.

        A transfer that was taken in already, by whomever, is answered with what it came to. Raises NotHere if the AIP to be
        updated does not exist, WrongUse if it is the repository's own record, Unavailable while it or the transfer is in other
        hands, Superseded once another process has taken the transfer on.
        """
        if self.locations.repository in (request.aip, request.collection.id):
            raise WrongUse("the repository's own record is written by the repository alone")
        transfer = request.transfer or self.minter.urn()
        with self.desk.working_on(transfer, request.aip):
            taken = self.desk.take_on(request, transfer) if request.transfer else self.desk.accept(request, transfer)
            return taken if isinstance(taken, IngestResult) else self._bring_to_its_end(request, taken, progress)

    def could_not_open(
        self, name: str, collection: Collection, error: Exception, *, transfer: str | None = None
    ) -> IngestResult:
        """Record a package that could not even be opened: it was submitted, and nobody could find out what it is."""
        transfer = transfer or self.minter.urn()
        with self.desk.working_on(transfer, None):
            return self.desk.fail_unopened(transfer, name, collection, error)

    def _bring_to_its_end(self, request: IngestRequest, transfer: Transfer, progress: Progress) -> IngestResult:
        try:
            submission = examine(request.reader, self.policies.ingest.limits)
            broken: tuple[Finding, ...] = ()
            if request.agreement is not None:
                broken = broken_rules(request.agreement, submission)
                submission = replace(submission, findings=(*submission.findings, *broken))
            if any(finding.is_error for finding in submission.findings):
                # Refused already; the producer gets everything that is wrong with it in one report.
                report = check(request.reader, limits=self.policies.ingest.limits, progress=progress)
                return self.desk.reject(transfer, submission, [*report.findings, *broken])
            return self._store(request, transfer, submission, progress)
        except Unsettled as error:
            # The transfer stays as running: the next recovery sees whether a replica holds the version.
            return IngestResult(transfer.id, TransferStatus.FAILED, None, None, (), reason=str(error))
        except Superseded:
            raise
        except (Unavailable, Conflict) as error:
            return self.desk.fail(transfer, error)

    def _store(
        self, request: IngestRequest, transfer: Transfer, submission: Submission, progress: Progress
    ) -> IngestResult:
        aip, number = transfer.target
        object_root = self.locations.object_root(aip)
        base = read_base(self.catalogue, self.replicas, aip, object_root) if number > 1 else None
        if base is not None and base.inventory.head != number - 1:
            raise Conflict(f"{aip} got its version {number} from somebody else")
        writers = writing.begin(
            [store for store in self.replicas.writable.values() if base is None or store.id in base.replicas],
            tx=transaction(transfer),
            object_root=object_root,
            version=number,
            base=base.inventory_digest if base else None,
            source_path=request.reader.local_path,
        )
        with writers:
            return self._write(request, transfer, submission, object_root, base, writers, progress)

    def _write(
        self,
        request: IngestRequest,
        transfer: Transfer,
        submission: Submission,
        object_root: str,
        base: BaseVersion | None,
        writers: writing.ReplicaWriters,
        progress: Progress,
    ) -> IngestResult:
        aip, number = transfer.target
        paths = ContentPaths(number)
        progress.begin("ingest", sum(placed.file.size for placed in submission.files))
        staged = stage(
            Intake(
                reader=request.reader,
                writers=writers,
                identifier=self.identifier,
                compare=functools.partial(compare, submission),
                held=base.held if base else {},
                progress=progress,
            ),
            ((placed, paths.assign(placed.logical_path)) for placed in submission.files),
        )
        progress.end()
        is_more = base is not None and request.mode is SubmissionMode.SUPPLEMENT
        # The new version's files, and what hinders them from standing together.
        state, clashes = supplemented(self.catalogue.files(aip), staged.files) if is_more else (staged.files, [])
        findings = [*submission.findings, *staged.findings, *clashes, *told(request.reader.empty_directories)]
        rules = self.policies.formats.rules
        findings.extend(findings_of_formats(rules, request.agreement, submission, staged.files))
        looked = self.looking.look(request, transfer, submission, staged, writers, progress, findings)
        if any(finding.is_error for finding in findings):
            return self.desk.reject(transfer, submission, findings, looked.scan)
        if request.leaves_open(looked.left_to_archivist | left_to_archivist(findings)):
            return self.desk.leave_to_review(transfer, submission, findings, looked.scan)
        now = self.clock.now()
        facts = self._facts(request, transfer, submission, base, now)
        events = self.events.of_content(transfer, submission, staged, findings, identified=self.identifier is not None)
        empty = places_of_empty_directories(request.reader.empty_directories, submission.package_type)
        if base is not None and request.mode is SubmissionMode.SUPPLEMENT:
            empty |= read_empty_directories(self.replicas.stores[base.replicas[0]], object_root, state)
        state = write_empty_directories(writers, paths, base.held if base else {}, empty, state)
        files = write_head_documents(
            writers,
            paths,
            facts,
            state,
            held=base.held if base else {},
            events=[*(one.event for one in events), *looked.told],
            agents=[self.software, *looked.agents],
        )
        made = seal_version(
            writers,
            VersionToMake(
                object_id=aip,
                number=number,
                base=base.inventory if base else None,
                created=now,
                message=f"transfer {transfer.id}",
                user_name=self.software.name,
                user_address=self.locations.repository,
                files=files,
            ),
            progress,
        )
        self.desk.check_ours(transfer)
        try:
            writers.commit()
        except Unavailable as error:
            raise Unsettled(str(error)) from error
        made = replace(made, replicas=writers.replicas, dropped=writers.dropped)
        described = pairs(submission.dublin_core.items())
        try:
            if base is not None and request.mode is SubmissionMode.SUPPLEMENT:
                described = index_version(self.replicas.stores[made.replicas[0]], object_root).new.dublin_core
            return self._record(transfer, submission, facts, made, described, [*events, *looked.events], findings)
        except Superseded:
            raise
        except (Unavailable, Conflict) as error:
            # Replicas hold the version already: recovery records it.
            raise Unsettled(str(error)) from error

    def _facts(
        self,
        request: IngestRequest,
        transfer: Transfer,
        submission: Submission,
        base: BaseVersion | None,
        now: datetime,
    ) -> AIPFacts:
        aip, number = transfer.target
        title = request.title or (base.title if base else None) or submission.title
        return AIPFacts(
            aip=aip,
            title=title,
            version=number,
            created=base.created if base else now,
            version_created=now,
            collection=request.collection.id,
            collection_code=request.collection.code,
            transfer=transfer.id,
            software=self.software.name,
            software_version=self.software.version,
        )

    def _record(
        self,
        transfer: Transfer,
        submission: Submission,
        facts: AIPFacts,
        made: MadeVersion,
        described: tuple[tuple[str, str], ...],
        events: Sequence[EncodedEvent],
        findings: Sequence[Finding],
    ) -> IngestResult:
        total = sum(file.size for file in made.files)
        version = AIPVersion(
            aip=facts.aip,
            number=facts.version,
            created=facts.version_created,
            inventory_digest=made.inventory_digest,
            file_count=len(made.files),
            bytes=total,
            transfer=transfer.id,
            message=f"transfer {transfer.id}",
        )
        settled = settle(
            catalogue=self.catalogue,
            recorder=self.recorder,
            policies=self.policies,
            transfer=replace(transfer, package_type=submission.package_type.value),
            new=NewAIPVersion(
                version=version,
                collection=facts.collection,
                title=facts.title,
                files=made.files,
                dublin_core=described,
            ),
            held_by=made.replicas,
            lacking={**self.replicas.missed, **made.dropped},
            known=self.replicas.expected,
            events=events,
            now=self.clock.now(),
        )
        return IngestResult(
            transfer=transfer.id,
            status=settled.status,
            aip=facts.aip,
            version=facts.version,
            findings=findings,
            files=len(made.files),
            bytes=total,
            copies=settled.copies,
            wanted=settled.wanted,
        )
