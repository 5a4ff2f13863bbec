"""ClamAV as ports.VirusScanner: a running clamd where its socket is named, else clamscan behind the fence.

What cannot be looked into is reported by ClamAV's own name for it (`domain.virus_names`): content with a password, and what is
beyond a limit. A clamd that is configured to call such files clean is not used.
"""

import os
import re
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from preservation.adapters.examination.clamd import Clamd
from preservation.adapters.examination.look import plain
from preservation.domain.tools import ToolEnd, ToolLimits, ToolOutcome
from preservation.errors import Unavailable, could_not
from preservation.ports.tools import ToolFence

BATCH_FILES: Final = 500

_SIGNATURES: Final = (".cvd", ".cld", ".cud", ".hdb", ".hsb", ".ndb", ".ldb", ".mdb", ".msb", ".db", ".yar", ".yara")
_MAX_FILE_BYTES: Final = (2 << 30) - 1
"""What ClamAV itself cannot go beyond."""
_OPTIONS: Final = (
    *("--no-summary", "--stdout", "--alert-encrypted=yes", "--alert-exceeds-max=yes"),
    *(f"--max-filesize={_MAX_FILE_BYTES}", "--max-scansize=4000M", "--max-files=200000", "--max-recursion=30"),
    *("--max-scantime=1800000", "--tempdir={out}"),
)
_LIMITS: Final = ToolLimits(
    seconds=4 * 3600, cpu_seconds=4 * 3600, memory_bytes=6 << 30, file_bytes=4 << 30, processes=4, said_bytes=16 << 20
)
_VERSION_LIMITS: Final = ToolLimits(seconds=60, cpu_seconds=60)
_LINE: Final = re.compile(r"(?:.*/)?([0-9]{1,6}): (.*)")
_RELEASE: Final = re.compile(r"ClamAV ([0-9][0-9.]*)(?:/([0-9]+)/(.+))?")


class ClamScanner:
    """`database` is the folder with the signatures (of which Debian's package brings none), `clamd` a socket's path or None.

    The fence has to show `database`. What is unpacked for scanning lies in `scratch`, the system's temporary folder by default.
    """

    def __init__(
        self, fence: ToolFence, *, database: Path, clamd: str | None = None, scratch: Path | None = None
    ) -> None:
        self._scratch = scratch
        self._fence = fence
        self._database = database
        self._clamd = Clamd(clamd) if clamd else None
        self._lock = threading.Lock()
        self._description: tuple[float, str] | None = None

    def scan(self, paths: Sequence[str]) -> Sequence[str | None]:
        if self._clamd is not None:
            return self._clamd.scan(paths)
        self._newest()
        found: list[str | None] = []
        for first in range(0, len(paths), BATCH_FILES):
            found += self._scan(paths[first : first + BATCH_FILES])
        return found

    def describe(self) -> str:
        if self._clamd is not None:
            return described(self._clamd.version(), self._date_of_clamd())
        newest = self._newest()
        with self._lock:
            if self._description is None or self._description[0] != newest:
                outcome = self._run(["clamscan", f"--database={self._database}", "--version"], {}, _VERSION_LIMITS)
                said = outcome.out.decode("utf-8", "replace")
                self._description = (newest, described(said, datetime.fromtimestamp(newest, UTC)))
            return self._description[1]

    def _scan(self, paths: Sequence[str]) -> list[str | None]:
        inputs = {str(number): os.path.abspath(path) for number, path in enumerate(paths)}
        command = ["clamscan", f"--database={self._database}", *_OPTIONS, *(f"{{in}}/{name}" for name in inputs)]
        with tempfile.TemporaryDirectory(prefix="virus-scan-", dir=self._scratch) as folder:
            outcome = self._run(command, inputs, _LIMITS, folder)
        verdicts = _verdicts(outcome.out.decode("utf-8", "replace"))
        answers: list[str | None] = []
        for number in range(len(paths)):
            verdict = verdicts.get(number, "no answer")
            if verdict in ("OK", "Empty file"):
                answers.append(None)
            elif verdict.endswith(" FOUND"):
                answers.append(plain(verdict.removesuffix(" FOUND")))
            else:
                raise Unavailable(f"clamscan could not scan a file: {plain(verdict)}")
        return answers

    def _run(
        self, command: Sequence[str], inputs: dict[str, str], limits: ToolLimits, folder: str | None = None
    ) -> ToolOutcome:
        outcome = self._fence.run(command, inputs=inputs, folder=folder, limits=limits)
        if outcome.end is not ToolEnd.EXITED or outcome.status not in (0, 1):
            said = outcome.err.decode("utf-8", "replace").strip().splitlines() or [f"{outcome.end}, {outcome.status}"]
            raise Unavailable(f"clamscan could not scan: {plain(said[-1])}")
        return outcome

    def _date_of_clamd(self) -> datetime | None:
        """Of our folder, if it is there: a clamd on this machine has the same."""
        try:
            return datetime.fromtimestamp(self._newest(), UTC)
        except Unavailable:
            return None

    def _newest(self) -> float:
        """When the newest file with signatures was changed. Raises Unavailable where there is none."""
        try:
            with os.scandir(self._database) as entries:
                times = [one.stat().st_mtime for one in entries if one.name.endswith(_SIGNATURES)]
        except OSError as error:
            raise could_not(f"virus signatures in {self._database}", error) from error
        if not times:
            raise Unavailable(
                f"there are no virus signatures in {self._database}: freshclam brings them, or a copy of them"
            )
        return max(times)


def described(said: str, newest: datetime | None) -> str:
    """ "ClamAV 1.4.6, signatures 27500 of Mon Nov 23 08:00:00 2026"; by the files' time where they are not ClamAV's own."""
    found = _RELEASE.search(said)
    if found is None:
        raise Unavailable("ClamAV does not say its version")
    if found.group(2):
        return f"ClamAV {found.group(1)}, signatures {found.group(2)} of {plain(found.group(3))}"
    return f"ClamAV {found.group(1)}, signatures " + (f"of {newest:%Y-%m-%d}" if newest else "without a date")


def _verdicts(said: str) -> dict[int, str]:
    verdicts: dict[int, str] = {}
    for line in said.splitlines():
        found = _LINE.fullmatch(line.strip())
        if found:
            verdicts[int(found.group(1))] = found.group(2)
    return verdicts
