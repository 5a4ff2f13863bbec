"""The demonstration, as `make demo` runs it: everything that it tells is so, and it can be read on a terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples.demo_stage import MARK, WIDTH

ROOT = Path(__file__).parent.parent


def told(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "examples.demo", str(folder)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_demonstration_holds_what_it_tells(tmp_path: Path) -> None:
    done = told(tmp_path / "demo", PRESERVATION_LANG="en")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "✗" not in done.stdout
    assert "\033" not in done.stdout
    # A path or a key is one word, and stays whole so that it can be copied.
    wrapped = [line for line in done.stdout.splitlines() if max(map(len, line.split()), default=0) < WIDTH // 2]
    assert [line for line in wrapped if len(line) > WIDTH] == []
    assert len(wrapped) > 100


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "demo" / "thesis.txt"
    kept.parent.mkdir()
    kept.write_text("years of work")

    done = told(kept.parent)

    assert done.returncode == 2
    assert os.listdir(kept.parent) == ["thesis.txt"]
    assert MARK not in os.listdir(tmp_path)
