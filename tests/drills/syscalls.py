"""System calls that change files, as strace tells of them."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CHANGING = (
    "openat",
    "openat2",
    "write",
    "writev",
    "pwrite64",
    "pwritev",
    "pwritev2",
    "copy_file_range",
    "sendfile",
    "fallocate",
    "truncate",
    "ftruncate",
    "mkdir",
    "mkdirat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "unlink",
    "unlinkat",
    "rmdir",
    "mknodat",
    "fsync",
    "fdatasync",
    "syncfs",
    "chmod",
    "fchmod",
    "fchmodat",
    "utimensat",
)

_OPENING = frozenset({"openat", "openat2"})

# What is quoted among their arguments is data, not a name.
_WITH_DATA = frozenset({"write", "writev", "pwrite64", "pwritev", "pwritev2"})

_LINE = re.compile(r"(\d+) +(\w+)\((.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")
_RESULT = re.compile(r"\) += (-?\d+|\?)(?:<(.*)>)?(?: .*?)?( \(INJECTED\))?$")
_UNFINISHED = " <unfinished ...>"
# A quoted path, with the folder that it is relative to before it, or a descriptor with its path: 3</a/b>, AT_FDCWD</a>, "b".
_PATH = re.compile(r'(?:AT_FDCWD|\d+)<((?:[^>\\]|\\.)*)>|"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\([0-7]{1,3}|.)")
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "v": "\v", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Call:
    """One system call. `number` counts the calls of this name in this thread, from 1. `result` is None if it never returned.

    `paths` are the absolute paths that it was about: of a descriptor, of a name, or of both names. `is_injected` tells that the
    result was not the kernel's.
    """

    thread: int
    name: str
    number: int
    paths: tuple[str, ...]
    arguments: str
    result: int | None
    is_injected: bool = False

    @property
    def is_change(self) -> bool:
        return self.name not in _OPENING or "O_CREAT" in self.arguments or "O_TRUNC" in self.arguments


def parse(lines: Iterable[str]) -> list[Call]:
    """The calls of a log written with `strace -f -y`, in the order in which they were entered."""
    calls: list[Call] = []
    counts = Counter[tuple[int, str]]()
    open_calls: dict[int, int] = {}
    for line in lines:
        if resumed := _RESUMED.match(line):
            thread = int(resumed[1])
            index = open_calls.pop(thread, None)
            if index is not None:
                begun = calls[index]
                calls[index] = _call(thread, begun.name, begun.number, begun.arguments + resumed[3])
        elif found := _LINE.match(line):
            thread, name, rest = int(found[1]), found[2], found[3].rstrip("\n")
            counts[thread, name] += 1
            if rest.endswith(_UNFINISHED):
                rest = rest.removesuffix(_UNFINISHED)
                open_calls[thread] = len(calls)
            calls.append(_call(thread, name, counts[thread, name], rest))
    return calls


def _call(thread: int, name: str, number: int, rest: str) -> Call:
    ended = _RESULT.search(rest)
    arguments = rest[: ended.start()] if ended else rest
    result = int(ended[1]) if ended and ended[1] != "?" else None
    paths = tuple(_paths(arguments, has_data=name in _WITH_DATA))
    return Call(thread, name, number, paths, arguments, result, bool(ended and ended[3]))


def _paths(arguments: str, *, has_data: bool) -> Iterator[str]:
    """Absolute paths: a quoted name is relative to the descriptor before it, if it is relative."""
    folder: str | None = None
    for found in _PATH.finditer(arguments):
        if found[1] is not None:
            if folder is not None:
                yield folder
            folder = _unescaped(found[1])
        elif not has_data:
            name = _unescaped(found[2])
            yield name if name.startswith("/") or folder is None else f"{folder}/{name}"
            folder = None
    if folder is not None:
        yield folder


def _unescaped(text: str) -> str:
    raw = _ESCAPE.sub(
        lambda found: _LETTERS.get(found[1]) or (chr(int(found[1], 8)) if found[1].isdigit() else found[1]), text
    )
    return raw.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def traced_names() -> str:
    """What strace is to look at. An unknown call is no mistake: not every architecture has them all."""
    return ",".join(f"?{name}" for name in CHANGING)


def trace(command: Sequence[str], log: Path, *, environment: dict[str, str], timeout: float) -> list[Call]:
    """Run a command to its end and return the calls by which it changed files, reading ones left out but counted."""
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-y", "-s", "0", "-e", "signal=none", "-o", str(log)]
    done = subprocess.run(
        [*strace, "-e", f"trace={traced_names()}", *command],
        capture_output=True,
        text=True,
        env=environment,
        timeout=timeout,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command} failed without any fault: {done.stderr}")
    return read_log(log)


def read_log(log: Path) -> list[Call]:
    with log.open(encoding="utf-8", errors="surrogateescape") as lines:
        return parse(lines)
