"""Folders that hold nothing: an AIP names those that came in (`supplements`), and a DIP has them again.

BagIt tells of files only, but nothing in RFC 8493 forbids a folder that is empty.
"""

import json
from collections.abc import Iterable, Iterator

from preservation.domain.finding_log import FindingLog
from preservation.ports import Sink
from preservation.services.access_names import place_of_folder_in_bag, place_of_folder_in_tree
from preservation.services.access_reading import Delivery


class KeptInMemory:
    """Takes one small file (access_reading.Receiver). What was delivered is in `data`."""

    def __init__(self) -> None:
        self.data = b""

    def put(self, path: bytes, data: bytes | memoryview) -> None:
        self.data = bytes(data)

    def create(self, path: bytes) -> Sink:
        self.data = b""
        return self

    def discard(self, path: bytes) -> None:
        self.data = b""

    def write(self, data: bytes | memoryview) -> int:
        self.data += data
        return len(data)

    def close(self) -> None:
        """Nothing is held open."""


def read_folders(data: bytes) -> list[str]:
    """The logical paths in an AIP's document of empty folders, whose digest was verified."""
    return [str(path) for path in json.loads(data)["empty_directories"]]


def folders_in_bag(paths: Iterable[str], files: Iterable[Delivery], notes: FindingLog) -> Iterator[bytes]:
    """The places of empty folders in a bag of these files; one that has no place there is told of."""
    return _free(((path, place_of_folder_in_bag(path)) for path in paths), files, notes)


def folders_in_tree(paths: Iterable[str], folder: str, files: Iterable[Delivery], notes: FindingLog) -> Iterator[bytes]:
    """The same for a plain tree below `folder`."""
    return _free(((path, place_of_folder_in_tree(path, folder)) for path in paths), files, notes)


def _free(places: Iterable[tuple[str, bytes | None]], files: Iterable[Delivery], notes: FindingLog) -> Iterator[bytes]:
    taken = {file.place for file in files}
    for path, place in places:
        if place is not None and not _is_blocked(place, taken):
            yield place
        else:
            notes.warning("EXPORT-FOLDER-LEFT-OUT", path)


def _is_blocked(place: bytes, taken: set[bytes]) -> bool:
    """Whether a file stands where the folder, or one that it lies in, would have to be."""
    while place:
        if place in taken:
            return True
        place = place.rpartition(b"/")[0]
    return False
