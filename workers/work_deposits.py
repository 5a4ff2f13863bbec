"""Deposited packages: fetched from watched places, checked for a review, taken in."""

import os
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from preservation.adapters.packages.opening import open_package
from preservation.bootstrap import Repository
from preservation.bootstrap import drops as bootstrap_drops
from preservation.bootstrap.examining import looks
from preservation.domain.deposits import Deposit, DepositSource
from preservation.domain.events import Json
from preservation.domain.holdings import TransferStatus
from preservation.errors import NotHere, Unavailable, WrongUse
from preservation.ports import PackageReader
from preservation.services.ingest_request import IngestResult
from workers.errands import Errand

# What a transfer has come to, for good or until a person decides: a job that runs again has nothing left to do.
_SETTLED = frozenset(
    {
        TransferStatus.REVIEW,
        TransferStatus.STORED,
        TransferStatus.PRESERVED,
        TransferStatus.REJECTED,
        TransferStatus.WITHDRAWN,
    }
)


def check_deposit(errand: Errand) -> Mapping[str, Json]:
    """The transfer that the job is about comes to `review`, or to `rejected` with its report."""
    repository, transfer_id = errand.repository, errand.subject()
    intake = repository.deposit_intake()
    transfer, deposit, _ = intake.deposit(transfer_id)
    if transfer.status in _SETTLED:
        return {"transfer_id": transfer_id, "status": transfer.status.value}
    with (
        closing(_open(repository, deposit)) as reader,
        errand.engines.identifier(repository.policies.formats) as identifier,
    ):
        status = intake.check(transfer_id, reader, identifier, errand.progress)
    repository.deposit_clearing().clear_ended(transfer_id)
    return {"transfer_id": transfer_id, "status": status.value}


def ingest_deposit(errand: Errand) -> Mapping[str, Json]:
    """The transfer that the job is about comes to `preserved`, `stored` or `rejected`.

    Unavailable where it could not be found out what it is, or not enough answered: the job is tried again, and goes on
    where it was.
    """
    repository, transfer_id = errand.repository, errand.subject()
    intake = repository.deposit_intake()
    transfer, deposit, _ = intake.deposit(transfer_id)
    if transfer.status in _SETTLED:
        return {
            "transfer_id": transfer_id,
            "status": transfer.status.value,
            "aip_id": transfer.aip,
            "version": transfer.version,
        }
    formats = repository.policies.formats
    with errand.engines.identifier(formats) as identifier, looks(repository.settings, formats) as (examiner, scanner):
        ingest = repository.ingest(identifier, examiner, scanner)
        try:
            reader = _open(repository, deposit)
        except (NotHere, WrongUse) as error:
            result = intake.not_opened(transfer_id, ingest, error)
        else:
            with closing(reader):
                result = intake.take_in(transfer_id, reader, ingest, errand.progress)
    if result.status is TransferStatus.FAILED:
        raise Unavailable(result.reason or "it could not be taken in")
    repository.deposit_clearing().clear_ended(transfer_id)
    return _result_json(errand, result)


def collect_drops(errand: Errand) -> Mapping[str, Json]:
    """Whole packages from the watched places are submitted, and what became of earlier ones is told there."""
    errand.progress.begin("watched places", None)
    done = bootstrap_drops.collect_drops(errand.repository, os.environ, errand.progress)
    errand.progress.end()
    return {
        one.drop: {"taken": [*one.taken], "waiting": one.waiting, "reported": one.reported, "busy": one.is_busy}
        for one in done
    }


def _result_json(errand: Errand, result: IngestResult) -> Mapping[str, Json]:
    return {**result.described(), "findings": errand.findings(tuple(result.findings))}


def _open(repository: Repository, deposit: Deposit) -> PackageReader:
    """Raises NotHere if it is gone, Unavailable if it cannot be read now."""
    if deposit.place is None:
        raise WrongUse(f"nothing was uploaded for {deposit.transfer}")
    place = Path(deposit.place)
    if deposit.source is not DepositSource.PATH:
        # The place is text, in which a name that is no text is escaped.
        place = Path(repository.uploads().space.local_path(deposit.place))
    elif os.path.realpath(place) != deposit.place:
        # It was allowed where it led to. A link that was put on the way since may lead anywhere.
        raise NotHere("the package is no longer where it was submitted from")
    return open_package(place, repository.home.staging, repository.policies.ingest.limits)
