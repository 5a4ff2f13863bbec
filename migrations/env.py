"""How Alembic runs the migrations: on the connection that the program hands over, or on the URL given by hand."""

import os

from alembic import context
from sqlalchemy import Connection

from preservation.adapters.database import tables_formats, tables_service  # noqa: F401 - makes their tables known
from preservation.adapters.database.engine import open_engine, writer
from preservation.adapters.database.tables import Row


def run(connection: Connection) -> None:
    """All migrations in one transaction: both databases can take back the making of tables."""
    context.configure(connection=connection, target_metadata=Row.metadata, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


def main() -> None:
    given = context.config.attributes.get("connection")
    if isinstance(given, Connection):
        run(given)
        return
    url = context.get_x_argument(as_dictionary=True).get("url") or os.environ.get("PRESERVATION_DATABASE")
    if not url:
        raise SystemExit("name the database: alembic -x url=sqlite:///PATH ..., or PRESERVATION_DATABASE")
    engine = open_engine(url, create=True)
    with writer(engine).begin() as connection:
        run(connection)
    engine.dispose()


main()
