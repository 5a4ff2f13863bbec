"""Reading back while more comes in: nothing is lost at the end, and no failure goes unseen."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from io import FileIO, RawIOBase
from pathlib import Path
from threading import Lock
from typing import cast

import pytest

from preservation.errors import Unavailable
from preservation.ports import VersionWriter
from preservation.services.reading_back import BATCH_FILES, PIECE, ReadBackAhead, StagedFile, read_back


class Writers:
    """Remembers what was flushed and read back; fails where it is told to."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.flushes = 0
        self.read: list[str] = []
        self._failure = failure

    def flush(self) -> None:
        self.flushes += 1
        if self._failure is not None:
            raise self._failure

    def read_back(self, files: Sequence[StagedFile], advance: Callable[[int], None]) -> None:
        self.read.extend(file.path for file in files)
        advance(len(files))


def staged(count: int) -> list[StagedFile]:
    return [StagedFile(f"v1/content/{number}", b"", 1) for number in range(count)]


def test_an_end_that_comes_before_the_thread_has_begun_is_no_failure() -> None:
    batch = staged(BATCH_FILES)
    for _ in range(50):
        writers = Writers()
        with ReadBackAhead(writers) as ahead:
            for file in batch:
                ahead.add(file)

        assert writers.read in ([], [file.path for file in batch])


def test_a_batch_is_flushed_before_it_is_read_and_what_is_less_than_a_batch_is_left_to_the_end() -> None:
    writers = Writers()
    with ReadBackAhead(writers) as ahead:
        for file in staged(BATCH_FILES - 1):
            ahead.add(file)

    assert (writers.flushes, writers.read) == (0, [])


def test_one_large_file_is_a_batch_of_its_own() -> None:
    writers = Writers()
    with ReadBackAhead(writers) as ahead:
        ahead.add(StagedFile("v1/content/film", b"", 1 << 30))
        while not writers.read:
            ahead.add(StagedFile("v1/content/next", b"", 0))

    assert (writers.flushes, writers.read) == (1, ["v1/content/film"])


def fail_ahead(and_then: Exception | None = None) -> None:
    """Have the thread fail, then leave the block, by itself or with another failure."""
    writers = Writers(Unavailable("no replica is left"))
    with ReadBackAhead(writers) as ahead:
        ahead.add(StagedFile("v1/content/film", b"", 1 << 30))
        while not writers.flushes:
            pass
        if and_then is not None:
            raise and_then


def test_a_failure_in_the_thread_comes_up_at_the_end() -> None:
    with pytest.raises(Unavailable, match="no replica is left"):
        fail_ahead()


def test_what_already_went_wrong_is_not_hidden_by_a_failure_in_the_thread() -> None:
    with pytest.raises(KeyError):
        fail_ahead(KeyError("first"))


class Sealed:
    """A writer whose files read back as they are on a disk; everything else of the port is absent."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open_sealed(self, path: str) -> RawIOBase:
        return FileIO(self._folder / path)


def read_back_of(folder: Path, files: Sequence[StagedFile]) -> list[tuple[str, str]]:
    writer = cast("VersionWriter", Sealed(folder))
    return list(read_back({"a": writer}, files, lambda amount: None, Lock()))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
@pytest.mark.parametrize("is_size_known", [True, False])
def test_a_file_of_any_size_is_read_to_its_end(tmp_path: Path, size: int, *, is_size_known: bool) -> None:
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    (tmp_path / "file").write_bytes(data)
    file = StagedFile("file", sha256(data).digest(), size if is_size_known else 0)

    assert read_back_of(tmp_path, [file, file]) == []


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE])
@pytest.mark.parametrize("change", [b"", b"more"])
def test_a_file_that_is_shorter_or_longer_than_it_was_written_is_found(
    tmp_path: Path, size: int, change: bytes
) -> None:
    data = bytes(size)
    (tmp_path / "file").write_bytes(data + change if change else data[:-1])
    (tmp_path / "whole").write_bytes(data)
    file = StagedFile("file", sha256(data).digest(), size)
    whole = StagedFile("whole", file.sha256, size)

    ((replica, reason),) = read_back_of(tmp_path, [whole, file, whole])

    assert (replica, reason.split()[0]) == ("a", "file")
