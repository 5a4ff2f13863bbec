"""A network file system that stops answering: whoever looks gives up in time, says so, and goes on with the other replicas."""

import json
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.drills.hosts_network import Host, Network
from tests.drills.hosts_servers import GLUSTER, export, mount

ROOT = Path(__file__).parents[2]
_WATCH = """
import json, os, sys
from pathlib import Path
from preservation import bootstrap
from preservation.bootstrap.watching import alarms, health
from preservation.settings import read_settings
with bootstrap.reading(read_settings(Path(sys.argv[1]), os.environ)) as repository:
    whole = health(repository).look()
    alarms(repository).look()
print(json.dumps([[one.code, dict(one.values)] for one in whole.reasons]))
"""

pytestmark = [pytest.mark.netns, pytest.mark.slow]


def preservation(host: Host, home: Path, *arguments: str | Path) -> tuple[int, Any]:
    """A command's status and what it says. A hang would never end; nothing here waits for a time."""
    command = shlex.join(
        [sys.executable, "-m", "preservation.cli", *map(str, arguments), "--home", str(home), "--json"]
    )
    told = host.run("bash", "-c", f"{command}; echo $?", PYTHONPATH=str(ROOT), PRESERVATION_FOLDER_TIMEOUT_SECONDS="2")
    text, _, status = told.rstrip().rpartition("\n")
    return int(status), json.loads(text)


@contextmanager
def hung(place: Path) -> Iterator[None]:
    """The program that serves the file system stands still."""
    served = {int(one.name): (one / "comm").read_text() for one in _processes() if _serves(one, place)}
    programs = [pid for pid, name in served.items() if name.startswith("glusterfs")]
    assert programs
    for pid in programs:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        # Whoever waits for it stood still with it.
        for pid in served:
            os.kill(pid, signal.SIGCONT)


def _processes() -> list[Path]:
    return [one for one in Path("/proc").iterdir() if one.name.isdigit()]


def _serves(process: Path, place: Path) -> bool:
    try:
        return (process / "cmdline").read_bytes().rstrip(b"\0").endswith(b"\0" + os.fsencode(place))
    except OSError:
        return False


def test_a_mount_that_hangs_is_a_replica_that_is_away(tmp_path: Path) -> None:
    missing = [name for name in (GLUSTER, "ip") if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and Debian's glusterfs-client, iproute2; missing: {missing}")
    home, place = tmp_path / "home", tmp_path / "mounted"
    (logs := tmp_path / "logs").mkdir()
    for name in ("first", "second"):
        (tmp_path / name).write_text(name)
    with Network(logs) as network:
        server, client = network.add("server"), network.add("client")
        export(server, tmp_path / "exported")
        mount(client, server, place)
        preservation(client, home, "init")
        status, _ = preservation(client, home, "replica", "add", place / "c", "--name", "c")
        assert status == 0
        assert preservation(client, home, "ingest", tmp_path / "first")[0] == 0

        with hung(place):
            _, listed = preservation(client, home, "replica", "list")
            status, (taken,) = preservation(client, home, "ingest", tmp_path / "second")
            checked, report = preservation(client, home, "fixity", "run", "--all")
            watched = client.run(
                sys.executable, "-c", _WATCH, home, PYTHONPATH=str(ROOT), PRESERVATION_FOLDER_TIMEOUT_SECONDS="2"
            )
        synced, _ = preservation(client, home, "replica", "sync", "c")
        after, _ = preservation(client, home, "fixity", "run", "--all")

    assert {one["name"]: one["state"] for one in listed} == {"a": "active", "b": "active", "c": "away"}
    assert (status, taken["status"], taken["copies"]) == (0, "preserved", 2)
    assert (checked, report["away"], report["missing"]) == (3, {"c": f"{place}/c does not answer"}, 0)
    assert json.loads(watched)[0] == ["HEALTH-REPLICA-AWAY", {"replica": "c", "reason": f"{place}/c does not answer"}]
    assert (synced, after) == (0, 0)
