"""The Celery application: where the broker is, and that a message is an id and nothing more.

Losing a message loses time: the table has the job, and the reconciler announces it again.
"""

from celery import Celery

from preservation.adapters.job_bell import QUEUES, broker_options


def make_app(broker_url: str) -> Celery:
    """Messages last, are confirmed by the broker, and are acknowledged when the job has come to its end; no results are kept."""
    app = Celery("preservation", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_queues=QUEUES,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=broker_options(broker_url),
        # A slot does not read from the broker while it runs a job; the kernel's keep-alives find out about a dead one.
        broker_heartbeat=0,
    )
    return app
