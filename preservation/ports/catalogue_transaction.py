"""What is changed in the catalogue, all together or not at all."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from preservation.domain.deposits import Deposit, RememberedAnswer, Upload
from preservation.domain.events import Json
from preservation.domain.holdings import (
    Collection,
    CopyRecord,
    FixityLine,
    NewAIPVersion,
    ReplicaRecord,
    ReplicaState,
    Transfer,
    TransferStatus,
)
from preservation.domain.jobs import NewJob
from preservation.domain.ledger import EncodedEvent
from preservation.domain.people import Account, ApiToken, Credentials, Session
from preservation.ports.examinations import ExaminationSteps
from preservation.ports.identifications import IdentificationSteps


class CatalogueTransaction(ExaminationSteps, IdentificationSteps, Protocol):
    """Changes that commit together or not at all. An index: everything here can be made again from a replica."""

    def save_collection(self, collection: Collection) -> None: ...

    def save_transfer(self, transfer: Transfer, *, taken_on: bool = False) -> None:
        """Insert, or update by id. Superseded if a newer attempt is recorded; InUse while another one to the same AIP runs.

        With `taken_on` the attempt begins with this: Superseded too if it is recorded already, by whoever was faster, or if the
        one before has come to an end meanwhile (stored, preserved, rejected, withdrawn).
        """
        ...

    def save_deposit(self, deposit: Deposit) -> None:
        """Insert, or update by transfer; `reported` is left as it is."""
        ...

    def note_report(self, transfer: str, report: Json, reason: str | None) -> None:
        """Keep what an attempt came to with its deposit, and nothing else of it: others may have changed the rest meanwhile."""
        ...

    def note_reported(self, transfer: str, status: TransferStatus) -> None: ...

    def save_upload(self, upload: Upload) -> None:
        """Insert, or update by id."""
        ...

    def forget_upload(self, id: str) -> None: ...

    def remember_answer(self, answer: RememberedAnswer) -> None:
        """Conflict if the account used the key before."""
        ...

    def forget_answers(self, *, before: datetime) -> int:
        """Forget those made before; how many."""
        ...

    def add_job(self, job: NewJob, *, now: datetime) -> bool:
        """Queue a job; False, and nothing done, where its key was used before."""
        ...

    def save_account(self, account: Account) -> None:
        """Insert or update by id, its grants with it. Conflict if another account has the name or the subject."""
        ...

    def save_credentials(self, credentials: Credentials) -> None:
        """Insert or update by account."""
        ...

    def hold_accounts(self) -> Sequence[Account]:
        """Every account, by id, with its grants; nobody else changes any until the end of this transaction."""
        ...

    def hold_credentials(self, account: str) -> Credentials | None:
        """Nobody else changes them until the end of this transaction."""
        ...

    def add_session(self, session: Session) -> None: ...

    def end_session(self, digest: bytes) -> None: ...

    def end_sessions_of(self, account: str, *, but: bytes | None = None) -> None: ...

    def add_token(self, token: ApiToken) -> None: ...

    def revoke_token(self, id: str, *, at: datetime) -> None:
        """NotHere if there is none. One that was revoked before stays as it was."""
        ...

    def record_version(self, new: NewAIPVersion) -> None:
        """Insert a version with its whole file state. Conflict if this (aip, number) is already there."""
        ...

    def save_replica(self, replica: ReplicaRecord, *, was: ReplicaState | None = None) -> None:
        """With `was` it is only changed from that state: Conflict where it stands otherwise by now."""

    def save_copies(self, copies: Iterable[CopyRecord], *, now: datetime | None = None) -> None:
        """Insert or update by (aip, replica). One that tells of an earlier version than is recorded changes nothing.

        Nor does one that was found intact before the recorded check; with `now`, unless that is more than a day to come yet.
        """
        ...

    def append_events(self, events: Iterable[EncodedEvent]) -> None:
        """Append, unsequenced. There is no way to change or remove one: triggers refuse it."""
        ...

    def add_fixity_batch(self, batch: str, lines: Iterable[FixityLine]) -> None: ...

    def take_unsequenced(self, limit: int) -> Sequence[tuple[int, bytes]]:
        """(event key, entry bytes) of events that have no place in the tree yet, oldest first."""
        ...

    def assign_sequence(self, first: int, event_keys: Sequence[int]) -> None:
        """Give the events the leaf indices first, first+1, ... Conflict if `first` is not the present size."""
        ...

    def save_checkpoint(self, size: int, root: bytes, note: str) -> None:
        """Remember what was signed. Conflict if a larger one, or another root of the same size, is there already."""
        ...

    def restore_events(self, events: Iterable[tuple[int, EncodedEvent]]) -> None:
        """Rebuild only: events at their known places, into an empty or growing log."""
        ...

    def restore_texts(self, texts: Iterable[tuple[int, bytes, bytes]]) -> None:
        """(place, salt, private) of events whose text was lost. One that is there, or was erased, stays as it is."""
        ...
