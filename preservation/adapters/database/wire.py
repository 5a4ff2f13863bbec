"""The driver beneath a write transaction, for statements that are too many for anything slower.

One dialect-neutral SQL with `?` for parameters; bulk rows go by `executemany` on SQLite and by COPY on PostgreSQL.
"""

# Only names of tables and columns are put into statements here, and those are this program's constants.
# ruff: noqa: S608

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection

if TYPE_CHECKING:
    import psycopg

# What a driver takes and gives: never anything else, so that both databases hold the same.
Value = int | str | bytes | None
Values = tuple[Value, ...]


class Wire:
    """Raises the drivers' own exceptions; the transaction translates them. Not for several threads."""

    def __init__(self, connection: Connection, *, binary: bool = False) -> None:
        """`binary`: PostgreSQL answers in its binary form, which is the same values for less work."""
        self.postgresql = connection.dialect.name == "postgresql"
        self._cursor = connection.connection.cursor(**({"binary": True} if binary and self.postgresql else {}))

    def run(self, statement: str, *parameters: Value) -> int:
        """Execute one statement; the number of rows it changed."""
        self._cursor.execute(self._adapted(statement), parameters)
        return self._cursor.rowcount

    def rows(self, statement: str, *parameters: Value) -> list[tuple[Any, ...]]:
        """Every row of a query. For small answers."""
        self._cursor.execute(self._adapted(statement), parameters)
        return cast(list[tuple[Any, ...]], self._cursor.fetchall())

    def one(self, statement: str, *parameters: Value) -> tuple[Any, ...] | None:
        """The first row of a query, if there is one."""
        found = self.rows(statement, *parameters)
        return found[0] if found else None

    def many(self, statement: str, rows: Sequence[Values]) -> None:
        """Execute one statement for each row of parameters."""
        if rows:
            self._cursor.executemany(self._adapted(statement), rows)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Values]) -> None:
        """Append rows to a table, all or (with the transaction) none. Names come from this program only."""
        names = ", ".join(columns)
        if self.postgresql:
            with cast("psycopg.Cursor[Any]", self._cursor).copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join("?" * len(columns))
        self._cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # type: ignore[arg-type]

    def upsert(self, table: str, key: Sequence[str], columns: Sequence[str], rows: Sequence[Values]) -> None:
        """Insert rows of key + columns; where the key is there already, its other columns are replaced."""
        names = ", ".join((*key, *columns))
        marks = ", ".join("?" * (len(key) + len(columns)))
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
        self.many(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}",
            rows,
        )

    def keys(self, table: str, count: int) -> list[int]:
        """Surrogate keys for new rows of a table, ascending.

        SQLite: behind the last one, which nobody else can move while this transaction holds the write lock.
        PostgreSQL: from the table's sequence; transactions at the same time may interleave.
        """
        if self.postgresql:
            found = self.rows(f"SELECT nextval('{table}_key_seq') FROM generate_series(1, ?)", count)
            return [row[0] for row in found]
        last = self.rows(f"SELECT max(key) FROM {table}")[0][0] or 0
        return list(range(last + 1, last + 1 + count))

    def lock(self, table: str) -> None:
        """Until the end of the transaction nobody else writes to the table. SQLite's writers are alone anyway."""
        if self.postgresql:
            self._cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")

    def close(self) -> None:
        self._cursor.close()

    def _adapted(self, statement: str) -> str:
        return statement.replace("?", "%s") if self.postgresql else statement
