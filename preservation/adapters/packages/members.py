"""What an archive says of one of its members, before anything of it is believed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from preservation.domain.finding_log import FindingLog
from preservation.domain.package_paths import excess_reason, unsafe_reason
from preservation.domain.packages import PackageLimits


class Kind(Enum):
    FILE = "file"
    DIRECTORY = "directory"
    LINK = "link"
    DEVICE = "device"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Member:
    """`name` is text by `domain.names`, as the archive writes it. `size` is what the archive declares.

    `content` gives the bytes, once; it raises Refused where they end early or are malformed. `packed` is how many bytes
    of the archive they take, None where members are not compressed one by one.
    """

    name: str
    kind: Kind
    size: int
    modified: int | None
    content: Callable[[], Iterator[bytes]]
    packed: int | None = None
    remark: str = ""


def package_path(name: str, limits: PackageLimits, notes: FindingLog) -> str | None:
    """The path within the package, None with an error among the notes if the name must not be used.

    Empty and "." parts go, as every unpacker lets them go ("./a", "a//b"); nothing else is changed.
    """
    reason = unsafe_reason(name)
    if reason is not None:
        notes.error(f"PKG-PATH-{reason}", name)
        return None
    path = name
    if name.startswith("./") or "//" in name or "/./" in name or name.endswith(("/", "/.")) or name == ".":
        path = "/".join(part for part in name.split("/") if part not in ("", "."))
    excess = excess_reason(path, max_bytes=limits.max_path_bytes, max_depth=limits.max_depth)
    if excess is not None:
        notes.error(f"PKG-{excess}", path)
        return None
    return path
