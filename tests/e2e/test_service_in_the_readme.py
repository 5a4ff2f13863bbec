"""The README's lines about the service, run as they are written against a service as it is."""

import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_newcomer_hands_a_first_package_over(tmp_path: Path) -> None:
    assert shutil.which("curl") is not None
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## As a service", 1)[1]
    lines = re.findall(r"^```sh\n(.*?)^```", section, re.DOTALL | re.MULTILINE)[1]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = tmp_path / "archive-home"
    script = (
        lines.replace("127.0.0.1:8765", f"127.0.0.1:{port}")
        .replace("$PWD/archive-home", str(home))
        .replace(". .venv/bin/activate &&", f"export PATH={Path(sys.executable).parent}:$PATH;")
        .replace("ho-so.tar.gz ho-so", f"{tmp_path}/ho-so.tar.gz ho-so")
        .replace("stat -c %s ho-so.tar.gz", f"stat -c %s {tmp_path}/ho-so.tar.gz")
        .replace("@ho-so.tar.gz", f"@{tmp_path}/ho-so.tar.gz")
    )
    program = [sys.executable, "-m", "preservation.cli"]
    subprocess.run([*program, "init", "--home", str(home)], check=True, capture_output=True)
    service = [*program, "serve", "--home", str(home), "--port", str(port)]
    with subprocess.Popen(service, stdout=subprocess.PIPE, text=True, cwd=ROOT) as serving:
        assert serving.stdout is not None
        try:
            assert serving.stdout.readline().startswith("ready:")
            until = 'until ask $API/transfers/$ID | grep -q \'"status":"preserved"\'; do sleep 0.2; done'

            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", f"{script}\n{until}\n"],
                capture_output=True,
                text=True,
                cwd=ROOT,
                check=False,
            )
            assert done.returncode == 0, (done.stdout, done.stderr)
            assert '"status":"accepted"' in done.stdout
        finally:
            serving.send_signal(signal.SIGTERM)
    assert serving.returncode == 0
