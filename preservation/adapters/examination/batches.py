"""One batch of files through fenced processes."""

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final

from preservation.adapters.examination.answers import Answer, Question, Said, pack_questions, unpack_said
from preservation.adapters.examination.limits import ExaminationLimits
from preservation.adapters.examination.look import Look
from preservation.domain.content_kinds import Family, kind_of_family
from preservation.domain.examinations import FileToExamine
from preservation.domain.tools import ToolEnd, ToolOutcome
from preservation.ports.tools import ToolFence

SERVER: Final = "preservation.adapters.examination.server"

_TIMERS: Final = (signal.SIGPROF, signal.SIGALRM)


@dataclass(frozen=True, slots=True)
class Task:
    """A file with the family that it is examined as, and its size in bytes."""

    file: FileToExamine
    family: Family
    size: int


class BatchRunner:
    """Safe to call from several threads."""

    def __init__(self, fence: ToolFence, limits: ExaminationLimits) -> None:
        self._fence = fence
        self._limits = limits

    def run(self, tasks: Sequence[Task]) -> list[Answer]:
        """One answer for each, in order. Raises Unavailable if no process can be started.

        A process that ends, hangs or says too much at a file costs that file, and a new one goes on behind it.
        """
        answers: list[Answer] = []
        while len(answers) < len(tasks):
            rest = tasks[len(answers) :]
            outcome = self._ask(rest)
            said = unpack_said(outcome.out, len(rest))
            found = _in_order(said)
            answers += found
            if len(found) < len(rest) and not _ended_between(said, outcome, has_answers=bool(found)):
                answers.append(_lost(rest[len(found)], outcome))
        return answers

    def _ask(self, tasks: Sequence[Task]) -> ToolOutcome:
        questions = [
            Question(
                task.family,
                task.file.puid,
                task.file.mime,
                PurePath(task.file.path).suffix.lower()[:32],
                self._limits.seconds_for(task.size),
            )
            for task in tasks
        ]
        return self._fence.run(
            [sys.executable, "-P", "-m", SERVER, *(f"{{in}}/{number}" for number in range(len(tasks)))],
            inputs={str(number): os.path.abspath(task.file.path) for number, task in enumerate(tasks)},
            limits=self._limits.of_batch(sum(one.seconds for one in questions)),
            stdin=pack_questions(questions),
            # Fewer arenas: what one thread gives back is then there for the next file.
            environment={"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "1048576"},
        )


def _in_order(said: Said) -> list[Answer]:
    found: list[Answer] = []
    while len(found) in said.answers:
        found.append(said.answers[len(found)])
    return found


def _ended_between(said: Said, outcome: ToolOutcome, *, has_answers: bool) -> bool:
    """Whether the process ended for what it had taken over all its files, or behind one: the next is then not to blame.

    Only if it answered something: a process that never gets anywhere is asked no second time about its first file.
    """
    of_all = outcome.end in (ToolEnd.TIMED_OUT, ToolEnd.SAID_TOO_MUCH) or (
        outcome.end is ToolEnd.SIGNALLED and outcome.status in (signal.SIGXCPU, signal.SIGKILL)
    )
    return has_answers and (said.open is None or of_all)


def _lost(task: Task, outcome: ToolOutcome) -> Answer:
    look = Look(kind_of_family(task.family))
    look.add("size", task.size, "bytes")
    if outcome.end is ToolEnd.TIMED_OUT or (outcome.end is ToolEnd.SIGNALLED and outcome.status in _TIMERS):
        look.unsure("TOOL-TIMED-OUT", f"after {outcome.seconds:.0f} seconds")
    elif outcome.end is ToolEnd.SIGNALLED:
        look.unsure("TOOL-DIED", f"by signal {outcome.status}")
    else:
        look.unsure("TOOL-DIED", f"{outcome.end}, status {outcome.status}")
    return Answer(task.family, look.examination())
