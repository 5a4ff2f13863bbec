"""The stage of the demonstration: shows a command, runs it, prints what it says, and notes whether it came out as told."""

import base64
import json
import os
import shlex
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from examples.demo_words import CLAIMS, HEADINGS, TEXTS

MARK = ".made-by-the-demonstration"
WIDTH = 100
INDENT = "    "


class StoryEnds(Exception):
    """A step brought nothing that the next ones could go on with."""


class Stage:
    """One telling of the story. The commands work in `home`; the attributes below it are what steps leave for later ones."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.home = folder / "archive"
        self.dossier = ""
        self.traps = ""
        self.object_root = ""
        self.vkey = ""
        self._vietnamese = environment.get("PRESERVATION_LANG", environment.get("LANG", "")).startswith("vi")
        self._bold = sys.stdout.isatty() and not environment.get("NO_COLOR")
        kept = {name: value for name, value in environment.items() if not name.startswith("PRESERVATION_")}
        self._environment = kept | {
            "PRESERVATION_HOME": str(self.home),
            "PRESERVATION_LANG": "vi" if self._vietnamese else "en",
            "PYTHONUTF8": "1",
            "COLUMNS": str(WIDTH - len(INDENT)),
        }
        self._expected: list[tuple[str, bool]] = []

    def tell(self, story: Sequence[tuple[str, Callable[["Stage"], None]]]) -> int:
        """The whole of it, and a summary; 0 if everything came out as told, 2 if the folder is somebody else's."""
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
        if not self._clear():
            return 2
        started = time.monotonic()
        self._wrapped(self._word(TEXTS["welcome"]).format(folder=self.folder))
        self._print(f"\n  $ export PRESERVATION_HOME={shlex.quote(str(self.home))}", bold=True)
        try:
            for number, (name, step) in enumerate(story, 1):
                heading, text = HEADINGS[name]
                self._print(f"\n{number}. {self._word(heading)}\n", bold=True)
                self._wrapped(self._word(text))
                step(self)
        except StoryEnds as error:
            self._note(str(error), held=False)
        return self._summary(time.monotonic() - started)

    def run(self, *arguments: str, status: int = 0) -> str:
        """Show a command, run it, print what it prints, and expect an exit status. Returns its output."""
        self._show(arguments)
        done = self._start(arguments, capture_errors=False)
        for line in done.stdout.splitlines():
            self._wrapped(line, indent=INDENT)
        self._note(self._word(CLAIMS["status"]).format(status=done.returncode), held=done.returncode == status)
        return done.stdout

    def ask(self, *arguments: str, status: int = 0) -> Any:
        """What a command says with --json: how the demonstration looks for itself."""
        done = self._start([*arguments, "--json"], capture_errors=True)
        try:
            answer = json.loads(done.stdout)
        except ValueError:
            raise StoryEnds(f"preservation {shlex.join(arguments)}: {done.stderr or done.stdout}") from None
        if done.returncode != status:
            raise StoryEnds(f"preservation {shlex.join(arguments)} ended with exit status {done.returncode}: {answer}")
        return answer

    def expect(self, claim: str, *, held: bool) -> None:
        """Say whether something that the story claims is so."""
        self._note(self._word(CLAIMS[claim]), held=held)

    def say(self, text: str, **values: str) -> None:
        """A paragraph of the story, after an empty line."""
        print()
        for line in self._word(TEXTS[text]).format(**values).splitlines():
            self._wrapped(line)

    def replica(self, name: str) -> Path:
        """The folder of a replica in the home."""
        return self.home / "replicas" / name

    def shown(self, path: Path) -> str:
        """A path as somebody in the present folder would type it."""
        relative = os.path.relpath(path)
        return str(path) if relative.startswith("..") else relative

    @contextmanager
    def no_home(self) -> Iterator[None]:
        """Commands within know of no home, as those of somebody else."""
        home = self._environment.pop("PRESERVATION_HOME")
        try:
            yield
        finally:
            self._environment["PRESERVATION_HOME"] = home

    @staticmethod
    def hex_of(text: str) -> str:
        """Base64 as hexadecimal digits."""
        return base64.b64decode(text).hex()

    def _clear(self) -> bool:
        if self.folder.exists() and any(self.folder.iterdir()):
            if not (self.folder / MARK).is_file():
                self._print(self._word(TEXTS["taken"]).format(folder=self.folder))
                return False
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / MARK).touch()
        return True

    def _start(self, arguments: Sequence[str], *, capture_errors: bool) -> subprocess.CompletedProcess[str]:
        sys.stdout.flush()
        return subprocess.run(
            [Path(sys.executable).with_name("preservation"), *arguments],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if capture_errors else None,  # progress bars, where somebody looks
            encoding="utf-8",
            errors="replace",
            check=False,
        )

    def _show(self, arguments: Sequence[str]) -> None:
        line = f"  $ preservation {shlex.join(arguments)}"
        lines = textwrap.wrap(
            line,
            WIDTH - 2,
            subsequent_indent="      ",
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
            initial_indent="  " if line.startswith("    ") else "",
        )
        self._print("\n" + " \\\n".join(lines), bold=True)

    def _wrapped(self, line: str, *, indent: str = "") -> None:
        lead = line[: len(line) - len(line.lstrip())] if line.strip() else ""
        if len(indent) + len(line) <= WIDTH:
            print(f"{indent}{line}".rstrip())
            return
        further = indent + lead + ("  " if indent else "")
        print(textwrap.fill(line.strip(), WIDTH, initial_indent=indent + lead, subsequent_indent=further))

    def _note(self, claim: str, *, held: bool) -> None:
        self._expected.append((claim, held))
        mark = self._word(TEXTS["held" if held else "failed"])
        print(textwrap.fill(claim, WIDTH, initial_indent=f"  {mark} ", subsequent_indent=" " * (3 + len(mark))))

    def _summary(self, seconds: float) -> int:
        failed = [claim for claim, held in self._expected if not held]
        self._print(f"\n{self._word(TEXTS['summary'])}", bold=True)
        key = "all_held" if not failed else "not_all"
        self.say(key, count=str(len(self._expected)), failed=str(len(failed)), seconds=f"{seconds:.0f}")
        for claim in failed:
            self._wrapped(f"- {claim}", indent="  ")
        if not failed:
            self.say("next", folder=str(self.folder), home=str(self.home))
        return 1 if failed else 0

    def _word(self, both: tuple[str, str]) -> str:
        return both[1] if self._vietnamese else both[0]

    def _print(self, text: str, *, bold: bool = False) -> None:
        print(f"\033[1m{text}\033[0m" if bold and self._bold else text)
