"""Reading back while more comes in: nothing is lost at the end, and no failure goes unseen."""

from collections.abc import Callable, Sequence

import pytest

from preservation.errors import Unavailable
from preservation.services.reading_back import BATCH_FILES, ReadBackAhead, StagedFile


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
