"""The README's lines about the service: a newcomer's first transfer, as a script that can be run anywhere."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
_UNTIL = 'until ask $API/transfers/$ID | grep -q \'"status":"preserved"\'; do sleep 0.2; done'


def readme_script(*, port: int, home: Path, programs: Path, place: Path) -> str:
    """The lines as they are written, but for the port, the home, where `preservation` is found, and where the archive is made.

    They end once the transfer is preserved; whoever runs them says how long that may take.
    """
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## As a service", 1)[1]
    lines = re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)[1]
    script = (
        lines.replace("127.0.0.1:8765", f"127.0.0.1:{port}")
        .replace("$PWD/archive-home", str(home))
        .replace(". .venv/bin/activate &&", f"export PATH={programs}:$PATH;")
        .replace("ho-so.tar.gz ho-so", f"{place}/ho-so.tar.gz ho-so")
        .replace("stat -c %s ho-so.tar.gz", f"stat -c %s {place}/ho-so.tar.gz")
        .replace("@ho-so.tar.gz", f"@{place}/ho-so.tar.gz")
    )
    return f"{script}\n{_UNTIL}\n"


def run_script(script: str, *, patience: float | None = None) -> "subprocess.CompletedProcess[str]":
    """subprocess.TimeoutExpired if it did not end in so many seconds."""
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=patience,
    )
