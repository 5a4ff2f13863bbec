"""The Dockerfile, instruction by instruction in a clean root; what it makes, at work: no rights, a read-only root."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.first_transfer import ROOT, readme_script, run_script
from tests.free_ports import free_port
from tests.image_builder import Builder, Stage, container
from tests.image_recipe import read_instructions

# Nothing is fast or slow by this: it only ends a test that would wait for ever.
PATIENCE = 120.0
# What a part by itself says when it is at work.
_BEGUN = {"worker": '"event": "starting"', "scheduler": '"event": "leading"', "api": "Uvicorn running on"}


@dataclass(frozen=True, slots=True)
class Container:
    """Programs of an image over one home. `environment` is what an operator adds."""

    image: Stage
    home: Path
    environment: Mapping[str, str]

    @property
    def log(self) -> Path:
        return self.home.parent / "service.log"

    def run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        """Another program of the image, beside what is running, as `docker exec` starts one."""
        return subprocess.run(self._started(*command), capture_output=True, text=True, check=False)

    def preservation(self, *arguments: str) -> dict[str, Any]:
        done = self.run(*self.image.entrypoint, *arguments, "--json")
        assert done.returncode == 0, done
        return dict(json.loads(done.stdout))

    @contextmanager
    def running(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        """The image's entry point at work, until the end of the block at the latest."""
        with self.log.open("wb") as log:
            process = subprocess.Popen(self._started(*self.image.entrypoint, *arguments), stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while text not in (told := self.log.read_text()):
            assert "part_died" not in told, told[-3000:]
            assert time.monotonic() < deadline, told[-3000:]
            time.sleep(0.1)

    def stop(self, process: "subprocess.Popen[bytes]") -> int:
        """What an engine does: the stop signal to the first process of the container. Its exit status."""
        inside = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(inside[0]), signal.Signals[self.image.stop_signal])
        return process.wait(PATIENCE)

    def wrapped(self, folder: Path) -> Path:
        """A folder with a `preservation` that is the image's, for scripts that run outside."""
        folder.mkdir()
        program = folder / "preservation"
        program.write_text(f'#!/bin/sh\nexec {shlex.join(self._started(*self.image.entrypoint))} "$@"\n')
        program.chmod(0o755)
        return folder

    def _started(self, *command: str) -> list[str]:
        return container(self.image, *command, home=self.home, environment=self.environment)


def assert_nothing_else_is_writable(inside: Container) -> None:
    places = "/ /usr/lib/preservation /usr /etc /var /run"
    tried = (
        "id -u; id -g; id -G; grep -E '^Cap(Prm|Eff)' /proc/self/status",
        f"for place in {places}; do touch $place/x && echo written $place; done",
        f"touch /tmp/x {inside.image.volumes[0]}/x && rm {inside.image.volumes[0]}/x && echo both",
    )

    done = inside.run("/bin/sh", "-c", "\n".join(tried))

    words = done.stdout.split()
    assert words[:3] == ["10001", "10001", "10001"], done
    assert words[3:7] == ["CapPrm:", "0" * 16, "CapEff:", "0" * 16], done
    assert words[7:] == ["both"], done


def size_of(*folders: Path) -> int:
    """In MiB, of all together."""
    done = subprocess.run(["du", "-scm", *folders], capture_output=True, text=True, check=True)
    return int(done.stdout.splitlines()[-1].split()[0])


def try_out(image: Stage, place: Path) -> None:
    """Make a home, serve, take a package in, end cleanly; then each part alone."""
    (home := place / "home").mkdir()
    user, _, group = image.user.partition(":")
    os.chown(home, int(user), int(group))
    port = free_port()
    inside = Container(image, home, {"PRESERVATION_API_PORT": str(port), "PRESERVATION_LOG_LEVEL": "info"})
    assert_nothing_else_is_writable(inside)
    assert inside.preservation("init")["administrator"] == "admin"
    with inside.running(*image.command) as service:
        inside.wait_for(f"ready: http://0.0.0.0:{port}")
        assert inside.run(*(one.replace("8765", str(port)) for one in image.health)).returncode == 0
        script = readme_script(port=port, home=home, programs=inside.wrapped(place / "bin"), place=place)
        done = run_script(script, patience=PATIENCE)
        assert done.returncode == 0, (done.stdout, done.stderr, inside.log.read_text()[-3000:])
        assert inside.stop(service) == 0, inside.log.read_text()[-3000:]
        inside.wait_for('"event": "stopped"')
    for part, says in _BEGUN.items():
        with inside.running(part) as service:
            inside.wait_for(says)
            assert inside.stop(service) == 0, inside.log.read_text()[-3000:]
    assert inside.preservation("audit", "verify")["ok"]


def main() -> int:
    place = Path(sys.argv[1])
    (place / "build").mkdir()
    text = (ROOT / "Dockerfile").read_text()
    # Hundreds of megabytes of converters are not unpacked here: that Debian has them under these names is asked of it.
    with Builder(place / "build", ROOT, {"TOOLS": "bubblewrap"}) as builder:
        image = builder.build(text)
        (tools,) = (one.pairs()["TOOLS"] for one in read_instructions(text) if one.word == "ARG")
        asked = f"apt-get update -qq && apt-get install -qq --simulate --no-install-recommends {tools}"
        builder.run(f"{asked} && rm -rf /var/lib/apt/lists/*", replace(image, user="0:0"))
        try_out(image, place)
        of_it, added = size_of(image.root / "usr/lib/preservation"), size_of(image.layer)
        print(f"/usr/lib/preservation {of_it} MiB; all that is added to the base {added} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
