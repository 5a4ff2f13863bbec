"""Newer signatures brought on a medium: shown, put in force, used, carried along, and what is held identified by them again."""

from pathlib import Path
from typing import Any

import pytest

from preservation import bootstrap
from preservation.adapters.format_registry.shipped import shipped_signatures
from preservation.bootstrap.format_updates import touched_for
from preservation.domain.events import EventType
from preservation.domain.jobs import JobKind
from preservation.domain.policies import FormatEngine
from preservation.domain.signature_files import SignatureKind
from preservation.settings import read_settings
from tests.homes import TestHome, assert_sound, make_home, preservation
from tests.package_builders import write_files
from tests.standards.test_droid_signatures import release

# The signature of the release that the test makes: b"PRSV" at the beginning.
MAGIC = "50525356"


@pytest.fixture
def home(tmp_path: Path) -> TestHome:
    home = make_home(tmp_path / "home")
    (home.root / "policies" / "formats.toml").write_text('first = "fido"\nsecond = "never"\n')
    return home


def signature_file(folder: Path, version: str = "900", magic: str = MAGIC) -> Path:
    path = folder / f"DROID_SignatureFile_V{version}.xml"
    path.write_bytes(release(version, magic))
    return path


def file_of(home: TestHome, aip: str) -> Any:
    return next(one for one in home.show(aip)["files"] if one["path"].endswith("/a.bin"))


def test_an_update_is_shown_and_changes_nothing_before_it_is_applied(home: TestHome, tmp_path: Path) -> None:
    shown = home.run("format", "update", signature_file(tmp_path))

    assert shown.status == 0, shown
    assert (shown.json["kind"], shown.json["engine"], shown.json["after"]) == ("droid", "fido", "PRONOM V900")
    assert (shown.json["applied"], shown.json["job"]) == (False, None)
    assert "fmt/40" in shown.json["removed"]
    assert "fmt/1" in shown.json["signatures"]
    assert not (home.root / "policies" / "signatures").exists()


def test_an_applied_update_is_used_by_engines_carried_in_the_record_and_identifies_again(
    home: TestHome, tmp_path: Path
) -> None:
    aip = home.preserved(write_files(tmp_path / "p", {"a.bin": b"PRSV and more"}))
    assert file_of(home, aip)["puid"] is None

    done = home.run("format", "update", signature_file(tmp_path), "--apply")
    again = home.run("format", "reidentify")

    assert (done.status, done.json["changed"]) == (0, True), done
    with home.catalogue() as catalogue:
        job = catalogue.job_table().job(done.json["job"])
    assert job is not None
    assert (job.kind, job.parameters) == (JobKind.REIDENTIFY, {"engine": "fido"})
    (event,) = [one for one in home.events(EventType.POLICY_ASSIGNMENT) if "signatures" in one.detail]
    assert event.detail["sha512"] == done.json["sha512"]
    assert (again.json["asked"], again.json["changed"]) == (1, 1), again
    assert file_of(home, aip)["puid"] == "fmt/1"
    history = home.run("format", "history", aip, file_of(home, aip)["path"]).json
    assert [(one["puid"], one["occasion"], one["present"]) for one in history] == [
        (None, "ingest", False),
        ("fmt/1", "identified again", True),
    ]
    repeated = home.run("format", "update", signature_file(tmp_path), "--apply")
    assert (repeated.json["changed"], repeated.json["job"]) == (False, None)
    assert_sound(home)

    copy = tmp_path / "copy"
    key = home.root / "keys" / "ledger.key"
    rebuilt = preservation("rebuild", "--from", home.replica("a"), "--home", copy, "--key", key, "--json")
    assert rebuilt.status == 0, rebuilt
    assert TestHome(copy).dump() == home.dump()
    (file,) = (copy / "policies" / "signatures").glob("droid-*.xml")
    assert file.read_bytes() == signature_file(tmp_path).read_bytes()
    newcomer = write_files(tmp_path / "q", {"b.bin": b"PRSV too"})
    (later,) = TestHome(copy).ingest(newcomer)
    assert [one["puid"] for one in TestHome(copy).show(later["aip_id"])["files"] if one["path"].endswith("b.bin")] == [
        "fmt/1"
    ]


def test_a_later_update_takes_the_place_of_the_one_before_and_tells_what_changed_since(
    home: TestHome, tmp_path: Path
) -> None:
    assert home.run("format", "update", signature_file(tmp_path), "--apply").status == 0

    shown = home.run("format", "update", signature_file(tmp_path, "901", "50525357"), "--apply")

    assert (shown.json["before"], shown.json["after"]) == ("PRONOM V900", "PRONOM V901")
    assert (shown.json["added"], shown.json["removed"], shown.json["signatures"]) == ([], [], ["fmt/1"])
    assert shown.json["touched"] == ["fmt/1", "x-fmt/2"]
    files = sorted(path.name for path in (home.root / "policies" / "signatures").iterdir())
    assert len(files) == 2


def test_what_two_updates_touched_is_identified_again_though_the_first_was_never_acted_on(
    home: TestHome, tmp_path: Path
) -> None:
    first = home.run("format", "update", signature_file(tmp_path), "--apply").json["touched"]
    second = home.run("format", "update", signature_file(tmp_path, "901", "50525357"), "--apply").json["touched"]

    with bootstrap.reading(read_settings(home.root, {})) as repository:
        touched = (
            touched_for(repository.policies.formats, FormatEngine.SIEGFRIED),
            touched_for(repository.policies.formats, FormatEngine.FIDO),
        )

    assert set(first) != set(second)
    assert {*first, *second} in [set(one) for one in touched]


def test_siegfrieds_own_database_is_taken_and_nothing_is_found_to_have_changed(home: TestHome, tmp_path: Path) -> None:
    data = shipped_signatures(SignatureKind.SIEGFRIED)
    assert data is not None
    path = tmp_path / "default.sig"
    path.write_bytes(data)

    shown = home.run("format", "update", path, "--apply")

    assert (shown.json["kind"], shown.json["engine"]) == ("siegfried", "siegfried")
    assert (shown.json["added"], shown.json["removed"], shown.json["signatures"]) == ([], [], None)
    # The policy asks fido alone: nobody has to identify again.
    assert (shown.json["changed"], shown.json["job"]) == (True, None)
    found = preservation("format", "identify", path, "--engine", "siegfried", "--home", home.root, "--json")
    assert found.status == 0, found


def test_what_is_no_signature_file_is_refused_and_nothing_changes(home: TestHome, tmp_path: Path) -> None:
    path = tmp_path / "file"

    for data in (b"", b"plain", release()[:-40], b"sf\x00\xff\x01\x0bnonsense", b"<ContainerSignatureMapping/>"):
        path.write_bytes(data)
        refused = home.run("format", "update", path, "--apply")

        assert refused.status == 2, refused
        assert not (home.root / "policies" / "signatures").exists()


def test_an_installed_file_that_was_changed_by_hand_is_used_by_nobody(home: TestHome, tmp_path: Path) -> None:
    assert home.run("format", "update", signature_file(tmp_path), "--apply").status == 0
    (file,) = (home.root / "policies" / "signatures").glob("droid-*.xml")
    file.write_bytes(file.read_bytes().replace(b"One", b"Uno"))

    answer = preservation("format", "identify", file, "--home", home.root, "--json")

    assert answer.status == 3, answer
    assert "is not the signature file that was installed" in answer.json["message"]
