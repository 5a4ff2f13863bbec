"""OCFL objects and storage roots are judged as the specification judges them."""

import csv
import hashlib
import io
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import ocfl
import ocfl.validator
import pytest

from preservation.adapters.trees import FolderTree
from preservation.domain.messages_ocfl import MESSAGES
from preservation.errors import NotHere
from preservation.services.ocfl_validation import OcflValidation, validate_path
from preservation.standards.ocfl import inventory
from preservation.standards.ocfl.content_paths import ContentPaths
from preservation.standards.ocfl.declarations import (
    INVENTORY_NAME,
    SIDECAR_NAME,
    object_declaration,
    sidecar,
    storage_root_files,
)
from preservation.standards.ocfl.layouts import HashedNTuple

OBJECT_ID = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"

# Git keeps no empty folders. Upstream put a file in their place, which makes three roots invalid as they lie there (E023).
STAND_INS = {"ocfl-java/repos/no-layout", "ocfl-java/repos/repo7", "ocfl-java/repos/repo10"}


@dataclass(frozen=True, slots=True)
class Row:
    logical_path: str
    content_path: str
    sha512: bytes
    sha256: bytes


def codes(validation: OcflValidation) -> set[str]:
    return {finding.code for finding in validation.findings}


def cases_of(corpora: Path) -> Iterator[dict[str, str]]:
    with (corpora / "ocfl/manifest.csv").open(newline="") as stream:
        for case in csv.DictReader(stream):
            if case["kind"].startswith(("object", "storage-root")):
                yield case


def folder_of(case: dict[str, str], corpora: Path, place: Path) -> Path:
    source = corpora / "ocfl" / case["path"]
    folder = place / hashlib.sha256(case["case_id"].encode()).hexdigest()[:16]
    if case["kind"].endswith("zipped"):
        with zipfile.ZipFile(source) as archive:
            archive.extractall(folder)
        return folder
    if case["case_id"] in STAND_INS:
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".gitkeep"))
        return folder
    return source


def test_every_object_and_storage_root_of_the_corpus_is_judged_right(corpora: Path, tmp_path: Path) -> None:
    wrong, judged, named, matched = [], 0, 0, 0
    for case in cases_of(corpora):
        result = validate_path(FolderTree(folder_of(case, corpora, tmp_path)))
        judged += 1
        if result.valid != (case["expected"] != "invalid"):
            wrong.append(f"{case['case_id']}: {sorted(codes(result))}")
        if case["expected"] == "valid-with-warning":
            assert codes(result), case["case_id"]
        assert case["kind"].startswith(result.kind.replace(" ", "-"))
        wanted = {re.sub("[a-z]$", "", code) for code in case["codes"].split()}
        named += bool(wanted)
        matched += bool(wanted) and wanted <= codes(result)

    assert wrong == []
    assert judged == 148
    assert (matched, named) == (106, 106)


def test_a_stand_in_for_an_empty_folder_is_a_file_that_no_inventory_lists(corpora: Path) -> None:
    for name in STAND_INS:
        result = validate_path(FolderTree(corpora / "ocfl" / name))

        errors = [finding for finding in result.findings if finding.is_error]
        assert {finding.code for finding in errors} == {"E023"}
        assert all(finding.path.endswith("/.gitkeep") for finding in errors)


def test_without_reading_content_only_damage_inside_files_stays_unseen(corpora: Path) -> None:
    unseen = set()
    for case in cases_of(corpora):
        if case["kind"].startswith("object") and not case["kind"].endswith("zipped") and case["expected"] == "invalid":
            result = validate_path(FolderTree(corpora / "ocfl" / case["path"]), check_content=False)
            if result.valid:
                unseen.add(case["case_id"].rpartition("/")[2])

    assert unseen == {
        "E092_algorithm_change_incorrect_digest",
        "E092_content_file_digest_mismatch",
        "E093_fixity_digest_mismatch",
        "file-mismatch",
    }


@pytest.fixture
def storage_root(tmp_path: Path) -> Path:
    """A storage root of our writing with one object of two versions."""
    root = tmp_path / "ocfl"
    for path, data in storage_root_files().items():
        put(root / path, data)
    object_root = root / HashedNTuple().object_root(OBJECT_ID)
    name, declaration = object_declaration()
    put(object_root / name, declaration)
    first = {
        "Hồ sơ/Tờ trình.pdf": b"%PDF",
        "a:b\n.txt": b"",
        "e\u0301.txt": b"nfd",
        "\u00e9.txt": b"nfc",
        "E.txt": b"E",
    }
    add_version(object_root, 1, first)
    add_version(object_root, 2, {"Hồ sơ/Tờ trình.pdf": b"%PDF", "new\ufffdE9.bin": b"new", "e.txt": b"e"})
    return root


def put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def add_version(object_root: Path, version: int, contents: dict[str, bytes]) -> None:
    current = object_root / INVENTORY_NAME
    base = inventory.parse(current.read_bytes()) if current.exists() else None
    content_paths = ContentPaths(version)
    rows = []
    for path, data in contents.items():
        sha512 = hashlib.sha512(data)
        held = base.manifest.get(sha512.hexdigest()) if base else None
        content_path = held[0] if held else content_paths.assign(path)
        if not held:
            put(object_root / content_path, data)
        rows.append(Row(path, content_path, sha512.digest(), hashlib.sha256(data).digest()))
    chunks = inventory.write(
        object_id=OBJECT_ID,
        base=base,
        version=version,
        created=datetime(2026, 1, version, tzinfo=UTC),
        message=f"Version {version}",
        user_name="Kho",
        user_address="mailto:kho@example.org",
        files=rows,
    )
    data = b"".join(chunks)
    for folder in (object_root / f"v{version}", object_root):
        put(folder / INVENTORY_NAME, data)
        put(folder / SIDECAR_NAME, sidecar(hashlib.sha512(data).hexdigest()))


def object_in(storage_root: Path) -> Path:
    return storage_root / HashedNTuple().object_root(OBJECT_ID)


def test_what_we_write_is_valid_without_a_warning(storage_root: Path) -> None:
    whole = validate_path(FolderTree(storage_root))
    single = validate_path(FolderTree(object_in(storage_root)))

    assert (whole.kind, whole.findings) == ("storage root", ())
    assert (single.kind, single.findings) == ("object", ())


def test_ocfl_py_finds_nothing_wrong_with_what_we_write(storage_root: Path) -> None:
    validator = ocfl.validator.Validator()

    assert validator.validate_object(str(object_in(storage_root))), str(validator.log)


def test_ocfl_py_finds_nothing_wrong_with_our_storage_root(storage_root: Path) -> None:
    # ocfl-py does not know extension 0004 and calls any layout that it does not know E071.
    (storage_root / "ocfl_layout.json").unlink()
    with redirect_stdout(io.StringIO()) as said:
        valid = ocfl.StorageRoot(root=str(storage_root)).validate()

    assert valid, said.getvalue()


FAULTS = {
    "a content file flipped": ("v1/content/E.txt", b"X", "E092"),
    "a stray content file": ("v2/content/stray", b"", "E023"),
    "a stray file in a version": ("v1/stray", b"", "E015"),
    "a stray file in the root": ("stray", b"", "E001"),
    "another declaration": ("0=ocfl_object_1.0", b"ocfl_object_1.0\n", "E003"),
    "a declaration of other text": ("0=ocfl_object_1.1", b"ocfl_object_1.1", "E007"),
    "a sidecar of another digest": ("v1/inventory.json.sha512", b"0" * 128 + b" inventory.json\n", "E060"),
    "a sidecar of another shape": ("inventory.json.sha512", b"0" * 128, "E061"),
    "an inventory that is no JSON": ("inventory.json", b"{", "E033"),
    "a file called extensions": ("extensions/stray", b"", "E067"),
    "an unknown extension": ("extensions/mine/config.json", b"{}", "W013"),
    "a version that no inventory knows": ("v3/content/x", b"", "E046"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_put_where_it_does_harm_has_its_code(storage_root: Path, fault: str) -> None:
    path, data, code = FAULTS[fault]
    put(object_in(storage_root) / path, data)

    result = validate_path(FolderTree(storage_root))

    assert code in codes(result)
    assert result.valid == code.startswith("W")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("v1/content/E.txt", {"E092"}),
        ("inventory.json", {"E063"}),
        ("inventory.json.sha512", {"E058"}),
        ("v2/inventory.json", {"W010", "E015"}),
        ("0=ocfl_object_1.1", {"E003"}),
    ],
)
def test_a_file_taken_away_has_its_code(storage_root: Path, path: str, expected: set[str]) -> None:
    (object_in(storage_root) / path).unlink()

    assert codes(validate_path(FolderTree(storage_root))) == expected


def test_faults_of_a_storage_root_have_their_codes(storage_root: Path) -> None:
    put(storage_root / "abc/stray.txt", b"")
    (storage_root / "empty").mkdir()
    put(storage_root / "extensions/stray.txt", b"")
    put(storage_root / "extensions/mine/config.json", b"{}")
    shutil.copytree(object_in(storage_root), storage_root / "copy")

    result = validate_path(FolderTree(storage_root))

    assert codes(result) == {"E072", "E073", "E112", "W016", "E037", "W014", "W015"}


def test_a_storage_root_without_declaration_or_layout_is_told(storage_root: Path) -> None:
    (storage_root / "0=ocfl_1.1").unlink()
    (storage_root / "ocfl_layout.json").write_text('{"extension": "my-own"}')

    assert codes(validate_path(FolderTree(storage_root))) == {"E069", "E070", "E071"}


def test_an_object_of_a_later_version_than_its_storage_root_is_told(storage_root: Path) -> None:
    (storage_root / "0=ocfl_1.1").rename(storage_root / "0=ocfl_1.0")
    (storage_root / "0=ocfl_1.0").write_text("ocfl_1.0\n")

    assert codes(validate_path(FolderTree(storage_root))) == {"E081"}


def test_layout_settings_that_cannot_be_used_are_a_warning(storage_root: Path) -> None:
    put(storage_root / "extensions/0004-hashed-n-tuple-storage-layout/config.json", b'{"extensionName": "0003"}')

    result = validate_path(FolderTree(storage_root))

    assert (result.valid, codes(result)) == (True, {"OCFL-LAYOUT-SETTINGS"})


def test_links_and_devices_are_findings_and_never_followed(storage_root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    put(outside / "secret", b"secret")
    root = object_in(storage_root)
    (root / "v1/content/link").symlink_to(outside)
    (root / "v1/link").symlink_to(outside / "secret")
    (root / "link").symlink_to(outside)
    (storage_root / "link").symlink_to(outside)
    os.mkfifo(root / "v2/content/pipe")

    result = validate_path(FolderTree(storage_root))

    assert sorted(finding.code for finding in result.findings) == ["E089", "E090", "E090", "E090", "E090"]


def test_a_name_that_is_no_utf_8_is_a_file_that_no_inventory_can_list(storage_root: Path) -> None:
    folder = os.fsencode(object_in(storage_root) / "v1/content")
    with open(folder + b"/caf\xe9", "wb"):
        pass

    result = validate_path(FolderTree(storage_root))

    assert codes(result) == {"E023"}
    assert all(finding.path.endswith("caf\ufffdE9") for finding in result.findings)


def test_content_whose_name_holds_a_replacement_character_is_found_and_read(tmp_path: Path) -> None:
    root = tmp_path / "object"
    name, declaration = object_declaration()
    put(root / name, declaration)
    data = b"x"
    put(root / "v1/content/odd\ufffd.txt", data)
    rows = [Row("odd", "v1/content/odd\ufffd.txt", hashlib.sha512(data).digest(), hashlib.sha256(data).digest())]
    text = b"".join(
        inventory.write(
            object_id=OBJECT_ID,
            base=None,
            version=1,
            created=datetime(2026, 1, 1, tzinfo=UTC),
            message="",
            user_name="x",
            user_address="mailto:x@example.org",
            files=rows,
        )
    )
    for folder in (root, root / "v1"):
        put(folder / INVENTORY_NAME, text)
        put(folder / SIDECAR_NAME, sidecar(hashlib.sha512(text).hexdigest()))

    assert validate_path(FolderTree(root)).findings == ()

    put(root / "v1/content/odd\ufffd.txt", b"y")
    assert codes(validate_path(FolderTree(root))) == {"E092", "E093"}


def test_an_inventory_over_the_limit_is_a_finding(storage_root: Path) -> None:
    result = validate_path(FolderTree(object_in(storage_root)), max_inventory_bytes=100)

    assert "E033" in codes(result)


def test_a_folder_that_is_not_there_cannot_be_validated(tmp_path: Path) -> None:
    with pytest.raises(NotHere):
        validate_path(FolderTree(tmp_path / "nothing"))


def test_every_code_that_is_given_has_a_sentence_in_two_languages(corpora: Path, tmp_path: Path) -> None:
    given = set()
    for case in cases_of(corpora):
        for finding in validate_path(FolderTree(folder_of(case, corpora, tmp_path))).findings:
            given.add(finding.code)
            for sentence in MESSAGES[finding.code]:
                assert sentence.format_map(finding.values)

    assert len(given) > 40
    assert all(english != vietnamese for english, vietnamese in MESSAGES.values())
