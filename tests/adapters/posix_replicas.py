"""Folder replicas for tests, and what lies in them."""

from pathlib import Path

from preservation.adapters.object_stores.posix import store as posix
from preservation.standards.ocfl.declarations import storage_root_files

REPLICA = "urn:uuid:00000000-0000-7000-8000-000000000801"


def a_replica(folder: Path) -> posix.PosixStore:
    """A new replica in an absent folder."""
    first = {f"ocfl/{name}": data for name, data in storage_root_files().items()}
    return posix.create(str(folder), REPLICA, first_files=first.items(), marker=b'{"id": "%s"}' % REPLICA.encode())


def tree(folder: Path) -> dict[str, bytes | None]:
    """Every file with its bytes, every folder with None, by path."""
    return {
        str(path.relative_to(folder)): None if path.is_dir() and not path.is_symlink() else _bytes(path)
        for path in sorted(folder.rglob("*"))
    }


def _bytes(path: Path) -> bytes:
    return b"-> " + bytes(path.readlink()) if path.is_symlink() else path.read_bytes()
