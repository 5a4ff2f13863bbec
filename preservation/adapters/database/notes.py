"""What was noticed last: a JSON object for each name, in a row of the table of figures. Keeps `ports.watching.NoteTable`."""

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Engine

from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.engine import reader, writer
from preservation.adapters.database.wire_transactions import reading, writing
from preservation.domain.events import Json

_SAVE = (
    "INSERT INTO figure (name, time, value) VALUES (?, ?, ?)"
    " ON CONFLICT (name) DO UPDATE SET time = excluded.time, value = excluded.value"
)
_READ = "SELECT value FROM figure WHERE name = ?"


class DatabaseNoteTable:
    """Safe to call from several threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)
        self._writer = writer(engine)

    def note(self, name: str, key: str, value: Json, *, now: datetime) -> None:
        with writing(self._writer) as wire:
            wire.lock("figure")
            row = wire.one(_READ, _row(name))
            values: dict[str, Json] = {} if row is None else json.loads(row[0])
            before = values.get(key)
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value
            if before != value:
                wire.run(_SAVE, _row(name), microseconds(now), json.dumps(values, sort_keys=True))

    def noted(self, name: str) -> Mapping[str, Json]:
        with reading(self._reader) as wire:
            row = wire.one(_READ, _row(name))
        return {} if row is None else dict(sorted(json.loads(row[0]).items()))


def _row(name: str) -> str:
    return f"noted {name}"
