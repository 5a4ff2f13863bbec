"""FLAC decoded and compared with the MD5 of its sound (RFC 9639, 8.2) by `flac -t`."""

from preservation.adapters.examination.batches import Task
from preservation.adapters.examination.limits import ExaminationLimits
from preservation.adapters.examination.look import Look
from preservation.adapters.examination.programs import FLAC, Programs, ended, lines_of


def look_with_flac(task: Task, programs: Programs, limits: ExaminationLimits, look: Look) -> None:
    if task.size == 0 or not programs.use(FLAC, look):
        return
    outcome = programs.run(
        ["flac", "-t", "-s", "{in}/file.flac"], task.file.path, limits=limits.of_media(), suffix=".flac"
    )
    if not ended(outcome, FLAC, look):
        return
    said = [line for line in lines_of(outcome.err) if not line.startswith(("*", "WARNING"))]
    if outcome.status != 0:
        look.invalid("FLAC-DAMAGED", said[0] if said else f"status {outcome.status}")
    elif look.value("pcm-md5") is None:
        look.note("FLAC-NO-MD5", "the sound was decoded and compared with nothing")
        look.well_formed()
    else:
        look.valid()
