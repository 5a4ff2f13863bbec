"""Fixtures that every layer's tests share."""

import os
from pathlib import Path

import pytest

from tests import no_skips


def pytest_configure(config: pytest.Config) -> None:
    """Same surroundings for every run; in continuous integration a skipped test is a test that nobody ran."""
    # What commands print in a test does not depend on the terminal that the tests are started from.
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        os.environ.pop(name, None)
    config.addinivalue_line("markers", "s3: starts a server of its own that speaks S3")
    if os.environ.get("PRESERVATION_NO_SKIPS") == "1":
        config.pluginmanager.register(no_skips, "no-skips")


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of test collections made by others, as PRESERVATION_CORPORA names it."""
    folder = os.environ.get("PRESERVATION_CORPORA")
    if not folder:
        pytest.skip("PRESERVATION_CORPORA is not set")
    path = Path(folder)
    assert path.is_dir(), f"PRESERVATION_CORPORA names no folder: {folder}"
    return path
