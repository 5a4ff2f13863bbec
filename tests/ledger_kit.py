"""A small log in memory: catalogue, replicas, key, sequencer, and events to put into it."""

import hashlib
import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from preservation.adapters.signing import Ed25519Signer, verify_ed25519
from preservation.domain.events import EventOutcome, EventType, Json, LinkedAgent, LinkedObject
from preservation.domain.ledger import EncodedEvent
from preservation.services.ledger_recording import EventRecorder
from preservation.services.ledger_sequencing import Sequencer
from tests.memory_catalogue import MemoryCatalogue
from tests.memory_store import MemoryStore

ORIGIN = "archive.example/log"


class CountingMinter:
    """Predictable ids and salts, all different."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def urn(self) -> str:
        return f"urn:uuid:00000000-0000-7000-8000-{next(self._numbers):012x}"

    def salt(self) -> bytes:
        return hashlib.sha256(b"%d" % next(self._numbers)).digest()


class SteppingClock:
    """Each look at it is a millisecond later."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 8, 0, tzinfo=UTC) + timedelta(milliseconds=next(self._numbers))


class LedgerKit:
    """`signer` has a fixed key, so that runs repeat."""

    def __init__(self, replicas: int = 2) -> None:
        self.catalogue = MemoryCatalogue()
        self.stores = [MemoryStore(f"replica-{number}") for number in range(1, replicas + 1)]
        self.signer = Ed25519Signer(ORIGIN, b"\x07" * 32)
        self.recorder = EventRecorder(CountingMinter(), SteppingClock(), LinkedAgent("preservation/0.1.0"))
        self.sequencer = self.new_sequencer()

    def new_sequencer(self) -> Sequencer:
        """As after a restart: nothing is remembered in memory."""
        return Sequencer(self.catalogue.port, self.stores, self.signer, ORIGIN, check=verify_ed25519)

    def make(self, count: int, *, private: Mapping[str, Json] | None = None) -> list[EncodedEvent]:
        return [
            self.recorder.event(
                EventType.FIXITY_CHECK,
                EventOutcome.SUCCESS,
                objects=[LinkedObject("urn:uuid:00000000-0000-7000-8000-00000000aaaa", "aip", version=1)],
                detail={"count": number},
                private=private if private is not None else {"path": f"Hồ sơ {number}.pdf"} if number % 3 else None,
            )
            for number in range(count)
        ]

    def append(self, count: int) -> None:
        self.catalogue.append(*self.make(count))

    def grow(self, count: int) -> None:
        """Events, sequenced and published."""
        self.append(count)
        self.sequencer.run()
