"""A DIP is right to the last byte and stands there whole, or nothing does; judged by our validators and by other people's."""

import os
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import bagit
import ocfl
import pytest

from examples.unicode_traps import EMPTY_FOLDER, TRAPS, write_unicode_traps
from preservation.adapters.clock import SystemClock, SystemMinter
from preservation.adapters.database.catalogue import open_catalogue
from preservation.adapters.database.upgrade import upgrade
from preservation.adapters.export_folder import ExportFolder
from preservation.adapters.locks import FileLocks
from preservation.adapters.object_stores.opening import ReplicaStores
from preservation.adapters.packages import open_package
from preservation.adapters.trees import FolderTree
from preservation.domain.events import EventOutcome, EventType, LinkedAgent
from preservation.domain.finding_log import FindingLog
from preservation.domain.findings import Severity
from preservation.domain.holdings import (
    Collection,
    CopyState,
    ReplicaRecord,
    ReplicaState,
    SubmissionMode,
    TransferStatus,
)
from preservation.domain.ledger import EventFilter
from preservation.domain.messages import render
from preservation.domain.packages import PackageLimits
from preservation.domain.policies import Policies
from preservation.errors import NotHere, Unavailable, WrongUse
from preservation.ports import Catalogue
from preservation.services.access import Access, DIPForm, ExportOutcome, ExportReport
from preservation.services.access_folders import folders_in_bag
from preservation.services.access_names import places_in_bag, places_in_folder
from preservation.services.access_reading import Delivery
from preservation.services.ingest import Ingest, IngestRequest
from preservation.services.ingest_events import IngestEvents
from preservation.services.ingest_looking import IngestLooking
from preservation.services.ledger_recording import EventRecorder
from preservation.services.locations import Locations
from preservation.services.ocfl_validation import validate_path
from preservation.services.recovery import Recovery
from preservation.services.replica_set import ReplicaSet, open_replicas
from preservation.services.transfer_check import TransferReport, check
from preservation.services.transfer_desk import TransferDesk
from preservation.standards.aip_documents import Agent
from preservation.standards.ledger_entry import decode
from preservation.standards.mets.model import Reference
from preservation.standards.mets.reader import read_references
from tests.package_builders import bag_files, write_files

LIMITS = PackageLimits()
SOFTWARE = Agent(id="preservation/0.1.0", name="preservation", version="0.1.0")
BIG = bytes(range(256)) * (10 << 10)  # more than two pieces of reading


class Quiet:
    """Progress that nobody watches, but which must end when it began."""

    def __init__(self) -> None:
        self.running = 0
        self.done = 0

    def begin(self, label: str, total: int | None) -> None:
        self.running += 1

    def advance(self, amount: int) -> None:
        self.done += amount

    def end(self) -> None:
        self.running -= 1


class Repository:
    """Two folder replicas, a catalogue on SQLite, and the services over them."""

    def __init__(self, folder: Path) -> None:
        upgrade(f"sqlite:///{folder}/catalogue.db")
        self.folder = folder
        self.out = folder / "dip"
        self.catalogue: Catalogue = open_catalogue(f"sqlite:///{folder}/catalogue.db")
        self.minter, self.clock = SystemMinter(), SystemClock()
        self.recorder = EventRecorder(self.minter, self.clock, LinkedAgent(SOFTWARE.id))
        self.collection = Collection(self.minter.urn(), "H49.64", "Phông Uỷ ban nhân dân")
        self.locations = Locations(self.minter.urn())
        self.opener = ReplicaStores(self.locations.repository, "readme")
        with self.catalogue.begin() as tx:
            tx.save_collection(self.collection)
            for name in ("a", "b"):
                url = (folder / name).as_uri()
                record = ReplicaRecord(self.minter.urn(), name, url, "copy", ReplicaState.ACTIVE, self.clock.now())
                self.opener.create(record)
                tx.save_replica(record)
        self.replicas = open_replicas(self.catalogue, self.opener)

    def take_in(
        self, source: Path, *, aip: str | None = None, mode: SubmissionMode = SubmissionMode.REPLACEMENT
    ) -> str:
        """The AIP that a package became."""
        policies = Policies()
        events = IngestEvents(self.recorder, policies)
        locks = FileLocks(self.folder.with_name(f"{self.folder.name}.lock"))
        recovery = Recovery(
            catalogue=self.catalogue,
            locations=self.locations,
            replicas=self.replicas,
            recorder=self.recorder,
            clock=self.clock,
            policies=policies,
            locks=locks,
        )
        desk = TransferDesk(
            catalogue=self.catalogue,
            recovery=recovery,
            events=events,
            minter=self.minter,
            clock=self.clock,
            locks=locks,
        )
        ingest = Ingest(
            catalogue=self.catalogue,
            replicas=self.replicas,
            locations=self.locations,
            identifier=None,
            looking=IngestLooking(self.recorder, self.clock, policies),
            recorder=self.recorder,
            events=events,
            minter=self.minter,
            clock=self.clock,
            policies=policies,
            software=SOFTWARE,
            desk=desk,
        )
        reader = open_package(source, self.folder / "work", LIMITS)
        try:
            result = ingest.take_in(IngestRequest(reader, self.collection, aip=aip, mode=mode), Quiet())
        finally:
            reader.close()
        assert result.status is TransferStatus.PRESERVED, result
        assert result.aip is not None
        return result.aip

    def export(
        self, aip: str, form: DIPForm = DIPForm.BAG, *, version: int | None = None, replicas: ReplicaSet | None = None
    ) -> ExportReport:
        progress = Quiet()
        try:
            return self.access(replicas).export(aip, form, ExportFolder(self.out), version=version, progress=progress)
        finally:
            assert progress.running == 0

    def access(self, replicas: ReplicaSet | None = None) -> Access:
        return Access(
            catalogue=self.catalogue,
            replicas=replicas or self.replicas,
            locations=self.locations,
            recorder=self.recorder,
            clock=self.clock,
            software=SOFTWARE,
        )

    def stored(self, replica: str, aip: str, name: str) -> Path:
        """The one content file of that name on a replica."""
        root = self.folder / replica / self.locations.object_root(aip)
        (found,) = [path for path in root.rglob(name) if path.is_file()]
        return found

    def disseminations(self) -> list[tuple[EventOutcome, dict[str, object]]]:
        rows = self.catalogue.events(EventFilter(type=EventType.DISSEMINATION.value))
        events = [decode(row.entry, row.private, row.salt) for _, row in rows]
        return [(event.outcome, dict(event.detail)) for event in events]

    def left(self) -> set[str]:
        """What lies in the folder beside what belongs there."""
        known = {"a", "b", "catalogue.db", "catalogue.db-wal", "catalogue.db-shm", "work", "source"}
        return {path.name for path in self.folder.iterdir()} - known


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    made = Repository(tmp_path)
    yield made
    made.catalogue.close()


@pytest.fixture
def folder_aip(repository: Repository) -> str:
    files = {
        "a.txt": b"alpha",
        "sub/b.txt": b"beta",
        "big.bin": BIG,
        "metadata/dc.csv": b"dc.title\nH\xe1\xbb\x93 s\xc6\xa1\n",
    }
    return repository.take_in(write_files(repository.folder / "source", files))


@pytest.fixture
def bag_aip(repository: Repository) -> str:
    files = bag_files({"data/a.txt": b"alpha", "data/metadata/b.txt": b"beta", "data/big.bin": BIG})
    return repository.take_in(write_files(repository.folder / "source", files))


def payload(bag: Path) -> dict[bytes, bytes]:
    """Raw paths below data/, and contents."""
    root = os.fsencode(bag / "data")
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as stream:
                found[os.path.relpath(path, root)] = stream.read()
    return found


def judged(bag: Path) -> TransferReport:
    """By our own validator of bags."""
    reader = open_package(bag, bag.parent / "work", LIMITS)
    try:
        return check(reader, limits=LIMITS)
    finally:
        reader.close()


def damage(path: Path) -> None:
    """One bit, in a file that is not meant to be written."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


# --- bags -----------------------------------------------------------------------------------------------------------


def test_a_folder_comes_back_as_a_bag_with_the_same_files(repository: Repository, folder_aip: str) -> None:
    report = repository.export(folder_aip)

    assert (report.outcome, report.version, report.findings) == (ExportOutcome.DONE, 1, ())
    assert payload(repository.out) == {
        b"a.txt": b"alpha",
        b"sub/b.txt": b"beta",
        b"big.bin": BIG,
        b"metadata/dc.csv": b"dc.title\nH\xe1\xbb\x93 s\xc6\xa1\n",
    }
    on_disk = [path for path in repository.out.rglob("*") if path.is_file()]
    assert (report.files, report.bytes) == (len(on_disk), sum(path.stat().st_size for path in on_disk))
    assert judged(repository.out).findings == ()
    bagit.Bag(str(repository.out)).validate()


def test_a_bag_comes_back_with_its_payload_and_its_own_tag_files(repository: Repository, bag_aip: str) -> None:
    assert repository.export(bag_aip).done

    source = repository.folder / "source"
    assert payload(repository.out) == payload(source)
    for tag in ("bagit.txt", "bag-info.txt", "manifest-sha512.txt", "tagmanifest-sha512.txt"):
        assert (repository.out / "submission" / tag).read_bytes() == (source / tag).read_bytes()
    assert (repository.out / "aip/METS.xml").is_file()
    assert (repository.out / "aip/metadata/preservation/premis.xml").is_file()
    assert judged(repository.out).findings == ()
    bagit.Bag(str(repository.out)).validate()


def test_bag_info_names_the_aip_its_version_and_what_the_ledger_knows_of_it(
    repository: Repository, bag_aip: str
) -> None:
    repository.export(bag_aip)

    info = bagit.Bag(str(repository.out)).info
    (version,) = repository.catalogue.versions(bag_aip)
    assert info["External-Identifier"] == bag_aip
    assert info["AIP-Version"] == "1"
    assert info["AIP-Inventory-Digest"] == f"sha512:{version.inventory_digest}"
    assert info["Bagging-Date"] == repository.clock.now().date().isoformat()
    assert info["Payload-Oxum"] == f"{len(BIG) + 9}.3"
    assert info["Bag-Software-Agent"] == "preservation 0.1.0"


def test_a_single_file_and_an_empty_payload_make_valid_bags(repository: Repository) -> None:
    (repository.folder / "source").write_bytes(b"%PDF-1.7")
    single = repository.take_in(repository.folder / "source")
    (repository.folder / "source").unlink()
    empty = write_files(repository.folder / "source", bag_files({}))
    (empty / "data").mkdir()

    for aip, expected in ((single, {b"source": b"%PDF-1.7"}), (repository.take_in(empty), {})):
        repository.out = repository.folder / f"dip-{len(expected)}"
        assert repository.export(aip).done
        assert payload(repository.out) == expected
        assert judged(repository.out).valid
        bagit.Bag(str(repository.out)).validate()


def test_names_that_are_hard_to_keep_come_back_byte_for_byte(repository: Repository) -> None:
    write_unicode_traps(repository.folder / "source")
    aip = repository.take_in(repository.folder / "source")

    report = repository.export(aip)

    # The one name that is no UTF-8 cannot stand in a manifest: it keeps its escape, and its true name stands beside it.
    bad = b"H\xe5 s\xac.txt"
    escaped = "H\ufffdE5 s\ufffdAC.txt".encode()
    assert payload(repository.out) == {escaped if name == bad else name: data for name, data in TRAPS}
    assert [(finding.code, finding.severity) for finding in report.findings] == [
        ("EXPORT-NAME-CHANGED", Severity.WARNING)
    ]
    assert (repository.out / "original-names.txt").read_bytes() == b"data/H%E5%20s%AC.txt  data/" + escaped + b"\n"
    assert judged(repository.out).valid


def test_bagit_py_accepts_every_name_but_those_that_it_cannot_read(repository: Repository) -> None:
    # bagit.py 1.9 leaves "%25" as it is (RFC 8493, 2.1.3 wants it decoded), strips the ends of lines, and of two names that
    # normalisation alone tells apart reads the one that the file system lists last.
    beyond_it = {b"100%25 %0A.txt", b" spaces at both ends .txt ", TRAPS[1][0]}
    assert TRAPS[1][0] == unicodedata.normalize("NFD", TRAPS[0][0].decode()).encode()
    write_unicode_traps(repository.folder / "source")
    for name in beyond_it:
        os.unlink(os.path.join(os.fsencode(repository.folder / "source"), name))

    repository.export(repository.take_in(repository.folder / "source"))

    assert len(payload(repository.out)) == len(TRAPS) - len(beyond_it)
    bagit.Bag(str(repository.out)).validate()


def test_twins_by_normalisation_are_two_files_to_us_and_to_sha512sum(repository: Repository) -> None:
    names = [unicodedata.normalize(form, "Hồ sơ.txt").encode() for form in ("NFC", "NFD")]
    (repository.folder / "source").mkdir()
    for name in names:
        with open(os.path.join(os.fsencode(repository.folder / "source"), name), "xb") as stream:
            stream.write(name)

    repository.export(repository.take_in(repository.folder / "source"))

    assert payload(repository.out) == {name: name for name in names}
    assert judged(repository.out).valid
    for tool, manifest in (("sha512sum", "manifest-sha512.txt"), ("sha256sum", "tagmanifest-sha256.txt")):
        subprocess.run([tool, "--check", "--strict", "--quiet", manifest], cwd=repository.out, check=True)


def test_an_exported_bag_can_be_taken_in_again(repository: Repository, folder_aip: str) -> None:
    repository.export(folder_aip)
    again = repository.take_in(repository.out)
    before = payload(repository.out)
    repository.out = repository.folder / "again"

    repository.export(again)

    assert payload(repository.out) == before


def test_metadata_of_two_submissions_that_want_one_place_are_both_there(
    repository: Repository, folder_aip: str
) -> None:
    bag = write_files(repository.folder / "second", bag_files({"data/metadata/dc.csv": b"another"}))
    repository.take_in(bag, aip=folder_aip, mode=SubmissionMode.SUPPLEMENT)

    assert repository.export(folder_aip).done

    assert payload(repository.out)[b"metadata/dc.csv"] == b"another"
    assert (repository.out / "aip/metadata/descriptive/dc.csv").read_bytes().startswith(b"dc.title")
    bagit.Bag(str(repository.out)).validate()


def test_a_folder_that_came_in_empty_is_there_again(repository: Repository) -> None:
    write_unicode_traps(repository.folder / "source")
    aip = repository.take_in(repository.folder / "source")

    repository.export(aip)
    bag = repository.out
    repository.out = repository.folder / "tree"
    repository.export(aip, DIPForm.EARK)

    assert (bag / "data" / EMPTY_FOLDER.decode()).is_dir()
    assert judged(bag).valid
    (root,) = repository.out.iterdir()
    assert (root / "representations/rep1/data" / EMPTY_FOLDER.decode()).is_dir()


def test_an_empty_folder_whose_place_became_a_file_is_left_out(repository: Repository) -> None:
    def delivery(place: bytes) -> Delivery:
        return Delivery("", "v1/content/x", "", "", place)

    notes = FindingLog()

    places = list(folders_in_bag([ORIGINALS + "a/b", ORIGINALS + "c"], [delivery(b"data/a")], notes))

    assert places == [b"data/c"]
    assert [(one.code, one.path) for one in notes.findings()] == [("EXPORT-FOLDER-LEFT-OUT", ORIGINALS + "a/b")]


# --- other forms, other versions ------------------------------------------------------------------------------------


def test_a_version_is_exported_as_it_was(repository: Repository, folder_aip: str) -> None:
    write_files(repository.folder / "second", {"a.txt": b"alpha, corrected"})
    repository.take_in(repository.folder / "second", aip=folder_aip)

    first = repository.export(folder_aip, version=1)
    old = payload(repository.out)
    repository.out = repository.folder / "head"
    head = repository.export(folder_aip)

    assert (first.version, head.version) == (1, 2)
    assert old[b"a.txt"] == b"alpha"
    assert b"big.bin" in old
    assert payload(repository.out) == {b"a.txt": b"alpha, corrected"}


def test_a_csip_tree_holds_what_its_mets_documents_say(repository: Repository) -> None:
    write_unicode_traps(repository.folder / "source")
    aip = repository.take_in(repository.folder / "source")

    report = repository.export(aip, DIPForm.EARK)

    (root,) = repository.out.iterdir()
    assert root.name == aip.replace(":", "_")
    assert b'OBJID="' + aip.encode() + b'"' in (root / "METS.xml").read_bytes()
    with (root / "representations/rep1/METS.xml").open("rb") as stream:
        references = [one for one in read_references(stream) if isinstance(one, Reference)]
    assert sum(reference.path.startswith("data/") for reference in references) == len(TRAPS)
    for reference in references:
        assert (root / "representations/rep1" / reference.path).stat().st_size == reference.size
    assert report.findings == ()
    assert report.files == sum(path.is_file() for path in root.rglob("*"))


@pytest.mark.parametrize("version", [None, 1])
def test_an_exported_ocfl_object_is_valid_to_ocfl_py_and_to_us(
    repository: Repository, folder_aip: str, version: int | None
) -> None:
    write_files(repository.folder / "second", {"a.txt": b"alpha, corrected", "c.txt": b"gamma"})
    repository.take_in(repository.folder / "second", aip=folder_aip)

    report = repository.export(folder_aip, DIPForm.OCFL, version=version)

    passed, validator = ocfl.Object().validate(str(repository.out))
    assert passed, validator.status_str()
    assert validate_path(FolderTree(repository.out)).valid
    assert (repository.out / "v2").is_dir() is (version is None)
    assert report.files == sum(path.is_file() for path in repository.out.rglob("*"))


# --- damage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", list(DIPForm))
@pytest.mark.parametrize("name", ["a.txt", "big.bin", "METS.xml", "inventory.json"])
def test_damage_on_one_replica_is_passed_over_and_told(
    repository: Repository, folder_aip: str, form: DIPForm, name: str
) -> None:
    expected = repository.folder / "source" / name
    root = repository.folder / "a" / repository.locations.object_root(folder_aip)
    for path in [path for path in root.rglob(name) if path.is_file()]:
        damage(path)

    report = repository.export(folder_aip, form)

    assert report.done
    if name != "inventory.json":  # that one is proven before anything is read, and made from the proof
        assert {(finding.code, finding.values["name"]) for finding in report.findings} == {
            ("EXPORT-SOURCE-DAMAGED", "a")
        }
    if expected.exists():
        (found,) = [path for path in repository.out.rglob(name) if path.is_file()]
        assert found.read_bytes() == expected.read_bytes()


def test_each_replica_helps_where_the_other_is_damaged(repository: Repository, folder_aip: str) -> None:
    damage(repository.stored("a", folder_aip, "a.txt"))
    damage(repository.stored("b", folder_aip, "b.txt"))

    report = repository.export(folder_aip)

    # Both copies are intact as far as the catalogue knows, so the first one is asked first.
    assert [finding.path for finding in report.findings] == ["representations/rep1/data/a.txt"]
    assert payload(repository.out)[b"sub/b.txt"] == b"beta"
    assert judged(repository.out).valid


@pytest.mark.parametrize("form", list(DIPForm))
@pytest.mark.parametrize("name", ["a.txt", "big.bin"])
def test_damage_on_every_replica_exports_nothing(
    repository: Repository, folder_aip: str, form: DIPForm, name: str
) -> None:
    damage(repository.stored("a", folder_aip, name))
    repository.stored("b", folder_aip, name).unlink()

    report = repository.export(folder_aip, form)

    assert report.outcome is ExportOutcome.LOST
    assert [finding.code for finding in report.findings] == [
        "EXPORT-SOURCE-DAMAGED",
        "EXPORT-SOURCE-MISSING",
        "EXPORT-CONTENT-LOST",
    ]
    assert (report.files, report.bytes) == (0, 0)
    assert repository.left() == set()
    ((outcome, detail),) = repository.disseminations()
    assert outcome is EventOutcome.FAILURE
    assert detail["form"] == form.value


def test_an_inventory_that_is_intact_nowhere_exports_nothing(repository: Repository, folder_aip: str) -> None:
    for replica in ("a", "b"):
        root = repository.folder / replica / repository.locations.object_root(folder_aip)
        for path in root.rglob("inventory.json"):
            damage(path)

    report = repository.export(folder_aip)

    assert report.outcome is ExportOutcome.LOST
    assert {finding.path for finding in report.findings} == {"v1/inventory.json"}
    assert repository.left() == set()


def test_content_that_an_absent_replica_may_have_is_not_called_lost(repository: Repository, folder_aip: str) -> None:
    damage(repository.stored("a", folder_aip, "a.txt"))
    (repository.folder / "b").rename(repository.folder / "source/elsewhere")

    at_the_start = repository.export(folder_aip, replicas=open_replicas(repository.catalogue, repository.opener))
    on_the_way = repository.export(folder_aip)  # a set that still believes in both

    assert at_the_start.outcome is ExportOutcome.UNREACHABLE
    assert on_the_way.outcome is ExportOutcome.UNREACHABLE
    assert "EXPORT-REPLICA-AWAY" in {finding.code for finding in on_the_way.findings}
    assert repository.left() == set()


def test_a_replica_that_goes_away_is_told_of_once(repository: Repository, folder_aip: str) -> None:
    (repository.folder / "a").rename(repository.folder / "source/elsewhere")

    report = repository.export(folder_aip)

    assert report.done
    assert [finding.code for finding in report.findings] == ["EXPORT-REPLICA-AWAY"]


def test_a_copy_known_to_be_damaged_is_asked_last(repository: Repository, folder_aip: str) -> None:
    damage(repository.stored("a", folder_aip, "a.txt"))
    first = next(
        copy for copy in repository.catalogue.copies(folder_aip) if repository.replicas.name(copy.replica) == "a"
    )
    with repository.catalogue.begin() as tx:
        tx.save_copies([replace(first, state=CopyState.DAMAGED)])

    assert repository.export(folder_aip).findings == ()


def test_every_finding_has_its_sentences(repository: Repository, folder_aip: str) -> None:
    damage(repository.stored("a", folder_aip, "a.txt"))
    repository.stored("b", folder_aip, "a.txt").unlink()

    for finding in repository.export(folder_aip).findings:
        for language in ("en", "vi"):
            assert "?" not in render(finding, language)
            assert "a.txt" in render(finding, language)


# --- all or nothing -------------------------------------------------------------------------------------------------


def test_success_is_an_event_with_what_was_given_out(repository: Repository, folder_aip: str) -> None:
    report = repository.export(folder_aip, DIPForm.EARK)

    assert repository.disseminations() == [
        (EventOutcome.SUCCESS, {"form": "eark", "codes": [], "files": report.files, "bytes": report.bytes})
    ]


def test_a_place_that_is_taken_is_refused_and_left_alone(repository: Repository, folder_aip: str) -> None:
    repository.out.mkdir()

    with pytest.raises(WrongUse):
        repository.export(folder_aip)
    assert list(repository.out.iterdir()) == []
    assert repository.left() == {"dip"}


def test_what_is_not_known_is_not_here(repository: Repository, folder_aip: str) -> None:
    with pytest.raises(NotHere):
        repository.export(repository.minter.urn())
    with pytest.raises(NotHere):
        repository.export(folder_aip, version=2)
    assert repository.left() == set()


class FailingFolder(ExportFolder):
    """A destination that fails at one of its steps."""

    def __init__(self, folder: Path, step: str) -> None:
        super().__init__(folder)
        self.step = step

    def seal(self) -> None:
        self._fail("seal")
        super().seal()

    def publish(self) -> None:
        self._fail("before publish")
        super().publish()
        self._fail("after publish")

    def _fail(self, step: str) -> None:
        if step == self.step:
            raise Unavailable(f"no {step}")


@pytest.mark.parametrize("step", ["seal", "before publish", "after publish"])
def test_a_destination_that_fails_leaves_nothing_but_the_event(
    repository: Repository, folder_aip: str, step: str
) -> None:
    with pytest.raises(Unavailable, match=step):
        repository.access().export(folder_aip, DIPForm.BAG, FailingFolder(repository.out, step), progress=Quiet())
    assert repository.left() == set()
    assert repository.disseminations() == [(EventOutcome.FAILURE, {"form": "bag", "codes": [], "error": "Unavailable"})]


# --- places ---------------------------------------------------------------------------------------------------------

ORIGINALS = "representations/rep1/data/"


def placed(*names: str) -> dict[str, bytes]:
    """Where originals of these names stand in a bag."""
    places, _ = places_in_bag([ORIGINALS + name for name in names], frozenset(), FindingLog())
    return {path.removeprefix(ORIGINALS): place for path, place in places.items()}


def test_a_name_that_looks_like_an_escape_does_not_displace_one() -> None:
    # b"\xff" is kept as U+FFFD "FF"; a file that is really called U+FFFD "FF" is kept with its U+FFFD escaped.
    genuine = "\ufffdEF\ufffdBF\ufffdBDFF"

    places = placed(genuine, "\ufffdFF", "\ufffdFF/below")

    assert places[genuine] == b"data/\xef\xbf\xbdFF"
    assert places["\ufffdFF"].startswith(b"data/renamed-")
    assert places["\ufffdFF/below"].startswith(b"data/renamed-")
    assert len(set(places.values())) == 3


def test_a_name_whose_escape_is_too_long_is_given_a_short_one() -> None:
    long = "\ufffdFF" * 255

    places = placed(long, "short")

    assert places["short"] == b"data/short"
    assert len(places[long]) < 60
    assert places_in_folder([long], "aip", FindingLog())[long] == b"aip/" + b"\xff" * 255


def test_a_name_that_leaves_the_folder_on_windows_is_written_in_a_harmless_form() -> None:
    assert placed("..\\..\\evil.exe") == {"..\\..\\evil.exe": "data/..\ufffd5C..\ufffd5Cevil.exe".encode()}


def test_no_place_is_given_twice_whatever_the_names(repository: Repository) -> None:
    make: Callable[[str], str] = "representations/rep1/data/{}".format
    names = [
        make(name) for name in ("a", "b\\..", "b\ufffd5C..", "b\ufffdEF\ufffdBF\ufffdBD5C..", "\ufffd2F", "\ufffd00")
    ]

    places, _ = places_in_bag(names, frozenset(), FindingLog())

    assert len(set(places.values())) == len(names)
    assert all(place.startswith(b"data/") and place.count(b"/") == 1 for place in places.values())
