"""The locks of a repository: of this machine beside SQLite, of the database server beside PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

from preservation.adapters.database.engine import SQLITE, open_engine
from preservation.adapters.database.locks import AdvisoryLocks
from preservation.adapters.home import Home
from preservation.adapters.locks import FileLocks
from preservation.ports import Locks
from preservation.settings import Settings

LOCK_SECONDS = 30.0
# A fixity run keeps it while it reads all of a replica's ledger.
LEDGER_SECONDS = 600.0

# Held by everybody who changes something; alone, by who may have nobody else beside it (a rebuild, a new schema).
HOME = "home"
# Held by who makes a new version of the repository's own record.
RECORD = "record"
# Held by who changes which replicas there are, or how one stands.
REPLICAS = "replicas"
REPLICAS_SECONDS = 10.0
# Held by who gives events their places: the database would refuse a second one, which would only try again.
LEDGER = "ledger"


@contextmanager
def repository_locks(settings: Settings) -> Iterator[Locks]:
    """The locks, usable within the block."""
    if settings.database_url.startswith(SQLITE):
        yield FileLocks(Home(settings.home).lock_file)
        return
    engine = open_engine(settings.database_url)
    try:
        yield AdvisoryLocks(engine)
    finally:
        engine.dispose()
