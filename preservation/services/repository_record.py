"""The repository's own AIP: what the archive decided and how it is arranged, kept like everything else that is kept.

Its id is the repository's. It holds, as files of a representation:

    repository.json    id, origin of the ledger, the keys that may have signed it
    collections.json   the tree of fonds
    accounts.json      who may act, and their roles within collections: names, and never a password, a token or a session
    replicas.json      the storage locations by id, name and role (not where they are: that changes)
    policies/*.toml    the policies in force, as they are
    policies/signatures/*  signature files that the archive put in force
    README.txt         the text that explains a replica, as this release writes it

Every change makes a new version of it, and its own events. No secret is ever in it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha512

from preservation.domain.events import EventOutcome, EventType
from preservation.domain.holdings import AIPVersion, Collection, NewAIPVersion, StoredFile, Transfer, TransferStatus
from preservation.domain.packages import PackageFile
from preservation.domain.policies import Policies
from preservation.ports import Catalogue, Clock, Locks, Minter, Progress
from preservation.services import writing
from preservation.services.bases import read_base
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.recorded_accounts import account_value
from preservation.services.recovery import Recovery, check_ours, transaction
from preservation.services.replica_set import ReplicaSet
from preservation.services.settling import settle, transfer_objects
from preservation.services.versions import VersionToMake, seal_version, write_digested, write_head_documents
from preservation.standards.aip_documents import Agent, AIPFacts
from preservation.standards.ocfl.content_paths import ContentPaths

DATA = "representations/rep1/data/"
README = "README.txt"
COLLECTION_CODE = "repository"
TITLE = "Repository record"
PACKAGE_TYPE = "record"
LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class RepositoryIdentity:
    """`vkeys` are the verifier keys that signed or sign the ledger, oldest first (C2SP signed-note)."""

    id: str
    origin: str
    vkeys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RepositoryRecord:
    """The service that keeps the record up to date."""

    identity: RepositoryIdentity
    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations
    recorder: EventRecorder
    minter: Minter
    clock: Clock
    policies: Policies
    software: Agent
    locks: Locks
    explanation: bytes
    recovery: Recovery

    def collection(self) -> Collection:
        """The reserved collection that holds the record."""
        return Collection(id=self.identity.id, code=COLLECTION_CODE, title=TITLE)

    def save(self, policy_files: Mapping[str, bytes], progress: Progress) -> bool:
        """Make a new version if anything differs from the last; whether it did.

        Raises Unavailable if no replica takes it, or while one that is away may hold a version that nobody recorded.
        """
        documents = self._documents(policy_files)
        if self._is_recorded(documents):
            return False
        transfer = self.minter.urn()
        with (
            self.locks.hold(f"transfer:{transfer}", seconds=0),
            self.locks.hold(f"aip:{self.identity.id}", seconds=LOCK_SECONDS),
        ):
            self.recovery.settle_left(self.identity.id, but=transfer)
            if self._is_recorded(documents):
                return True
            held = self.catalogue.aip(self.identity.id)
            self._make(transfer, held.head + 1 if held else 1, documents, progress)
        return True

    def _is_recorded(self, documents: Mapping[str, bytes]) -> bool:
        current = {
            file.logical_path.removeprefix(DATA): file.sha512
            for file in self.catalogue.files(self.identity.id)
            if file.logical_path.startswith(DATA)
        }
        return current == {name: sha512(data).digest() for name, data in documents.items()}

    def _documents(self, policy_files: Mapping[str, bytes]) -> dict[str, bytes]:
        collections = sorted(self.catalogue.collections(), key=lambda one: one.id)
        replicas = sorted(self.catalogue.replicas(), key=lambda one: one.id)
        documents = {
            "repository.json": _json(
                {"id": self.identity.id, "origin": self.identity.origin, "vkeys": list(self.identity.vkeys)}
            ),
            "collections.json": _json(
                [{"id": one.id, "code": one.code, "title": one.title, "parent": one.parent} for one in collections]
            ),
            "accounts.json": _json([account_value(one) for one in self.catalogue.account_table().accounts()]),
            "replicas.json": _json(
                [{"id": one.id, "name": one.name, "role": one.role, "added": one.added.isoformat()} for one in replicas]
            ),
        }
        documents |= {README: self.explanation}
        documents |= {f"policies/{name}": data for name, data in policy_files.items()}
        return dict(sorted(documents.items()))

    def _make(self, id: str, number: int, documents: Mapping[str, bytes], progress: Progress) -> None:
        transfer = Transfer(
            id=id,
            status=TransferStatus.RUNNING,
            collection=self.identity.id,
            created=self.clock.now(),
            package_type=PACKAGE_TYPE,
            aip=self.identity.id,
            version=number,
        )
        accepted = self.recorder.event(
            EventType.TRANSFER,
            EventOutcome.SUCCESS,
            objects=transfer_objects(transfer),
            detail={"carrier": PACKAGE_TYPE, "files": len(documents), "package_type": PACKAGE_TYPE},
            time=transfer.created,
        )
        with self.catalogue.begin() as tx:
            tx.save_collection(self.collection())
            tx.save_transfer(transfer)
            tx.append_events([accepted])
        object_root = self.locations.object_root(self.identity.id)
        base = read_base(self.catalogue, self.replicas, self.identity.id, object_root) if number > 1 else None
        now = self.clock.now()
        event = self.recorder.event(
            EventType.METADATA_MODIFICATION,
            EventOutcome.SUCCESS,
            objects=transfer_objects(transfer),
            detail={"documents": len(documents), "package_type": PACKAGE_TYPE},
        )
        with writing.begin(
            [store for store in self.replicas.writable.values() if base is None or store.id in base.replicas],
            tx=transaction(transfer),
            object_root=object_root,
            version=number,
            base=base.inventory_digest if base else None,
            source_path=_nowhere,
        ) as writers:
            paths = ContentPaths(number)
            held = dict(base.held) if base else {}
            rows = [_stage(writers, paths, f"{DATA}{name}", data, held) for name, data in documents.items()]
            facts = AIPFacts(
                aip=self.identity.id,
                title=TITLE,
                version=number,
                created=base.created if base else now,
                version_created=now,
                collection=self.identity.id,
                collection_code=COLLECTION_CODE,
                transfer=transfer.id,
                software=self.software.name,
                software_version=self.software.version,
            )
            files = write_head_documents(
                writers, paths, facts, rows, held=held, events=[event.event], agents=[self.software]
            )
            message = f"transfer {transfer.id}"
            made = seal_version(
                writers,
                VersionToMake(
                    object_id=self.identity.id,
                    number=number,
                    base=base.inventory if base else None,
                    created=now,
                    message=message,
                    user_name=self.software.name,
                    user_address=self.identity.id,
                    files=files,
                ),
                progress,
            )
            check_ours(self.catalogue, transfer)
            writers.commit()
            version = AIPVersion(
                aip=self.identity.id,
                number=number,
                created=now,
                inventory_digest=made.inventory_digest,
                file_count=len(files),
                bytes=sum(file.size for file in files),
                transfer=transfer.id,
                message=message,
            )
            settle(
                catalogue=self.catalogue,
                recorder=self.recorder,
                policies=self.policies,
                transfer=transfer,
                new=NewAIPVersion(version=version, collection=self.identity.id, title=TITLE, files=files),
                held_by=writers.replicas,
                lacking={**self.replicas.missed, **writers.dropped},
                known=self.replicas.expected,
                events=[event],
                now=self.clock.now(),
            )


def _nowhere(file: PackageFile) -> None:
    """What is made here was never a file of a package."""
    del file


def _stage(
    writers: writing.ReplicaWriters, paths: ContentPaths, logical_path: str, data: bytes, held: dict[bytes, str]
) -> StoredFile:
    row = write_digested(writers, logical_path, paths.assign(logical_path), [data], held)
    held[row.sha512] = row.content_path
    return row


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
