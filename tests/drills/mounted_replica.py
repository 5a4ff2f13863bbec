"""What becomes of a replica on a mount that goes away, turns read-only, or is full. Runs in a mount namespace of its own.

`python -m tests.drills.mounted_replica FOLDER` prints one JSON document; `tests/drills/test_mounted_replica.py` judges it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from preservation import bootstrap
from preservation.bootstrap.watching import alarms, service_watch
from preservation.services.fixity import Selection
from preservation.settings import read_settings
from tests.homes import Quiet, TestHome, make_home
from tests.package_builders import write_files


class OnFirstBytes(Quiet):
    """Progress that does something once, as soon as anything was read."""

    def __init__(self, do: str, place: Path) -> None:
        self._command: list[str] | None = [do, "-l", str(place)]

    def advance(self, amount: int) -> None:
        del amount
        if self._command is not None:
            command, self._command = self._command, None
            run(*command)


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def states(home: TestHome, replica: str) -> list[str]:
    return sorted(one.state.value for one in home.copies() if one.replica == replica)


def codes(home: TestHome) -> list[str]:
    """The alarms that a look finds now."""
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        service_watch(repository).refresh()
        return sorted(one.alarm.code.value for one in alarms(repository).look().on)


def unmounted(home: TestHome, store: Path, place: Path, replica: str) -> dict[str, Any]:
    """Away between two commands; then in the middle of a run."""
    found: dict[str, Any] = {}
    run("umount", str(place))
    found["mount_point"] = [one.name for one in place.iterdir()]
    checked = home.run("fixity", "run", "--all")
    compared = home.run("replica", "compare", "c")
    found["between"] = [checked.status, list(checked.json["away"]), checked.json["missing"], compared.status]
    found["states"] = states(home, replica)
    found["written"] = [one.name for one in place.iterdir()]
    run("mount", "--bind", str(store), str(place))
    with bootstrap.writing(read_settings(home.root, {}), Quiet()) as repository:
        hook = OnFirstBytes("umount", place)
        report = repository.fixity().run(Selection.ALL, hook, replica=replica)
        found["during"] = [report.damaged, report.missing, len(report.away)]
    found["states_after"] = states(home, replica)
    found["alarms"] = codes(home)
    run("mount", "--bind", str(store), str(place))
    found["back"] = home.run("fixity", "run", "--all").status
    return found


def read_only(home: TestHome, place: Path, replica: str, package: Path) -> dict[str, Any]:
    """What comes in goes to the others; damage is found, and stays until the replica can be written to."""
    held = next(one for one in (place / "ocfl").rglob("v1/content/**/page.txt"))
    true = held.read_bytes()
    held.chmod(0o644)
    held.write_bytes(b"not that")
    run("mount", "-o", "remount,bind,ro", str(place))
    (taken,) = home.ingest(package)
    checked = home.run("fixity", "run", "--all")
    found: dict[str, Any] = {
        "ingest": taken["status"],
        "damaged": checked.json["damaged"],
        "repaired": checked.json["repaired"],
        "states": states(home, replica),
    }
    run("mount", "-o", "remount,bind,rw", str(place))
    found["repaired_later"] = home.run("fixity", "run", "--all").json["repaired"]
    found["same_bytes"] = held.read_bytes() == true
    found["synced"] = home.run("replica", "sync", "c").status
    return found


def full(home: TestHome, place: Path, package: Path) -> dict[str, Any]:
    """A file system with room for nothing much: nothing half is left, and it is told."""
    place.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place))
    added = home.run("replica", "add", place, "--name", "d")
    taken = home.preserved(package)
    synced = home.run("replica", "sync", "d")
    verified = home.run("audit", "verify")
    return {
        "added": added.status,
        "synced": synced.status,
        "objects": len(list((place / "ocfl").rglob("0=ocfl_object_*"))),
        "copies_elsewhere": sum(one.aip == taken and one.state.value == "intact" for one in home.copies()),
        "work": [one.name for one in (place / "work").iterdir()] if (place / "work").exists() else [],
        "verified": verified.status,
    }


def main(folder: Path) -> None:
    home = make_home(folder / "home")
    small = write_files(folder / "small", {"page.txt": b"a page"})
    large = write_files(folder / "large", {"film.bin": b"\x5a" * (5 << 20)})
    store, place = folder / "store", folder / "mounted"
    store.mkdir()
    place.mkdir()
    run("mount", "--bind", str(store), str(place))
    home.preserved(small)
    replica = str(home.run("replica", "add", place, "--name", "c").json["id"])
    home.run("replica", "sync", "c")
    found = {
        "unmounted": unmounted(home, store, place, replica),
        "read_only": read_only(home, place, replica, small),
        "full": full(home, folder / "tiny", large),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
