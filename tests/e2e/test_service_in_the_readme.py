"""The README's lines about the service, run as they are written against a service as it is."""

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.first_transfer import ROOT, readme_script, run_script


@pytest.mark.slow
def test_a_newcomer_hands_a_first_package_over(tmp_path: Path) -> None:
    assert shutil.which("curl") is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = tmp_path / "archive-home"
    script = readme_script(port=port, home=home, programs=Path(sys.executable).parent, place=tmp_path)
    program = [sys.executable, "-m", "preservation.cli"]
    subprocess.run([*program, "init", "--home", str(home)], check=True, capture_output=True)
    service = [*program, "serve", "--home", str(home), "--port", str(port)]
    with subprocess.Popen(service, stdout=subprocess.PIPE, text=True, cwd=ROOT) as serving:
        assert serving.stdout is not None
        try:
            assert serving.stdout.readline().startswith("ready:")

            done = run_script(script)
            assert done.returncode == 0, (done.stdout, done.stderr)
            assert '"status":"accepted"' in done.stdout
        finally:
            serving.send_signal(signal.SIGTERM)
    assert serving.returncode == 0
