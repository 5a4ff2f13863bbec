"""What a hostile file may cost: its own answer."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from preservation.adapters.format_identification.engine_process import EngineCommand
from preservation.adapters.format_identification.limits import Limits
from preservation.adapters.format_identification.pool import ProcessIdentifier
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.domain.formats import FormatIdentification
from preservation.errors import Unavailable

MISBEHAVING = EngineCommand("misbehaving", "tests.adapters.misbehaving_engine", {}, {})
SHORT = Limits(base_seconds=1.5, bytes_per_second=1 << 50, memory_bytes=1 << 30, window_bytes=1024)

PARENT = """
import os, signal, sys
from preservation.adapters.format_identification.siegfried import siegfried_identifier
identifier = siegfried_identifier(processes=1)
identifier.describe()
print(identifier.pids[0], flush=True)
if sys.argv[1:]:
    identifier.identify(sys.argv[1:])
else:
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def misbehaving() -> Iterator[ProcessIdentifier]:
    identifier = ProcessIdentifier(MISBEHAVING, processes=2, limits=SHORT, scratch=None)
    yield identifier
    identifier.close()


def files(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).write_bytes(b"content")
    return [str(folder / name) for name in names]


def puid(answer: FormatIdentification | str) -> str | None:
    return answer.puid if isinstance(answer, FormatIdentification) else None


def ended(pid: int) -> bool:
    """Waits on the process itself, so that the test needs no deadline of its own."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(descriptor, "rb", closefd=True) as watched:
        return bool(select.select([watched], [], [])[0])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dies", "was ended by signal 9"),
        ("grows", "ended with status 1"),
        ("babbles", "gave an answer that cannot be understood"),
        ("hangs", "in time"),
    ],
)
def test_a_file_that_takes_the_engine_down_costs_its_own_answer_only(
    misbehaving: ProcessIdentifier, tmp_path: Path, name: str, reason: str
) -> None:
    paths = files(tmp_path, "a", "b", name, "c", "d", "e")

    answers = misbehaving.identify(paths)

    assert [puid(answer) for answer in answers] == ["fmt/1", "fmt/1", None, "fmt/1", "fmt/1", "fmt/1"]
    assert isinstance(answers[2], str)
    assert reason in answers[2]


def test_several_hostile_files_in_one_batch_are_told_apart(misbehaving: ProcessIdentifier, tmp_path: Path) -> None:
    paths = files(tmp_path, *(f"dies{number}" if number % 9 == 0 else f"fine{number}" for number in range(40)))

    answers = misbehaving.identify(paths)

    assert [puid(answer) is None for answer in answers] == [number % 9 == 0 for number in range(40)]


def test_a_hostile_file_does_not_touch_what_other_threads_ask(misbehaving: ProcessIdentifier, tmp_path: Path) -> None:
    hostile = files(tmp_path, "dies1", "fine1")
    fine = files(tmp_path, *(f"fine{number}" for number in range(2, 60)))

    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(misbehaving.identify, [hostile, fine, hostile, fine]))

    assert all(puid(answer) == "fmt/1" for answers in (results[1], results[3]) for answer in answers)
    assert [[puid(answer) for answer in answers] for answers in (results[0], results[2])] == [[None, "fmt/1"]] * 2


def test_an_engine_that_cannot_be_loaded_is_unavailable() -> None:
    command = EngineCommand("misbehaving", MISBEHAVING.module, {"broken": "yes"}, {})
    identifier = ProcessIdentifier(command, processes=1, limits=SHORT, scratch=None)

    with pytest.raises(Unavailable, match="no signatures here"):
        identifier.identify(["/a"])
    identifier.close()


@pytest.mark.parametrize("is_killed", [False, True])
def test_engines_that_were_started_ahead_answer_even_if_they_have_gone(tmp_path: Path, is_killed: bool) -> None:
    paths = files(tmp_path, *(f"{number}.txt" for number in range(20)))
    identifier = siegfried_identifier(processes=2)
    identifier.start()
    before = set(identifier.pids)
    if is_killed:
        for pid in before:
            os.kill(pid, signal.SIGKILL)

    answers = identifier.identify(paths)
    after = set(identifier.pids)
    identifier.close()

    assert len(before) == 2
    assert {puid(answer) for answer in answers} == {"x-fmt/111"}
    assert after.isdisjoint(before) if is_killed else after == before


def test_an_engine_that_was_started_ahead_and_never_asked_ends(tmp_path: Path) -> None:
    identifier = siegfried_identifier(processes=2, scratch=tmp_path)
    identifier.start()
    pids = identifier.pids
    identifier.close()

    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert not list(tmp_path.iterdir())


def test_a_killed_engine_is_started_again_and_nothing_is_lost(tmp_path: Path) -> None:
    paths = files(tmp_path, *(f"{number}.txt" for number in range(20)))
    identifier = siegfried_identifier(processes=1)
    identifier.describe()
    (before,) = identifier.pids
    os.kill(before, signal.SIGKILL)

    answers = identifier.identify(paths)
    after = identifier.pids
    identifier.close()

    assert {puid(answer) for answer in answers} == {"x-fmt/111"}
    assert before not in after


def test_an_engine_killed_again_and_again_at_work_loses_no_answer(tmp_path: Path) -> None:
    paths = files(tmp_path, *(f"{number}.txt" for number in range(600)))
    identifier = siegfried_identifier(processes=2)
    identifier.describe()

    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(identifier.identify, paths)
        for pid in identifier.pids:
            os.kill(pid, signal.SIGKILL)
        answers = asked.result()
    identifier.close()

    assert [puid(answer) for answer in answers] == ["x-fmt/111"] * 600


def test_an_engine_that_stands_still_is_replaced(tmp_path: Path) -> None:
    paths = files(tmp_path, *(f"{number}.txt" for number in range(10)))
    identifier = siegfried_identifier(processes=1, limits=SHORT)
    identifier.describe()
    os.kill(identifier.pids[0], signal.SIGSTOP)

    answers = identifier.identify(paths)
    identifier.close()

    assert [puid(answer) for answer in answers] == ["x-fmt/111"] * 10


def test_a_file_too_large_to_be_read_in_time_is_judged_by_its_ends(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    with path.open("wb") as stream:
        stream.write(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
        stream.seek(4 * 1024**4)
        stream.write(b"\n%%EOF\n")
    identifier = siegfried_identifier(processes=1, limits=SHORT)

    (answer,) = identifier.identify([str(path)])
    identifier.close()

    assert isinstance(answer, FormatIdentification)
    assert answer.puid == "fmt/20"
    assert "only the first and the last 1024 bytes were looked at" in answer.warning


def test_closing_ends_every_process(tmp_path: Path) -> None:
    identifier = siegfried_identifier(processes=2)
    identifier.identify(files(tmp_path, "a.txt", "b.txt"))
    pids = identifier.pids

    identifier.close()
    identifier.close()

    assert pids
    assert all(ended(pid) for pid in pids)
    with pytest.raises(Unavailable, match="closed"):
        identifier.identify(["/a"])


def test_closing_does_not_wait_for_a_file_that_takes_long(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    with path.open("wb") as stream:
        stream.write(b"%PDF-1.6\n")
        stream.truncate(4 * 1024**4)
    identifier = siegfried_identifier(processes=1)
    identifier.describe()

    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(identifier.identify, [str(path)])
        while not _holds(identifier.pids[0], path):
            pass
        identifier.close()

        with pytest.raises(Unavailable, match="closed"):
            asked.result()


def test_an_idle_engine_dies_with_its_parent() -> None:
    parent = subprocess.run([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, check=False)

    assert parent.returncode == -signal.SIGKILL
    assert ended(int(parent.stdout))


def test_an_engine_deep_in_a_file_dies_with_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "scan.pdf"
    with path.open("wb") as stream:
        stream.write(b"%PDF-1.6\n")
        stream.truncate(4 * 1024**4)
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    while str(path) not in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8") and not _holds(pid, path):
        pass

    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert ended(pid)


def _holds(pid: int, path: Path) -> bool:
    try:
        return any(entry.readlink() == path for entry in Path(f"/proc/{pid}/fd").iterdir())
    except FileNotFoundError:
        # One that was closed while we looked.
        return False
