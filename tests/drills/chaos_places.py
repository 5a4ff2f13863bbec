"""The places that the chaos drill is at war with: what can be done to a replica, and undone; here in folders."""

import random
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

WAYS = ("flip", "truncate", "extend", "zero", "delete", "swap")


class Place(Protocol):
    """A replica, reached past the program."""

    name: str
    id: str
    is_cut_off: bool

    def files(self, object_root: str) -> Sequence[str]:
        """Keys of the files of one OCFL object, in order."""
        ...

    def objects(self) -> set[str]:
        """Every OCFL object root that is there, of AIPs and of the repository's own record."""
        ...

    def read(self, key: str) -> bytes: ...

    def damage(self, way: str, keys: Sequence[str], rng: random.Random) -> bool:
        """Damage the first of the keys; "swap" takes the second as well. False where it would have changed nothing."""
        ...

    def empty(self) -> None:
        """All AIPs go; that it is this replica can still be told."""
        ...

    def cut_off(self, rng: random.Random) -> None: ...

    def come_back(self) -> None: ...

    def trouble(self, rng: random.Random) -> str:
        """Something short that is neither damage nor absence, until `come_back`; its name, "" where there is no such thing."""
        ...


@dataclass(slots=True)
class FolderPlace:
    """A replica in a folder. While it is cut off its folder lies elsewhere, and sometimes an empty one in its stead."""

    name: str
    id: str
    root: Path
    is_cut_off: bool = False
    _elsewhere: Path = field(init=False)

    def __post_init__(self) -> None:
        self._elsewhere = self.root.with_name(f"{self.root.name}.elsewhere")

    def files(self, object_root: str) -> Sequence[str]:
        below = self.root / object_root
        return sorted(str(path.relative_to(self.root)) for path in below.rglob("*") if path.is_file())

    def objects(self) -> set[str]:
        found = [path for top in ("ocfl", "repository") for path in self.root.glob(f"{top}/*/*/*/*/0=ocfl_object_1.1")]
        return {str(path.parent.relative_to(self.root)) for path in found}

    def read(self, key: str) -> bytes:
        return (self.root / key).read_bytes()

    def damage(self, way: str, keys: Sequence[str], rng: random.Random) -> bool:
        path = self.root / keys[0]
        data = path.read_bytes()
        if way == "delete":
            path.unlink()
            return True
        if way == "swap":
            other = self.root / keys[-1]
            if other.read_bytes() == data:
                return False
            kept = path.with_name(f"{path.name}.kept")
            path.rename(kept)
            other.rename(path)
            kept.rename(other)
            return True
        new = changed(way, data, rng)
        if new == data:
            return False
        path.chmod(0o644)
        path.write_bytes(new)
        return True

    def empty(self) -> None:
        for path in (self.root / "ocfl").iterdir():
            if path.is_dir() and path.name != "extensions":
                shutil.rmtree(path)

    def cut_off(self, rng: random.Random) -> None:
        self.root.rename(self._elsewhere)
        if rng.random() < 0.5:
            self.root.mkdir()  # what is left of a file system that is no longer mounted
        self.is_cut_off = True

    def come_back(self) -> None:
        """AssertionError if something was written where it was not."""
        if self.root.exists():
            strays = sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*"))
            if strays:
                raise AssertionError(f"written below the mount point of a replica that was away: {strays[:20]}")
            self.root.rmdir()
        self._elsewhere.rename(self.root)
        self.is_cut_off = False

    def trouble(self, rng: random.Random) -> str:
        del rng
        return ""


def changed(way: str, data: bytes, rng: random.Random) -> bytes:
    """The bytes after damage of this way; the same where there is nothing to damage."""
    if way == "truncate":
        return data[: rng.randrange(len(data))] if data else data
    if way == "extend":
        return data + rng.randbytes(rng.choice((1, 4096)))
    if way == "zero":
        return bytes(len(data))
    changed = bytearray(data)
    if changed:
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)
