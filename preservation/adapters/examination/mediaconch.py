"""Matroska and FFV1 held against their specifications (RFC 8794, 9559, 9043) by MediaConch's implementation checks."""

from preservation.adapters.examination.batches import Task
from preservation.adapters.examination.limits import ExaminationLimits
from preservation.adapters.examination.look import Look
from preservation.adapters.examination.programs import MEDIACONCH, Programs, ended, lines_of


def look_with_mediaconch(task: Task, programs: Programs, limits: ExaminationLimits, look: Look) -> None:
    """Its verdict stands for the container and for FFV1; other codecs are only decoded, so that VALID is left to those two."""
    if task.size == 0 or not programs.use(MEDIACONCH, look):
        return
    outcome = programs.run(
        ["mediaconch", "-mc", "-fs", "{in}/file.mkv"],
        task.file.path,
        limits=limits.of_program(task.size),
        suffix=".mkv",
    )
    if not ended(outcome, MEDIACONCH, look):
        return
    said = lines_of(outcome.out)
    verdict = said[0].partition("!")[0] if said else ""
    if verdict == "fail":
        for line in said[1:6] or ["no reason given"]:
            look.invalid("MEDIACONCH", line.lstrip("- "))
    elif verdict == "pass":
        if look.value("video-codec") in (None, "ffv1"):
            look.valid()
    else:
        look.unsure("TOOL-FAILED", f"mediaconch: {' '.join(said[:2]) or 'said nothing'}")
