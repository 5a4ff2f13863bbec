"""Whether a database has the schema that this release works with, and bringing it there.

Asking is cheap and done by every command. The answer is nearly always yes, so Alembic, which takes longer to load than most
commands take to run, is loaded only when there is something to migrate.
"""

import importlib

from sqlalchemy import inspect, text

from preservation.adapters.database.engine import open_engine, reader
from preservation.adapters.database.failures import translated

# The newest file in `migrations/versions`; a test holds the two together.
REVISION = "0006"

_VERSION_TABLE = "alembic_version"


def is_current(url: str) -> bool:
    """Whether the schema is the present one. Raises Unavailable where the database does not answer."""
    engine = open_engine(url)
    try:
        with translated(), reader(engine).connect() as connection:
            if not inspect(connection).has_table(_VERSION_TABLE):
                return False
            found = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalars().all()  # noqa: S608
    finally:
        engine.dispose()
    return found == [REVISION]


def bring_up_to_date(url: str) -> None:
    """Migrate if the schema is not the present one. The database must be there; `upgrade.upgrade` makes one."""
    if not is_current(url):
        make(url)


def make(url: str) -> None:
    """Create or migrate the schema: see `upgrade.upgrade`."""
    importlib.import_module("preservation.adapters.database.upgrade").upgrade(url)
