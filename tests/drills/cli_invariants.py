"""What must hold of a whole home after a crash and its recovery: I1 to I6, read from the database and from every replica."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha512
from pathlib import Path

from preservation import bootstrap
from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import CopyState, TransferStatus
from preservation.domain.ledger import EventFilter
from preservation.errors import PreservationError
from preservation.services import audit
from preservation.services.ledger_files import catalogue_groups, roots_at
from preservation.settings import read_settings
from preservation.standards.tree_edge import TreeEdge
from tests.drills.judges import others_complaints, our_complaints

STORAGE_ROOTS = ("ocfl", "repository")
_MOST_EVENTS = 100_000
_REPEATED = frozenset({EventType.FIXITY_CHECK, EventType.QUARANTINE, EventType.RECOVERY})


@dataclass(frozen=True, slots=True)
class Before:
    """What had been acknowledged and published before: AIPs with the digests of their packages' files, and the checkpoint."""

    aips: Mapping[str, tuple[str, ...]]
    size: int
    root: str

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)))


def load_before(path: Path) -> Before:
    values = json.loads(path.read_text())
    aips = {aip: tuple(digests) for aip, digests in values["aips"].items()}
    return Before(aips=aips, size=values["size"], root=values["root"])


def look(home: Path, aips: Mapping[str, tuple[str, ...]]) -> Before:
    """The present state, as the one before what comes next."""
    with bootstrap.reading(read_settings(home, {})) as repository:
        checkpoint = repository.catalogue.checkpoint()
    assert checkpoint is not None
    return Before(aips=aips, size=checkpoint[0], root=checkpoint[1].hex())


def package_digests(package: Path) -> tuple[str, ...]:
    """SHA-512 of every file of a package, sorted."""
    return tuple(sorted(sha512(path.read_bytes()).hexdigest() for path in package.rglob("*") if path.is_file()))


def broken_invariants(home: Path, before: Before, acknowledged: Mapping[str, tuple[str, ...]]) -> list[str]:
    """One sentence for each invariant that does not hold. `acknowledged` are AIPs whose preservation was reported since."""
    try:
        with bootstrap.reading(read_settings(home, {})) as repository:
            return [
                *_objects(repository),
                *_present(repository, {**before.aips, **acknowledged}),
                *_ledger(repository, before),
                *_commits(repository),
                *_leftovers(repository),
            ]
    except PreservationError as error:
        return [f"the home cannot be read: {type(error).__name__}: {error}"]


def unrecorded_evidence(home: Path) -> list[str]:
    """What was set aside has an event that says so: an act and its event do not part (I5, of repairs)."""
    with bootstrap.reading(read_settings(home, {})) as repository:
        recorded = {
            linked.get("id")
            for entry in _entries(repository, EventFilter(type=EventType.QUARANTINE, outcome=EventOutcome.SUCCESS))
            for linked in _linked(entry)
        }
        return [
            f"I5: a file of {one.id} lies in the quarantine of {replica.name}, and no event tells of it"
            for one in repository.catalogue.aips(limit=1000)
            for replica in _folders(repository)
            if any((replica / "quarantine").glob(f"*/{repository.locations.object_root(one.id)}"))
            and one.id not in recorded
        ]


def state(home: Path) -> frozenset[tuple[str, ...]]:
    """What two recoveries are compared by: holdings, copies, transfers, events by kind; no times, no random ids.

    Fixity checks and repairs are left out of the events: each run is one, and what it has to do again is recorded again.
    """
    with bootstrap.reading(read_settings(home, {})) as repository:
        catalogue = repository.catalogue
        rows: set[tuple[str, ...]] = set()
        for summary in catalogue.aips(limit=1000):
            for version in catalogue.versions(summary.id):
                rows.add(("version", version.aip, str(version.number), version.inventory_digest))
            for copy in catalogue.copies(summary.id):
                rows.add(("copy", copy.aip, copy.replica, str(copy.version), copy.state))
        for transfer in catalogue.transfers():
            rows.add(("transfer", transfer.id, transfer.status, str(transfer.version)))
        kinds = Counter((str(entry["type"]), str(entry["outcome"])) for entry in _entries(repository))
        rows |= {
            ("events", kind, outcome, str(count)) for (kind, outcome), count in kinds.items() if kind not in _REPEATED
        }
        for replica in _folders(repository):
            for root in STORAGE_ROOTS:
                for path in (replica / root).rglob("*"):
                    digest = sha512(path.read_bytes()).hexdigest() if path.is_file() else ""
                    rows.add(("object", replica.name, str(path.relative_to(replica)), digest))
        return frozenset(rows)


def _folders(repository: bootstrap.Repository) -> list[Path]:
    return [Path(record.url.removeprefix("file://")) for record in repository.replicas.records.values()]


def _entries(repository: bootstrap.Repository, where: EventFilter | None = None) -> Iterator[Mapping[str, object]]:
    for _, event in repository.catalogue.events(where or EventFilter(), limit=_MOST_EVENTS):
        yield json.loads(event.entry)


def _objects(repository: bootstrap.Repository) -> Iterator[str]:
    """I1, and I3: what lies on a replica is what the catalogue knows, no more."""
    known = {repository.locations.object_root(one.id) for one in repository.catalogue.aips(limit=1000)}
    known.add(repository.locations.object_root(repository.identity.id))
    for replica in _folders(repository):
        for root in STORAGE_ROOTS:
            for complaint in [*our_complaints(replica / root), *others_complaints(replica / root)]:
                yield f"I1: {replica.name}: {complaint}"
            for declaration in (replica / root).rglob("0=ocfl_object_*"):
                if str(declaration.parent.relative_to(replica)) not in known:
                    yield f"I3: {replica.name}: an object that nobody acknowledged: {declaration.parent.name}"


def _present(repository: bootstrap.Repository, aips: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """I2. The objects are valid (I1), so what remains is that they are the right ones, on every replica."""
    for aip, digests in aips.items():
        versions = repository.catalogue.versions(aip)
        if not versions:
            yield f"I2: {aip} is not in the catalogue"
            continue
        for replica in _folders(repository):
            inventory = replica / repository.locations.object_root(aip) / "inventory.json"
            data = inventory.read_bytes() if inventory.exists() else b""
            if sha512(data).hexdigest() != versions[-1].inventory_digest:
                yield f"I2: {replica.name} does not have {aip} in version {versions[-1].number}"
                continue
            missing = [digest for digest in digests if digest not in json.loads(data)["manifest"]]
            if missing:
                yield f"I2: {replica.name}: {aip} lacks files of its package: {missing}"
        for copy in repository.catalogue.copies(aip):
            if copy.state is not CopyState.INTACT:
                yield f"I2: the copy of {aip} on {copy.replica} is {copy.state} after the recovery"


def _ledger(repository: bootstrap.Repository, before: Before) -> Iterator[str]:
    """I4."""
    report = audit.verify(repository.catalogue, list(repository.replicas.stores.values()), repository.trust)
    if not report.ok or not report.complete:
        yield f"I4: the audit finds {[(one.code, one.values) for one in report.problems]}"
    if report.tree_size < before.size:
        yield f"I4: the tree has shrunk from {before.size} to {report.tree_size}"
        return
    groups = catalogue_groups(repository.catalogue, 0, before.size)
    if roots_at(groups, TreeEdge(), [before.size])[before.size].hex() != before.root:
        yield f"I4: the tree does not contain the one of size {before.size} that was signed before"


def _commits(repository: bootstrap.Repository) -> Iterator[str]:
    """I5: versions and successful ingestions pair off."""
    recorded = Counter(
        str(linked["digest"]).removeprefix("sha512:")
        for entry in _entries(repository, EventFilter(type=EventType.INGESTION, outcome=EventOutcome.SUCCESS))
        for linked in _linked(entry)
        if linked.get("kind") == "aip" and linked.get("digest")
    )
    aips = [one.id for one in repository.catalogue.aips(limit=1000)]
    if repository.identity.id not in aips:
        aips.append(repository.identity.id)
    made = Counter(version.inventory_digest for aip in aips for version in repository.catalogue.versions(aip))
    if recorded != made:
        yield f"I5: {recorded - made} ingestions without their version, {made - recorded} versions without their ingestion"


def _linked(entry: Mapping[str, object]) -> list[Mapping[str, object]]:
    objects = entry["objects"]
    assert isinstance(objects, list)
    return objects


def _leftovers(repository: bootstrap.Repository) -> Iterator[str]:
    """I6."""
    for folder in [*(replica / "work" for replica in _folders(repository)), repository.home.staging]:
        left = [path.name for path in folder.iterdir()]
        if left:
            yield f"I6: left in {folder}: {left}"
    for status in (TransferStatus.ACCEPTED, TransferStatus.RUNNING):
        for transfer in repository.catalogue.transfers(status):
            yield f"I6: {transfer.id} is still {status}"
