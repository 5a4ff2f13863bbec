"""Looking into the content of a package before anything of it is kept: for malware, and at its formats (CPP-007, 009, 010).

Bytes that an earlier version of the AIP holds already are not staged, and not looked at again: that is for the jobs that look
at what is held. What was found goes into the events of the ingest; the rows of the catalogue are made from those.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from preservation.domain.events import Event, LinkedObject
from preservation.domain.examination_policy import ExaminationPolicy, VirusPolicy, VirusScan
from preservation.domain.examinations import Examination, FileToExamine, Validity
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Finding, Severity
from preservation.domain.format_rules import AcceptFormat
from preservation.domain.holdings import StoredFile, Transfer
from preservation.domain.identifiers import version_id
from preservation.domain.ledger import EncodedEvent
from preservation.domain.packages import PlacedFile
from preservation.domain.policies import Policies
from preservation.domain.virus_names import is_unscanned
from preservation.errors import Unavailable
from preservation.ports import Clock, Progress
from preservation.ports.examination import Examiner, VirusScanner
from preservation.services.agreement_rules import left_to_archivist
from preservation.services.examination import is_examined
from preservation.services.examination_record import ACT as EXAMINATION
from preservation.services.examination_record import ExaminationRecord, ExaminationTerms
from preservation.services.ingest_request import IngestRequest
from preservation.services.ledger_recording import EventRecorder
from preservation.services.settling import transfer_objects
from preservation.services.staging import Staged
from preservation.services.submission import Submission
from preservation.services.virus_record import ACT as VIRUS_SCAN
from preservation.services.virus_record import not_scanned_event, virus_event
from preservation.services.writing import ReplicaWriters
from preservation.standards.premis.model import Agent

BATCH_FILES = 256


@dataclass(slots=True)
class Looked:
    """What looking came to. `events` are for the ledger, `told` those that the AIP's own PREMIS tells too, by `agents`.

    `scan` is what a rejection tells beside its findings; `left_to_archivist` are codes of what they have to decide on.
    """

    events: Sequence[EncodedEvent] = ()
    told: Sequence[Event] = ()
    agents: Sequence[Agent] = ()
    scan: Sequence[EncodedEvent] = ()
    left_to_archivist: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class IngestLooking:
    """The steps. Without an examiner nothing is examined; without a scanner what the policy wants scanned cannot be."""

    recorder: EventRecorder
    clock: Clock
    policies: Policies
    examiner: Examiner | None = None
    scanner: VirusScanner | None = None

    def look(
        self,
        request: IngestRequest,
        transfer: Transfer,
        submission: Submission,
        staged: Staged,
        writers: ReplicaWriters,
        progress: Progress,
        findings: list[Finding],
    ) -> Looked:
        """Scan, then examine what was staged, and add what is wrong to the findings; nothing if they reject the package already.

        Unavailable where the policy wants a scan and nobody could look.
        """
        formats = self.policies.formats
        wants_scan = formats.viruses.scan is not VirusScan.OFF
        examines = formats.examination.at_ingest and self.examiner is not None
        if not (wants_scan or examines) or any(finding.is_error for finding in findings):
            return Looked()
        _, number = transfer.target
        here = f"v{number}/"
        files = [
            (placed, file, writers.local_path(file.content_path, placed.file))
            for placed, file in zip(submission.files, staged.files, strict=True)
            if file.content_path.startswith(here)
        ]
        notes = _Notes(is_whole=number == 1 and len(files) == len(staged.files))
        scan = self._scan(transfer, files, formats.viruses, notes, progress) if wants_scan else None
        if examines and self.examiner is not None and not notes.log.has_errors:
            self._examine(self.examiner, transfer, files, formats.examination, notes, progress)
        findings.extend(notes.log.findings())
        is_kept = not (
            notes.log.has_errors or request.leaves_open(notes.left_to_archivist | left_to_archivist(findings))
        )
        if scan is not None:
            notes.scan.append(scan(is_kept))
        return Looked(
            events=[*notes.scan, *notes.examined],
            told=[one.event for one in (*notes.scan, *notes.examined[-1:])],
            agents=notes.agents,
            scan=notes.scan,
            left_to_archivist=notes.left_to_archivist,
        )

    def _scan(
        self, transfer: Transfer, files: "Sequence[_Staged]", policy: VirusPolicy, notes: "_Notes", progress: Progress
    ) -> Callable[[bool], EncodedEvent]:
        """What makes the event of it, once it is known whether the package is kept: only then it is about an AIP version."""
        version = self.policies.versions.get("formats")
        objects = transfer_objects(transfer)
        progress.begin("virus scan", sum(file.size for _, file, _ in files))
        found: list[tuple[str, str]] = []
        unscanned = 0
        try:
            scanner = self._scanner()
            name = scanner.describe()
            for batch in _batches(files):
                answers = scanner.scan([path for _, _, path in batch])
                for (placed, file, _), answer in zip(batch, answers, strict=True):
                    if answer is not None and is_unscanned(answer):
                        unscanned += 1
                        notes.locked(placed, answer)
                    elif answer is not None:
                        found.append((file.logical_path, answer))
                        notes.infected(placed, answer, policy)
                progress.advance(sum(file.size for _, file, _ in batch))
        except Unavailable as error:
            if policy.unavailable is not AcceptFormat.ACCEPT:
                raise Unavailable(f"the package could not be scanned for malware: {error}") from error
            notes.log.warning("VIRUS-NOT-SCANNED", reason=str(error))
            notes.agents.append(Agent(VIRUS_SCAN, name=VIRUS_SCAN))
            event = not_scanned_event(self.recorder, objects, files=len(files), reason=str(error), policy=version)
            return lambda _: event
        finally:
            progress.end()
        notes.agents.append(Agent(VIRUS_SCAN, name=name))
        return lambda is_kept: virus_event(
            self.recorder,
            objects,
            scanner=name,
            files=len(files),
            found=found,
            unscanned=unscanned,
            is_whole=notes.is_whole and is_kept,
            policy=version,
        )

    def _scanner(self) -> VirusScanner:
        if self.scanner is None:
            raise Unavailable("there is no scanner")
        return self.scanner

    def _examine(
        self,
        examiner: Examiner,
        transfer: Transfer,
        files: "Sequence[_Staged]",
        policy: ExaminationPolicy,
        notes: "_Notes",
        progress: Progress,
    ) -> None:
        aip, number = transfer.target
        terms = ExaminationTerms(examiner.tools(), policy.kinds, self.policies.versions.get("formats"))
        # What an earlier version holds already may not have been examined: the job finds that out.
        done = [LinkedObject(id=version_id(aip, number), kind="aip version")] if notes.is_whole else []
        record = ExaminationRecord(
            self.recorder, terms, objects=transfer_objects(transfer), done=done, time=self.clock.now()
        )
        wanted = [one for one in files if is_examined(one[1], policy.kinds)]
        progress.begin("examination", sum(file.size for _, file, _ in wanted))
        for batch in _batches(wanted):
            answers = examiner.examine([_to_examine(file, path) for _, file, path in batch])
            for (placed, file, _), one in zip(batch, answers, strict=True):
                record.add(file.logical_path, one)
                notes.examined_one(placed, one, policy)
            progress.advance(sum(file.size for _, file, _ in batch))
        progress.end()
        notes.examined.extend(record.finish())
        tools = ", ".join(f"{one.name} {one.version}" for one in terms.tools if one.version is not None)
        notes.agents += [Agent(EXAMINATION, name=EXAMINATION), Agent(terms.agent, name=terms.agent, note=tools)]


_Staged = tuple[PlacedFile, StoredFile, str]


@dataclass(slots=True)
class _Notes:
    """What comes up on the way. `is_whole`: the staged files are all that the version has."""

    is_whole: bool
    log: FindingLog = field(default_factory=FindingLog)
    scan: list[EncodedEvent] = field(default_factory=list)
    examined: list[EncodedEvent] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    left_to_archivist: frozenset[str] = frozenset()

    def infected(self, placed: PlacedFile, name: str, policy: VirusPolicy) -> None:
        is_error = policy.found is AcceptFormat.REFUSE
        self.left_to_archivist |= frozenset() if is_error else {"VIRUS-FOUND"}
        severity = Severity.ERROR if is_error else Severity.WARNING
        self.log.add(Finding("VIRUS-FOUND", severity, placed.file.path, {"name": name}))

    def locked(self, placed: PlacedFile, name: str) -> None:
        self.log.add(Finding("VIRUS-NOT-LOOKED-INTO", Severity.WARNING, placed.file.path, {"name": name}))

    def examined_one(self, placed: PlacedFile, one: Examination, policy: ExaminationPolicy) -> None:
        if one.validity is not Validity.INVALID:
            return
        self.left_to_archivist |= {"FILE-INVALID"} if policy.invalid is AcceptFormat.REVIEW else frozenset()
        severity = Severity.ERROR if policy.invalid is AcceptFormat.REFUSE else Severity.WARNING
        codes = ", ".join(dict.fromkeys(fault.code for fault in one.faults if fault.is_error)) or "?"
        tools = ", ".join(f"{tool.name} {tool.version}" for tool in one.tools) or "?"
        self.log.add(Finding("FILE-INVALID", severity, placed.file.path, {"codes": codes, "tools": tools}))


def _batches(files: Sequence[_Staged]) -> Iterator[Sequence[_Staged]]:
    stream = iter(files)
    while batch := list(islice(stream, BATCH_FILES)):
        yield batch


def _to_examine(file: StoredFile, path: str) -> FileToExamine:
    return FileToExamine(path, file.format.puid, file.format.mime) if file.format else FileToExamine(path, None)
