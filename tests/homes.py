"""Homes for tests, worked in by the real commands in this very process."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from hashlib import sha512
from pathlib import Path
from typing import Any

import ocfl

from preservation import bootstrap
from preservation.adapters.trees import FolderTree
from preservation.cli.main import run
from preservation.domain.events import Event, EventType
from preservation.domain.holdings import CopyRecord, Transfer
from preservation.domain.ledger import EventFilter
from preservation.ports import Catalogue
from preservation.services.ocfl_validation import validate_path
from preservation.settings import read_settings
from preservation.standards.ledger_entry import decode


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left: exit status, standard output, standard error."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output."""
        return json.loads(self.out)


def preservation(*arguments: str | Path) -> Answer:
    """Run a command as the program would, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = run([str(argument) for argument in arguments])
    return Answer(status, out.getvalue(), err.getvalue())


class Quiet:
    """Progress that nobody watches."""

    def begin(self, label: str, total: int | None) -> None: ...

    def advance(self, amount: int) -> None: ...

    def end(self) -> None: ...


@dataclass(frozen=True, slots=True)
class TestHome:
    """A home with two folder replicas, and questions about it."""

    __test__ = False

    root: Path
    database_url: str | None = None

    def run(self, *arguments: str | Path) -> Answer:
        """A command in this home, with --json."""
        return preservation(*arguments, "--home", self.root, "--json")

    def ingest(self, *paths: str | Path) -> list[dict[str, Any]]:
        """Take in with whatever options are among the paths; the transfers' answers."""
        answer = self.run("ingest", *paths)
        assert isinstance(answer.json, list), answer
        return answer.json

    def preserved(self, *paths: str | Path) -> str:
        """Take one package in; the AIP that it became."""
        (taken,) = self.ingest(*paths)
        assert taken["status"] == "preserved", taken
        return str(taken["aip_id"])

    def show(self, aip: str) -> Any:
        return self.run("aip", "show", aip).json

    def replica(self, name: str) -> Path:
        return self.root / "replicas" / name

    def object(self, aip: str, replica: str = "a") -> Path:
        """The AIP's OCFL object on a replica."""
        return self.replica(replica) / str(self.show(aip)["path"])

    @contextmanager
    def catalogue(self) -> Iterator[Catalogue]:
        environment = {"PRESERVATION_DATABASE_URL": self.database_url} if self.database_url else {}
        with bootstrap.reading(read_settings(self.root, environment)) as repository:
            yield repository.catalogue

    def events(self, *types: EventType) -> list[Event]:
        """Every event, or those of the types, in the order of recording."""
        with self.catalogue() as catalogue:
            rows = [one for _, one in catalogue.events(EventFilter(), limit=10_000)]
        decoded = [decode(one.entry, one.private or b"", one.salt) for one in rows]
        return [event for event in decoded if not types or event.type in types]

    def transfers(self) -> list[Transfer]:
        with self.catalogue() as catalogue:
            # How often it was tried is about work under way, which no replica keeps.
            return sorted((replace(one, attempt=0) for one in catalogue.transfers()), key=lambda one: one.id)

    def copies(self) -> list[CopyRecord]:
        with self.catalogue() as catalogue:
            found = [copy for one in catalogue.aips(limit=10_000) for copy in catalogue.copies(one.id)]
        return sorted(found, key=lambda one: (one.aip, one.replica))

    def known_copies(self) -> list[CopyRecord]:
        """What is known of the copies. When they are due follows from that, and is planned anew after a rebuild."""
        return [replace(one, due=None) for one in self.copies()]

    def dump(self) -> list[tuple[str, ...]]:
        with self.catalogue() as catalogue:
            return list(catalogue.dump())

    def root_hash(self) -> str:
        return str(self.run("audit", "verify").json["root"])


def make_home(root: Path, *, identify: bool = False) -> TestHome:
    """A new home. Formats are identified only where a test is about that."""
    answer = preservation("init", "--home", root, "--json")
    assert answer.status == 0, answer
    if not identify:
        (root / "policies" / "formats.toml").write_text('first = "none"\n')
        # The first command that writes puts that on record: not the one that a test is about.
        assert preservation("replica", "sync", "--home", root).status == 0
    return TestHome(root)


def assert_sound(home: TestHome, replicas: Sequence[str] = ("a", "b")) -> None:
    """The ledger verifies, nothing is under way, no work is left, and every storage root is valid OCFL."""
    verified = home.run("audit", "verify")
    assert (verified.status, verified.json["problems"]) == (0, []), verified
    for name in replicas:
        assert_valid_storage(home.replica(name))
    assert list((home.root / "staging").iterdir()) == []


def assert_valid_storage(replica: Path) -> None:
    """Both OCFL storage roots of a replica are valid, and no work is left beside them."""
    work = replica / "work"
    assert not work.exists() or list(work.iterdir()) == []
    for root in ("ocfl", "repository"):
        assert [one for one in validate_path(FolderTree(replica / root)).findings if one.is_error] == []


def assert_valid_object(folder: Path) -> None:
    """Valid to us and to ocfl-py, fixity included."""
    assert [one for one in validate_path(FolderTree(folder)).findings if one.is_error] == []
    valid, validator = ocfl.Object().validate(str(folder))
    assert valid, str(validator)


def state(folder: Path, version: int | None = None) -> dict[str, bytes]:
    """What a version of an OCFL object holds, by logical path, read by the inventory alone."""
    inventory = json.loads((folder / "inventory.json").read_bytes())
    head = f"v{version}" if version else inventory["head"]
    found: dict[str, bytes] = {}
    for digest, logical_paths in inventory["versions"][head]["state"].items():
        data = (folder / inventory["manifest"][digest][0]).read_bytes()
        assert sha512(data).hexdigest() == digest
        found.update(dict.fromkeys(logical_paths, data))
    return found


def originals(folder: Path, version: int | None = None) -> dict[str, bytes]:
    """The files of the first representation, by the path that they came under."""
    prefix = "representations/rep1/data/"
    held = state(folder, version)
    return {path.removeprefix(prefix): data for path, data in held.items() if path.startswith(prefix)}


def tree(folder: Path) -> set[str]:
    """Everything below a folder, by relative path."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
