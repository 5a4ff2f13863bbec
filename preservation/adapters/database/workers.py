"""Who works. Keeps the promises of `ports.WorkerTable`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine

from preservation.adapters.database.columns import instant, microseconds
from preservation.adapters.database.engine import reader, writer
from preservation.adapters.database.wire_transactions import reading, writing
from preservation.domain.jobs import Queue
from preservation.domain.workers import Worker, WorkerKind

_DAY = timedelta(days=1)
_COLUMNS = ("name", "kind", "host", "pid", "queues", "started", "beat")


class DatabaseWorkerTable:
    """Safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._reader = reader(engine)
        self._writer = writer(engine)

    def save(self, worker: Worker) -> None:
        row = (
            worker.id,
            worker.name,
            worker.kind.value,
            worker.host,
            worker.pid,
            " ".join(sorted(queue.value for queue in worker.queues)),
            microseconds(worker.started),
            microseconds(worker.beat),
        )
        with writing(self._writer) as wire:
            wire.upsert("worker", ("id",), _COLUMNS, [row])

    def leave(self, id: str) -> None:
        with writing(self._writer) as wire:
            wire.run("DELETE FROM worker WHERE id = ?", id)

    def workers(self) -> Sequence[Worker]:
        with reading(self._reader) as wire:
            rows = wire.rows(
                "SELECT id, name, kind, host, pid, queues, started, beat FROM worker ORDER BY kind, name, id"
            )
        return [
            Worker(
                id=id_,
                name=name,
                kind=WorkerKind(kind),
                host=host,
                pid=pid,
                queues=frozenset(Queue(queue) for queue in queues.split()),
                started=instant(started),
                beat=instant(beat),
            )
            for id_, name, kind, host, pid, queues, started, beat in rows
        ]

    def forget(self, *, silent_since: datetime) -> int:
        """The scheduler heard of last stays: since when there is none is what an alarm tells. Beats that a clock which was ahead
        has left behind go as well."""
        since, ahead = microseconds(silent_since), microseconds(silent_since + 2 * _DAY)
        with writing(self._writer) as wire:
            newest = wire.one(
                "SELECT id FROM worker WHERE kind = 'scheduler' AND beat <= ? ORDER BY beat DESC LIMIT 1", ahead
            )
            return wire.run(
                "DELETE FROM worker WHERE (beat < ? OR beat > ?) AND id <> ?",
                *(since, ahead, "" if newest is None else newest[0]),
            )
