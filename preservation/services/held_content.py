"""The bytes of a preserved file under a name that a tool can open: found on a replica, and proven before it looks.

An answer about damaged bytes would stand in the ledger for ever as one about the file.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from preservation.domain.holdings import AIPVersion, StoredFile
from preservation.errors import DiskFull, NotHere, ReplicaAway, Unavailable
from preservation.ports import Catalogue, ReplicaStore, ScratchFolder
from preservation.services.access_reading import Holder
from preservation.services.access_sources import find_holders
from preservation.services.locations import Locations
from preservation.services.replica_set import ReplicaSet

PIECE = 1 << 20

_SUFFIX = re.compile(r"\.[0-9A-Za-z_-]{1,32}\Z")


class _Damaged(Exception):
    """This replica's bytes are not the file's."""


@dataclass(frozen=True, slots=True)
class HeldContent:
    """One AIP's content files. `away` are reasons why replicas beyond the holders cannot be asked."""

    object_root: str
    holders: Sequence[Holder]
    away: Sequence[str]
    scratch: ScratchFolder

    def path_of(self, file: StoredFile) -> tuple[str, int]:
        """Where the file can be looked at, and how many bytes were copied for that (0 if it lies on a replica's disk).

        Copied is what lies on another machine, and what is stored under a name with another extension, because equal
        content is kept once. Raises DiskFull if there is no room for a copy, ReplicaAway if no replica that can be asked gives
        the file's bytes and another one may, Unavailable if none does and all were asked.
        """
        key = f"{self.object_root}/{file.content_path}"
        reasons: list[str] = []
        is_away = bool(self.away)
        for holder in self.holders:
            try:
                return _look(holder.store, key, file, self.scratch)
            except DiskFull:
                raise
            except NotHere:
                reasons.append(f"{holder.name}: it is not there")
            except Unavailable as error:
                is_away |= isinstance(error, ReplicaAway)
                reasons.append(f"{holder.name}: {error}")
            except OSError as error:
                reasons.append(f"{holder.name}: {error.strerror}")
            except _Damaged:
                reasons.append(f"{holder.name}: it is damaged")
        said = "; ".join((*reasons, *self.away)) or "no replica holds it"
        raise ReplicaAway(said) if is_away else Unavailable(said)


@dataclass(frozen=True, slots=True)
class HeldContents:
    """Where the content of any AIP is looked for."""

    catalogue: Catalogue
    replicas: ReplicaSet
    locations: Locations

    def of(self, version: AIPVersion, scratch: ScratchFolder) -> HeldContent:
        """The content of one version; copies go to `scratch`, and lie there until it is cleared."""
        return HeldContent(
            object_root=self.locations.object_root(version.aip),
            holders=find_holders(self.catalogue, self.replicas, version),
            away=[f"{self.replicas.name(replica)}: {reason}" for replica, reason in self.replicas.away.items()],
            scratch=scratch,
        )


def _look(store: ReplicaStore, key: str, file: StoredFile, scratch: ScratchFolder) -> tuple[str, int]:
    suffix = _suffix(file.logical_path)
    path = store.local_path(key) if suffix == _suffix(file.content_path) else None
    if path is None:
        return scratch.place(suffix, _proven(store, key, file)), file.size
    for _ in _proven(store, key, file):
        pass
    return path, 0


def _proven(store: ReplicaStore, key: str, file: StoredFile) -> Iterator[bytes]:
    """The file in pieces. Raises _Damaged at the end of what is something else."""
    digest = sha256()
    with store.open(key) as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
            yield piece
    if digest.digest() != file.sha256:
        raise _Damaged


def _suffix(path: str) -> str:
    found = _SUFFIX.search(path)
    return found.group() if found else ""
