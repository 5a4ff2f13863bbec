"""Good values for the catalogue's tests, each claim of a test being one named difference from them."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from preservation.domain.events import Event, EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.formats import Basis, FormatIdentification
from preservation.domain.holdings import (
    AIPVersion,
    CopyRecord,
    CopyState,
    FixityLine,
    NewAIPVersion,
    ReplicaRecord,
    ReplicaState,
    StoredFile,
)
from preservation.domain.ledger import EncodedEvent

NOON = datetime(2026, 11, 22, 12, 0, 0, 123457, tzinfo=UTC)

PDF = FormatIdentification(
    puid="fmt/95",
    name="Acrobat PDF/A",
    version="1a",
    mime="application/pdf",
    basis=Basis.BYTE,
    engine="siegfried",
    engine_version="1.11.2",
    signatures="PRONOM 120, containers 20240715",
    alternatives=("fmt/354", "fmt/476"),
)
UNKNOWN = FormatIdentification(
    puid=None,
    name="",
    version="",
    mime="",
    basis=Basis.NONE,
    engine="siegfried",
    engine_version="1.11.2",
    signatures="PRONOM 120, containers 20240715",
    warning="no match",
)


def urn(number: int) -> str:
    """An identifier that sorts by its number."""
    return f"urn:uuid:01930000-0000-7000-8000-{number:012x}"


def later(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def a_file(
    path: str, content: bytes = b"content", *, version: int = 1, format: FormatIdentification | None = PDF
) -> StoredFile:
    return StoredFile(
        logical_path=path,
        content_path=f"v{version}/content/{path}",
        size=len(content),
        sha512=hashlib.sha512(content).digest(),
        sha256=hashlib.sha256(content).digest(),
        original_path=path,
        modified=1_700_000_000_123_456_789,
        format=format,
    )


def a_version(
    aip: int,
    number: int = 1,
    *,
    files: Iterable[StoredFile] = (),
    collection: int = 900,
    title: str = "Hồ sơ 1",
    dublin_core: tuple[tuple[str, str], ...] = (),
) -> NewAIPVersion:
    state = list(files)
    return NewAIPVersion(
        version=AIPVersion(
            aip=urn(aip),
            number=number,
            created=later(number),
            inventory_digest=hashlib.sha512(f"{aip} {number}".encode()).hexdigest(),
            file_count=len(state),
            bytes=sum(file.size for file in state),
            transfer=urn(7000 + aip),
            message="first submission",
        ),
        collection=urn(collection),
        title=title,
        files=iter(state),
        dublin_core=dublin_core,
    )


def an_event(
    number: int,
    *,
    type: EventType = EventType.INGESTION,
    outcome: EventOutcome = EventOutcome.SUCCESS,
    aip: int = 1,
    agent: str = "preservation 0.1",
    private: bytes = b'{"name":"x"}',
) -> EncodedEvent:
    event = Event(
        id=urn(100_000 + number),
        type=type,
        time=later(number),
        outcome=outcome,
        agents=(LinkedAgent(agent), LinkedAgent(agent, "validator")),
        objects=(
            LinkedObject(urn(aip), "aip"),
            LinkedObject(urn(aip), "aip", role="outcome"),
            LinkedObject("k1", "key"),
        ),
    )
    return EncodedEvent(event, f"entry {number}".encode(), bytes([number % 256]) * 32 if private else b"", private)


def a_replica(number: int) -> ReplicaRecord:
    return ReplicaRecord(
        id=urn(800 + number),
        name=f"tape {number}",
        url=f"file:///replicas/{number}",
        role="primary" if number == 1 else "secondary",
        state=ReplicaState.ACTIVE,
        added=later(number),
    )


def a_copy(aip: int, replica: int, *, version: int = 1, state: CopyState = CopyState.INTACT) -> CopyRecord:
    return CopyRecord(urn(aip), urn(800 + replica), version, state, written=later(aip), checked=later(aip + 1))


def a_line(aip: int, *, outcome: CopyState = CopyState.INTACT) -> FixityLine:
    return FixityLine(urn(aip), 1, urn(801), later(aip), outcome, "ab" * 64, 1 << 40)
