"""AIPs that a job has still to look into, their files, and batches of those files as tools take them."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from preservation.domain.holdings import StoredFile
from preservation.errors import DiskFull, Unavailable
from preservation.ports import Catalogue
from preservation.services.held_content import HeldContent

FILES_AT_ONCE = 500

Batch = Sequence[tuple[StoredFile, str]]
Page = Sequence[tuple[str, int]]


class CannotRead(Exception):
    """A file of the AIP can be had from no replica now."""


def heads_left(page_after: Callable[[str | None], Page], *, but: str, limit: int | None) -> Iterator[str]:
    """AIPs of one page after the other, up to `limit`, without the one that is the repository's own (`but`)."""
    count = 0
    after: str | None = None
    while page := page_after(after):
        for aip, _ in page:
            if aip == but:
                continue
            if count == limit:
                return
            count += 1
            yield aip
        after = page[-1][0]


def listed(catalogue: Catalogue, aip: str, version: int) -> Iterator[tuple[int, StoredFile]]:
    """(number, file) of a version, by pages: a transaction that reads for hours keeps the database from tidying up."""
    after = 0
    while True:
        page = catalogue.files_page(aip, version=version, after=after, limit=FILES_AT_ONCE)
        if page is None or not page.files:
            return
        yield from page.files
        after = page.files[-1][0]


def proven_batches(
    content: HeldContent, files: Iterable[StoredFile], *, most_files: int, most_copied: int
) -> Iterator[Batch]:
    """Files with the path of their proven bytes, which lie there until the next batch is asked for.

    A batch ends with `most_files`, or as soon as `most_copied` bytes were copied for it. Raises CannotRead, and DiskFull where
    there is no room for a copy.
    """
    batch: list[tuple[StoredFile, str]] = []
    copied = 0
    try:
        for file in files:
            path, size = _path_of(content, file)
            batch.append((file, path))
            copied += size
            if len(batch) >= most_files or copied >= most_copied:
                yield batch
                content.scratch.clear()
                batch, copied = [], 0
        if batch:
            yield batch
    finally:
        content.scratch.clear()


def _path_of(content: HeldContent, file: StoredFile) -> tuple[str, int]:
    try:
        return content.path_of(file)
    except DiskFull:
        raise
    except Unavailable as error:
        raise CannotRead(f"{file.logical_path}: {error}") from error
