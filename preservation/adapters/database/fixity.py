"""The lines of fixity checks, kept for ever: what was looked at, when, and what was found."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, select

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.tables import table
from preservation.adapters.database.wire import Wire
from preservation.domain.holdings import CopyState, FixityLine
from preservation.errors import Conflict

_BATCH = table("fixity_batch")
_LINE = table("fixity_line")

_COLUMNS = ("batch_key", "ordinal", "aip", "version", "replica", "time", "outcome", "digest", "bytes")
_CHUNK = 5000


def add_fixity_batch(wire: Wire, batch: str, lines: Iterable[FixityLine]) -> None:
    """In the given order, which the ledger's Merkle root of the batch rests on. Conflict if the batch is there already."""
    if wire.one("SELECT key FROM fixity_batch WHERE id = ?", batch):
        raise Conflict(f"the fixity batch {batch} is recorded already")
    (key,) = wire.keys("fixity_batch", 1)
    wire.run("INSERT INTO fixity_batch (key, id) VALUES (?, ?)", key, batch)
    numbered = enumerate(lines, 1)
    while chunk := list(itertools.islice(numbered, _CHUNK)):
        wire.insert(
            "fixity_line",
            _COLUMNS,
            [
                (
                    key,
                    ordinal,
                    line.aip,
                    line.version,
                    line.replica,
                    microseconds(line.time),
                    line.outcome.value,
                    line.digest,
                    line.bytes,
                )
                for ordinal, line in chunk
            ],
        )


def fixity_lines(connection: Connection, batch: str) -> Iterator[FixityLine]:
    query = (
        select(_LINE)
        .join(_BATCH, _BATCH.c.key == _LINE.c.batch_key)
        .where(_BATCH.c.id == batch)
        .order_by(_LINE.c.batch_key, _LINE.c.ordinal)
    )
    for row in connection.execute(query, execution_options={"yield_per": 1000}):
        yield FixityLine(
            aip=row.aip,
            version=row.version,
            replica=row.replica,
            time=row.time,
            outcome=CopyState(row.outcome),
            digest=row.digest,
            bytes=row.bytes,
        )


def fixity_batches(connection: Connection) -> Sequence[str]:
    """In order of recording."""
    return list(connection.execute(select(_BATCH.c.id).order_by(_BATCH.c.key)).scalars())
