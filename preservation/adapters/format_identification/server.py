"""The loop inside an engine's process: questions in by standard input, answers out by standard output, until the end."""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from preservation.adapters.format_identification.aliases import Aliases
from preservation.adapters.format_identification.frames import (
    ENDS,
    Answer,
    AnswerWriter,
    hello,
    pack,
    parse_question,
    read_frame,
)
from preservation.adapters.format_identification.inspection import size_of
from preservation.adapters.format_identification.lifeline import die_with
from preservation.domain.formats import FormatIdentification

_FIRST_TO_GO: Final = 500
"""oom_score_adj: when memory runs out, the engine is a better victim than the archive."""


class Engine(Protocol):
    """A format identification engine, loaded."""

    @property
    def version(self) -> str: ...

    @property
    def signatures(self) -> str: ...

    def identify(self, paths: Sequence[str]) -> Sequence[Answer]:
        """One answer for each, in order. The paths lead to regular files and are plain UTF-8."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What the starting process says on the command line, as JSON. `options` are the engine's own."""

    lifeline: int
    scratch: str
    memory_bytes: int
    window_bytes: int
    options: dict[str, str]


def serve(name: str, load: Callable[[dict[str, str]], Engine]) -> None:
    """Run one engine until standard input ends. `load` may raise OSError or ValueError if it cannot be loaded."""
    settings = Settings(**json.loads(sys.argv[1]))
    _restrict(settings)
    questions, answers = _take_streams()
    try:
        engine = load(settings.options)
    except (OSError, ValueError) as problem:
        _send(answers, hello({"engine": name, "problem": str(problem)}))
        return
    _send(answers, hello({"engine": name, "version": engine.version, "signatures": engine.signatures}))
    writer = AnswerWriter()
    aliases = Aliases(settings.scratch)
    while (body := read_frame(questions)) is not None:
        how, paths = parse_question(body)
        sizes = [size_of(path) for path in paths]
        _send(answers, b"%d" % sum(size for size in sizes if isinstance(size, int)))
        window = settings.window_bytes if how == ENDS else None
        found = writer.encode(_answers(engine, aliases, list(zip(paths, sizes, strict=True)), window))
        aliases.clear()
        _send(answers, found)


def _answers(
    engine: Engine, aliases: Aliases, files: Sequence[tuple[bytes, int | str]], window: int | None
) -> list[Answer]:
    """`window` None looks at whole files; else only at so many bytes at each end, which says so in the answer."""
    answers: list[Answer | None] = []
    names: list[str] = []
    for path, size in files:
        if isinstance(size, str):
            answers.append(size)
        elif window is not None and size <= 2 * window:
            answers.append("The engine did not come to an end with this file in time.")
        else:
            try:
                names.append(aliases.plain(path) if window is None else aliases.ends(path, window))
                answers.append(None)
            except OSError as problem:
                answers.append(f"The file cannot be read: {problem.strerror}.")
    found = iter(engine.identify(names) if names else ())
    complete = [next(found) if answer is None else answer for answer in answers]
    return complete if window is None else [_with_window(answer, window) for answer in complete]


def _with_window(answer: Answer, window: int) -> Answer:
    if not isinstance(answer, FormatIdentification):
        return answer
    said = f"only the first and the last {window} bytes were looked at, the whole would have taken too long"
    return replace(answer, warning="; ".join(filter(None, (answer.warning, said))))


def _restrict(settings: Settings) -> None:
    die_with(settings.lifeline)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (settings.memory_bytes, settings.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 * settings.window_bytes, 3 * settings.window_bytes))
    Path("/proc/self/oom_score_adj").write_text(str(_FIRST_TO_GO), encoding="ascii")


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for ourselves: whatever an engine prints goes nowhere."""
    questions = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return questions, answers


def _send(stream: BinaryIO, body: bytes) -> None:
    stream.write(pack(body))
    stream.flush()
