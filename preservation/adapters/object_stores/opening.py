"""Opening and creating replica stores by the scheme of their URL."""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from preservation.adapters.object_stores.posix import creation
from preservation.adapters.object_stores.posix import store as posix
from preservation.adapters.object_stores.posix.identity import Unmarked, names_one_of
from preservation.domain.holdings import ReplicaRecord
from preservation.errors import WrongUse
from preservation.ports import ReplicaStore
from preservation.standards.ocfl.declarations import storage_root_files

STORAGE_ROOTS = ("ocfl", "repository")


@dataclass(frozen=True, slots=True)
class ReplicaStores:
    """ports.ReplicaOpener for one repository. `file:///path` is a folder. `readme` explains a replica to its finder."""

    repository: str
    readme: str

    def open(self, record: ReplicaRecord) -> ReplicaStore:
        return posix.PosixStore(folder_of(record.url), record.id)

    def open_unmarked(self, record: ReplicaRecord, others: Collection[str]) -> ReplicaStore | None:
        root = folder_of(record.url)
        if not os.path.isdir(root) or names_one_of(root, others):
            return None
        return posix.PosixStore(root, record.id, Unmarked())

    def create(self, record: ReplicaRecord) -> ReplicaStore:
        files = dict(self.fixed_files(record))
        marker = files.pop(posix.MARKER)
        return posix.create(folder_of(record.url), record.id, first_files=files.items(), marker=marker)

    def is_beginning(self, record: ReplicaRecord) -> bool:
        """Whether the record's place holds nothing but what `create` puts there for this very record."""
        files = dict(self.fixed_files(record))
        marker = files.pop(posix.MARKER)
        return creation.is_beginning(folder_of(record.url), files, marker)

    def fixed_files(self, record: ReplicaRecord) -> Mapping[str, bytes]:
        files = {"README.txt": self.readme.encode()}
        for storage_root in STORAGE_ROOTS:
            files |= {f"{storage_root}/{name}": data for name, data in storage_root_files().items()}
        marker = {"format": posix.FORMAT, "id": record.id, "name": record.name, "repository": self.repository}
        files[posix.MARKER] = json.dumps(marker, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
        return files


def folder_of(url: str) -> str:
    """The folder that a file URL names. WrongUse for any other URL."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise WrongUse(f"{url} is not a folder's URL (file:///path)")
    return unquote(parts.path)


def read_marker(root: str) -> dict[str, str]:
    """The marker of the replica in a folder. WrongUse if the folder is not a replica."""
    try:
        with open(f"{root}/{posix.MARKER}", "rb") as stream:
            values = json.loads(stream.read(65536))
        return {key: str(values[key]) for key in ("format", "id", "name", "repository")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongUse(f"{root} is not a replica: it has no readable {posix.MARKER}") from error
