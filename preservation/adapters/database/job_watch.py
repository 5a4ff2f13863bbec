"""Whether work is due, asked many times a second for next to nothing.

SQLite: `PRAGMA data_version` tells on a kept connection whether any other has committed since, from memory that the processes
share; only then is the table asked when the next job is due. PostgreSQL: one prepared query of a few steps in an index.
"""

# Only this program's own constants are put into statements here.
# ruff: noqa: S608

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.failures import translated
from preservation.adapters.database.job_rows import IS_OPEN
from preservation.domain.jobs import Queue
from preservation.errors import PreservationError

_LEASABLE: Final = "cancel_requested = 0 AND attempts < max_attempts"
_QUEUED: Final = (
    f"(SELECT due FROM job WHERE queue = %s AND {IS_OPEN} AND state = 'queued' AND {_LEASABLE} ORDER BY due LIMIT 1)"
)
# A lease has run out one microsecond after its end.
_RUNNING: Final = f"(SELECT min(lease_until) + 1 FROM job WHERE queue IN (%s) AND state = 'running' AND {_LEASABLE})"


class DatabaseJobWatch:
    """Keeps the promises of `ports.JobWatch`."""

    def __init__(self, engine: Engine, queues: Collection[Queue]) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        # Names of an enumeration: constants, which need no parameters.
        names = [f"'{queue.value}'" for queue in sorted(set(queues))]
        self._query = "SELECT " + ", ".join([*(_QUEUED % name for name in names), _RUNNING % ", ".join(names)])
        self._idle = not names
        self._connection: Any = None
        self._version: int | None = None
        self._next: int | None = None

    def is_due(self, now: datetime) -> bool:
        if self._idle:
            return False
        try:
            with translated():
                self._look()
        except PreservationError:
            self.close()
            raise
        return self._next is not None and self._next <= microseconds(now)

    def close(self) -> None:
        connection, self._connection, self._version = self._connection, None, None
        if connection is not None:
            # It may be broken: that is why it is closed.
            with suppress(PreservationError), translated():
                connection.close()

    def _look(self) -> None:
        connection = self._connected()
        if self._sqlite:
            # Asked first: what is committed between the two questions is seen at the next call.
            version = connection.execute("PRAGMA data_version").fetchone()[0]
            if version == self._version:
                return
            row = connection.execute(self._query).fetchone()
            self._version = version
        else:
            row = connection.execute(self._query, prepare=True).fetchone()
        self._next = min((moment for moment in row if moment is not None), default=None)

    def _connected(self) -> Any:
        if self._connection is None:
            pooled = self._engine.raw_connection()
            # From here on it is not the pool's: nobody else writes on it, and it may be kept.
            pooled.detach()
            self._connection = pooled.dbapi_connection
            if not self._sqlite:
                self._connection.autocommit = True
        return self._connection
