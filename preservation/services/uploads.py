"""Resumable uploads (tus 1.0): each belongs to one transfer, and is its package once it is whole and what it was said to be."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from preservation.domain.deposits import Deposit, DepositSource, Upload, is_package_name
from preservation.domain.holdings import Transfer, TransferStatus
from preservation.domain.people import Actor
from preservation.domain.policies import Policies
from preservation.errors import Conflict, DiskFull, NotHere, WrongUse
from preservation.ports import Catalogue, Clock, DepositSpace, Locks, Minter
from preservation.ports.deposits import UploadSink

LIFE = timedelta(days=7)
# A longer life is noted no more often than this: each note is a transaction.
_NOTED = timedelta(hours=1)
LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Uploads:
    """The service. An upload expires when nothing has come for a week."""

    catalogue: Catalogue
    space: DepositSpace
    minter: Minter
    clock: Clock
    policies: Policies
    locks: Locks

    def begin(self, transfer: str, length: int, name: str, actor: Actor) -> Upload:
        """A new upload for an open deposit. An earlier one that is not whole is given up.

        Raises NotHere, Conflict if the deposit takes none, WrongUse for what is larger than may be, DiskFull where it cannot fit.
        """
        with self._alone(transfer):
            return self._begin(transfer, length, name, actor)

    def _begin(self, transfer: str, length: int, name: str, actor: Actor) -> Upload:
        found, deposit = self._open(transfer)
        if deposit.source is not DepositSource.UPLOAD:
            raise Conflict(f"{transfer} is not uploaded")
        if not is_package_name(name):
            raise WrongUse("a package's name is one file name of 255 bytes at most")
        if deposit.size is not None and deposit.size != length:
            raise WrongUse(f"{transfer} was said to have {deposit.size} bytes, not {length}")
        if length > self._most(deposit):
            raise WrongUse(f"no more than {self._most(deposit)} bytes are taken")
        if length > self.space.free_bytes():
            raise DiskFull(f"there is no room for {length} bytes")
        earlier = self.catalogue.uploads_of(transfer)
        if any(one.finished is not None for one in earlier):
            raise Conflict(f"{transfer} has its package already")
        for one in earlier:
            self._forget(one)
        # With what a crash left between an upload's end and its record, which would pass for the end of this one.
        self.space.remove(transfer)
        now = self.clock.now()
        upload = Upload(
            id=self.minter.urn(),
            transfer=found.id,
            account=actor.account.id,
            length=length,
            created=now,
            expires=now + LIFE,
        )
        with self.catalogue.begin() as tx:
            tx.save_upload(upload)
            tx.save_deposit(replace(deposit, name=name))
        # A crash in between leaves an upload that is not under way: its client begins another one.
        self.space.begin(found.id, upload.id)
        return upload

    def upload(self, id: str) -> tuple[Upload, int]:
        """An upload and how many bytes of it have arrived. NotHere if there is none."""
        found = self._known(id)
        if found.finished:
            return found, found.length
        try:
            return found, self.space.offset(found.transfer, id)
        except NotHere:
            return self._recovered(id), found.length

    @contextmanager
    def continuing(self, upload: Upload, offset: int) -> Iterator[UploadSink]:
        """Append to an upload from where it stands. Conflict if that is elsewhere, or if it is whole."""
        if upload.finished is not None:
            raise Conflict(f"{upload.id} is whole")
        self._open(upload.transfer)
        with self.space.appending(upload.transfer, upload.id) as sink:
            if sink.offset != offset:
                raise Conflict(f"{upload.id} stands at {sink.offset}")
            yield sink

    def came_to(self, upload: Upload, offset: int) -> Upload:
        """After some of it has arrived: it lives longer, and where it is whole it becomes the package.

        WrongUse if it is whole and not what it was said to be (SHA-256): then it is given up.
        """
        if offset < upload.length:
            return self.lives_on(upload)
        with self._alone(upload.transfer):
            known = self._known(upload.id)
            return known if known.finished is not None else self._whole(known)

    def lives_on(self, upload: Upload) -> Upload:
        """While some of it arrives, however the request ends: it lives longer. To be called as often as is convenient."""
        if self.clock.now() + LIFE - upload.expires < _NOTED:
            return upload
        with self._alone(upload.transfer):
            known = self._known(upload.id)
            if known.finished is not None:
                return known
            longer = replace(known, expires=self.clock.now() + LIFE)
            with self.catalogue.begin() as tx:
                tx.save_upload(longer)
            return longer

    def complete(self, transfer: str) -> None:
        """Whatever has arrived whole for an open deposit becomes its package: a crash may have come right before that.

        Its client was told that every byte is there, and has no reason to send another one. Conflict while it is being written
        to, WrongUse if it is not what it was said to be.
        """
        found, deposit = self.catalogue.transfer(transfer), self.catalogue.deposit(transfer)
        if found is None or deposit is None or deposit.place is not None or found.status is not TransferStatus.OPEN:
            return
        for one in self.catalogue.uploads_of(transfer):
            with suppress(NotHere):
                upload, offset = self.upload(one.id)
                if upload.finished is None and offset == upload.length:
                    # Nobody said that it is durable: it is made so as at the end of any piece.
                    with self.continuing(upload, offset):
                        pass
                    self.came_to(upload, offset)

    def give_up(self, upload: Upload, *, expired: datetime | None = None) -> None:
        """Away with an upload that is not whole; with `expired` only if it has expired before that time.

        Conflict for one that is whole: it is its deposit's package.
        """
        with self._alone(upload.transfer):
            found = self.catalogue.upload(upload.id)
            if found is None or (expired is not None and found.expires >= expired):
                return
            if found.finished is not None:
                raise Conflict(f"{upload.id} is whole")
            self._forget(found)

    def _whole(self, upload: Upload) -> Upload:
        """All of it has arrived: it is compared with what was said of it, and becomes the package."""
        _, deposit = self._open(upload.transfer)
        if deposit.sha256 is not None:
            digest = sha256()
            for chunk in self.space.chunks(upload.transfer, upload.id):
                digest.update(chunk)
            if digest.hexdigest() != deposit.sha256:
                self._forget(upload)
                raise WrongUse(f"what arrived has the SHA-256 {digest.hexdigest()}, not {deposit.sha256}")
        return self._finish(upload, deposit, self.space.finish(upload.transfer, upload.id, _name(deposit)))

    def _finish(self, upload: Upload, deposit: Deposit, place: str) -> Upload:
        now = self.clock.now()
        finished = replace(upload, finished=now, expires=now + LIFE)
        with self.catalogue.begin() as tx:
            tx.save_upload(finished)
            tx.save_deposit(replace(deposit, place=place, size=upload.length))
        return finished

    def _recovered(self, id: str) -> Upload:
        """An upload that became the package just before a crash. NotHere for one that is nowhere."""
        upload = self._known(id)
        with self._alone(upload.transfer):
            upload = self._known(id)
            if upload.finished is not None:
                return upload
            _, deposit = self._open(upload.transfer)
            place = self.space.landed(upload.transfer, _name(deposit))
            if place is None:
                raise NotHere(f"the upload {id} is not under way")
            return self._finish(upload, deposit, place)

    def _forget(self, upload: Upload) -> None:
        self.space.remove_upload(upload.transfer, upload.id)
        with self.catalogue.begin() as tx:
            tx.forget_upload(upload.id)

    def _known(self, id: str) -> Upload:
        found = self.catalogue.upload(id)
        if found is None:
            raise NotHere(f"there is no upload {id}")
        return found

    def _alone(self, transfer: str) -> AbstractContextManager[None]:
        """Nobody else begins or ends an upload of the transfer, or submits it, within the block."""
        return self.locks.hold(f"transfer:{transfer}", seconds=LOCK_SECONDS)

    def _open(self, transfer: str) -> tuple[Transfer, Deposit]:
        found, deposit = self.catalogue.transfer(transfer), self.catalogue.deposit(transfer)
        if found is None or deposit is None:
            raise NotHere(f"there is no deposit {transfer}")
        if found.status is not TransferStatus.OPEN:
            raise Conflict(f"{transfer} is {found.status.value}")
        return found, deposit

    def _most(self, deposit: Deposit) -> int:
        agreement = self.policies.agreements.get(deposit.agreement) if deposit.agreement else None
        bound = self.policies.ingest.limits.max_total_bytes
        # The carrier of a package is not much larger than what it carries.
        return min(bound, 2 * agreement.max_bytes) if agreement and agreement.max_bytes else bound


def _name(deposit: Deposit) -> str:
    return deposit.name or "package"
