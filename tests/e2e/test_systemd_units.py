"""The units in `deploy/systemd`: systemd reads them without a complaint, and they give the service few rights."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = Path(__file__).parents[2] / "deploy/systemd"
NAMES = sorted(one.name for one in UNITS.glob("*.service"))
# systemd's scale goes from 0 (nothing is allowed) to 10.
MOST_EXPOSURE = 3.2


def analyze(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: systemd)")
    return subprocess.run(
        ["systemd-analyze", *(str(one) for one in arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The root of a machine with systemd's own units, ours, and the program where they look for it."""
    systemd = next(one for one in (Path("/usr/lib/systemd"), Path("/lib/systemd")) if (one / "system").is_dir())
    shutil.copytree(systemd / "system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    shutil.copytree(UNITS, tmp_path / "etc/systemd/system")
    program = tmp_path / "usr/lib/preservation/bin/preservation"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_systemd_understands_every_line_of_a_unit(machine: Path, name: str) -> None:
    done = analyze("verify", "--man=no", "--recursive-errors=no", f"--root={machine}", name)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_line_that_systemd_does_not_know_is_noticed(machine: Path) -> None:
    unit = machine / "etc/systemd/system/preservation.service"
    unit.write_text(unit.read_text().replace("PrivateTmp=yes", "PrivateTemp=yes"))

    done = analyze("verify", "--man=no", "--recursive-errors=no", f"--root={machine}", unit.name)

    assert "PrivateTemp" in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_gives_few_rights(name: str) -> None:
    done = analyze(
        "security", "--offline=true", f"--threshold={round(MOST_EXPOSURE * 10)}", "--json=short", UNITS / name
    )

    lacking = {one["json_field"]: one["exposure"] for one in json.loads(done.stdout) if one["exposure"] is not None}
    assert done.returncode == 0, (done.stderr, lacking)


def test_units_wait_longer_for_an_end_than_the_service_takes_for_it() -> None:
    seconds = [
        int(found)
        for name in NAMES
        for found in re.findall(r"^TimeoutStopSec=(\d+)$", (UNITS / name).read_text(), re.MULTILINE)
    ]
    default = re.search(r"grace_seconds: int = (\d+)", (UNITS.parents[1] / "preservation/settings.py").read_text())

    assert default is not None
    assert len(seconds) == len(NAMES)
    assert min(seconds) > int(default[1])
