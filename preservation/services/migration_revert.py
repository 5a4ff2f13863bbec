"""Results of migrations taken back: a new version without their representation. Earlier versions keep it; nothing is deleted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from preservation.domain.events import EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.holdings import StoredFile, TransferStatus
from preservation.domain.identifiers import version_id
from preservation.domain.migration_plans import PACKAGE_TYPE, ItemState, MigrationItem, Person
from preservation.errors import Conflict, InUse, NotHere, Unavailable, WrongUse
from preservation.ports import Catalogue, Progress
from preservation.services.derived_versions import ChangedState, DerivedVersions, Staging
from preservation.services.ingest_request import IngestResult
from preservation.services.ledger_recording import EventRecorder
from preservation.services.migration_document import is_content
from preservation.services.migration_endings import made_representation, made_version, transfer_of
from preservation.services.settling import transfer_objects
from preservation.standards.aip_documents import Agent
from preservation.standards.aip_layout import is_document

REVERTED = "migration reverted"
PAGE = 256


@dataclass(frozen=True, slots=True)
class WithoutRepresentation:
    """services.derived_versions.Change: the state of the version before, without one representation."""

    name: str
    by: Person
    recorder: EventRecorder
    plan: str | None = None

    @property
    def package_type(self) -> str:
        return PACKAGE_TYPE

    def stage(self, staging: Staging) -> ChangedState:
        inside = f"representations/{self.name}/"
        kept = [file for file in staging.files if not file.logical_path.startswith(inside)]
        gone = [
            file
            for file in staging.files
            if file.logical_path.startswith(inside) and not is_document(file.logical_path)
        ]
        check_derived(staging.files, self.name)
        aip, number = staging.transfer.target
        objects = [
            *transfer_objects(staging.transfer),
            LinkedObject(id=version_id(aip, number - 1), kind="aip version"),
        ]
        if self.plan is not None:
            objects.append(LinkedObject(id=self.plan, kind="plan"))
        # The AIP is for ever: the account stands there without the name, which can be erased elsewhere.
        agents = [Agent(self.by.account, name=self.by.account, type="person")] if self.by.account is not None else []
        event = self.recorder.event(
            EventType.MODIFICATION,
            EventOutcome.SUCCESS,
            objects=objects,
            detail={"act": REVERTED, "representation": self.name, "files": len(gone)},
            private={"by": self.by.name},
            agents=[LinkedAgent(one.id, "implementer") for one in agents],
        )
        return ChangedState(files=kept, events=[event], agents=agents)


@dataclass(frozen=True, slots=True)
class NotReverted:
    """An AIP in which a plan's results still stand, and why."""

    aip: str
    reason: str


@dataclass(frozen=True, slots=True)
class MigrationRevert:
    """The service."""

    catalogue: Catalogue
    recorder: EventRecorder
    versions: DerivedVersions

    def revert(self, aip: str, by: Person, progress: Progress, *, representation: str | None = None) -> IngestResult:
        """Take a representation that was migrated out of the AIP's head, the newest one if none is named.

        NotHere for an unknown AIP or representation, WrongUse for one that came in, Conflict while another one that was made from
        it is still there.
        """
        summary = self.catalogue.aip(aip)
        if summary is None:
            raise NotHere(f"there is no AIP {aip}")
        files = list(self.catalogue.files(aip))
        name = representation or newest_derived(files)
        if name is None:
            raise NotHere(f"{aip} has no representation that was migrated")
        return self._make(aip, summary.head, name, files, by, progress)

    def revert_plan(self, plan: str, by: Person, progress: Progress) -> Iterator[IngestResult | NotReverted]:
        """Take back what a plan made, wherever the head still has it.

        A result for each AIP that got a new version, and a reason for each that could not get one now. NotHere for an unknown
        plan, Unavailable where no replica can be written to.
        """
        if self.catalogue.migration_table().plan(plan) is None:
            raise NotHere(f"there is no migration plan {plan}")
        if not self.versions.replicas.writable:
            raise Unavailable("no replica that can be written to is here")
        for item in self._begun(plan):
            try:
                result = self._revert_item(item, by, progress)
            except (InUse, Conflict, WrongUse, NotHere, Unavailable) as error:
                result = NotReverted(item.aip, str(error))
            if result is not None:
                yield result

    def _begun(self, plan: str) -> Iterator[MigrationItem]:
        """What may have made a version: what says so, and what was cut off before it could say so."""
        table, after = self.catalogue.migration_table(), 0
        while page := table.items(plan, states=[ItemState.MIGRATED], after=after, limit=PAGE):
            yield from page
            after = page[-1].ordinal
        yield from table.begun_items(plan)

    def _revert_item(self, item: MigrationItem, by: Person, progress: Progress) -> IngestResult | NotReverted | None:
        """None where nothing of it stands."""
        summary, version = self.catalogue.aip(item.aip), made_version(self.catalogue, item)
        if version is None:
            transfer = transfer_of(self.catalogue, item)
            is_open = transfer is not None and transfer.status is TransferStatus.RUNNING
            return NotReverted(item.aip, "whether it has got a version is not known yet") if is_open else None
        name = item.representation or made_representation(self.catalogue, item.aip, version)
        files = list(self.catalogue.files(item.aip))
        if summary is None or not any(file.logical_path.startswith(f"representations/{name}/") for file in files):
            return None
        return self._make(item.aip, summary.head, str(name), files, by, progress, item.plan)

    def _make(
        self,
        aip: str,
        head: int,
        name: str,
        files: Sequence[StoredFile],
        by: Person,
        progress: Progress,
        plan: str | None = None,
    ) -> IngestResult:
        check_derived(files, name)
        transfer = uuid5(NAMESPACE_URL, f"revert {name} of {version_id(aip, head)}").urn
        change = WithoutRepresentation(name, by, self.recorder, plan)
        return self.versions.make(transfer, aip, head, change, progress)


def newest_derived(files: Sequence[StoredFile]) -> str | None:
    """The representation with the highest number among those that were migrated."""
    names = {file.logical_path.split("/", 2)[1] for file in files if file.source is not None}
    return max(names, key=lambda name: (len(name), name), default=None)


def check_derived(files: Sequence[StoredFile], name: str) -> None:
    """NotHere if there is no such representation, WrongUse if it came in, Conflict if others were made from it."""
    inside = f"representations/{name}/"
    content = [file for file in files if file.logical_path.startswith(inside) and is_content(file.logical_path)]
    if not content:
        raise NotHere(f"there is no representation {name}")
    if any(file.source is None for file in content):
        raise WrongUse(f"the representation {name} was not made by a migration: it stays")
    users = {
        file.logical_path.split("/", 2)[1]
        for file in files
        if file.source is not None and file.source.startswith(inside) and not file.logical_path.startswith(inside)
    }
    if users:
        raise Conflict(f"{', '.join(sorted(users))} was made from {name}: it has to be reverted first")
