"""The rows that follow from what events of an ingest say was found: filed in the transaction that records those events."""

from collections.abc import Sequence

from preservation.domain.holdings import AIPVersion
from preservation.domain.ledger import EncodedEvent
from preservation.ports import CatalogueTransaction
from preservation.services.examination_record import ACT, filed
from preservation.services.virus_record import virus_record


def file_what_was_found(tx: CatalogueTransaction, version: AIPVersion, events: Sequence[EncodedEvent]) -> None:
    """What these events say of a version that the transaction has just recorded."""
    examined = [one for one in events if one.event.detail.get("act") == ACT]
    if examined:
        privates = (one.private for one in examined)
        tx.save_examinations(version.aip, version.number, examined[0].event.time, filed(privates))
    for one in events:
        record = virus_record(one.event, one.private)
        if record is not None:
            tx.save_virus_record(record)
