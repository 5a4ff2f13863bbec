"""A folder made durable: what was made, renamed or removed in it is so after a power cut too."""

import os
from pathlib import Path


def flush_folder(folder: str | bytes | Path) -> None:
    """fsync(2) of the folder itself, not of what its files hold. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
