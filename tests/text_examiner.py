"""A small examiner for tests: plain text is valid UTF-8 or it is not, PNG headers are read, all else is unknown."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

from preservation.domain.examinations import Examination, Fault, FileToExamine, Kind, Property, Validity
from preservation.domain.tools import ToolDescription, ToolState

_PNG = b"\x89PNG\r\n\x1a\n"


class TextExaminer:
    """Looks by itself. `version` is of its only tool; `watch` is called with each batch before it is looked at."""

    def __init__(self, version: str = "1", watch: Callable[[Sequence[str]], None] | None = None) -> None:
        self.version = version
        self.asked: list[str] = []
        self._watch = watch

    def examine(self, files: Sequence[FileToExamine]) -> Sequence[Examination]:
        if self._watch is not None:
            self._watch([file.path for file in files])
        self.asked += [file.path for file in files]
        return [self._look(Path(file.path).read_bytes()) for file in files]

    def tools(self) -> Sequence[ToolState]:
        return [
            ToolState("text-reader", self.version, "", "text", "text is not examined"),
            ToolState("absent-tool", None, "absent-package", "nothing", "nothing is missing"),
        ]

    def close(self) -> None: ...

    def _look(self, data: bytes) -> Examination:
        tools = (ToolDescription("text-reader", self.version),)
        if data.startswith(_PNG):
            width, height = struct.unpack(">II", data[16:24])
            properties = (Property("width", width, "pixels"), Property("height", height, "pixels"))
            return Examination(Kind.IMAGE, Validity.WELL_FORMED, tools, properties)
        if b"\0" in data:
            return Examination(Kind.OTHER, Validity.UNKNOWN, tools)
        try:
            lines = data.decode().count("\n")
        except UnicodeDecodeError as error:
            return Examination(Kind.TEXT, Validity.INVALID, tools, (), (Fault("TEXT-NOT-UTF8", str(error)),))
        properties = (Property("encoding", "UTF-8"), Property("lines", lines, "lines"))
        return Examination(Kind.TEXT, Validity.VALID, tools, properties)
