"""Homes with processes around them, and brokers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker_servers import rabbitmq, redis
from tests.homes import make_home
from tests.workers.kit import Processes

__all__ = ["rabbitmq", "redis"]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Processes]:
    """A home without formats, and nothing running yet."""
    processes = Processes(make_home(tmp_path / "home"))
    try:
        yield processes
    finally:
        processes.end()
