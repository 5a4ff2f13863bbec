"""How far a job has come, as server-sent events (HTML Living Standard, 9.2).

    event: progress | ended      data: the job, as its address shows it       id: what this state is called

A client that comes back with `Last-Event-ID` is not told again what it knows. A comment every few seconds keeps proxies from
closing the connection. A stream ends with the job, after ten minutes, or when the server ends; a client comes back by itself.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator

from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from preservation.api.job_answers import job_item
from preservation.api.service import Service
from preservation.domain.jobs import Job
from preservation.errors import Unavailable

EVENT_STREAM = "text/event-stream"
LOOK_SECONDS = 0.5
SLOW_LOOK_SECONDS = 2.0
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 600.0

# What changes with time alone is no news.
_NOT_NEWS = ("bytes_per_second", "seconds_left")


class ProgressAnswer(StreamingResponse):
    """The stream of one job. Its place was taken for the account, and is given back however it ends."""

    def __init__(self, service: Service, job: Job, account: str, known: str | None) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(_events(service, job, known), media_type=EVENT_STREAM, headers=headers)
        self._places, self._account = service.streams, account

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._places.give_back(self._account)


async def _events(service: Service, job: Job, known: str | None) -> AsyncIterator[bytes]:
    began = told = time.monotonic()
    pause = LOOK_SECONDS
    yield b"retry: 3000\n\n"
    while True:
        name = _state_name(service, job)
        if name != known:
            known, told, pause = name, time.monotonic(), LOOK_SECONDS
            yield _event(service, job, name)
        if job.state.is_final or time.monotonic() - began > LONGEST_SECONDS or service.stopping.is_set():
            return
        if time.monotonic() - told >= HEARTBEAT_SECONDS:
            told = time.monotonic()
            yield b": still here\n\n"
        await asyncio.sleep(pause)
        pause = min(SLOW_LOOK_SECONDS, pause * 1.2)
        try:
            found = await run_in_threadpool(service.jobs.job, job.id)
        except Unavailable:
            continue
        if found is None:
            return
        job = found


def _state_name(service: Service, job: Job) -> str:
    """What this state of the job is called: the same for the same news."""
    item = job_item(job, service.repository.clock.now())
    progress = item["progress"]
    assert isinstance(progress, dict)  # noqa: S101 - as job_item makes it
    news = {
        **item,
        "is_late": None,
        "progress": {key: value for key, value in progress.items() if key not in _NOT_NEWS},
    }
    return hashlib.sha256(to_json(news)).hexdigest()[:32]


def _event(service: Service, job: Job, name: str) -> bytes:
    kind = b"ended" if job.state.is_final else b"progress"
    data = to_json(job_item(job, service.repository.clock.now()))
    return b"event: " + kind + b"\nid: " + name.encode() + b"\ndata: " + data + b"\n\n"
