"""The kill drill in small; `make kill-drill` is the whole of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker_servers import RABBITMQ
from tests.drills.kill import drill


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The drill speaks to its programs by variables; what it sets goes with it."""
    with monkeypatch.context() as context:
        for name in ("DATABASE_URL", "BROKER_URL", "API_PORT", "LEASE_SECONDS", "BEAT_SECONDS", "GRACE_SECONDS"):
            context.setenv(f"PRESERVATION_{name}", "")
        context.setenv("PRESERVATION_WORKER_SLOTS", "")
        yield


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_or_doubled_on_one_machine(environment: None, tmp_path: Path) -> None:
    assert drill(tmp_path, "sqlite", seconds=20, transfers=8, seed=5) == []


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.postgresql
def test_nothing_acknowledged_is_lost_or_doubled_on_servers(environment: None, tmp_path: Path) -> None:
    if not RABBITMQ.exists():
        pytest.skip("RabbitMQ is not installed (Debian: rabbitmq-server)")
    for folder in (tmp_path, *tmp_path.parents):
        # The database's own user must be able to pass.
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o711)

    assert drill(tmp_path, "servers", seconds=20, transfers=8, seed=6) == []
