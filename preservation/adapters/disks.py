"""How much room is left where the service writes."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from preservation.adapters.patience import FOLDER_SECONDS, in_time
from preservation.domain.service_figures import DiskSpace


def disk_spaces(places: Mapping[str, Path], seconds: float = FOLDER_SECONDS) -> Sequence[DiskSpace]:
    """What an ordinary user may still write (POSIX statvfs), once for each file system, named by the places that are on it.

    A place that is not there, or does not answer in so many seconds, is left out.
    """
    names: dict[int, list[str]] = {}
    states: dict[int, os.statvfs_result] = {}
    for name, path in places.items():
        try:
            device, state = in_time(str(path), partial(_state, path), seconds)
        except OSError:
            # A replica that is away is told of by its own name.
            continue
        names.setdefault(device, []).append(name)
        states[device] = state
    return [
        DiskSpace(", ".join(names[device]), state.f_bavail * state.f_frsize, state.f_blocks * state.f_frsize)
        for device, state in states.items()
    ]


def _state(path: Path) -> tuple[int, os.statvfs_result]:
    return path.stat().st_dev, os.statvfs(path)
