"""One write transaction. Keeps the promises of `ports.CatalogueTransaction`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from preservation.adapters.database import (
    account_steps,
    deposits,
    events,
    examinations,
    fixity,
    identifications,
    job_steps,
    ledger,
    replicas,
    submissions,
    versions,
)
from preservation.adapters.database.failures import translated
from preservation.adapters.database.formats import FormatKeys
from preservation.adapters.database.wire import Wire
from preservation.domain.deposits import Deposit, RememberedAnswer, Upload
from preservation.domain.events import Json
from preservation.domain.filed_examinations import FiledExamination, VirusRecord
from preservation.domain.formats import FormatIdentification
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
from preservation.errors import Conflict, InUse, Superseded


class Transaction:
    """Not for several threads. Once a method has raised, the transaction can only roll back."""

    def __init__(self, wire: Wire, formats: FormatKeys) -> None:
        self._wire = wire
        self._formats = formats
        self.failed = False

    def save_collection(self, collection: Collection) -> None:
        with self._step():
            submissions.save_collection(self._wire, collection)

    def save_transfer(self, transfer: Transfer, *, taken_on: bool = False) -> None:
        try:
            with self._step():
                submissions.save_transfer(self._wire, transfer, taken_on=taken_on)
        except Superseded:
            raise
        except Conflict as error:
            # The only rule of the table beside its key: see `tables.IS_UNDER_WAY`.
            raise InUse(f"another submission to {transfer.aip} is under way") from error

    def add_job(self, job: NewJob, *, now: datetime) -> bool:
        with self._step():
            return job_steps.add_job(self._wire, job, now)

    def save_deposit(self, deposit: Deposit) -> None:
        with self._step():
            deposits.save_deposit(self._wire, deposit)

    def note_report(self, transfer: str, report: Json, reason: str | None) -> None:
        with self._step():
            deposits.note_report(self._wire, transfer, report, reason)

    def note_reported(self, transfer: str, status: TransferStatus) -> None:
        with self._step():
            deposits.note_reported(self._wire, transfer, status)

    def save_upload(self, upload: Upload) -> None:
        with self._step():
            deposits.save_upload(self._wire, upload)

    def forget_upload(self, id: str) -> None:
        with self._step():
            deposits.forget_upload(self._wire, id)

    def remember_answer(self, answer: RememberedAnswer) -> None:
        with self._step():
            deposits.remember_answer(self._wire, answer)

    def forget_answers(self, *, before: datetime) -> int:
        with self._step():
            return deposits.forget_answers(self._wire, before)

    def save_account(self, account: Account) -> None:
        with self._step():
            account_steps.save_account(self._wire, account)

    def save_credentials(self, credentials: Credentials) -> None:
        with self._step():
            account_steps.save_credentials(self._wire, credentials)

    def hold_accounts(self) -> Sequence[Account]:
        with self._step():
            return account_steps.hold_accounts(self._wire)

    def hold_credentials(self, account: str) -> Credentials | None:
        with self._step():
            return account_steps.hold_credentials(self._wire, account)

    def add_session(self, session: Session) -> None:
        with self._step():
            account_steps.add_session(self._wire, session)

    def end_session(self, digest: bytes) -> None:
        with self._step():
            account_steps.end_session(self._wire, digest)

    def end_sessions_of(self, account: str, *, but: bytes | None = None) -> None:
        with self._step():
            account_steps.end_sessions_of(self._wire, account, but)

    def add_token(self, token: ApiToken) -> None:
        with self._step():
            account_steps.add_token(self._wire, token)

    def revoke_token(self, id: str, *, at: datetime) -> None:
        with self._step():
            account_steps.revoke_token(self._wire, id, at)

    def record_version(self, new: NewAIPVersion) -> None:
        with self._step():
            versions.record_version(self._wire, new, self._formats)

    def change_formats(self, aip: str, version: int, changes: Mapping[int, FormatIdentification]) -> None:
        with self._step():
            identifications.change_formats(self._wire, aip, version, changes, self._formats)

    def save_examinations(self, aip: str, version: int, time: datetime, filed: Iterable[FiledExamination]) -> None:
        with self._step():
            examinations.save_examinations(self._wire, aip, version, time, filed)

    def save_virus_record(self, record: VirusRecord) -> None:
        with self._step():
            examinations.save_virus_record(self._wire, record)

    def save_replica(self, replica: ReplicaRecord, *, was: ReplicaState | None = None) -> None:
        with self._step():
            replicas.save_replica(self._wire, replica, was=was)

    def save_copies(self, copies: Iterable[CopyRecord], *, now: datetime | None = None) -> None:
        with self._step():
            replicas.save_copies(self._wire, copies, now=now)

    def append_events(self, appended: Iterable[EncodedEvent]) -> None:
        with self._step():
            events.append_events(self._wire, appended)

    def add_fixity_batch(self, batch: str, lines: Iterable[FixityLine]) -> None:
        with self._step():
            fixity.add_fixity_batch(self._wire, batch, lines)

    def take_unsequenced(self, limit: int) -> Sequence[tuple[int, bytes]]:
        with self._step():
            return ledger.take_unsequenced(self._wire, limit)

    def assign_sequence(self, first: int, event_keys: Sequence[int]) -> None:
        with self._step():
            ledger.assign_sequence(self._wire, first, event_keys)

    def save_checkpoint(self, size: int, root: bytes, note: str) -> None:
        with self._step():
            ledger.save_checkpoint(self._wire, size, root, note)

    def restore_events(self, restored: Iterable[tuple[int, EncodedEvent]]) -> None:
        with self._step():
            ledger.restore_events(self._wire, restored)

    def restore_texts(self, texts: Iterable[tuple[int, bytes, bytes]]) -> None:
        with self._step():
            ledger.restore_texts(self._wire, texts)

    @contextmanager
    def _step(self) -> Iterator[None]:
        self.failed = True
        with translated():
            yield
        self.failed = False
