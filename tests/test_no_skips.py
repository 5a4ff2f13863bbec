"""The plugin that continuous integration runs with: a skip there is a failure."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent

SKIPPING = """
import pytest

@pytest.mark.skip(reason="no such server")
def test_a(): ...

def test_b():
    pytest.skip("no such folder")

@pytest.mark.xfail(reason="known", strict=True)
def test_c():
    assert False

def test_d(): ...
"""


def run_pytest(folder: Path, *, no_skips: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PRESERVATION_NO_SKIPS": no_skips, "PYTHONPATH": str(ROOT)}
    environment.pop("PYTEST_ADDOPTS", None)
    (folder / "conftest.py").write_text("from tests.conftest import pytest_configure\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", ".", "."]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def test_a_skip_fails_and_gives_its_reason(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING)

    result = run_pytest(tmp_path, no_skips="1")

    assert result.returncode == 1
    assert "1 failed, 1 passed, 1 xfailed, 1 error" in result.stdout
    assert "no such server" in result.stdout
    assert "no such folder" in result.stdout


def test_a_whole_module_that_is_skipped_fails_too(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text('import pytest\npytest.importorskip("no_such_module")\n')

    result = run_pytest(tmp_path, no_skips="1")

    assert result.returncode != 0
    assert "no_such_module" in result.stdout


def test_elsewhere_a_skip_is_a_skip(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING)

    result = run_pytest(tmp_path, no_skips="")

    assert result.returncode == 0
    assert "1 passed, 2 skipped, 1 xfailed" in result.stdout
