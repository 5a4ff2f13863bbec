"""Access (OAIS 4.1.1.7): a DIP made from an AIP, every byte verified while it is read (CPP-006, CPP-002).

    prove     the inventories have the digests that the ledger holds; they say what every file's bytes must be
    deliver   each file from the first replica that has it right, into a folder that nobody sees yet
    describe  manifests and other tag files, where the form has any
    seal      everything durable
    publish   the event is recorded, and the folder takes its name              <- before this, a crash leaves nothing there

No wrong byte is ever given out: where no replica has a file right, nothing is, and the reader is told which file it was.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from preservation.domain.events import EventOutcome, EventType, Json, LinkedObject
from preservation.domain.finding_log import FindingLog
from preservation.domain.holdings import AIPVersion
from preservation.domain.ledger import EncodedEvent
from preservation.errors import Conflict, NotHere, Unavailable, WrongUse
from preservation.ports import Catalogue, Clock, ExportTarget, Progress
from preservation.services.access_bag import BagFacts, is_payload, write_tag_files
from preservation.services.access_checks import AccessChecks, WholeRead
from preservation.services.access_folders import KeptInMemory, folders_in_bag, folders_in_tree, read_folders
from preservation.services.access_names import deliveries, places_in_bag, places_in_folder
from preservation.services.access_reading import Delivery, Holder, VerifiedContent
from preservation.services.access_report import DIPForm, ExportOutcome, ExportReport, NotDelivered
from preservation.services.access_sources import explain_lost_inventory, find_holders
from preservation.services.ingest_events import findings_as_json
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.object_files import ProvenObject, prove_object
from preservation.services.replica_set import ReplicaSet
from preservation.services.supplements import EMPTY_DIRECTORIES
from preservation.standards.aip_documents import Agent
from preservation.standards.aip_layout import DESCRIPTIVE
from preservation.standards.ocfl.inventory import Inventory

# What an export found of a copy that a check has to look at.
_DOUBTS = ("EXPORT-SOURCE-DAMAGED", "EXPORT-SOURCE-MISSING")

__all__ = ["Access", "DIPForm", "ExportOutcome", "ExportReport"]


@dataclass(frozen=True, slots=True)
class Access:
    """The service."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    clock: Clock
    software: Agent
    checks: AccessChecks | None = None

    def export(
        self, aip: str, form: DIPForm, destination: ExportTarget, *, version: int | None = None, progress: Progress
    ) -> ExportReport:
        """Make a DIP of a version (the head if None) at the destination, whole or not at all; its event is recorded.

        For OCFL the object is given as it was at that version. Raises NotHere for an unknown AIP or version, WrongUse for
        a destination that is taken, DiskFull, Conflict and Unavailable where the destination fails.
        """
        versions = self.catalogue.versions(aip)
        if not versions:
            raise NotHere(f"there is no AIP {aip}")
        chosen = versions[-1] if version is None else next((one for one in versions if one.number == version), None)
        if chosen is None:
            raise NotHere(f"{aip} has no version {version}")
        holders = find_holders(self.catalogue, self.replicas, chosen)
        destination.begin()
        work = _Export(self, chosen, form, destination, progress, holders, FindingLog())
        try:
            return work.run(versions)
        except NotDelivered as failure:
            destination.abort()
            return work.failed(failure.outcome)
        except (Unavailable, Conflict, WrongUse) as error:
            work.record_error(error)
            raise
        finally:
            # Nothing happens here after a publication that was closed.
            destination.abort()


@dataclass(frozen=True, slots=True)
class _Export:
    """One export on its way."""

    access: Access
    version: AIPVersion
    form: DIPForm
    target: ExportTarget
    progress: Progress
    holders: Sequence[Holder]
    notes: FindingLog
    whole: list[WholeRead] = field(default_factory=list)

    def run(self, versions: Sequence[AIPVersion]) -> ExportReport:
        self.progress.begin("export", None if self.form is DIPForm.OCFL else self.version.bytes)
        try:
            files, size = self._write(versions)
            self.target.seal()
        finally:
            self.progress.end()
        with self.access.catalogue.begin() as tx:
            tx.append_events([self._event(EventOutcome.SUCCESS, {"files": files, "bytes": size})])
            # Last, so that nothing is given out without its event; should the commit fail, `abort` takes it back.
            self.target.publish()
        self.target.close()
        with suppress(Unavailable):  # then it was no check; the export is given out all the same
            self._tell_fixity(versions)
        return self._report(ExportOutcome.DONE, files, size)

    def _tell_fixity(self, versions: Sequence[AIPVersion]) -> None:
        """What was seen of copies on the way: one was read as a whole, or one had something wrong."""
        checks = self.access.checks
        if checks is None:
            return
        found = self.notes.findings()
        doubtful = {str(one.values["replica"]) for one in found if one.code in _DOUBTS}
        if doubtful:
            checks.doubt(self.version.aip, doubtful)
        if self.whole and self.version == versions[-1]:
            checks.count(versions, self.whole[0])

    def _write(self, versions: Sequence[AIPVersion]) -> tuple[int, int]:
        if self.form is DIPForm.OCFL:
            return self._write_object(self._prove(versions))
        inventory = self._prove(versions).inventory  # the rest of a large object need not be kept meanwhile
        return self._write_tree(inventory) if self.form is DIPForm.EARK else self._write_bag(inventory)

    def failed(self, outcome: ExportOutcome) -> ExportReport:
        with self.access.catalogue.begin() as tx:
            tx.append_events([self._event(EventOutcome.FAILURE, {"reason": outcome.value})])
        return self._report(outcome, 0, 0)

    def record_error(self, error: Exception) -> None:
        event = self._event(EventOutcome.FAILURE, {"error": type(error).__name__}, reason=str(error))
        with self.access.catalogue.begin() as tx:
            tx.append_events([event])

    def _prove(self, versions: Sequence[AIPVersion]) -> ProvenObject:
        root, holders = self._object_root(), self.holders
        proven = prove_object(versions, root, [holder.store for holder in holders], upto=self.version.number)
        if proven is None:
            needed = [one for one in versions if one.number <= self.version.number]
            name, unread = explain_lost_inventory(needed, root, holders, self.notes)
            raise self._not_delivered(name, unsure=unread or bool(self.access.replicas.away))
        return proven

    def _not_delivered(self, name: str, *, unsure: bool) -> NotDelivered:
        self.notes.error("EXPORT-CONTENT-UNREACHABLE" if unsure else "EXPORT-CONTENT-LOST", name)
        return NotDelivered(ExportOutcome.UNREACHABLE if unsure else ExportOutcome.LOST)

    def _write_object(self, proven: ProvenObject) -> tuple[int, int]:
        for path, data in proven.known.items():
            self.target.put(path.encode(), data)
        digests = proven.inventory.sha256
        content = (
            Delivery(path, path, digest, digests[path], path.encode())
            for digest, paths in proven.inventory.manifest.items()
            for path in paths
        )
        source = VerifiedContent(
            self._object_root(),
            self.holders,
            self.access.replicas.away,
            self.notes,
            cold=self.access.checks is not None,
        )
        files, size = self._deliver(sorted(content, key=_place), source)
        self.whole.append(WholeRead(proven, source.sources, size))
        return files + len(proven.known), size + sum(map(len, proven.known.values()))

    def _write_tree(self, inventory: Inventory) -> tuple[int, int]:
        # The folder of an information package is named by its identifier, without the characters that systems refuse.
        folder = self.version.aip.replace(":", "_")
        places = places_in_folder(self._state(inventory), folder, self.notes)
        files = list(deliveries(inventory, self.version.number, places))
        content = self._content()
        delivered = self._deliver(files, content)
        for place in folders_in_tree(self._empty_folders(files, content), folder, files, self.notes):
            self.target.make_folder(place)
        return delivered

    def _write_bag(self, inventory: Inventory) -> tuple[int, int]:
        places, renamed = places_in_bag(self._state(inventory), self._submitted_metadata(), self.notes)
        files = list(deliveries(inventory, self.version.number, places))
        tags = [file for file in files if not is_payload(file)]
        content = self._content()
        _, payload_bytes = self._deliver((file for file in files if is_payload(file)), content)
        _, tag_bytes = self._deliver(tags, content)
        for place in folders_in_bag(self._empty_folders(tags, content), files, self.notes):
            self.target.make_folder(place)
        summary = self.access.catalogue.aip(self.version.aip)
        facts = BagFacts(
            aip=self.version.aip,
            title=summary.title if summary else "",
            version=self.version.number,
            inventory_digest=self.version.inventory_digest,
            date=self.access.clock.now(),
            software=f"{self.access.software.name} {self.access.software.version}".strip(),
            payload_bytes=payload_bytes,
        )
        more_files, more_bytes = write_tag_files(self.target, facts, files, renamed)
        return len(files) + more_files, payload_bytes + tag_bytes + more_bytes

    def _state(self, inventory: Inventory) -> Iterable[str]:
        return inventory.versions[self.version.number].state

    def _submitted_metadata(self) -> frozenset[str]:
        """What came in a folder's own `metadata/`; descriptions that the archive wrote have no original path."""
        return frozenset(
            file.logical_path
            for file in self.access.catalogue.files(self.version.aip, self.version.number)
            if file.original_path is not None and file.logical_path.startswith(DESCRIPTIVE)
        )

    def _empty_folders(self, files: Iterable[Delivery], content: VerifiedContent) -> Sequence[str]:
        """Logical paths of folders that came in empty, as the AIP's own document names them."""
        document = next((file for file in files if file.name == EMPTY_DIRECTORIES), None)
        if document is None:
            return ()
        kept = KeptInMemory()
        if content.deliver(document, kept) is None:
            raise self._not_delivered(document.name, unsure=content.unsure)
        return read_folders(kept.data)

    def _deliver(self, files: Iterable[Delivery], content: VerifiedContent) -> tuple[int, int]:
        number = total = 0
        for file in files:
            size = content.deliver(file, self.target)
            if size is None:
                raise self._not_delivered(file.name, unsure=content.unsure)
            number += 1
            total += size
            self.progress.advance(size)
        return number, total

    def _content(self) -> VerifiedContent:
        return VerifiedContent(self._object_root(), self.holders, self.access.replicas.away, self.notes)

    def _object_root(self) -> str:
        return self.access.locations.object_root(self.version.aip)

    def _event(self, outcome: EventOutcome, detail: dict[str, Json], *, reason: str = "") -> EncodedEvent:
        findings = self.notes.findings()
        codes: list[Json] = [*sorted({finding.code for finding in findings})]
        private: dict[str, Json] = {"destination": self.target.name, **findings_as_json(findings)}
        if reason:
            private["reason"] = reason
        return self.access.recorder.event(
            EventType.DISSEMINATION,
            outcome,
            objects=[
                LinkedObject(
                    id=self.version.aip,
                    kind="aip",
                    version=self.version.number,
                    digest=f"sha512:{self.version.inventory_digest}",
                )
            ],
            detail={"form": self.form.value, "codes": codes, **detail},
            private=private,
        )

    def _report(self, outcome: ExportOutcome, files: int, size: int) -> ExportReport:
        return ExportReport(
            outcome=outcome,
            aip=self.version.aip,
            version=self.version.number,
            form=self.form,
            files=files,
            bytes=size,
            findings=self.notes.findings(),
        )


def _place(file: Delivery) -> bytes:
    return file.place
