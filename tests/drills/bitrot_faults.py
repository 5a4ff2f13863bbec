"""Faults as they befall storage: one way of damage, done to one place of a replica, and what has to be found of it."""

import os
import random
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

SWAPPED = "swap"
Tree = dict[str, bytes]

_KINDS = (
    (r"replica\.json|README\.txt", "replica"),
    (r"(ocfl|repository)/(0=|ocfl_layout|extensions/).*", "storage root"),
    (r"ledger/checkpoint", "checkpoint"),
    (r"ledger/tile/entries/.*", "bundle"),
    (r"ledger/tile/.*", "tile"),
    (r"texts/.*", "text"),
    (r"fixity/.*", "batch"),
    (r"repository/.*", "repository record"),
    (r".*/v\d+/inventory\.json", "version inventory"),
    (r".*/v\d+/inventory\.json\.sha512", "version sidecar"),
    (r".*/inventory\.json", "root inventory"),
    (r".*/inventory\.json\.sha512", "root sidecar"),
    (r".*/0=ocfl_object_1\.1", "namaste"),
    (r".*", "content"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """`keys`: each has to be reported. `within`: nothing but these and what lies below them may be.

    `evidence`: bytes that have to be kept in quarantine, by the key that they were under.
    """

    way: str
    kind: str
    keys: frozenset[str]
    within: frozenset[str]
    evidence: Tree = field(default_factory=dict)


def kind_of(key: str) -> str:
    """What sort of file of a replica this is."""
    return next(kind for pattern, kind in _KINDS if re.fullmatch(pattern, key, re.DOTALL))


def inject(root: Path, tree: Tree, fixed: frozenset[str], count: int, rng: random.Random) -> list[Fault]:
    """Up to `count` faults in a replica, none of which touches what another one did. `fixed` may be damaged, not removed."""
    by_kind: dict[str, list[str]] = {}
    for key in sorted(tree):
        by_kind.setdefault(kind_of(key), []).append(key)
    injector = _Injector(root, tree, fixed, by_kind, rng)
    faults: list[Fault] = []
    for _ in range(count * 4):
        if len(faults) == count:
            break
        fault = injector.one()
        if fault is not None:
            faults.append(fault)
    return faults


class _Injector:
    def __init__(
        self, root: Path, tree: Tree, fixed: frozenset[str], by_kind: dict[str, list[str]], rng: random.Random
    ) -> None:
        self._root = root
        self._tree = tree
        self._fixed = fixed
        self._by_kind = by_kind
        self._rng = rng
        self._touched: set[str] = set()
        self._on_file: Sequence[Callable[[str], Fault | None]] = (
            self._flip,
            self._flip,
            self._truncate,
            self._extend,
            self._zero,
            self._swap,
            self._delete,
            self._to_link,
            self._to_folder,
            self._to_pipe,
        )
        self._on_folder: Sequence[Callable[[str], Fault | None]] = (
            self._delete_folder,
            self._folder_to_file,
            self._folder_to_link,
            self._empty_folder,
        )

    def one(self) -> Fault | None:
        """One more fault, None where the dice chose something that is already damaged."""
        kind = self._rng.choice(sorted(self._by_kind))
        key = self._rng.choice(self._by_kind[kind])
        chance = self._rng.random()
        if chance < 0.08:
            return self._stranger(key)
        if chance < 0.16:
            folders = key.split("/")[:-1]
            # The deeper, the likelier: a whole replica is not lost every day.
            depth = max(self._rng.randint(1, len(folders)) for _ in range(3)) if folders else 0
            return self._rng.choice(self._on_folder)("/".join(folders[:depth])) if depth else None
        if not self._is_free(key):
            return None
        return self._rng.choice(self._on_file)(key)

    # --- one file ---------------------------------------------------------------------------------------------------

    def _flip(self, key: str) -> Fault | None:
        data = bytearray(self._tree[key])
        if not data:
            return None
        for _ in range(self._rng.choice((1, 1, 1, 7))):
            data[self._rng.randrange(len(data))] ^= 1 << self._rng.randrange(8)
        return self._rewrite("flip", key, bytes(data))

    def _truncate(self, key: str) -> Fault | None:
        data = self._tree[key]
        return self._rewrite("truncation", key, data[: self._rng.randrange(len(data))]) if data else None

    def _extend(self, key: str) -> Fault | None:
        return self._rewrite("extension", key, self._tree[key] + self._rng.randbytes(self._rng.choice((1, 4096))))

    def _zero(self, key: str) -> Fault | None:
        return self._rewrite("zeroes", key, bytes(len(self._tree[key])))

    def _swap(self, key: str) -> Fault | None:
        other = self._rng.choice(self._by_kind[self._rng.choice(sorted(self._by_kind))])
        if other == key or not self._is_free(other) or self._tree[other] == self._tree[key]:
            return None
        first = self._rewrite(SWAPPED, key, self._tree[other])
        second = self._rewrite(SWAPPED, other, self._tree[key])
        assert first is not None
        assert second is not None
        return Fault(
            SWAPPED,
            first.kind,
            first.keys | second.keys,
            first.within | second.within,
            {**first.evidence, **second.evidence},
        )

    def _delete(self, key: str) -> Fault | None:
        return self._instead("deletion", key, lambda path: None)

    def _to_link(self, key: str) -> Fault | None:
        target = self._rng.choice((str(self._root.parent / "b" / key), "nowhere"))
        return self._instead("link", key, lambda path: path.symlink_to(target))

    def _to_folder(self, key: str) -> Fault | None:
        def make(path: Path) -> None:
            path.mkdir()
            if self._rng.random() < 0.5:
                (path / "within").write_bytes(b"what is this doing here\n")

        return self._instead("folder for a file", key, make)

    def _to_pipe(self, key: str) -> Fault | None:
        return self._instead("pipe", key, os.mkfifo)

    def _rewrite(self, way: str, key: str, data: bytes) -> Fault | None:
        if data == self._tree[key]:
            return None
        path = self._root / key
        path.chmod(0o644)
        path.write_bytes(data)
        return self._done(way, [key], key, {key: data})

    def _instead(self, way: str, key: str, make: Callable[[Path], None]) -> Fault | None:
        if key in self._fixed:
            return None
        (self._root / key).unlink()
        make(self._root / key)
        return self._done(way, [key], key, {})

    # --- folders ----------------------------------------------------------------------------------------------------

    def _delete_folder(self, folder: str) -> Fault | None:
        return self._folder_instead("folder deleted", folder, lambda path: None)

    def _empty_folder(self, folder: str) -> Fault | None:
        return self._folder_instead("folder emptied", folder, lambda path: path.mkdir())

    def _folder_to_file(self, folder: str) -> Fault | None:
        def make(path: Path) -> None:
            path.write_bytes(b"rubble")

        return self._folder_instead("file for a folder", folder, make)

    def _folder_to_link(self, folder: str) -> Fault | None:
        target = self._root.parent / "b" / folder
        return self._folder_instead("link for a folder", folder, lambda path: path.symlink_to(target))

    def _folder_instead(self, way: str, folder: str, make: Callable[[Path], None]) -> Fault | None:
        keys = [key for key in self._tree if key.startswith(f"{folder}/")]
        if not self._is_free(folder) or self._fixed.intersection(keys):
            return None
        shutil.rmtree(self._root / folder)
        make(self._root / folder)
        return self._done(way, keys, folder, {})

    # --- what does not belong ---------------------------------------------------------------------------------------

    def _stranger(self, key: str) -> Fault | None:
        folder = key.rpartition("/")[0]
        if not folder or not self._is_free(f"{folder}/any"):
            return None
        number = len(self._touched)
        names = (f"Thumbs{number}.db".encode(), b"left\xff%d" % number, f"x{number}/deep/er.txt".encode())
        added = f"{folder}/{os.fsdecode(self._rng.choice(names))}"
        path = self._root / added
        path.parent.mkdir(parents=True, exist_ok=True)
        data = self._rng.randbytes(50)
        path.write_bytes(data)
        return self._done("stranger", [added], added, {added: data})

    # --- what was touched -------------------------------------------------------------------------------------------

    def _is_free(self, key: str) -> bool:
        """Neither the key, nor a folder that it lies in, nor anything below it was touched."""
        parts = key.split("/")
        above = {"/".join(parts[:count]) for count in range(1, len(parts) + 1)}
        return not above & self._touched and not any(one.startswith(f"{key}/") for one in self._touched)

    def _done(self, way: str, keys: Iterable[str], place: str, evidence: Tree) -> Fault:
        self._touched.add(place)
        return Fault(way, kind_of(place), frozenset(keys), frozenset([place]), evidence)
