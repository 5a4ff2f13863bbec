"""Short transactions over the driver itself, for tables that each have a class of their own beside the catalogue."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from preservation.adapters.database.failures import translated
from preservation.adapters.database.wire import Wire


@contextmanager
def reading(engine: Engine) -> Iterator[Wire]:
    """One committed state, by an engine that `engine.reader` made."""
    with translated(), engine.connect() as connection:
        # Begins the transaction: the wire goes past what would begin it by itself.
        connection.begin()
        wire = Wire(connection, binary=True)
        yield wire
        wire.close()


@contextmanager
def glancing(engine: Engine) -> Iterator[Wire]:
    """For answers that need no more than each statement's own committed state; by an engine as `open_engine` made it."""
    with translated(), engine.connect() as connection:
        wire = Wire(connection, binary=True)
        yield wire
        wire.close()


@contextmanager
def writing(engine: Engine) -> Iterator[Wire]:
    """Committed at the end of the block, by an engine that `engine.writer` made; taken back on an exception."""
    with translated(), engine.connect() as connection, connection.begin():
        wire = Wire(connection)
        yield wire
        wire.close()
