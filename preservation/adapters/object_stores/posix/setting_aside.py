"""Moving a damaged object out of the way, into `quarantine/`, where it is kept as evidence."""

import itertools
import os

from preservation.adapters.object_stores.posix import beneath, durable

QUARANTINE = "quarantine"

# OCFL knows no empty folders (OCFL 1.1 E024, E073): one that would be left empty goes along with its last file.
_WITHOUT_EMPTY_FOLDERS = ("ocfl/", "repository/")


def set_aside(root: str, key: str, reason_id: str) -> str | None:
    """Rename what is under the key to `quarantine/<reason>/<key>`, and return that; None if there is nothing.

    Evidence is never overwritten: the second object that is set aside under one reason and key goes to `<reason>-2`.
    """
    moved = _outermost(root, key) if key.startswith(_WITHOUT_EMPTY_FOLDERS) else key
    source = os.path.dirname(moved)
    try:
        above = beneath.open_folder(root, source)
    except FileNotFoundError:
        return None
    try:
        try:
            os.stat(os.path.basename(moved), dir_fd=above, follow_symlinks=False)
            aside = _free_name(root, moved, reason_id)
            durable.make_directories(root, os.path.dirname(f"{aside}/{moved}"), beside=moved)
            os.rename(os.path.basename(moved), f"{root}/{aside}/{moved}", src_dir_fd=above)
        except FileNotFoundError:
            return None
    finally:
        os.close(above)
    durable.flush_directory(os.path.dirname(f"{root}/{aside}/{moved}"))
    durable.flush_directory(f"{root}/{source}")
    return f"{aside}/{key}"


def _free_name(root: str, key: str, reason_id: str) -> str:
    names = itertools.chain([reason_id], (f"{reason_id}-{number}" for number in itertools.count(2)))
    return next(f"{QUARANTINE}/{name}" for name in names if not os.path.lexists(f"{root}/{QUARANTINE}/{name}/{key}"))


def _outermost(root: str, key: str) -> str:
    """The key, or the outermost folder around it that holds nothing else."""
    while "/" in (folder := os.path.dirname(key)):
        try:
            descriptor = os.open(f"{root}/{folder}", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            return key
        try:
            with os.scandir(descriptor) as entries:
                if [entry.name for entry in itertools.islice(entries, 2)] != [os.path.basename(key)]:
                    return key
        finally:
            os.close(descriptor)
        key = folder
    return key
