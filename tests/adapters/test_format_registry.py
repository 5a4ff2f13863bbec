"""PRONOM, as far as installed data tell of it."""

import zipfile
from pathlib import Path

import pytest

from preservation.adapters.format_registry.pronom import PronomRegistry
from preservation.adapters.format_registry.reports import read_reports
from preservation.adapters.format_registry.shipped import shipped_signatures
from preservation.domain.registered_formats import RegisteredFormat, change_between
from preservation.domain.signature_files import SignatureFile, SignatureKind
from preservation.errors import Unavailable
from tests.standards.test_droid_signatures import release
from tests.standards.test_siegfried_database import database


@pytest.fixture(scope="module")
def registry() -> PronomRegistry:
    return PronomRegistry({})


def installed(path: Path, kind: SignatureKind, data: bytes) -> dict[SignatureKind, SignatureFile]:
    path.write_bytes(data)
    return {kind: SignatureFile(kind, str(path), "PRONOM V999", "0" * 128, len(data))}


def test_the_registry_knows_names_versions_and_relations_without_being_asked_to_download_any(
    registry: PronomRegistry,
) -> None:
    word = registry.format("fmt/39")

    assert word is not None
    assert (word.name, word.version, word.extensions) == ("Microsoft Word Document", "6.0/95", ("doc",))
    assert "fmt/40" in word.superseded_by
    assert "fmt/38" in word.supersedes
    assert "fmt/111" in word.supertypes
    assert registry.format("fmt/999999") is None
    assert int(registry.release.removeprefix("PRONOM V")) >= 125
    puids = [one.puid for one in registry.formats()]
    assert (puids[0], len(puids) > 2500) == ("fmt/1", True)
    assert puids.index("fmt/9") < puids.index("fmt/10")


def test_an_installed_release_goes_before_what_came_with_the_program(tmp_path: Path) -> None:
    newer = installed(tmp_path / "a.xml", SignatureKind.DROID, release("999"))
    older = installed(tmp_path / "b.xml", SignatureKind.DROID, release("100"))

    assert PronomRegistry(newer).release == "PRONOM V999"
    found = PronomRegistry(newer).format("fmt/1")
    assert found is not None
    assert (found.name, found.extensions) == ("One", ("one",))
    shown = PronomRegistry(older).format("fmt/1")
    assert shown is not None
    assert shown.name == "Broadcast WAVE"


def test_an_installed_database_of_siegfried_stands_for_the_one_built_in(tmp_path: Path) -> None:
    found = PronomRegistry(installed(tmp_path / "a.sig", SignatureKind.SIEGFRIED, database(release=999)))

    assert found.release == "PRONOM V999"
    one = found.format("fmt/9")
    assert one is not None
    assert one.name == "Format 9"


def test_an_installed_file_that_is_damaged_is_told_and_not_passed_over(tmp_path: Path) -> None:
    for kind in (SignatureKind.DROID, SignatureKind.SIEGFRIED):
        with pytest.raises(Unavailable):
            PronomRegistry(installed(tmp_path / kind.value, kind, b"nothing")).formats()


def test_without_reports_the_engines_own_tables_still_tell_names(tmp_path: Path) -> None:
    assert read_reports(tmp_path).formats == {}
    (tmp_path / "pronom-xml-v5.zip").write_bytes(b"no zip")
    assert read_reports(tmp_path).version == ""
    with zipfile.ZipFile(tmp_path / "pronom-xml-v6.zip", "w") as archive:
        archive.writestr("puid.fmt.1.xml", "<PRONOM-Report/>")
        archive.writestr("../puid.fmt.2.xml", "never read")
    assert read_reports(tmp_path).version == "6"


def test_each_engine_comes_with_signatures_that_an_update_is_compared_with() -> None:
    assert all(shipped_signatures(kind) for kind in SignatureKind)


def test_a_change_of_registries_tells_what_came_what_went_and_what_is_called_otherwise() -> None:
    before = [RegisteredFormat("fmt/1", "One"), RegisteredFormat("fmt/2", "Two"), RegisteredFormat("fmt/10", "Ten")]
    after = [
        RegisteredFormat("fmt/1", "One", superseded_by=("fmt/3",)),
        RegisteredFormat("fmt/10", "Ten", "1.0"),
        RegisteredFormat("fmt/3", "Three"),
    ]

    change = change_between(
        ("V1", before), ("V2", after), signatures=({"fmt/1": "a", "fmt/10": "b"}, {"fmt/1": "c", "fmt/10": "b"})
    )

    assert (change.added, change.removed) == (("fmt/3",), ("fmt/2",))
    assert (change.renamed, change.superseded, change.signatures) == (("fmt/10",), ("fmt/1",), ("fmt/1",))
    assert change.touched == {"fmt/1", "fmt/2", "fmt/3"}
