"""A shared lock on the home for a process that runs for months: a restart of the database's server ends it, and nobody is told.

So it is taken anew every few seconds, the new one before the old one is let go. Beside SQLite the kernel keeps the lock for as
long as the process lives, and nothing is done here.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import structlog

from preservation.adapters.database import schema
from preservation.adapters.database.engine import SQLITE
from preservation.bootstrap.locking import HOME
from preservation.errors import InUse, Unavailable
from preservation.ports import Locks
from preservation.settings import Settings

SECONDS = 5.0

log = structlog.get_logger()


@contextmanager
def standing_lock(
    settings: Settings, locks: Locks, give_up: Callable[[], None], seconds: float = SECONDS
) -> Iterator[None]:
    """Keep `home` shared within the block, whatever becomes of the database's server.

    `give_up` is called, once, where that cannot be had any more: somebody else has the home alone, or has made another schema.
    """
    if settings.database_url.startswith(SQLITE):
        yield
        return
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(settings, locks, give_up, over, seconds), name="standing-lock")
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(settings: Settings, locks: Locks, give_up: Callable[[], None], over: threading.Event, seconds: float) -> None:
    with ExitStack() as held:
        while not over.wait(seconds):
            taken = ExitStack()
            try:
                taken.enter_context(locks.hold(HOME, seconds=0, shared=True))
                is_ours = schema.is_current(settings.database_url)
            except InUse:
                is_ours = False
            except Unavailable as error:
                taken.close()
                log.warning("home_not_held", error=str(error))
                continue
            if not is_ours:
                taken.close()
                log.error("home_lost")
                give_up()
                return
            # What was held may be gone long since; letting it go never fails.
            held.pop_all().close()
            held.push(taken)
