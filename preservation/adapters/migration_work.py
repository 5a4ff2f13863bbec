"""Folders in which the results of migrations wait until they are a version (ports.migrations.MigrationPlaces).

    <name>/journal           a line of JSON for each file that was tried, and for each that is to be forgotten
    <name>/kept/<n>/<i>      the results that a line tells of: place n, the i-th of that file
    <name>/fresh-*           conversions under way; what a crash left of them is removed at opening
    <name>/scratch-*         copies of sources, likewise

Nothing is flushed. A line counts if it is whole and the results beside it have the bytes that it says, which is looked at when
the folder is opened: a power cut costs repeated work. Memory holds a place in the journal for each file, not the lines.
"""

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256, sha512
from io import FileIO, RawIOBase
from pathlib import Path
from threading import Lock

from preservation.domain.events import Json
from preservation.errors import NotHere, could_not
from preservation.ports.formats import ScratchFolder
from preservation.ports.migrations import KeptFile

PIECE = 1 << 20
# What is left for everybody else.
RESERVE = 256 << 20
_FOLDERS = 1000


class WorkFolders:
    """Below `parent`, which is made when it is first needed. `scratch` makes what copies of sources lie in, within a folder."""

    def __init__(self, parent: Path, scratch: Callable[[Path], ScratchFolder]) -> None:
        self._parent = parent
        self._scratch = scratch

    def open(self, name: str) -> "WorkFolder":
        path = self._parent / name
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise could_not("the work folder cannot be made", error) from error
        return WorkFolder(path)

    def scratch(self, name: str) -> ScratchFolder:
        return self._scratch(self._parent / name)

    def names(self) -> Iterator[str]:
        try:
            found = sorted(one.name for one in self._parent.iterdir())
        except FileNotFoundError:
            return
        except OSError as error:
            raise could_not("the work folders cannot be listed", error) from error
        yield from found


class WorkFolder:
    """One AIP's (ports.migrations.MigrationWork)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._journal = path / "journal"
        self._writing = Lock()
        # source -> (offset and length of its line, place of its results)
        self._lines: dict[str, tuple[int, int, int]] = {}
        self._end = 0
        self._places = 0
        try:
            for left in path.glob("fresh-*"):
                shutil.rmtree(left, ignore_errors=True)
            self._read()
        except OSError as error:
            raise could_not("the work folder cannot be read", error) from error

    def fresh(self) -> str:
        try:
            return tempfile.mkdtemp(prefix="fresh-", dir=self._path)
        except OSError as error:
            raise could_not("the work folder cannot be written to", error) from error

    def drop(self, folder: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    def look(self, folder: str, path: str) -> KeptFile | None:
        root = os.path.realpath(folder)
        place = os.path.normpath(os.path.join(root, path))
        try:
            # A link that a tool made may lead anywhere.
            if os.path.realpath(place) != place or not place.startswith(root + os.sep):
                return None
            if not stat.S_ISREG(os.lstat(place).st_mode):
                return None
            return _digested(place)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise could_not("a result cannot be read", error) from error

    def keep(self, source: str, entry: Mapping[str, Json], results: Sequence[str]) -> None:
        with self._writing:
            number, self._places = self._places, self._places + 1
            try:
                if results:
                    folder = self._place(number)
                    folder.mkdir(parents=True, exist_ok=True)
                    for index, path in enumerate(results):
                        Path(path).rename(folder / str(index))
                line = json.dumps({"at": number, "entry": dict(entry)}, ensure_ascii=True).encode() + b"\n"
                with self._journal.open("ab") as journal:
                    # A torn line of a former process is behind us: it was cut away when the folder was opened.
                    journal.write(line)
            except OSError as error:
                raise could_not("a result cannot be kept", error) from error
            self._lines[source] = (self._end, len(line), number)
            self._end += len(line)

    def forget(self, source: str) -> None:
        with self._writing:
            if source not in self._lines:
                return
            line = json.dumps({"forget": source}, ensure_ascii=True).encode() + b"\n"
            try:
                with self._journal.open("ab") as journal:
                    journal.write(line)
            except OSError as error:
                raise could_not("the journal of a migration cannot be written", error) from error
            self._end += len(line)
            _, _, number = self._lines.pop(source)
            shutil.rmtree(self._place(number), ignore_errors=True)

    def sources(self) -> Sequence[str]:
        return sorted(self._lines)

    def entry(self, source: str) -> Mapping[str, Json]:
        if source not in self._lines:
            raise NotHere(f"nothing was tried of {source}")
        offset, length, _ = self._lines[source]
        try:
            with self._journal.open("rb") as journal:
                journal.seek(offset)
                value: Mapping[str, Json] = json.loads(journal.read(length))["entry"]
        except OSError as error:
            raise could_not("the journal of a migration cannot be read", error) from error
        return value

    def open(self, source: str, number: int) -> RawIOBase:
        if source not in self._lines:
            raise NotHere(f"nothing was kept of {source}")
        try:
            return FileIO(self._place(self._lines[source][2]) / str(number))
        except OSError as error:
            raise could_not("a kept result cannot be read", error) from error

    def room(self) -> int:
        try:
            return max(0, (shutil.disk_usage(self._path).free - RESERVE) // 2)
        except OSError as error:
            raise could_not("the work folder's disk cannot be asked", error) from error

    def clear(self) -> None:
        shutil.rmtree(self._path, ignore_errors=True)
        self._lines, self._end, self._places = {}, 0, 0

    def _place(self, number: int) -> Path:
        return self._path / "kept" / str(number // _FOLDERS) / str(number % _FOLDERS)

    def _read(self) -> None:
        """Believe what lines and files agree on; cut away a line that was not written to its end."""
        if not self._journal.exists():
            return
        with self._journal.open("rb") as journal:
            for line in journal:
                if not self._take(line):
                    break
                self._end += len(line)
        if self._journal.stat().st_size != self._end:
            os.truncate(self._journal, self._end)

    def _take(self, line: bytes) -> bool:
        if not line.endswith(b"\n"):
            return False
        try:
            value = json.loads(line)
            if "forget" in value:
                self._lines.pop(str(value["forget"]), None)
                return True
            number, entry = int(value["at"]), value["entry"]
            source = str(entry["source"])
        except (ValueError, KeyError, TypeError):
            return False
        self._places = max(self._places, number + 1)
        if all(self._holds(number, index, one) for index, one in enumerate(entry.get("results", ()))):
            self._lines[source] = (self._end, len(line), number)
        return True

    def _holds(self, number: int, index: int, result: Mapping[str, Json]) -> bool:
        try:
            found = _digested(str(self._place(number) / str(index)))
        except OSError:
            return False
        return found.size == result["size"] and found.sha256.hex() == result["sha256"]


def _digested(path: str) -> KeptFile:
    first, second, size = sha512(), sha256(), 0
    with FileIO(path) as stream:
        while piece := stream.read(PIECE):
            first.update(piece)
            second.update(piece)
            size += len(piece)
    return KeptFile(path, size, first.digest(), second.digest())
