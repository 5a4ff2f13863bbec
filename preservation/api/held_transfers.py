"""What several routes do with transfers: finding one that may be seen, or is one's own; showing it."""

from preservation.api import problem_types as kinds
from preservation.api.dependencies import Allowed
from preservation.api.problems import Problem
from preservation.domain.deposits import Deposit
from preservation.domain.holdings import SubmissionMode, Transfer
from preservation.domain.people import Right


def transfer_item(transfer: Transfer, deposit: Deposit | None) -> dict[str, object]:
    """As lists show it."""
    return {
        "id": transfer.id,
        "status": transfer.status,
        "collection": transfer.collection,
        "created": transfer.created,
        "source": deposit.source if deposit else None,
        "agreement": deposit.agreement if deposit else None,
        "account": deposit.account if deposit else None,
        "name": deposit.name if deposit else None,
        "size": deposit.size if deposit else None,
        "sha256": deposit.sha256 if deposit else None,
        "title": deposit.title if deposit else None,
        "mode": deposit.mode if deposit else SubmissionMode.REPLACEMENT,
        "package_type": transfer.package_type,
        "aip": transfer.aip,
        "version": transfer.version,
        "submitted": deposit.submitted if deposit else None,
        "decided_by": deposit.decided_by if deposit else None,
        "reason": deposit.reason if deposit else None,
    }


def seen_transfer(allowed: Allowed, id: str) -> tuple[Transfer, Deposit | None]:
    """A transfer that they may see: their own, or one that they may read. Problem 404."""
    catalogue = allowed.service.repository.catalogue
    transfer, deposit = catalogue.transfer(id), catalogue.deposit(id)
    if transfer is None:
        raise Problem(kinds.NOT_FOUND)
    is_own = deposit is not None and deposit.account == allowed.account
    if not is_own and not allowed.may(Right.READ_TRANSFERS, transfer.collection):
        raise Problem(kinds.NOT_FOUND)
    return transfer, deposit


def own_transfer(allowed: Allowed, id: str) -> Transfer:
    """A transfer that they deposit, where they still may. Problem 404, or 403 if it is another's."""
    transfer, deposit = seen_transfer(allowed, id)
    if deposit is None or deposit.account != allowed.account:
        raise Problem(kinds.FORBIDDEN)
    allowed.check(transfer.collection, own=True)
    return transfer


def check_transfer(allowed: Allowed, id: str) -> None:
    """Problem 404 or 403 unless they have the route's right on it."""
    transfer = allowed.service.repository.catalogue.transfer(id)
    if transfer is None:
        raise Problem(kinds.NOT_FOUND)
    allowed.check(transfer.collection)
