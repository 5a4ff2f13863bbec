"""A database's schema as the database itself tells it, to compare one with another."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from preservation.adapters.database.tables import Row

_SQLITE = (
    "SELECT type, name, sql FROM sqlite_master WHERE type <> 'trigger' AND tbl_name <> 'alembic_version' ORDER BY 1, 2"
)
_COLUMNS = (
    "SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default, ordinal_position"
    " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY 1, 7"
)
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1"
_CONSTRAINTS = (
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND conname NOT LIKE 'alembic%' ORDER BY 1"
)
_POSTGRESQL = (_COLUMNS, _INDEXES, _CONSTRAINTS)


def described(connection: Connection) -> list[tuple[object, ...]]:
    """Tables, columns, collations, indexes and constraints; not triggers, which only migrations make."""
    queries = (_SQLITE,) if connection.dialect.name == "sqlite" else _POSTGRESQL
    rows = [tuple(row) for query in queries for row in connection.execute(text(query))]
    if connection.dialect.name != "sqlite":
        return rows
    # SQLite keeps the words of a statement, and a column that was added stands in them with other white space.
    return [(*row[:2], " ".join(str(row[2]).split())) for row in rows]


def differences(connection: Connection) -> list[object]:
    """What `alembic check` would complain of."""
    context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
    return list(compare_metadata(context, Row.metadata))
