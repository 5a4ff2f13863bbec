"""The register of processes: each says that it is there, and goes on saying so while it works."""

import os
import socket
import threading
from collections.abc import Collection
from dataclasses import replace
from typing import Self

import structlog

from preservation.bootstrap import Repository
from preservation.domain.jobs import Queue
from preservation.domain.workers import BEAT_EVERY, Worker, WorkerKind
from preservation.errors import Unavailable

log = structlog.get_logger()


class Registered:
    """This process in the register, by a thread of its own, within the block. Not to be heard of is no reason to stop."""

    def __init__(self, repository: Repository, kind: WorkerKind, name: str, queues: Collection[Queue] = ()) -> None:
        self._table = repository.catalogue.worker_table()
        self._clock = repository.clock
        now = self._clock.now()
        self._worker = Worker(
            id=repository.minter.urn(),
            name=name,
            kind=kind,
            host=socket.gethostname(),
            pid=os.getpid(),
            queues=frozenset(queues),
            started=now,
            beat=now,
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_saying, name="register", daemon=True)

    def __enter__(self) -> Self:
        self._table.save(self._worker)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        try:
            self._table.leave(self._worker.id)
        except Unavailable as error:
            log.warning("register_away", error=str(error))

    def _keep_saying(self) -> None:
        while not self._over.wait(BEAT_EVERY.total_seconds()):
            try:
                self._table.save(replace(self._worker, beat=self._clock.now()))
            except Unavailable as error:
                log.warning("register_away", error=str(error))
