"""The chaos drill in small; `make chaos-drill` is the whole of it."""

from pathlib import Path

import pytest

from tests import ceph_server
from tests.drills.chaos import KEYS, drill


@pytest.mark.s3
@pytest.mark.slow
def test_whatever_befalls_replicas_nothing_is_lost_missed_or_told_wrongly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not ceph_server.is_installed():
        pytest.skip("Ceph's programs are not installed: make debian-packages")
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)

    assert drill(tmp_path, seconds=40, seed=11) == []
