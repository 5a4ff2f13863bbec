"""What an idle worker costs: processor time of a loop that asks a table of 100,000 ended jobs whether one is due.

python -m bench.bench_jobs [sqlite:///PATH | postgresql+psycopg://...] [seconds] [interval]
"""

import sys
import tempfile
import time
from datetime import UTC, datetime

from preservation.adapters.clock import SystemClock
from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.domain.jobs import JobKind, NewJob, Queue

ENDED = 100_000
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def main(url: str, seconds: float, interval: float) -> None:
    upgrade(url)
    catalogue = open_catalogue(url)
    table = catalogue.job_table()
    with catalogue.begin() as tx:
        for number in range(ENDED):
            tx.add_job(NewJob(id=f"urn:uuid:{number:032x}", kind=list(JobKind)[number % 9]), now=LONG_AGO)
        tx._wire.run("UPDATE job SET state = 'succeeded', finished = due")  # noqa: SLF001 - a quick way to old age
    began, added = time.perf_counter(), 0
    while added < 100:
        with catalogue.begin() as tx:
            tx.add_job(NewJob(id=f"urn:uuid:f{added:031x}", kind=JobKind.INGEST), now=LONG_AGO)
        added += 1
    print(f"queueing one job: {(time.perf_counter() - began) * 10:.2f} ms")
    began, leased = time.perf_counter(), 0
    while (job := table.lease(list(Queue), "w", now=SystemClock().now(), until=SystemClock().now())) is not None:
        table.succeed(job.id, job.token, now=SystemClock().now(), result={})
        leased += 1
    print(f"leasing and ending one: {(time.perf_counter() - began) / leased * 1000:.2f} ms")
    clock = SystemClock()
    asked = 0
    with table.watch(list(Queue)) as watch:
        watch.is_due(clock.now())
        began, cost = time.perf_counter(), time.process_time()
        while time.perf_counter() - began < seconds:
            assert not watch.is_due(clock.now())
            asked += 1
            time.sleep(interval)
        share = (time.process_time() - cost) / (time.perf_counter() - began)
    print(f"asked {asked} times in {seconds:.0f} s: {share:.3%} of a core")
    catalogue.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        given = sys.argv[1:]
        main(
            given[0] if given else f"sqlite:///{folder}/jobs.db",
            float(given[1]) if len(given) > 1 else 10,
            float(given[2]) if len(given) > 2 else 0.1,
        )
