"""A home with one AIP of three versions on two replicas, and stores that can be told to fail."""

import errno
import io
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from typing_extensions import Buffer

from preservation import bootstrap
from preservation.domain.events import Event
from preservation.domain.holdings import CopyRecord
from preservation.domain.ledger import EventFilter
from preservation.ports import ReplicaStore
from preservation.services.fixity import Fixity, FixityReport, Selection
from preservation.services.replica_set import ReplicaSet
from preservation.settings import read_settings
from preservation.standards.ledger_entry import decode
from tests.drills.bitrot_home import command

CONTENT = {"first.txt": b"first", "Hồ sơ/thứ hai.txt": b"second" * 1000, "third.bin": bytes(range(256)) * 12_000}


class Quiet:
    """Progress that nobody watches."""

    def begin(self, label: str, total: int | None) -> None: ...

    def advance(self, amount: int) -> None: ...

    def end(self) -> None: ...


class FaultyStore:
    """A store, with some of its calls replaced: `calls` maps a method's name to what is called first with the same arguments.

    Where `open_cold` is replaced, every file is read through it.
    """

    def __init__(self, store: ReplicaStore) -> None:
        self._store = store
        self.calls: dict[str, Callable[..., Any]] = {}

    def read_cold(self, objects: Sequence[tuple[str, int]]) -> Generator[memoryview | None, None, None]:
        if "open_cold" in self.calls:
            yield from (None for _ in objects)
        else:
            yield from self._store.read_cold(objects)

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._store, name)
        fake = self.calls.get(name)
        return real if fake is None else lambda *arguments: fake(real, *arguments)


class BadSector(io.RawIOBase):
    """A stream whose medium gives no answer."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@dataclass(slots=True)
class FixityKit:
    """`a` and `b` are the replicas' folders; `root` the AIP's object root in them; `stores` what the service works with."""

    home: Path
    repository: bootstrap.Repository
    aip: str
    stores: dict[str, FaultyStore] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stores = {key: FaultyStore(store) for key, store in self.repository.replicas.stores.items()}

    @property
    def ids(self) -> Sequence[str]:
        return list(self.stores)

    @property
    def root(self) -> str:
        return self.repository.locations.object_root(self.aip)

    def folder(self, name: str) -> Path:
        return self.home / "replicas" / name

    def path(self, name: str, path: str) -> Path:
        """A file of the AIP's object on a replica."""
        return self.folder(name) / self.root / path

    def content(self, name: str, ending: str) -> Path:
        return next(path for path in self.path(name, "v1/content").rglob("*") if path.name.endswith(ending))

    def fixity(self) -> Fixity:
        known = self.repository.replicas
        stores = {key: cast("ReplicaStore", store) for key, store in self.stores.items()}
        return replace(self.repository.fixity(), replicas=ReplicaSet(stores, {}, known.records))

    def run(self, selection: Selection = Selection.ALL, *, replica: str | None = None) -> FixityReport:
        """One fixity run of the AIP alone, or of everything on a replica."""
        return self.fixity().run(selection, Quiet(), replica=replica, aip=None if replica else self.aip)

    def copy(self, replica: str) -> CopyRecord:
        return next(copy for copy in self.repository.catalogue.copies(self.aip) if copy.replica == replica)

    def events(self) -> list[Event]:
        """Every event so far, oldest first."""
        found = self.repository.catalogue.events(EventFilter(), limit=10_000)
        return [decode(event.entry, event.private, event.salt) for _, event in found]

    def kept(self, name: str) -> list[bytes]:
        """What lies in a replica's quarantine."""
        return [path.read_bytes() for path in (self.folder(name) / "quarantine").rglob("*") if path.is_file()]


def damage(path: Path, data: bytes = b"not what it was") -> bytes:
    """Write other bytes over a stored file; what was there before."""
    before = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(data)
    return before


@contextmanager
def a_home(place: Path, *, versions: int = 3) -> Iterator[FixityKit]:
    """Build it with the real commands, and open it to be changed."""
    home, material = place / "home", place / "material"
    command(home, "init")
    policy = home / "policies" / "formats.toml"
    policy.write_text(policy.read_text().replace('first = "siegfried"', 'first = "none"'))
    for name, data in CONTENT.items():
        (material / name).parent.mkdir(parents=True, exist_ok=True)
        (material / name).write_bytes(data)
    aip = command(home, "ingest", str(material))[0]["aip_id"]
    for number in range(2, versions + 1):
        (material / f"added-{number}.txt").write_bytes(b"version %d" % number)
        command(home, "ingest", str(material), "--aip", aip)
    with bootstrap.writing(read_settings(home, {}), Quiet()) as repository:
        yield FixityKit(home, repository, aip)
