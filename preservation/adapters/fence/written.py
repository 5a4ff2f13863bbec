"""What a run has written, all its files together: the kernel bounds each file, and nothing of it bounds their sum."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

# What an entry takes by itself, so that files of no bytes come to an end as well.
_ENTRY_BYTES: Final = 4096
_BLOCK_BYTES: Final = 512


def written_bytes(folders: Iterable[Path], most: int) -> int:
    """Bytes of everything below the folders; the count stops once it is beyond `most`. No link is followed.

    A folder that cannot be looked into (made unreadable, or too deep to be named) counts as beyond: something may hide there.
    """
    total = 0
    waiting = [os.fspath(one) for one in folders]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += _ENTRY_BYTES + _size(entry)
                    if total > most:
                        return total
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except (FileNotFoundError, NotADirectoryError):
            # Gone since it was seen.
            continue
        except OSError:
            return most + 1
    return total


def bytes_of(status: os.stat_result) -> int:
    """The larger of its length and what it takes: a file with holes is as long as it says, one may take more than it says."""
    return max(status.st_size, status.st_blocks * _BLOCK_BYTES)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return 0 if entry.is_dir(follow_symlinks=False) else bytes_of(entry.stat(follow_symlinks=False))
    except FileNotFoundError:
        return 0
