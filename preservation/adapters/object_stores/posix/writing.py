"""Putting objects under their keys: staged in `work/` under another name, so that what is seen under a key is always whole."""

import errno
import os
from collections.abc import Iterable

from preservation.adapters.object_stores.posix import beneath, claims, durable, user_space
from preservation.adapters.object_stores.posix.keys import checked
from preservation.errors import ImmutableConflict

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}


def put(root: str, items: Iterable[tuple[str, bytes]]) -> None:
    """See ports.ReplicaStore.put. One flush for all of them, before the first is placed."""
    staged: dict[str, str] = {}
    repeated: list[str] = []
    with claims.workspace(root, "put") as folder:
        for key, data in items:
            if _holds(root, checked(key), data):
                repeated.append(key)
                continue
            if key in staged and _holds(folder, staged[key], data, key=key):
                continue
            staged[key] = str(len(staged))
            durable.write_file(f"{folder}/{staged[key]}", data)
        if staged:
            durable.flush_file_system(folder)
            user_space.flush_below(folder)
            _place_all(root, folder, staged)
        if repeated:
            # Whoever put it before may have been stopped between its placing and its flush.
            durable.flush_file_system(root)
            user_space.flush_placed(root, repeated)


def replace(root: str, key: str, chunks: Iterable[bytes], kind: str) -> None:
    """Put a new file in place of whatever is there, by one rename. Whatever `chunks` raises leaves the old one."""
    checked(key)
    with claims.workspace(root, kind) as folder:
        durable.write_durably(f"{folder}/0", chunks)
        durable.place(f"{folder}/0", root, key, os.rename)
        durable.flush_directory(os.path.dirname(f"{root}/{key}"))


def obstacle(root: str, key: str) -> str | None:
    """The first part of the way to a key that is there and is no folder, if there is one."""
    parts = key.split("/")
    for count in range(1, len(parts)):
        way = "/".join(parts[:count])
        try:
            os.close(beneath.open_folder(root, way))
        except FileNotFoundError:
            return way if os.path.lexists(f"{root}/{way}") else None
    return None


def _place_all(root: str, folder: str, staged: dict[str, str]) -> None:
    parents: set[str] = set()
    for key, name in staged.items():
        try:
            durable.place(f"{folder}/{name}", root, key, _link, made=parents)
        except FileExistsError:
            # Somebody else was faster.
            with open(f"{folder}/{name}", "rb") as stream:
                if not _holds(root, key, stream.read()):
                    raise ImmutableConflict(f"{key} is taken by something that is no file") from None
    for parent in parents:
        durable.flush_directory(f"{root}/{parent}")


def _link(source: str, target: str) -> None:
    """Unlike a rename, a link never takes the place of something. Where a file system has none, a look before has to do."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target) from error
        os.rename(source, target)


def _holds(root: str, place: str, data: bytes, *, key: str | None = None) -> bool:
    try:
        descriptor = beneath.open_file(root, place)
    except FileNotFoundError:
        return False
    with open(descriptor, "rb") as stream:
        # One byte more than expected tells a longer one, however long it is.
        if stream.read(len(data) + 1) != data:
            raise ImmutableConflict(f"{key or place} already holds other bytes")
    return True
