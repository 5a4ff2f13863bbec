"""What a look at the database costs, counted and not timed."""

import sqlite3
from collections.abc import Callable

from sqlalchemy import event

from preservation.ports import Catalogue


def steps_of(catalogue: Catalogue, look: Callable[[], object]) -> int:
    """How many steps SQLite's machine takes for it, in units of ten."""
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1

    def begin(connection: sqlite3.Connection, *_: object) -> None:
        connection.set_progress_handler(tick, 10)

    event.listen(catalogue._engine, "checkout", begin)  # type: ignore[attr-defined]
    try:
        look()
    finally:
        event.remove(catalogue._engine, "checkout", begin)  # type: ignore[attr-defined]
    return count
