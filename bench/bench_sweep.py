"""What a sweep of very many copies leaves in the ledger: `python -m bench.bench_sweep [--copies 1000000] [--folder DIR]`.

The copies of one replica are objects that are made when they are read, each the bytes that its recorded inventory digest wants;
all else is real: the check of every byte, the catalogue on SQLite, the batches on the other replica, the ledger. Told are the
entries that the sweep added, the rate, and the peak of memory. Then every single check is proven from the other replica alone:
the lines of its batches give the Merkle roots that are in the ledger, and name every copy once.
"""

import argparse
import functools
import resource
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256, sha512
from io import RawIOBase
from pathlib import Path
from typing import cast

import numpy as np

from bench.bench_catalogue import workspace
from bench.bench_schedule import urn
from preservation import bootstrap
from preservation.adapters.database.columns import microseconds
from preservation.adapters.database.engine import open_engine, writer
from preservation.adapters.database.versions import inventory_prefix
from preservation.adapters.database.wire_transactions import writing
from preservation.domain.events import EventType
from preservation.domain.fixity_lines import parse_line
from preservation.domain.holdings import CopyState, StoredFile
from preservation.domain.ledger import EventFilter
from preservation.ports import ReplicaStore
from preservation.services.fixity import Selection
from preservation.services.fixity_batches import batch_key
from preservation.services.locations import Locations
from preservation.settings import read_settings
from preservation.standards.ledger_entry import decode
from preservation.standards.merkle import leaf_hash, peaks, root_of_peaks
from preservation.standards.ocfl.declarations import object_declaration, sidecar
from preservation.standards.ocfl.inventory_writer import write
from tests.drills.bitrot_home import command
from tests.homes import Quiet
from tests.memory_store import MemoryStream

THEN = datetime(2025, 1, 1, tzinfo=UTC)
AT_ONCE = 20_000
PAGE = 1000


def inventory_of(number: int) -> tuple[bytes, bytes]:
    """The inventory of an object with one small file, and that file."""
    content = f"page {number}\n".encode() * 20
    path = "representations/rep1/data/page.txt"
    file = StoredFile(path, f"v1/content/{path}", len(content), sha512(content).digest(), sha256(content).digest())
    chunks = write(
        object_id=urn(number),
        base=None,
        version=1,
        created=THEN,
        message="bench",
        user_name="bench",
        user_address="urn:bench",
        files=[file],
    )
    return b"".join(chunks), content


@functools.lru_cache(maxsize=1024)
def object_of(number: int) -> Mapping[str, bytes]:
    """Path below the object root to bytes."""
    inventory, content = inventory_of(number)
    name, declaration = object_declaration()
    beside = sidecar(sha512(inventory).hexdigest())
    return {
        name: declaration,
        "inventory.json": inventory,
        "inventory.json.sha512": beside,
        "v1/content/representations/rep1/data/page.txt": content,
        "v1/inventory.json": inventory,
        "v1/inventory.json.sha512": beside,
    }


class Numbers:
    """Which object lies below a root: by the first 64 bits of the digest in its name."""

    def __init__(self, locations: Locations, count: int) -> None:
        self._depth = len(locations.object_root(urn(0)).split("/"))
        keys = np.fromiter((_bits(locations.object_root(urn(one))) for one in range(count)), np.uint64, count)
        self._order = np.argsort(keys)
        self._keys = keys[self._order]

    def of(self, key: str) -> tuple[int, str, str]:
        """(number, object root, path below it)"""
        parts = key.split("/", self._depth)
        root = "/".join(parts[: self._depth])
        at = int(np.searchsorted(self._keys, np.uint64(_bits(root))))
        return int(self._order[at]), root, parts[self._depth] if len(parts) > self._depth else ""


def _bits(root: str) -> int:
    return int(root.rpartition("/")[2][:16], 16)


@dataclass(frozen=True, slots=True)
class MadeObjects:
    """ports.ReplicaStore as far as a check of intact copies asks it; what is beside AIPs lies in a real folder."""

    beside: ReplicaStore
    numbers: Numbers

    @property
    def id(self) -> str:
        return self.beside.id

    def __getattr__(self, name: str) -> object:
        return getattr(self.beside, name)

    def read(self, key: str) -> bytes:
        if not key.startswith("ocfl/"):
            return self.beside.read(key)
        number, _, path = self.numbers.of(key)
        return object_of(number)[path]

    def size(self, key: str) -> int | None:
        return len(self.read(key)) if key.startswith("ocfl/") else self.beside.size(key)

    def list(self, prefix: str) -> Iterator[tuple[str, int]]:
        if not prefix.startswith("ocfl/"):
            return self.beside.list(prefix)
        number, root, _ = self.numbers.of(prefix)
        return iter([(f"{root}/{path}", len(data)) for path, data in sorted(object_of(number).items())])

    def open_cold(self, key: str) -> RawIOBase:
        return MemoryStream(self.read(key)) if key.startswith("ocfl/") else self.beside.open_cold(key)

    def read_cold(self, objects: Sequence[tuple[str, int]]) -> Generator[memoryview | None, None, None]:
        if objects and not objects[0][0].startswith("ocfl/"):
            yield from self.beside.read_cold(objects)
            return
        for key, _ in objects:
            yield memoryview(self.read(key))


def fill(url: str, count: int, replica: str) -> None:
    """AIPs of one version, with a copy on the replica that was checked long ago."""
    engine = open_engine(url)
    then = microseconds(THEN)
    with writing(writer(engine)) as wire:
        first_key = int(wire.rows("SELECT coalesce(max(key), 0) FROM aip")[0][0]) + 1
        (place,) = wire.rows("SELECT id FROM collection WHERE code = 'unassigned'")
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        made = [(one, inventory_of(one)) for one in numbers]
        digests = [(one, sha512(inventory).hexdigest(), len(content)) for one, (inventory, content) in made]
        with writing(writer(engine)) as wire:
            wire.insert("aip", ("key", "id", "collection", "title", "head", "created"),
                        [(first_key + one, urn(one), place[0], "t", 1, then) for one in numbers])  # fmt: skip
            wire.insert("aip_version",
                        ("aip_key", "number", "created", "inventory_digest", "inventory_prefix", "file_count", "bytes",
                         "message"),
                        [(first_key + one, 1, then, digest, inventory_prefix(digest), 1, size, "")
                         for one, digest, size in digests])  # fmt: skip
            wire.insert("copy", ("aip", "replica", "version", "state", "written", "checked"),
                        [(urn(one), replica, 1, CopyState.INTACT.value, then, then) for one in numbers])  # fmt: skip
    engine.dispose()


def proven(repository: bootstrap.Repository, store: ReplicaStore, replica: str) -> tuple[int, int]:
    """(batches, copies) whose checks the ledger and another replica's files prove. AssertionError where they do not."""
    seen: set[str] = set()
    batches = after = 0
    while page := repository.catalogue.events(EventFilter(type=EventType.FIXITY_CHECK), after=after, limit=PAGE):
        after = page[-1][0]
        for _, event in page:
            detail = decode(event.entry, b"", b"").detail
            batch = detail.get("batch")
            if not isinstance(batch, str):
                continue
            lines = store.read(batch_key(batch)).splitlines()
            assert root_of_peaks(peaks(b"".join(map(leaf_hash, lines)))).hex() == detail["root"], batch
            found = [parse_line(line) for line in lines]
            names = {one.aip for one in found if one.replica == replica and one.outcome is CopyState.INTACT}
            assert not names & seen, batch
            seen |= names
            batches += 1
    return batches, len(seen)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--copies", type=int, default=1_000_000)
    parser.add_argument("--folder", help="where the home lies meanwhile")
    chosen = parser.parse_args()
    with workspace(chosen.folder) as folder:
        measure(folder / "home", chosen.copies)


def measure(home: Path, count: int) -> None:
    """Make, sweep, tell, prove."""
    command(home, "init")
    settings = read_settings(home, {})
    with bootstrap.writing(settings, Quiet()) as repository:
        swept, other = repository.replicas.stores.values()
        began = time.perf_counter()
        fill(settings.database_url, count, swept.id)
        print(f"{count:,} AIPs are recorded in {time.perf_counter() - began:,.0f} s", flush=True)
        made = cast(ReplicaStore, MadeObjects(swept, Numbers(repository.locations, count)))
        stores = {**repository.replicas.stores, swept.id: made}
        sweeping = replace(repository, replicas=replace(repository.replicas, stores=stores))
        before, memory = repository.catalogue.ledger_size(), _peak()
        began, work = time.perf_counter(), time.process_time()
        report = sweeping.fixity().run(Selection.ALL, Quiet(), replica=swept.id)
        bootstrap.publish(repository)
        seconds, work = time.perf_counter() - began, time.process_time() - work
        entries = repository.catalogue.ledger_size() - before
        print(
            f"{report.checked:,} copies looked at, {report.intact:,} intact, {report.files:,} files, in {seconds:,.0f} s"
            f" ({report.checked / seconds:,.0f}/s, {work / seconds:.2f} of a core)"
        )
        print(f"{entries:,} entries in the ledger; peak {_peak():,} MiB, {memory:,} MiB before the sweep")
        batches, copies = proven(repository, other, swept.id)
        print(f"{copies:,} checks are proven by {batches:,} batches on the other replica")
    audit = command(home, "audit", "verify", expect=None)
    print(f"audit verify: ok {audit['ok']}, {audit['tree_size']:,} entries, {len(audit['problems'])} problems")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
