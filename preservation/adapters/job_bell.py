"""ports.JobBell over Celery: a message with the id of each job, into the queue of its kind.

The task is sent by name, so that whoever queues a job need not know who runs it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from celery import Celery
from kombu import Queue as BrokerQueue
from kombu.exceptions import OperationalError

from preservation.domain.jobs import Job, Queue
from preservation.errors import Unavailable

TASK: Final = "preservation.run_job"

# Queues and messages survive a restart of the broker.
QUEUES: Final = tuple(BrokerQueue(f"preservation.{queue.value}", durable=True) for queue in Queue)

_RABBITMQ: Final[dict[str, Any]] = {"confirm_publish": True, "read_timeout": 30, "write_timeout": 30}
# What a killed worker had comes back within a minute, not an hour. A job that runs longer is announced a second time, which does
# no harm: nobody can lease it twice.
_REDIS: Final[dict[str, Any]] = {
    "visibility_timeout": 60,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
}
# RabbitMQ lets go of what nobody took by then: should it still wait, the job is announced again, and a broker that was away for
# a week has no week of messages. Counted by the broker, so that no clock is compared with another.
_KEPT_SECONDS: Final = 600
_RETRY: Final = {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1, "interval_max": 0.2}


def broker_options(broker_url: str) -> Mapping[str, Any]:
    """How to speak with the broker. With RabbitMQ a message counts as sent when the broker has it (publisher confirms)."""
    return _REDIS if broker_url.startswith("redis") else _RABBITMQ


class CeleryBell:
    """Tells workers through a broker. Safe for threads: connections are pooled."""

    def __init__(self, broker_url: str) -> None:
        self._app = Celery("preservation-bell", broker=broker_url, set_as_current=False)
        self._app.conf.update(
            task_serializer="json",
            task_ignore_result=True,
            task_queues=QUEUES,
            task_create_missing_queues=False,
            broker_transport_options=broker_options(broker_url),
            broker_connection_timeout=5,
        )

    def ring(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            try:
                self._app.send_task(
                    TASK,
                    args=[job.id],
                    queue=f"preservation.{job.queue.value}",
                    retry=True,
                    retry_policy=_RETRY,
                    expiration=_KEPT_SECONDS,
                )
            except (OperationalError, OSError) as error:
                raise Unavailable(f"the broker could not be told: {error}") from error

    def close(self) -> None:
        self._app.close()
