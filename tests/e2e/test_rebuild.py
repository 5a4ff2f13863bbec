"""One replica is enough: the catalogue comes back as it was, and the ledger's root with it (DESIGN, promise 3)."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from preservation import bootstrap
from preservation.domain.events import EventType
from preservation.domain.holdings import CopyRecord, CopyState, TransferStatus
from preservation.settings import read_settings
from tests.forks import in_a_fork
from tests.homes import Quiet, TestHome, make_home, originals, preservation, tree
from tests.package_builders import ZipMember, bag_files, write_files, zip_bytes
from tests.services.test_ingest_crashes import Fuse, ingest_with_fuse

KILLED = 86


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    """A home in which nearly everything that can happen has happened."""
    work = tmp_path_factory.mktemp("rebuild")
    home = make_home(work / "home", identify=True)
    home.run("collection", "add", "H49", "Phông lưu trữ tỉnh “Đồng Nai”")
    home.run("collection", "add", "H49.64", "Ủy ban nhân dân xã", "--parent", "H49")
    bag = write_files(work / "bag", bag_files({"data/tờ trình.txt": b"1", "data/ảnh.bin": os.urandom(3000)}))
    folder = write_files(
        work / "folder", {"a.txt": b"a", "metadata/dc.csv": b"filename,dc.title\nobjects,T\xc3\xaan\n"}
    )
    (folder / "rỗng").mkdir()
    (work / "p.zip").write_bytes(zip_bytes([ZipMember(b"a.txt"), ZipMember(b"b\xff.txt")]))
    home.preserved(bag, "--collection", "H49.64")
    aip = home.preserved(folder, "--collection", "H49")
    home.preserved(work / "p.zip")
    home.preserved(write_files(work / "single", {"một.pdf": b"%PDF-1.4\n%%EOF\n"}) / "một.pdf")
    home.preserved(write_files(work / "second", {"a.txt": b"b", "c.txt": b"c"}), "--aip", aip)
    home.preserved(write_files(work / "third", {"d.txt": b"d"}), "--aip", aip, "--mode", "supplement")
    (bag / "data/new.txt").write_bytes(b"unlisted")
    home.ingest(bag)
    package = write_files(work / "failing", {"a.txt": b"x"})
    in_a_fork(lambda: ingest_with_fuse(home, package, Fuse("seal", 1, "before"), None))
    home.run("fixity", "run", "--all")
    (kept,) = (home.object(aip, "b") / "v1" / "content").rglob("a.txt")
    kept.chmod(0o644)
    kept.write_bytes(b"?")
    assert home.run("fixity", "run", "--all").json["repaired"] == 1
    (home.root / "policies" / "fixity.toml").write_text("window_days = 30\n")
    home.run("replica", "sync")
    return home


def rebuilt(old: TestHome, replica: str, root: Path, *options: str | Path) -> TestHome:
    answer = preservation("rebuild", "--from", old.replica(replica), "--home", root, "--json", *options)
    assert (answer.status, answer.json["problems"]) == (0, []), answer
    return TestHome(root)


def old_key(old: TestHome) -> list[str]:
    return ["--key", str(old.root / "keys" / "ledger.key")]


@pytest.fixture(scope="module")
def copies(old: TestHome, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], TestHome]:
    """A replica put elsewhere, as if the home it belonged to had burnt down."""

    def of(replica: str) -> TestHome:
        home = tmp_path_factory.mktemp("saved") / "home"
        shutil.copytree(old.replica(replica), home / "replicas" / replica)
        return TestHome(home)

    return of


@pytest.mark.parametrize("replica", ["a", "b"])
def test_from_either_replica_the_catalogue_and_the_root_come_back_equal(
    replica: str, old: TestHome, tmp_path: Path
) -> None:
    new = rebuilt(old, replica, tmp_path / "new", *old_key(old))

    assert new.dump() == old.dump()
    assert new.transfers() == old.transfers()
    assert new.known_copies() == old.known_copies()
    assert new.run("audit", "verify").json["root"] == old.root_hash()
    assert new.run("aip", "list").json == old.run("aip", "list").json
    assert new.run("collection", "list").json == old.run("collection", "list").json
    assert {one.status for one in new.transfers()} == {
        TransferStatus.PRESERVED,
        TransferStatus.REJECTED,
        TransferStatus.FAILED,
    }
    assert tree(new.root / "policies") == tree(old.root / "policies")
    assert (new.root / "policies" / "fixity.toml").read_text() == "window_days = 30\n"


def test_a_rebuilt_home_goes_on_working_when_the_other_replica_is_attached(
    old: TestHome, copies: Callable[[str], TestHome], tmp_path: Path
) -> None:
    saved = copies("b")
    shutil.copytree(old.replica("a"), saved.replica("a"))
    new = rebuilt(saved, "b", tmp_path / "new", *old_key(old))
    waiting = new.run("ingest", write_files(tmp_path / "p", {"x.txt": b"x"}))

    attached = new.run("replica", "add", saved.replica("a"))
    synced = new.run("replica", "sync")

    assert (waiting.status, waiting.json[0]["status"]) == (3, "stored")
    assert (attached.status, attached.json["new"], attached.json["name"]) == (0, False, "a")
    assert synced.status == 0
    verified = new.run("audit", "verify")
    assert (verified.status, verified.json["problems"], verified.json["away"]) == (0, [], {})
    assert new.run("fixity", "run", "--all").status == 0


def test_without_the_old_key_a_new_one_succeeds_it_by_an_entry_and_old_proofs_hold(
    old: TestHome, copies: Callable[[str], TestHome], tmp_path: Path
) -> None:
    old_checkpoint = old.run("audit", "checkpoint").json
    receipt = tmp_path / "old.tlog-proof"
    aip = old.run("aip", "list").json[0]["id"]
    old.run("audit", "prove", aip, "--out", receipt)

    new = rebuilt(copies("b"), "b", tmp_path / "new")

    checkpoint = new.run("audit", "checkpoint").json
    assert checkpoint["vkey"] != old_checkpoint["vkey"]
    (succession,) = [
        event for event in new.events(EventType.POLICY_ASSIGNMENT) if event.detail.get("act") == "signing key succeeded"
    ]
    assert (succession.detail["succeeds"], succession.detail["vkey"]) == (old_checkpoint["vkey"], checkpoint["vkey"])
    verified = new.run("audit", "verify")
    assert verified.json["problems"] == []
    assert preservation("audit", "check", receipt, "--vkey", old_checkpoint["vkey"], "--json").status == 0
    new.run("audit", "prove", aip, "--out", tmp_path / "new.tlog-proof")
    assert preservation("audit", "check", tmp_path / "new.tlog-proof", "--vkey", checkpoint["vkey"]).status == 0
    again = preservation("rebuild", "--from", tmp_path / "new-source", "--home", tmp_path / "x", "--json")
    assert again.status == 2


def test_a_home_with_a_succeeded_key_is_rebuilt_again(copies: Callable[[str], TestHome], tmp_path: Path) -> None:
    saved = copies("a")
    first = rebuilt(saved, "a", tmp_path / "first")
    first.ingest(write_files(tmp_path / "p", {"x.txt": b"x"}))

    second = rebuilt(saved, "a", tmp_path / "second", "--key", first.root / "keys" / "ledger.key")

    assert second.dump() == first.dump()
    assert second.transfers() == first.transfers()
    assert second.known_copies() == first.known_copies()


def test_a_key_that_is_not_the_ledgers_is_refused_and_the_home_can_still_be_made(
    old: TestHome, copies: Callable[[str], TestHome], tmp_path: Path
) -> None:
    other = make_home(tmp_path / "other")
    arguments = ["rebuild", "--from", str(old.replica("a")), "--home", str(tmp_path / "new"), "--json"]

    wrong = preservation(*arguments, "--key", other.root / "keys" / "ledger.key")
    absent = preservation(*arguments, "--key", tmp_path / "absent")
    strange = preservation(*arguments, "--vkey", "this is no key")
    foreign = preservation(*arguments, "--vkey", other.run("audit", "checkpoint").json["vkey"])
    right = preservation(*arguments, *old_key(old))

    assert [one.status for one in (wrong, absent, strange)] == [2, 2, 2]
    assert foreign.status in (2, 3)
    assert right.status == 0


def test_a_rebuild_that_is_killed_can_be_run_again(old: TestHome, tmp_path: Path) -> None:
    root = tmp_path / "new"

    class Dying(Quiet):
        def __init__(self, after: int) -> None:
            self.left = after

        def begin(self, label: str, total: int | None) -> None:
            self.left -= 1
            if self.left == 0:
                os._exit(KILLED)

    def attempt(after: int) -> object:
        settings = read_settings(root, {})
        bootstrap.rebuild_home(settings, old.replica("a"), key_file=None, vkey=None, progress=Dying(after))
        return None

    ends = [in_a_fork(lambda after=after: attempt(after)) for after in (1, 2)]  # type: ignore[misc]
    halfway = preservation("aip", "list", "--home", root, "--json")
    new = rebuilt(old, "a", root, *old_key(old))

    assert ends == [KILLED, KILLED]
    assert halfway.status == 2
    assert new.dump() == old.dump()


def test_a_rebuild_killed_while_the_key_is_succeeded_can_be_run_again(
    copies: Callable[[str], TestHome], tmp_path: Path
) -> None:
    saved = copies("a")
    root = tmp_path / "new"

    class Dying(Quiet):
        def begin(self, label: str, total: int | None) -> None:
            if label == "read back":  # only the record that names the new key is ever written by a rebuild
                os._exit(KILLED)

    ended = in_a_fork(
        lambda: bootstrap.rebuild_home(
            read_settings(root, {}), saved.replica("a"), key_file=None, vkey=None, progress=Dying()
        )
    )
    halfway = preservation("replica", "sync", "--home", root, "--json")
    new = rebuilt(saved, "a", root)

    assert (ended, halfway.status) == (KILLED, 2)
    assert new.run("audit", "verify").json["problems"] == []


def a_damaged_bundle(replica: Path) -> None:
    for bundle in (replica / "ledger" / "tile" / "entries").rglob("*"):
        if bundle.is_file():
            flip(bundle)


def a_lost_bundle(replica: Path) -> None:
    shutil.rmtree(replica / "ledger" / "tile" / "entries")


def a_damaged_checkpoint(replica: Path) -> None:
    flip(replica / "ledger" / "checkpoint")


def a_damaged_record(replica: Path) -> None:
    for path in (replica / "repository").rglob("collections.json"):
        flip(path)


def no_marker(replica: Path) -> None:
    (replica / "replica.json").unlink()


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x20
    path.chmod(0o644)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [a_damaged_bundle, a_lost_bundle, a_damaged_checkpoint, a_damaged_record, no_marker],
    ids=lambda one: one.__name__,
)
def test_a_replica_whose_ledger_or_record_is_damaged_is_refused_and_another_one_serves(
    damage: Callable[[Path], None], copies: Callable[[str], TestHome], tmp_path: Path
) -> None:
    saved = copies("a")
    damage(saved.replica("a"))
    arguments = ["rebuild", "--home", str(tmp_path / "new"), "--json"]

    refused = preservation(*arguments, "--from", saved.replica("a"))
    right = preservation(*arguments, "--from", copies("b").replica("b"))

    assert refused.status in (2, 3)
    assert set(refused.json) == {"error", "message"}
    assert (right.status, right.json["problems"]) == (0, []), right


def test_a_damaged_aip_is_told_and_all_others_come_back(
    old: TestHome, copies: Callable[[str], TestHome], tmp_path: Path
) -> None:
    saved = copies("a")
    aips = [one["id"] for one in old.run("aip", "list").json]
    lost, broken = aips[0], aips[2]
    shutil.rmtree(saved.replica("a") / str(old.show(lost)["path"]))
    flip(saved.replica("a") / str(old.show(broken)["path"]) / "inventory.json")

    answer = preservation("rebuild", "--from", saved.replica("a"), "--home", tmp_path / "new", "--json")

    assert answer.status == 1
    assert {problem["code"] for problem in answer.json["problems"]} == {
        "REBUILD-AIP-UNREADABLE",
        "REBUILD-VERSION-MISSING",
    }
    missing = [
        problem["message"] for problem in answer.json["problems"] if problem["code"] == "REBUILD-VERSION-MISSING"
    ]
    assert {aip for aip in aips if any(aip in text for text in missing)} == {lost, broken}
    kept = [one["id"] for one in TestHome(tmp_path / "new").run("aip", "list").json]
    assert kept == [aip for aip in aips if aip not in (lost, broken)]


def test_what_was_damaged_on_the_source_comes_back_from_the_next_replica_that_is_attached(
    old: TestHome, copies: Callable[[str], TestHome], tmp_path: Path
) -> None:
    saved = copies("a")
    shutil.copytree(old.replica("b"), saved.replica("b"))
    shown = {one["id"]: str(old.show(one["id"])["path"]) for one in old.run("aip", "list").json}
    versions = {aip: old.show(aip)["head"] for aip in shown}
    second = max(versions, key=lambda aip: versions[aip])
    gone, elsewhere = [aip for aip in shown if aip != second][:2]
    flip(next((saved.replica("a") / shown[second] / "v2").rglob("METS.xml")))
    shutil.rmtree(saved.replica("a") / shown[gone])
    shutil.rmtree(saved.replica("b") / shown[elsewhere])
    # A second object of one name, where it does not belong.
    strange = saved.replica("a") / "ocfl/000/000/000" / ("0" * 64)
    shutil.copytree(saved.replica("a") / shown[elsewhere], strange)
    answer = preservation("rebuild", "--from", saved.replica("a"), "--home", tmp_path / "new", "--json", *old_key(old))
    new = TestHome(tmp_path / "new")
    before = new.run("aip", "list").json

    attached = new.run("replica", "add", saved.replica("b"))
    again = new.run("replica", "add", saved.replica("b"))
    synced = new.run("replica", "sync")
    checked = new.run("fixity", "run", "--all")

    assert answer.status == 1
    assert [one["id"] for one in before] == [aip for aip in sorted(shown) if aip != gone]
    assert (attached.status, attached.json["taken_back"]) == (0, versions[second] - 1 + versions[gone])
    assert again.json["taken_back"] == 0
    assert new.run("aip", "list").json == old.run("aip", "list").json
    assert synced.status == 0, synced
    assert checked.json["unrepaired"] == []
    assert strange.exists()
    assert {(copy.replica, copy.state) for copy in new.copies()} == {
        (copy.replica, CopyState.INTACT) for copy in new.copies()
    }
    assert new.run("audit", "verify").json["problems"] == []


def test_documents_that_are_damaged_and_still_read_well_are_not_believed(
    old: TestHome, copies: Callable[[str], TestHome], tmp_path: Path
) -> None:
    saved = copies("a")
    titled = next(one["id"] for one in old.run("aip", "list").json if one["title"] == "Tên")
    others = [one["id"] for one in old.run("aip", "list").json if one["id"] != titled]
    counted, described, undeclared = others[0], titled, others[1]
    folders = {aip: saved.replica("a") / str(old.show(aip)["path"]) for aip in (counted, described, undeclared)}
    for document in folders[counted].rglob("premis-*.xml"):
        change(document, b"<size>", b"<size>1")
    for document in folders[described].rglob("dc.csv"):
        change(document, "Tên".encode(), "Tèn".encode())
    (folders[undeclared] / "0=ocfl_object_1.1").unlink()
    (batch, *_) = sorted((saved.replica("a") / "fixity").iterdir())
    batch.unlink()
    batch.mkdir()

    answer = preservation("rebuild", "--from", saved.replica("a"), "--home", tmp_path / "new", "--json")

    assert answer.status == 1
    assert {problem["code"] for problem in answer.json["problems"]} == {
        "REBUILD-AIP-UNREADABLE",
        "REBUILD-VERSION-MISSING",
        "REBUILD-UNDESCRIBED",
        "REBUILD-BATCH-DAMAGED",
    }
    new = TestHome(tmp_path / "new")
    assert [one["id"] for one in new.run("aip", "list").json] == sorted([described, *others[1:]])
    assert "Tèn" not in str(new.show(described))


def change(path: Path, before: bytes, after: bytes) -> None:
    data = path.read_bytes()
    assert before in data
    path.chmod(0o644)
    path.write_bytes(data.replace(before, after, 1))


def test_a_forged_aip_with_the_old_name_is_not_believed(
    old: TestHome, copies: Callable[[str], TestHome], tmp_path: Path
) -> None:
    """Another inventory than the logged one, however valid, is not the AIP."""
    saved = copies("a")
    first, second = (old.run("aip", "list").json[number]["id"] for number in (2, 3))
    forged = saved.replica("a") / str(old.show(first)["path"])
    data = (forged / "inventory.json").read_bytes().replace(b'"preservation"', b'"somebody"')
    for place in (forged / "inventory.json", forged / "v1" / "inventory.json"):
        place.chmod(0o644)
        place.write_bytes(data)

    answer = preservation("rebuild", "--from", saved.replica("a"), "--home", tmp_path / "new", "--json")

    assert answer.status == 1
    new = TestHome(tmp_path / "new")
    assert new.run("aip", "show", first).status == 2
    assert new.run("aip", "show", second).status == 0


def test_a_version_committed_and_never_recorded_is_taken_up_by_the_new_home(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    aip = home.preserved(write_files(tmp_path / "first", {"a.txt": b"1"}))
    packages = [write_files(tmp_path / name, {"a.txt": name.encode()}) for name in ("x", "y")]
    in_a_fork(lambda: ingest_with_fuse(home, packages[0], Fuse("record", 2, "before"), aip))
    answer = preservation("rebuild", "--from", home.replica("b"), "--home", tmp_path / "new", "--json", *old_key(home))
    assert (answer.status, [one["code"] for one in answer.json["problems"]]) == (0, ["REBUILD-VERSION-UNKNOWN"])
    new = TestHome(tmp_path / "new")

    attached = new.run("replica", "add", home.replica("a"))
    synced = new.run("replica", "sync")

    assert (attached.status, synced.status) == (0, 0), (attached, synced)
    assert new.show(aip)["head"] == 2
    assert {one.status for one in new.transfers()} == {TransferStatus.PRESERVED}
    assert originals(home.replica("b") / str(new.show(aip)["path"])) == {"a.txt": b"x"}
    verified = new.run("audit", "verify")
    assert (verified.status, verified.json["problems"]) == (0, []), verified


def test_an_aip_that_somebody_put_on_the_replica_is_told_of(tmp_path: Path) -> None:
    home, other = make_home(tmp_path / "home"), make_home(tmp_path / "other")
    kept = home.preserved(write_files(tmp_path / "first", {"a.txt": b"1"}))
    planted = other.preserved(write_files(tmp_path / "second", {"a.txt": b"2"}))
    path = str(other.show(planted)["path"])
    shutil.copytree(other.replica("a") / path, home.replica("a") / path)

    answer = preservation("rebuild", "--from", home.replica("a"), "--home", tmp_path / "new", "--json", *old_key(home))

    assert answer.status == 0
    (problem,) = answer.json["problems"]
    assert (problem["code"], problem["severity"]) == ("REBUILD-VERSION-UNKNOWN", "warning")
    assert planted in problem["message"]
    assert kept not in problem["message"]


def test_copies_that_wait_or_are_damaged_come_back_as_such(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    aip = home.preserved(write_files(tmp_path / "first", {"a.txt": b"1"}))
    for replica in ("a", "b"):
        (kept,) = (home.object(aip, replica) / "v1" / "content").rglob("a.txt")
        kept.chmod(0o644)
        kept.write_bytes(b"?")
    home.run("fixity", "run", "--all")
    home.replica("b").rename(tmp_path / "b")
    home.ingest(write_files(tmp_path / "second", {"b.txt": b"2"}), "--aip", aip)
    home.ingest(write_files(tmp_path / "third", {"c.txt": b"3"}))

    new = rebuilt(home, "a", tmp_path / "new", *old_key(home))

    assert by_replica(new.copies()) == by_replica(home.copies())
    assert new.transfers() == home.transfers()
    assert new.dump() == home.dump()


def test_what_was_decided_about_replicas_holds_in_the_new_home(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    for name in ("c", "d", "e"):
        home.run("replica", "add", tmp_path / name)
    home.preserved(write_files(tmp_path / "first", {"a.txt": b"1"}))
    home.run("replica", "drain", "b")
    home.run("replica", "drain", "c")
    home.run("replica", "drain", "c", "--undo")
    home.run("replica", "retire", "d")

    new = rebuilt(home, "a", tmp_path / "new", *old_key(home))

    states = {one["name"]: one["state"] for one in home.run("replica", "list").json}
    assert states == {"a": "active", "b": "draining", "c": "active", "d": "retired", "e": "active"}
    with bootstrap.reading(read_settings(new.root, {})) as repository:
        kept = {one.name: one.state.value for one in repository.catalogue.replicas()}
    # Where the others are now is for a person to say; that they are drained or gone is not asked again.
    assert kept == {"a": "active", "b": "draining", "c": "away", "d": "retired", "e": "away"}


def by_replica(copies: list[CopyRecord]) -> list[tuple[object, ...]]:
    return [(copy.aip, copy.replica, copy.version, copy.state, copy.written, copy.checked) for copy in copies]


def test_what_is_no_replica_is_wrong_use(tmp_path: Path) -> None:
    for source in (
        tmp_path,
        tmp_path / "absent",
        Path("/dev/null"),
        write_files(tmp_path / "x", {"replica.json": b"{}"}),
    ):
        answer = preservation("rebuild", "--from", source, "--home", tmp_path / "new", "--json")

        assert (answer.status, set(answer.json)) == (2, {"error", "message"})
    assert not (tmp_path / "new").exists()


def test_a_home_that_is_in_use_is_never_rebuilt_over(old: TestHome, tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    before = home.dump()

    answer = preservation("rebuild", "--from", old.replica("a"), "--home", home.root, "--json")

    assert (answer.status, answer.json["error"]) == (2, "Conflict")
    assert home.dump() == before
