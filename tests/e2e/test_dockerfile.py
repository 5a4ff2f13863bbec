"""The Dockerfile and what surrounds it: each instruction carried out in a clean root, and the image at work."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

import pytest

from tests.image_recipe import Ignored, files_of_context, read_instructions

ROOT = Path(__file__).parents[2]
NEEDED = ("debootstrap", "bwrap", "setpriv", "unshare")


@pytest.mark.container
@pytest.mark.slow
def test_the_image_builds_from_its_file_and_serves_without_rights_on_a_read_only_root() -> None:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing or os.geteuid() != 0:
        pytest.skip(f"needs root and debootstrap, bubblewrap, setpriv; missing: {missing}")
    alone = ["unshare", "--mount", "--propagation", "private", "--fork", "--kill-child"]
    # Not below pytest's own folder, which is for root alone: the image's user has to reach its home.
    with tempfile.TemporaryDirectory(prefix="preservation-image-", ignore_cleanup_errors=True) as place:
        Path(place).chmod(0o711)

        done = subprocess.run(
            [*alone, sys.executable, "-m", "tests.image_trial", place],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    print(done.stdout)
    assert done.returncode == 0, done.stdout
    assert "/usr/lib/preservation" in done.stdout.splitlines()[-1]


def test_every_package_that_is_installed_is_in_the_context_of_the_build() -> None:
    """Without a build: what .dockerignore keeps out, and what COPY names, go together."""
    ignored = Ignored.read((ROOT / ".dockerignore").read_text())
    copied = [one.flags()[1][:-1] for one in read_instructions((ROOT / "Dockerfile").read_text()) if one.word == "COPY"]
    names = [name for group in copied for name in group if not name.startswith("/")]

    found = {f"{name}/{below}" for name in names for _, below in files_of_context(ROOT, name, ignored)}

    assert {"preservation/cli/main.py", "workers/supervisor.py", "migrations/env.py"} <= found
    assert [one for one in found if one.endswith(".pyc") or "/." in one] == []
    assert PurePosixPath("tests/conftest.py") in ignored


@pytest.mark.parametrize("text", ["ADD x /y", "RUNN true", "run true"])
def test_a_dockerfile_that_is_not_understood_is_not_taken_for_one_that_works(text: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        read_instructions(f"FROM debian:bookworm-slim\n{text}")
