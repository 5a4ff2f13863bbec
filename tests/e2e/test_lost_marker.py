"""A replica that lost its marker alone is given it back in a fixity run, and takes part in all of that run."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.homes import make_home
from tests.package_builders import write_files


def _removed(marker: Path) -> None:
    marker.unlink()


def _zeroed(marker: Path) -> None:
    marker.chmod(0o644)
    marker.write_bytes(bytes(200))


@pytest.mark.parametrize("harm", [_removed, _zeroed])
def test_a_replica_that_got_its_marker_back_shows_the_ledger_of_that_very_run(
    harm: Callable[[Path], None], tmp_path: Path
) -> None:
    home = make_home(tmp_path / "home")
    home.preserved(write_files(tmp_path / "p", {"a.txt": b"one", "b.txt": b"two"}))
    harm(home.replica("a") / "replica.json")

    run = home.run("fixity", "run", "--all").json

    assert [(one["key"], one["repaired"]) for one in run["replica_files"]] == [("replica.json", True)]
    assert run["away"] == {}
    checkpoints = {name: (home.replica(name) / "ledger" / "checkpoint").read_bytes() for name in ("a", "b")}
    assert checkpoints["a"] == checkpoints["b"]
    assert home.run("audit", "verify").json["problems"] == []
