"""The one task: a job's id comes in, the row with that id is leased and run."""

from collections.abc import Callable

from celery import Celery

from preservation.adapters.job_bell import TASK


def add_task(app: Celery, run: Callable[[str], None]) -> None:
    """Have the application call `run` with the id in each message. What it raises puts the message back."""

    @app.task(name=TASK, ignore_result=True)
    def run_job(job_id: str) -> None:
        run(job_id)
