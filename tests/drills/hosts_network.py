"""Hosts that are network namespaces of this machine, joined by a switch; each can be cut off.

A host has its own network, mounts, processes and name, and the files of this machine until something is mounted over them. It
ends with this process, however that ends, and everything that runs in it ends with it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

PATIENCE = 120.0
_NETWORK = "10.77.0"


class Host:
    """One namespace of each kind. `name` is also what programs in it take for the machine's name."""

    def __init__(self, name: str, number: int, logs: Path) -> None:
        self.name = name
        self.address = f"{_NETWORK}.{number}"
        self._logs = logs
        self._programs: list[subprocess.Popen[bytes]] = []
        flags = ("--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc")
        # The kernel ends it when this process ends, and with its first process all that runs in it.
        alone = ("setpriv", "--pdeathsig", "KILL", "unshare")
        self._process = subprocess.Popen(
            [*alone, *flags, "--propagation", "private", "sh", "-c", f"hostname {name}; exec sleep infinity"]
        )
        self.pid = self._first_process()

    def _first_process(self) -> int:
        """As this machine numbers it. It is ready once it sleeps: then its name and its mounts are its own."""
        deadline = time.monotonic() + PATIENCE
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        while time.monotonic() < deadline:
            for child in children.read_text().split():
                if Path(f"/proc/{child}/comm").read_text().strip() == "sleep":
                    return int(child)
            time.sleep(0.02)
        raise RuntimeError(f"the host {self.name} did not begin")

    def log(self, program: str) -> Path:
        return self._logs / f"{self.name}-{program}.log"

    def run(self, *command: str | Path, **environment: str) -> str:
        """What a command in it writes. RuntimeError with what it said if it fails."""
        done = subprocess.run(
            self._inside(command), env=_environment(environment), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"on {self.name}: {command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def start(self, program: str, *command: str | Path, **environment: str) -> "subprocess.Popen[bytes]":
        """A command that goes on in it; what it writes is in `log(program)`."""
        with self.log(program).open("ab") as log:
            started = subprocess.Popen(
                self._inside(command),
                env=_environment(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._programs.append(started)
        return started

    def stop(self, program: "subprocess.Popen[bytes]") -> None:
        """Ask what `start` began to end, and wait until it did. `program` itself only stands at the border, and ends with it."""
        children = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()
        for child in children:
            os.kill(int(child), signal.SIGTERM)
        program.wait(PATIENCE)

    def wait_for(self, what: str, *command: str | Path, **environment: str) -> None:
        """Until a command succeeds in it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self.run(*command, **environment)
            except RuntimeError as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{what} never came about") from error
                time.sleep(0.2)
            else:
                return

    def wait_for_port(self, port: int) -> None:
        """Until somebody takes connections there."""
        self.wait_for(f"{self.name}:{port}", "bash", "-c", f"exec 3<>/dev/tcp/{self.address}/{port}")

    def _inside(self, command: Sequence[str | Path]) -> list[str]:
        spaces = ("--net", "--mount", "--uts", "--ipc", "--pid")
        return ["nsenter", "--target", str(self.pid), *spaces, "--", *(str(part) for part in command)]

    def close(self) -> None:
        """Everything that runs in it ends with its first process."""
        self._process.kill()
        self._process.wait()
        for program in self._programs:
            program.wait(PATIENCE)


class Network:
    """Hosts on one switch. Close it, or use it as a context."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._hosts = ExitStack()
        self._switch = self._host("switch")
        self._switch.run("ip", "link", "add", "switch", "type", "bridge")
        self._switch.run("ip", "link", "set", "switch", "up")
        self._count = 0

    def _host(self, name: str, number: int = 0) -> Host:
        host = Host(name, number, self._logs)
        self._hosts.callback(host.close)
        return host

    def add(self, name: str) -> Host:
        """A new host, connected."""
        self._count += 1
        host = self._host(name, self._count)
        # At the switch, a port has the name of the host behind it.
        command = ["ip", "link", "add", "wire", "netns", str(host.pid), "type", "veth"]
        subprocess.run([*command, "peer", "name", name, "netns", str(self._switch.pid)], check=True)
        self._switch.run("ip", "link", "set", name, "master", "switch", "up")
        host.run("ip", "link", "set", "lo", "up")
        host.run("ip", "address", "add", f"{host.address}/24", "dev", "wire")
        host.run("ip", "link", "set", "wire", "up")
        return host

    def slow_down(self, host: Host, megabits: int) -> None:
        """Let no more than so many megabits a second through to a host."""
        rate = ("rate", f"{megabits}mbit", "burst", "64kb", "latency", "500ms")
        self._switch.run("tc", "qdisc", "replace", "dev", host.name, "root", "tbf", *rate)

    def cut(self, host: Host) -> None:
        """Nothing reaches the host any more, and nothing that it sends reaches anybody."""
        self._switch.run("ip", "link", "set", host.name, "down")

    def mend(self, host: Host) -> None:
        self._switch.run("ip", "link", "set", host.name, "up")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._hosts.close()


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PRESERVATION_")}
    return {**kept, "LANG": "C.UTF-8", **given}
