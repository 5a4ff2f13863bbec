"""What a fenced program cannot do, in namespaces and with limits alone."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from preservation.adapters.fence.system import LIMITS, NAMESPACES, SystemFence
from preservation.domain.tools import ToolEnd, ToolLimits
from preservation.errors import Unavailable, WrongUse

SHORT = ToolLimits(seconds=20, cpu_seconds=20)


@pytest.fixture(scope="module", params=[NAMESPACES, LIMITS])
def fence(request: pytest.FixtureRequest) -> SystemFence:
    made = SystemFence(uses_namespaces=request.param == NAMESPACES)
    if made.strength != request.param:
        pytest.skip(f"no namespaces here: {made.hindrance}")
    return made


def sh(text: str) -> list[str]:
    return ["sh", "-c", text]


def is_running(marker: str) -> bool:
    """Whether any process has the marker among its arguments."""
    for process in Path("/proc").iterdir():
        try:
            if marker.encode() in (process / "cmdline").read_bytes().split(b"\0"):
                return True
        except OSError:
            continue
    return False


def test_places_are_filled_in_and_what_is_said_comes_back(fence: SystemFence, tmp_path: Path) -> None:
    source = tmp_path / "bài viết.txt"
    source.write_text("hello")
    out = tmp_path / "out"
    out.mkdir()

    outcome = fence.run(
        sh('cat "{in}/a.txt" > "$PLACE/copy"; cat; echo bad >&2; pwd; exit 3'),
        inputs={"a.txt": str(source)},
        folder=str(out),
        limits=SHORT,
        stdin=b"said ",
        environment={"PLACE": "{out}"},
    )

    assert (outcome.end, outcome.status, outcome.is_good) == (ToolEnd.EXITED, 3, False)
    assert outcome.out.startswith(b"said /")
    assert outcome.err == b"bad\n"
    assert (out / "copy").read_text() == "hello"


def test_nothing_of_our_environment_is_seen(fence: SystemFence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRESERVATION_SMTP_PASSWORD", "secret")

    outcome = fence.run(["env"], limits=SHORT)

    names = {line.partition(b"=")[0] for line in outcome.out.splitlines()}
    assert names <= {b"PATH", b"HOME", b"TMPDIR", b"LANG", b"PWD", b"PYTHONPATH"}


def test_a_program_of_ours_finds_its_package(fence: SystemFence) -> None:
    outcome = fence.run([sys.executable, "-P", "-c", "import preservation.domain.tools"], limits=SHORT)

    assert outcome.is_good, outcome.err


def test_what_the_program_reads_is_not_changed_by_it(fence: SystemFence, tmp_path: Path) -> None:
    source = tmp_path / "original"
    source.write_text("as it came")

    fence.run(sh("echo changed > {in}/a; rm -f {in}/a"), inputs={"a": str(source)}, limits=SHORT)

    assert source.read_text() == "as it came"


def test_endless_sleep_ends_in_time(fence: SystemFence) -> None:
    outcome = fence.run(["sleep", "3601.25"], limits=ToolLimits(seconds=0.3))

    assert outcome.end is ToolEnd.TIMED_OUT
    assert not is_running("3601.25")


def test_endless_work_ends_by_its_time_on_the_processor(fence: SystemFence) -> None:
    outcome = fence.run(sh("while :; do :; done"), limits=ToolLimits(seconds=30, cpu_seconds=1))

    assert (outcome.end, outcome.status) == (ToolEnd.SIGNALLED, signal.SIGKILL)


def test_endless_output_is_cut_off(fence: SystemFence) -> None:
    outcome = fence.run(["yes"], limits=ToolLimits(seconds=30, said_bytes=100_000))

    assert outcome.end is ToolEnd.SAID_TOO_MUCH
    assert len(outcome.out) == 100_000


def test_output_to_both_sides_never_waits_for_a_reader(fence: SystemFence) -> None:
    outcome = fence.run(sh("head -c 300000 /dev/zero >&2; head -c 300000 /dev/zero"), limits=SHORT)

    assert (len(outcome.out), len(outcome.err)) == (300_000, 300_000)


def test_a_memory_bomb_ends_alone(fence: SystemFence) -> None:
    bomb = "held = []\nwhile True: held.append(bytearray(1 << 24))"

    outcome = fence.run([sys.executable, "-c", bomb], limits=ToolLimits(seconds=30, memory_bytes=1 << 28))

    assert not outcome.is_good
    assert outcome.end is not ToolEnd.TIMED_OUT


def test_shared_memory_counts_as_well(fence: SystemFence) -> None:
    bomb = "import mmap, time\nheld = mmap.mmap(-1, 1 << 29)\nheld.write(b'x' * (1 << 29))\ntime.sleep(60)"

    outcome = fence.run([sys.executable, "-c", bomb], limits=ToolLimits(seconds=50, memory_bytes=1 << 28))

    assert not outcome.is_good
    assert outcome.end is not ToolEnd.TIMED_OUT


def test_a_fork_bomb_is_ended(fence: SystemFence) -> None:
    outcome = fence.run(sh("f() { sleep 3602.5 & f; }; f"), limits=ToolLimits(seconds=30, processes=20))

    assert outcome.end is ToolEnd.SIGNALLED
    assert not is_running("3602.5")


def test_a_file_that_grows_without_end_is_stopped(fence: SystemFence, tmp_path: Path) -> None:
    limits = ToolLimits(seconds=30, file_bytes=1 << 20)

    outcome = fence.run(["dd", "if=/dev/zero", "of={out}/big"], folder=str(tmp_path), limits=limits)

    assert not outcome.is_good
    assert (tmp_path / "big").stat().st_size == 1 << 20


def test_many_files_that_are_each_small_enough_are_stopped_together(fence: SystemFence, tmp_path: Path) -> None:
    slowly = "for n in $(seq 20); do head -c 1048576 /dev/zero > {out}/$n; sleep 0.2; done; sleep 60"
    quickly = slowly.replace("sleep 0.2", "true").replace("sleep 60", "true")
    limits = ToolLimits(seconds=50, file_bytes=1 << 20, written_bytes=4 << 20)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "c").mkdir()

    stopped = fence.run(sh(slowly), folder=str(tmp_path / "a"), limits=limits)
    ended = fence.run(sh(quickly), folder=str(tmp_path / "b"), limits=limits)
    fine = fence.run(sh("head -c 1048576 /dev/zero > {out}/x"), folder=str(tmp_path / "c"), limits=limits)

    assert stopped.end is ToolEnd.SIGNALLED
    assert len(list((tmp_path / "a").iterdir())) < 20
    assert ended.end is ToolEnd.SIGNALLED
    assert fine.is_good


def test_files_that_are_hidden_or_deleted_are_counted_with_the_others(fence: SystemFence, tmp_path: Path) -> None:
    deep = "mkdir -p {out}/a/b/c; for n in $(seq 9); do head -c 1048576 /dev/zero > {out}/a/b/c/$n; done; sleep 60"
    empty = "n=0; while [ $n -lt 2000 ]; do : > {out}/e$n; n=$((n+1)); done; sleep 60"
    deleted = (
        "import os, time\nheld = []\nfor n in range(9):\n held.append(os.open(f'{out}/{n}', os.O_RDWR | os.O_CREAT))\n"
        " os.write(held[-1], b'x' * (1 << 20))\n os.unlink(f'{out}/{n}')\ntime.sleep(60)"
    )
    limits = ToolLimits(seconds=50, file_bytes=1 << 20, written_bytes=4 << 20)
    for command in (sh(deep), sh(empty), [sys.executable, "-c", deleted]):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()

        outcome = fence.run(command, folder=str(folder), limits=limits)

        assert outcome.end is ToolEnd.SIGNALLED, command


def test_memory_in_files_without_a_name_counts_as_well(fence: SystemFence) -> None:
    bomb = "import os, time\nheld = os.memfd_create('x')\nfor _ in range(200): os.write(held, b'x' * (1 << 20))\ntime.sleep(60)"

    outcome = fence.run([sys.executable, "-c", bomb], limits=ToolLimits(seconds=50, memory_bytes=100 << 20))

    assert outcome.end is ToolEnd.SIGNALLED


def test_a_child_that_detaches_itself_is_gone_with_the_run(fence: SystemFence, tmp_path: Path) -> None:
    text = "setsid sh -c 'sleep 3603.75; touch {out}/late' >/dev/null 2>&1 & sleep 0.1"

    outcome = fence.run(sh(text), folder=str(tmp_path), limits=SHORT)

    assert outcome.is_good
    assert not is_running("3603.75")


def test_a_program_that_crashes_is_told_by_its_signal(fence: SystemFence) -> None:
    outcome = fence.run(sh("kill -SEGV $$"), limits=SHORT)

    assert (outcome.end, outcome.status) == (ToolEnd.SIGNALLED, signal.SIGSEGV)


def test_a_program_that_is_not_installed_is_unavailable(fence: SystemFence) -> None:
    with pytest.raises(Unavailable, match="not installed"):
        fence.run(["no-such-program-anywhere"], limits=SHORT)


def test_an_input_that_is_not_there_is_unavailable(fence: SystemFence, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        fence.run(["true"], inputs={"a": str(tmp_path / "nothing")}, limits=SHORT)


@pytest.mark.parametrize("name", ["../a", "a/b", "", ".", "..", "-x", "a\0b"])
def test_a_name_that_leads_elsewhere_is_refused(fence: SystemFence, tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUse):
        fence.run(["true"], inputs={name: str(tmp_path)}, limits=SHORT)


def test_runs_in_several_threads_do_not_meet(fence: SystemFence, tmp_path: Path) -> None:
    answers: dict[int, bytes] = {}

    def work(number: int) -> None:
        path = tmp_path / str(number)
        path.write_text(f"file {number}")
        answers[number] = fence.run(sh("cat {in}/*"), inputs={"a": str(path)}, limits=SHORT).out

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert answers == {number: f"file {number}".encode() for number in range(8)}


def test_no_descriptor_is_left_open_behind(fence: SystemFence) -> None:
    fence.run(["true"], limits=SHORT)
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(3):
        fence.run(["true"], limits=SHORT)
        fence.run(["sleep", "5"], limits=ToolLimits(seconds=0.05))

    assert len(os.listdir("/proc/self/fd")) == before


def test_nothing_remains_when_the_process_that_asked_is_killed(fence: SystemFence) -> None:
    marker = "3604.5" if fence.strength == NAMESPACES else "3605.5"
    program = (
        "from preservation.adapters.fence.system import SystemFence\n"
        "from preservation.domain.tools import ToolLimits\n"
        f"SystemFence(uses_namespaces={fence.strength == NAMESPACES}).run(\n"
        f"    ['sh', '-c', 'setsid sleep {marker} & sleep {marker}'], limits=ToolLimits(seconds=600))\n"
    )
    asking = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + 30
    while not is_running(marker) and time.monotonic() < deadline:
        time.sleep(0.02)
    was_running = is_running(marker)

    asking.kill()
    asking.wait()
    while is_running(marker) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert was_running
    assert not is_running(marker)
