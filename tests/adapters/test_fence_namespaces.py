"""What namespaces add to limits: no network, no other files, no other processes; and the setting that demands them."""

import socket
import sys
import threading
from pathlib import Path

import pytest

from preservation.adapters.fence.system import LIMITS, NAMESPACES, SystemFence
from preservation.bootstrap.fences import tool_fence
from preservation.domain.tools import ToolLimits
from preservation.errors import Unavailable, WrongUse
from preservation.settings import read_settings

SHORT = ToolLimits(seconds=20, cpu_seconds=20)


@pytest.fixture(scope="module")
def fence() -> SystemFence:
    made = SystemFence()
    if made.strength != NAMESPACES:
        pytest.skip(f"no namespaces here: {made.hindrance}")
    return made


def says(fence: SystemFence, text: str, **more: str) -> bytes:
    return fence.run(["sh", "-c", text], limits=SHORT, folder=more.get("folder")).out.strip()


def test_no_network_is_reached_not_even_this_machine(fence: SystemFence) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        accepted: list[object] = []
        server.settimeout(0.5)

        def accept() -> None:
            try:
                accepted.append(server.accept())
            except TimeoutError:
                return

        waiting = threading.Thread(target=accept)
        waiting.start()
        program = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        outcome = fence.run([sys.executable, "-c", program], limits=SHORT)
        waiting.join()

    assert outcome.status == 1
    assert b"ConnectionRefusedError" in outcome.err or b"unreachable" in outcome.err
    assert accepted == []


@pytest.mark.parametrize("path", ["/etc/shadow", "/etc/passwd-", "/root/.ssh", "/sys/kernel", "/run/dbus", "/etc/ssl"])
def test_files_of_the_system_that_no_tool_needs_are_not_there(fence: SystemFence, path: str) -> None:
    assert says(fence, f"ls -d {path} 2>/dev/null || echo nothing") == b"nothing"


def test_our_own_files_and_other_inputs_are_not_there(fence: SystemFence, tmp_path: Path) -> None:
    (tmp_path / "other").write_text("secret")
    (tmp_path / "given").write_text("given")
    text = f"cat {tmp_path}/other {Path(__file__)} 2>/dev/null; ls {{in}}"

    outcome = fence.run(["sh", "-c", text], inputs={"given": str(tmp_path / "given")}, limits=SHORT)

    assert outcome.out == b"given\n"


def test_nothing_is_written_outside_of_its_folder(fence: SystemFence, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    places = "/x /etc/x /usr/x /dev/x /in/x {in}/x /var/x /proc/x"

    said = says(fence, f"for p in {places}; do echo x > $p && echo $p; done; echo x > {{out}}/x", folder=str(out))

    assert said == b""
    assert [one.name for one in tmp_path.rglob("*")] == ["out", "x"]


def test_places_in_memory_are_bounded(fence: SystemFence) -> None:
    limits = ToolLimits(seconds=20, memory_bytes=64 << 20)

    for place in ("/tmp", "/home", "/dev/shm"):
        outcome = fence.run(["dd", "if=/dev/zero", f"of={place}/x", "bs=1M", "count=80"], limits=limits)
        assert not outcome.is_good, place


def test_no_other_process_is_seen_and_no_power_is_held(fence: SystemFence) -> None:
    assert len(says(fence, "ls -d /proc/[0-9]*").splitlines()) <= 4
    assert says(fence, "grep CapEff /proc/self/status") == b"CapEff:\t0000000000000000"
    assert says(fence, "grep CapBnd /proc/self/status") == b"CapBnd:\t0000000000000000"
    assert says(fence, "unshare --user true 2>/dev/null && echo more") == b""


def test_hundreds_of_inputs_are_shown_in_one_run(fence: SystemFence, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / str(number)).write_text(str(number))

    outcome = fence.run(
        ["sh", "-c", "cat {in}/* | wc -c"],
        inputs={f"file-{number}": str(tmp_path / str(number)) for number in range(300)},
        limits=SHORT,
    )

    assert int(outcome.out) == sum(len(str(number)) for number in range(300))


def test_without_namespaces_nothing_runs_where_they_are_demanded() -> None:
    fence = SystemFence(demands_namespaces=True, uses_namespaces=False)

    assert fence.strength == LIMITS
    with pytest.raises(Unavailable, match="namespaces"):
        fence.run(["true"], limits=SHORT)


def test_the_setting_demands_namespaces(tmp_path: Path, fence: SystemFence) -> None:
    settings = read_settings(tmp_path, {"PRESERVATION_TOOL_FENCE": "namespaces"})

    assert tool_fence(settings).strength == NAMESPACES
    assert tool_fence(settings).run(["true"], limits=SHORT).is_good
    with pytest.raises(WrongUse):
        read_settings(tmp_path, {"PRESERVATION_TOOL_FENCE": "never"})
