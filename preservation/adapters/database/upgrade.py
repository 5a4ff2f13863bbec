"""Bringing a database to the present schema, from a checkout or from an installed wheel."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from preservation.adapters.database.engine import open_engine, writer
from preservation.adapters.database.failures import translated
from preservation.errors import WrongUse

# Any number will do, as long as every release uses the same one.
_UPGRADE_LOCK = 7_236_170_018


def upgrade(url: str) -> None:
    """Create or migrate the schema. Nothing happens where it is current; of two at once the second waits.

    All or nothing: a failure leaves the schema as it was. Creates a SQLite file that is not there; a PostgreSQL database
    must exist and be in UTF-8, else WrongUse. Raises Unavailable where the database does not answer.
    """
    engine = open_engine(url, create=True)
    try:
        with translated(), writer(engine).begin() as connection:
            if connection.dialect.name == "postgresql":
                _prepare_postgresql(connection)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def _config() -> Config:
    # `migrations` lies beside the package, in the checkout as in a wheel.
    folder = Path(__file__).parents[3] / "migrations"
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _prepare_postgresql(connection: Connection) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise WrongUse(f"the PostgreSQL database is in {encoding}; names of files need UTF8")
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
