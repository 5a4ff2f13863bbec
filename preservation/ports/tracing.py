"""Spans: what took how long, and within what."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class Tracer(Protocol):
    """Safe to call from several threads and processes. Nothing that is traced ever fails because of it."""

    def span(
        self, name: str, attributes: Mapping[str, str | int], *, parent: str | None = None
    ) -> AbstractContextManager[str | None]:
        """A span for the block; an exception that leaves it is noted. Gives the context to hand on as `parent` to whoever
        carries the work on elsewhere (W3C `traceparent`), None where nothing is traced.

        `name` is constant ("job ingest"); `attributes` are ids and counts, never names or texts that people wrote. They are
        read when the block begins and again when it ends: what was found out meanwhile is told too.
        """
        ...

    def close(self) -> None:
        """Send what waits to be sent, within a few seconds."""
        ...
