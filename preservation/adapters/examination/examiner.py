"""The examiner: what comes from the fenced process first, then from the programs that know a family of formats better."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import PurePath
from typing import Final

from preservation.adapters.examination.answers import Answer
from preservation.adapters.examination.batches import BatchRunner, Task
from preservation.adapters.examination.epubcheck import epubcheck_at, look_with_epubcheck
from preservation.adapters.examination.flac_test import look_with_flac
from preservation.adapters.examination.limits import ExaminationLimits
from preservation.adapters.examination.look import Look
from preservation.adapters.examination.media import look_with_ffmpeg
from preservation.adapters.examination.mediaconch import look_with_mediaconch
from preservation.adapters.examination.programs import FFMPEG, FFPROBE, FLAC, MEDIACONCH, SEVEN_ZIP, Program, Programs
from preservation.adapters.examination.seven_zip import look_with_seven_zip
from preservation.adapters.examination.verapdf import look_with_verapdf, verapdf_at
from preservation.domain.content_kinds import Family, family_of, kind_of_family
from preservation.domain.examinations import Examination, FileToExamine, Kind
from preservation.domain.tools import ToolState
from preservation.errors import could_not
from preservation.ports.tools import ToolFence

LIBRARIES: Final = (
    ("pikepdf", "structure of PDF"),
    ("pypdfium2", "pages of PDF"),
    ("pillow", "raster images"),
    ("jpylyzer", "validating JPEG 2000"),
    ("lxml", "XML, HTML, office documents"),
    ("olefile", "Word, Excel, PowerPoint before 2007, Outlook messages"),
    ("warcio", "WARC"),
)
"""Distributions that come with this program, and what each is for."""


class FencedExaminer:
    """ports.Examiner. Two batches at a time (`lanes`), whoever asks; memory is that of the fenced processes.

    `overrides` are PUIDs with the family that they are to be examined as, before the built-in table. `epubcheck` is the path of
    EPUBCheck's jar, `verapdf` that of veraPDF's start script; None where there is none.
    """

    def __init__(
        self,
        fence: ToolFence,
        *,
        limits: ExaminationLimits | None = None,
        lanes: int = 2,
        overrides: Mapping[str, Family] | None = None,
        epubcheck: str | None = None,
        verapdf: str | None = None,
    ) -> None:
        self._limits = limits or ExaminationLimits()
        self._overrides = dict(overrides or {})
        self._runner = BatchRunner(fence, self._limits)
        self._programs = Programs(fence)
        self._epubcheck = epubcheck_at(epubcheck)
        self._verapdf = verapdf_at(verapdf)
        self._has_verapdf = verapdf is not None
        self._lanes = lanes
        self._threads = ThreadPoolExecutor(max_workers=lanes, thread_name_prefix="examiner")
        known = partial(look_with_epubcheck, program=self._epubcheck)
        self._further = {
            Family.EPUB: (known,),
            Family.PDF: (partial(look_with_verapdf, program=self._verapdf),) if self._has_verapdf else (),
            Family.FLAC: (look_with_flac,),
            Family.AUDIO: (look_with_ffmpeg,),
            Family.VIDEO: (look_with_ffmpeg,),
            Family.MATROSKA: (look_with_ffmpeg, look_with_mediaconch),
            Family.SEVEN_ZIP: (look_with_seven_zip,),
        }

    def examine(self, files: Sequence[FileToExamine]) -> Sequence[Examination]:
        """Raises Unavailable if no fenced process can be started, or a file is not there."""
        tasks = [self._task(file) for file in files]
        count = min(self._limits.batch_files, max(1, -(-len(tasks) // self._lanes)))
        batches = [tasks[first : first + count] for first in range(0, len(tasks), count)]
        return [one for answered in self._threads.map(self._examine, batches) for one in answered]

    def tools(self) -> Sequence[ToolState]:
        """Asking for versions starts each program once."""
        libraries = [ToolState(name, version(name), "", purpose, "") for name, purpose in LIBRARIES]
        programs = [FFPROBE, FFMPEG, MEDIACONCH, FLAC, SEVEN_ZIP, self._epubcheck, self._verapdf]
        return [*libraries, *(self._state(one) for one in programs)]

    def close(self) -> None:
        """Waits for what is being examined."""
        self._threads.shutdown()

    def _state(self, program: Program) -> ToolState:
        if program is self._verapdf and not self._has_verapdf:
            return ToolState(program.name, None, program.package, program.purpose, program.without)
        return self._programs.state(program)

    def _task(self, file: FileToExamine) -> Task:
        family = self._overrides.get(file.puid or "") or family_of(file.puid, file.mime, PurePath(file.path).suffix)
        try:
            size = os.stat(file.path).st_size
        except OSError as error:
            raise could_not(f"{file.path} cannot be examined", error) from error
        return Task(file, family, size)

    def _examine(self, batch: Sequence[Task]) -> list[Examination]:
        return [self._go_on(task, answer) for task, answer in zip(batch, self._runner.run(batch), strict=True)]

    def _go_on(self, task: Task, answer: Answer) -> Examination:
        """With the programs for what the file turned out to be."""
        further = self._further.get(answer.family, ())
        kind = kind_of_family(answer.family)
        if not further and kind is not Kind.OTHER:
            return answer.examination
        look = Look(kind)
        look.take(answer.examination)
        for one in further:
            one(task=task, programs=self._programs, limits=self._limits, look=look)
        if kind is Kind.OTHER:
            look.note("NO-TOOL", "nothing here looks into this format")
        elif kind is Kind.VIDEO and look.value("streams-video") is None and look.value("streams-audio"):
            look.kind = Kind.AUDIO
        return look.examination()
