"""Locks by name for the processes of many machines: advisory locks of PostgreSQL. Keeps the promises of `ports.Locks`.

Each lock is held by a connection of its own; the server ends it when that connection ends. A host that was cut off is found
out by the keep-alives that `engine` asks the server for, within half a minute or so.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from preservation.adapters.database.failures import translated
from preservation.errors import InUse

_SHORTEST_WAIT, _LONGEST_WAIT = 0.01, 0.2


class AdvisoryLocks:
    """Locks of one PostgreSQL database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def hold(self, name: str, *, seconds: float, shared: bool = False) -> Iterator[None]:
        with self._connected() as connection:
            deadline = time.monotonic() + seconds
            wait = _SHORTEST_WAIT
            while not _locked(connection, name, shared=shared):
                if time.monotonic() >= deadline:
                    raise InUse(f"another process keeps the lock {name!r}")
                time.sleep(wait)
                wait = min(2 * wait, _LONGEST_WAIT)
            yield

    @contextmanager
    def try_hold(self, name: str) -> Iterator[bool]:
        with self._connected() as connection:
            yield _locked(connection, name, shared=False)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        with translated():
            connection = self._engine.connect()
        try:
            yield connection
        finally:
            # Asked for, because the server notices the end of a session a little later, and the next one may try at once.
            with suppress(SQLAlchemyError):
                connection.execute(text("SELECT pg_advisory_unlock_all()"))
            # Not back into the pool: the end of the session is the end of its locks, whatever state it is in.
            connection.invalidate()
            connection.close()


def _locked(connection: Connection, name: str, *, shared: bool) -> bool:
    function = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
    key = int.from_bytes(sha256(name.encode()).digest()[:7])
    with translated():
        return bool(connection.execute(text(f"SELECT {function}(:key)"), {"key": key}).scalar_one())
