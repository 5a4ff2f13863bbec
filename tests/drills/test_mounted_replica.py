"""A replica on a real mount: unmounted under us, read-only, full. What cannot be looked at is never called lost."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent.parent

pytestmark = [pytest.mark.mounts, pytest.mark.slow]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the drill saw, in a mount namespace of its own."""
    folder = tmp_path_factory.mktemp("mounts")
    done = subprocess.run(
        [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            sys.executable,
            "-m",
            "tests.drills.mounted_replica",
            folder,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_an_empty_mount_point_is_a_replica_that_is_away_and_nothing_of_it_is_missing(found: Any) -> None:
    seen = found["unmounted"]

    assert seen["mount_point"] == []
    # Status 3: it could not be found out. The replica is named once, and nothing is counted as missing.
    assert seen["between"] == [3, ["c"], 0, 3]
    assert set(seen["states"]) == {"intact"}
    # Nothing was written beneath the mount, where nobody would find it again.
    assert seen["written"] == []


def test_a_replica_that_is_unmounted_while_it_is_read_loses_nothing_by_it(found: Any) -> None:
    seen = found["unmounted"]

    assert seen["during"] == [0, 0, 1]
    assert not {"missing", "damaged"} & set(seen["states_after"])
    assert not {"ALARM-COPIES-BELOW-POLICY", "ALARM-REPLICA-DRIFT", "ALARM-REPAIRS-HELD"} & set(seen["alarms"])
    assert seen["back"] == 0


def test_a_replica_that_is_read_only_is_checked_and_mended_once_it_can_be_written_to(found: Any) -> None:
    seen = found["read_only"]

    assert seen["ingest"] == "preserved"
    assert (seen["damaged"], seen["repaired"]) == (1, 0)
    assert "damaged" in seen["states"]
    assert (seen["repaired_later"], seen["same_bytes"], seen["synced"]) == (1, True, 0)


def test_a_full_disk_takes_nothing_half_and_holds_up_nobody(found: Any) -> None:
    seen = found["full"]

    assert (seen["added"], seen["synced"]) == (0, 3)
    assert seen["copies_elsewhere"] == 3
    assert seen["work"] == []
    assert seen["verified"] == 0
