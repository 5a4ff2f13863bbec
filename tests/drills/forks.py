"""A Python program run in a process that is forked from this one, with this one's modules already imported.

To start Python and import everything takes far longer than what the commands of a drill do. A forked child is as good as new as
long as this process has a single thread and has done nothing but import; other work is done in a child of its own. The child is
held back until strace, if it is wanted, has taken hold of it. When it is let go it becomes the program.
"""

import atexit
import ctypes
import importlib.util
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import NoReturn, TypeVar

from tests.drills.scenario import Outcome

_T = TypeVar("_T")
# Ends a process as abruptly as SIGKILL does, but a thread can decline it.
FATAL = signal.SIGUSR2
_LIBC = ctypes.CDLL(None)
_NOTHING = (ctypes.c_long(-1),) * 4
_COULD_NOT_FLUSH = 120  # as the interpreter does
_ATTACHED = b" attached"


class Hung(Exception):
    """A program did not end in time; it was killed."""


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended, and the number of its process, which is that of its first thread."""

    outcome: Outcome
    process: int


@dataclass(frozen=True, slots=True)
class Run:
    """A program, as arguments that would start it: Python, `-m` and a module, or `-c` and a program, and what it is given.

    `output` is a path; what is said on the standard output goes there, and on the standard error to one beside it. `spent` is a
    function of the C library that is called so often, in vain, before the program begins: for who counts the calls of each
    thread, the first thread has come so far.
    """

    command: Sequence[str]
    output: Path
    environment: Mapping[str, str]
    timeout: float
    spent: tuple[str, int] | None = None

    @property
    def errors(self) -> Path:
        return self.output.with_name(f"{self.output.name}.errors")


def fork_and_run(run: Run, strace: Sequence[str] = ()) -> Done:
    """Run to the end, below strace if its arguments are given. Raises Hung, and RuntimeError where strace cannot do it."""
    _check_single()
    held, go = os.pipe()
    outputs = [os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for path in (run.output, run.errors)]
    child = os.fork()
    if child == 0:
        os.close(go)
        _become(run, held, outputs)
    for descriptor in (held, *outputs):
        os.close(descriptor)
    tracer = _attach(child, strace) if strace else None
    os.write(go, b"!")
    os.close(go)
    status = _wait(child, run.timeout)
    if tracer is not None:
        _let_end(tracer, run.timeout)
    said, complained = (path.read_text(encoding="utf-8", errors="replace") for path in (run.output, run.errors))
    return Done(Outcome(None if -status in (signal.SIGKILL, FATAL) else status, said, complained), child)


def fork_and_ask(work: Callable[[], _T]) -> _T:
    """What a piece of work returns that may start threads, load modules or keep things open: all of it goes with the child.

    Raises RuntimeError if it raised; what, is on the standard error.
    """
    _check_single()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os._exit(_answer(work, writing))
    os.close(writing)
    with open(reading, "rb") as answers:
        data = answers.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise RuntimeError(f"{work} ended with {os.waitstatus_to_exitcode(status)}")
    value: _T = pickle.loads(data)  # noqa: S301 - from our own child
    return value


def _answer(work: Callable[[], object], writing: int) -> int:
    try:
        answer = pickle.dumps(work())
        with open(writing, "wb") as stream:
            stream.write(answer)
    except BaseException:  # noqa: BLE001 - nothing may return to the frames of the parent
        traceback.print_exc()
        return 1
    return 0


def _check_single() -> None:
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("a process with several threads cannot be forked safely")


def _attach(child: int, strace: Sequence[str]) -> "subprocess.Popen[bytes]":
    tracer = subprocess.Popen([*strace, "-p", str(child)], stderr=subprocess.PIPE)
    assert tracer.stderr is not None
    # From here on the child stops before it does anything else, and its next system call is seen.
    said = tracer.stderr.readline()
    if _ATTACHED not in said:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise RuntimeError(f"strace could not attach: {(said + tracer.communicate()[1]).decode()}")
    return tracer


def _let_end(tracer: "subprocess.Popen[bytes]", timeout: float) -> None:
    """It ends when the last process that the program has started does."""
    try:
        tracer.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        tracer.kill()
        tracer.communicate()
        raise Hung from None


def _wait(child: int, timeout: float) -> int:
    descriptor = os.pidfd_open(child)
    is_over = bool(select.select([descriptor], [], [], timeout)[0])
    os.close(descriptor)
    if not is_over:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not is_over:
        raise Hung
    return os.waitstatus_to_exitcode(status)


def _become(run: Run, held: int, outputs: Sequence[int]) -> NoReturn:
    for descriptor, opened in enumerate(outputs, start=1):
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.update(run.environment)
    code, module = _program(run.command)
    sys.modules["__main__"] = module
    # What is done from here on is counted, and may be struck: the program itself, and nothing before it.
    os.read(held, 1)
    os.close(held)
    if run.spent is not None:
        _spend(*run.spent)
    status = _status_of(code, module)
    # As Python ends, but for taking apart what is loaded, which would have every page of it copied.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except OSError:
        status = _COULD_NOT_FLUSH
    os._exit(status)


def _spend(function: str, times: int) -> None:
    # Without its pointers and descriptors none of them does anything. What strace sends on the way is for other threads.
    signal.pthread_sigmask(signal.SIG_BLOCK, [FATAL])
    for _ in range(times):
        getattr(_LIBC, function)(*_NOTHING)
    signal.sigtimedwait([FATAL], 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [FATAL])


def _status_of(code: CodeType, module: ModuleType) -> int:
    try:
        exec(code, module.__dict__)  # noqa: S102 - the drill's own programs
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does at its very end
        traceback.print_exc()
        return 1
    return 0


def _program(command: Sequence[str]) -> tuple[CodeType, ModuleType]:
    _, flag, what, *arguments = command
    module = ModuleType("__main__")
    sys.argv = [what, *arguments]
    if flag == "-c":
        return compile(what, "<string>", "exec"), module
    spec = importlib.util.find_spec(what)
    if spec is not None and spec.submodule_search_locations is not None:
        spec = importlib.util.find_spec(f"{what}.__main__")
    if flag != "-m" or spec is None or spec.loader is None:
        raise ValueError(f"no program of Python: {command}")
    code = spec.loader.get_code(spec.name)  # type: ignore[attr-defined]  # every loader of source has it
    assert isinstance(code, CodeType)
    return code, module
