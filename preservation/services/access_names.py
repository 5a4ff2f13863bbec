"""Where each file of an AIP stands in a DIP.

A bag gives the originals their own names back, byte for byte, below `data/`; the submission's paperwork stays below
`submission/`, and what the repository made (METS, PREMIS, later representations) stands below `aip/`. Manifests are UTF-8
text, so a name of other bytes cannot be listed in one (RFC 8493, 2.1.3): such a file keeps the escaped name that it has in the
AIP, and `original-names.txt` in the bag gives the true one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import count

from preservation.domain.finding_log import FindingLog
from preservation.domain.names import MARK, unescape
from preservation.domain.package_paths import MAX_NAME_BYTES
from preservation.services.access_reading import Delivery
from preservation.services.submission import ORIGINALS, PAPERWORK
from preservation.standards.aip_layout import DESCRIPTIVE
from preservation.standards.bagit.paths import PAYLOAD, refusal
from preservation.standards.ocfl.inventory import Inventory

OURS = "aip/"
SUBMITTED_METADATA = PAYLOAD + "metadata/"

# A path that Windows would read as one with ".." in it is refused by readers of bags, rightly.
_ESCAPED_BACKSLASH = f"{MARK}5C"


@dataclass(frozen=True, slots=True)
class RenamedFile:
    """A file whose true path in the bag, raw, cannot be written in a manifest; it stands at `place`."""

    place: str
    true_path: bytes


class Places:
    """The paths of a DIP that are in use: none is another's folder, none stands twice."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def take(self, path: str) -> bool:
        """Use a path; False if it cannot be used beside those before it."""
        if path in self._files or path in self._folders:
            return False
        new: list[str] = []
        folder = path
        while "/" in folder:
            folder = folder.rpartition("/")[0]
            if folder in self._folders:
                break
            if folder in self._files:
                return False
            new.append(folder)
        self._folders.update(new)
        self._files.add(path)
        return True


def deliveries(inventory: Inventory, version: int, places: Mapping[str, bytes]) -> Iterator[Delivery]:
    """The files of a version's state, each with its place, in the order of places given."""
    state = inventory.versions[version].state
    digests = inventory.sha256
    for logical_path, place in places.items():
        content_path = inventory.manifest[state[logical_path]][0]
        yield Delivery(logical_path, content_path, state[logical_path], digests[content_path], place)


def places_in_bag(
    logical_paths: Iterable[str], submitted: Collection[str], notes: FindingLog
) -> tuple[Mapping[str, bytes], list[RenamedFile]]:
    """The place of each logical path in a bag, and those that could not keep their names.

    `submitted` are the logical paths below metadata/descriptive/ that came in a folder's `metadata/`.
    """
    used = Places()
    wanted: dict[str, str] = {}
    waiting: list[str] = []
    for logical_path in sorted(logical_paths):
        place = _wanted(logical_path, submitted)
        if logical_path in submitted or not _is_plain(place):
            waiting.append(logical_path)
        elif not used.take(place):
            raise AssertionError("OCFL keeps logical paths apart")
        else:
            wanted[logical_path] = place
    renamed: list[RenamedFile] = []
    for logical_path in waiting:
        first = _wanted(logical_path, submitted)
        place = next(path for path in _candidates(logical_path, first) if used.take(path))
        wanted[logical_path] = place
        true_path = unescape(first)
        if place.encode() != true_path and place != OURS + logical_path:
            renamed.append(RenamedFile(place, true_path))
            notes.warning("EXPORT-NAME-CHANGED", logical_path, name=place)
    return {path: place.encode() for path, place in sorted(wanted.items(), key=_place)}, renamed


def places_in_folder(logical_paths: Iterable[str], folder: str, notes: FindingLog) -> Mapping[str, bytes]:
    """The place of each logical path in a plain tree below `folder`: METS refers to logical paths, so they are the names.

    A name whose escaped form is too long for a file system has its original bytes instead.
    """
    places: dict[str, bytes] = {}
    for path in sorted(logical_paths):
        raw = path.encode()
        if len(raw) > MAX_NAME_BYTES and any(len(part) > MAX_NAME_BYTES for part in raw.split(b"/")):
            raw = b"/".join(_raw_if_too_long(part) for part in path.split("/"))
            notes.warning("EXPORT-NAME-RAW", path)
        places[path] = folder.encode() + b"/" + raw
    return places


def place_of_folder_in_bag(logical_path: str) -> bytes | None:
    """Where an empty folder stands in a bag, by the rule that places files; None where a bag cannot hold its name."""
    text = _as_text(_wanted(logical_path, {logical_path} if logical_path.startswith(DESCRIPTIVE) else frozenset()))
    return None if text is None else text.encode()


def place_of_folder_in_tree(logical_path: str, folder: str) -> bytes:
    """Where an empty folder stands in a plain tree."""
    return next(iter(places_in_folder([logical_path], folder, FindingLog()).values()))


def _place(item: tuple[str, str]) -> str:
    return item[1]


def _wanted(logical_path: str, submitted: Collection[str]) -> str:
    """The path in the bag that the file has by right, as text by `domain.names`."""
    if logical_path.startswith(ORIGINALS):
        return PAYLOAD + logical_path[len(ORIGINALS) :]
    if logical_path.startswith(PAPERWORK):
        return logical_path
    if logical_path in submitted:
        return SUBMITTED_METADATA + logical_path[len(DESCRIPTIVE) :]
    return OURS + logical_path


def _is_plain(path: str) -> bool:
    return MARK not in path and ("\\" not in path or refusal(path) is None)


def _candidates(logical_path: str, wanted: str) -> Iterator[str]:
    """Places for a file, best first; one of them is free."""
    root = wanted.partition("/")[0]
    place = _as_text(wanted)
    if place is not None:
        yield place
    if root == PAYLOAD[:-1] and not logical_path.startswith(ORIGINALS) and _is_plain(logical_path):
        yield OURS + logical_path
    stem = f"{root}/renamed-{sha256(logical_path.encode()).hexdigest()[:32]}"
    yield stem
    for number in count(2):
        yield f"{stem}-{number}"


def _as_text(path: str) -> str | None:
    """The path as a manifest can hold it: the true name where it is UTF-8, else its escape. None if that is too long."""
    parts: list[str] = []
    for part in path.split("/"):
        raw = unescape(part)
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = part
        if b"/" in raw or b"\0" in raw or len(text.encode()) > MAX_NAME_BYTES:
            return None
        parts.append(text)
    joined = "/".join(parts)
    if refusal(joined) is not None:
        joined = joined.replace("\\", _ESCAPED_BACKSLASH)
        if refusal(joined) is not None or any(len(part.encode()) > MAX_NAME_BYTES for part in joined.split("/")):
            return None
    return joined


def _raw_if_too_long(part: str) -> bytes:
    encoded = part.encode()
    return encoded if len(encoded) <= MAX_NAME_BYTES else unescape(part)
