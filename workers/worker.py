"""`worker`: a parent that does nothing but keep its slots and its housekeeping running.

`python -m workers.worker --home HOME`. With a broker its slots are told of jobs, without one they look into the table.
"""

import functools
import sys
from collections.abc import Sequence

from preservation.settings import Settings
from workers.consumer import run_consumer
from workers.housekeeping import run_housekeeping
from workers.opening import begin, settle_memory
from workers.parts import Part, keep_running
from workers.rota import Rota, queues_of
from workers.slots import run_slot


def parts_of(settings: Settings) -> Sequence[Part]:
    """The processes of a worker."""
    return [
        *(Part(f"slot {slot}", functools.partial(_run_slot, settings, slot)) for slot in range(settings.worker_slots)),
        Part("housekeeping", functools.partial(run_housekeeping, settings)),
    ]


def _run_slot(settings: Settings, slot: int) -> int:
    queues = queues_of(slot, settings.worker_slots)
    return run_consumer(settings, slot, queues) if settings.broker_url else run_slot(settings, slot, Rota(queues))


def main(arguments: Sequence[str] | None = None) -> int:
    settings = begin("worker", arguments)
    settle_memory()
    return keep_running(parts_of(settings), grace=settings.grace_seconds)


if __name__ == "__main__":
    sys.exit(main())
