"""Rates of the ledger: events made, sequenced in bulk, and verified.

    python -m bench.bench_ledger [EVENTS]

`measure` takes any catalogue and stores; run as a script it uses those in memory, which shows the ledger's own work, and then
the embedded default.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.adapters.object_stores.opening import ReplicaStores
from preservation.adapters.signing import verify_ed25519
from preservation.domain.holdings import ReplicaRecord, ReplicaState
from preservation.domain.ledger import EncodedEvent
from preservation.ports import Catalogue, ReplicaStore, Signer
from preservation.services.audit import verify
from preservation.services.ledger_proofs import prove
from preservation.services.ledger_publishing import repair_ledger
from preservation.services.ledger_restoring import restore_from
from preservation.services.ledger_sequencing import Sequencer
from tests.ledger_kit import ORIGIN, LedgerKit

BATCH = 1000


def measure(
    catalogue: Catalogue, stores: Sequence[ReplicaStore], signer: Signer, events: Sequence[EncodedEvent]
) -> dict[str, float]:
    """Events or entries per second of each part; seconds for one small run and one receipt. The catalogue begins empty."""
    rates: dict[str, float] = {}

    def timed(name: str, work: Callable[[], object], count: int) -> None:
        start = time.perf_counter()
        work()
        rates[name] = count / (time.perf_counter() - start)

    def record() -> None:
        for at in range(0, len(events), BATCH):
            with catalogue.begin() as transaction:
                transaction.append_events(events[at : at + BATCH])

    sequencer = Sequencer(catalogue, stores, signer, ORIGIN, check=verify_ed25519)
    timed("recorded events/s", record, len(events))
    timed("sequenced events/s", sequencer.run, len(events))
    report = verify(catalogue, stores, sequencer.trust)
    assert report.ok, report.problems[:3]
    timed("verified entries/s, all replicas", lambda: verify(catalogue, stores, sequencer.trust), len(events))
    timed("verified entries/s, database alone", lambda: verify(catalogue, [], sequencer.trust), len(events))
    timed(
        "compared entries/s, one replica",
        lambda: repair_ledger(catalogue, stores[0], sequencer.trust, tx="bench"),
        len(events),
    )
    timed("restored entries/s", lambda: list(restore_from(stores[0], sequencer.trust, report=_fail)), len(events))
    timed("receipts/s", lambda: prove(catalogue, stores, events[len(events) // 2].event.id, sequencer.trust), 1)
    timed("runs/s with nothing new", sequencer.run, 1)
    return rates


def _fail(finding: object) -> None:
    raise AssertionError(finding)


def embedded(folder: Path, signer: Signer, events: Sequence[EncodedEvent]) -> dict[str, float]:
    """As `measure`, on the embedded default: SQLite and two folder replicas."""
    opener = ReplicaStores("urn:uuid:00000000-0000-7000-8000-000000000000", "bench")
    stores = [opener.create(_record(folder / name)) for name in ("a", "b")]
    url = f"sqlite:///{folder / 'bench.db'}"
    upgrade(url)
    catalogue = open_catalogue(url)
    try:
        return measure(catalogue, stores, signer, events)
    finally:
        catalogue.close()


def _record(folder: Path) -> ReplicaRecord:
    return ReplicaRecord(
        id=f"urn:uuid:{uuid4()}",
        name=folder.name,
        url=folder.as_uri(),
        role="secondary",
        state=ReplicaState.ACTIVE,
        added=datetime(2026, 1, 1, tzinfo=UTC),
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    kit = LedgerKit()
    start = time.perf_counter()
    events = kit.make(count)
    print(f"{count} events, {sum(len(event.entry) for event in events) // count} bytes an entry")
    print(f"{count / (time.perf_counter() - start):12,.0f}  made events/s")
    print("in memory:")
    show(measure(kit.catalogue.port, kit.stores, kit.signer, events))
    print("SQLite and two folder replicas:")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        show(embedded(Path(folder), kit.signer, events))


def show(rates: Mapping[str, float]) -> None:
    for name, rate in rates.items():
        print(f"{rate:12,.0f}  {name}")


if __name__ == "__main__":
    main()
