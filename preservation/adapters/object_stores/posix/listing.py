"""What lies below a folder, sorted by key, without following a link."""

import os
from collections.abc import Iterator

from preservation.adapters.object_stores.posix import beneath
from preservation.errors import Unavailable


def walk(root: str, prefix: str) -> Iterator[tuple[str, int]]:
    """(key, size) of everything below `root/prefix` that is not a folder. Nothing if that is no folder itself.

    Links, pipes and devices are among them: they do not belong here, and whoever compares has to see them.
    """
    try:
        os.close(beneath.open_folder(root, prefix))
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unavailable(f"cannot list {prefix}: {error.strerror}") from error
    # A stack rather than recursion: how deep the folders go is not for us to say.
    above = [iter(_entries(root, f"{prefix}/"))]
    while above:
        for key, size in above[-1]:
            if size < 0:
                above.append(iter(_entries(root, key)))
                break
            yield key, size
        else:
            above.pop()


def _entries(root: str, prefix: str) -> list[tuple[str, int]]:
    """(key, size) of a folder's entries in the order of the keys below them; `prefix` and folders end with "/".

    The size of a folder is -1. All keys below the folder "a" begin with "a/", which sorts after "a-" and "a.".
    """
    found: list[tuple[str, int]] = []
    descriptor = -1
    try:
        # Through a descriptor, so that the kernel looks at each entry without walking the whole path to it again.
        descriptor = os.open(f"{root}/{prefix}", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.scandir(descriptor) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    found.append((f"{prefix}{entry.name}/", -1))
                    continue
                try:
                    found.append((prefix + entry.name, entry.stat(follow_symlinks=False).st_size))
                except FileNotFoundError:
                    continue  # gone by now
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Unavailable(f"cannot list {prefix}: {error.strerror}") from error
    finally:
        if descriptor >= 0:
            os.close(descriptor)
    found.sort()
    return found
