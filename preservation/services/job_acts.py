"""What people do about jobs: stop one, queue one again. Each is an event that names who did it, in the transaction of the act."""

from dataclasses import dataclass

from preservation.domain.events import EventOutcome, EventType, LinkedAgent, LinkedObject
from preservation.domain.jobs import Job
from preservation.domain.ledger import EncodedEvent
from preservation.ports import Clock
from preservation.ports.jobs import JobTable
from preservation.services.ledger_recording import EventRecorder


@dataclass(frozen=True, slots=True)
class JobActs:
    """The service. `by` is the id of an account."""

    jobs: JobTable
    recorder: EventRecorder
    clock: Clock

    def cancel(self, job: Job, *, by: str) -> Job:
        """Have it stopped: at once if it waits, else as soon as its worker has seen the wish. Conflict if it has ended."""
        return self.jobs.cancel(job.id, now=self.clock.now(), event=self._event("job cancelled", job, by))

    def retry(self, job: Job, *, by: str) -> Job:
        """Queue a failed or cancelled one once more. Conflict in any other state."""
        return self.jobs.retry(job.id, now=self.clock.now(), event=self._event("job queued again", job, by))

    def _event(self, act: str, job: Job, by: str) -> EncodedEvent:
        return self.recorder.event(
            EventType.MODIFICATION,
            EventOutcome.SUCCESS,
            objects=[LinkedObject(id=job.id, kind="job")],
            detail={"act": act, "kind": job.kind.value},
            agents=[LinkedAgent(by, "implementer")],
        )
