"""Opening and creating replica stores by the scheme of their URL."""

import importlib
import json
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from preservation.adapters.object_stores.posix import creation, user_space
from preservation.adapters.object_stores.posix import store as posix
from preservation.adapters.object_stores.posix.identity import Identity, Unmarked, names_one_of
from preservation.adapters.object_stores.s3.address import is_s3, parse_address
from preservation.adapters.object_stores.s3.options import S3Options
from preservation.adapters.patience import FOLDER_SECONDS, in_time
from preservation.domain.holdings import ReplicaRecord
from preservation.errors import WrongUse
from preservation.ports import ReplicaStore
from preservation.standards.ocfl.declarations import storage_root_files

if TYPE_CHECKING:
    from preservation.adapters.object_stores.s3.opening import S3Replicas
    from preservation.adapters.object_stores.s3.store import S3Store

_S3 = "preservation.adapters.object_stores.s3.opening"
NO_OPTIONS = S3Options()
STORAGE_ROOTS = ("ocfl", "repository")


@dataclass(frozen=True, slots=True)
class ReplicaStores:
    """ports.ReplicaOpener for one repository. `file:///path` is a folder, `s3://bucket/prefix?endpoint=...` a bucket.

    `readme` explains a replica to its finder. `folder_seconds` is how long a look at a folder may take.
    """

    repository: str
    readme: str
    s3: S3Options = NO_OPTIONS
    folder_seconds: float = FOLDER_SECONDS

    def open(self, record: ReplicaRecord) -> ReplicaStore:
        if is_s3(record.url):
            return _buckets(self.s3).open(record.url, record.id)
        root = folder_of(record.url)
        return posix.PosixStore(root, record.id, Identity(root, record.id, seconds=self.folder_seconds))

    def open_unmarked(self, record: ReplicaRecord, others: Collection[str]) -> ReplicaStore | None:
        if is_s3(record.url):
            return _buckets(self.s3).open_unmarked(record.url, record.id, others)
        root = folder_of(record.url)
        try:
            is_anothers = in_time(
                root, lambda: not os.path.isdir(root) or names_one_of(root, others), self.folder_seconds
            )
        except TimeoutError:
            return None
        if is_anothers:
            return None
        return posix.PosixStore(root, record.id, Unmarked())

    def create(self, record: ReplicaRecord) -> ReplicaStore:
        files = dict(self.fixed_files(record))
        marker = files.pop(posix.MARKER)
        if is_s3(record.url):
            return _buckets(self.s3).create(record.url, record.id, files, marker)
        return posix.create(folder_of(record.url), record.id, first_files=files.items(), marker=marker)

    def is_beginning(self, record: ReplicaRecord) -> bool:
        """Whether the record's place holds nothing but what `create` puts there for this very record."""
        files = dict(self.fixed_files(record))
        marker = files.pop(posix.MARKER)
        if is_s3(record.url):
            return _buckets(self.s3).is_beginning(record.url, files, marker)
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


def is_below_fuse(url: str) -> bool:
    """Whether a replica's folder is on a file system that a program serves. False for what is not a folder, or not here."""
    if urlsplit(url).scheme != "file":
        return False
    try:
        return user_space.is_served_by_a_program(folder_of(url))
    except OSError:
        return False


def place_of(text: str) -> str:
    """The URL of what somebody named: a bucket by its `s3://`, else a folder. WrongUse for what is no address of a bucket."""
    return parse_address(text).url if is_s3(text) else Path(text).absolute().as_uri()


def shown_place(url: str) -> str:
    """A place as people read it."""
    return url if is_s3(url) else folder_of(url)


def marker_at(url: str, options: S3Options) -> dict[str, str] | None:
    """The marker of the replica at a place; None if nothing there is one. WrongUse for a marker that cannot be read."""
    if is_s3(url):
        data = _buckets(options).marker_at(url)
    else:
        try:
            with Path(folder_of(url), posix.MARKER).open("rb") as stream:
                data = stream.read(65536)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise WrongUse(f"{shown_place(url)} cannot be read: {error.strerror}") from error
    if data is None:
        return None
    try:
        values = json.loads(data)
        return {key: str(values[key]) for key in ("format", "id", "name", "repository")}
    except (ValueError, KeyError, TypeError) as error:
        raise WrongUse(f"{shown_place(url)} is not a replica: it has no readable {posix.MARKER}") from error


def read_marker(url: str, options: S3Options) -> dict[str, str]:
    """The marker of the replica at a place. WrongUse if there is none."""
    found = marker_at(url, options)
    if found is None:
        raise WrongUse(f"{shown_place(url)} is not a replica: it has no readable {posix.MARKER}")
    return found


def open_replica(url: str, replica_id: str, options: S3Options) -> ReplicaStore:
    """The store at a place, for one that has no record of it."""
    if is_s3(url):
        return _buckets(options).open(url, replica_id)
    return posix.PosixStore(folder_of(url), replica_id)


def shortcomings(store: ReplicaStore) -> Sequence[str]:
    """What the server of a replica in a bucket cannot do, one word each; nothing for a folder. Unavailable, ReplicaAway."""
    bucket = _bucket(store)
    return () if bucket is None else bucket.abilities.shortcomings


def leftovers(store: ReplicaStore) -> Sequence[str]:
    """What was broken off in a bucket and waits, one sentence each; nothing for a folder. Unavailable, ReplicaAway."""
    bucket = _bucket(store)
    return () if bucket is None else bucket.leftovers()


def look_again(url: str, options: S3Options) -> None:
    """Find out anew what the server of a bucket does. Nothing for a folder. Unavailable, WrongUse."""
    if is_s3(url):
        _buckets(options).look_again(url)


def _bucket(store: ReplicaStore) -> "S3Store | None":
    """The store, of which there are two kinds, if it is a bucket."""
    return None if isinstance(store, posix.PosixStore) else cast("S3Store", store)


def _buckets(options: S3Options) -> "S3Replicas":
    """Replicas in buckets. Their library is loaded here, so that those who have none need not wait for it."""
    return importlib.import_module(_S3).S3Replicas(options)  # type: ignore[no-any-return]
