"""Who tells workers of new jobs: the broker that the settings name, or nobody."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager

from preservation.adapters.no_bell import NoBell
from preservation.ports import JobBell
from preservation.settings import Settings

# What speaks with a broker takes half a second to load: only where there is one.
_CELERY = "preservation.adapters.job_bell"


@contextmanager
def job_bell(settings: Settings) -> Iterator[JobBell]:
    """The bell, usable within the block. The broker is not asked before the first ring."""
    bell = importlib.import_module(_CELERY).CeleryBell(settings.broker_url) if settings.broker_url else NoBell()
    try:
        yield bell
    finally:
        bell.close()
