"""The examples are what `examples/README.md` says they are, judged by other people's programs where there is one."""

import os
from pathlib import Path

import bagit
import pytest

from examples import make_examples, unicode_traps

EXAMPLES = Path(__file__).parent.parent / "examples"


def kept(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_dossier_is_a_valid_bag_to_the_library_of_congress() -> None:
    assert bagit.Bag(str(EXAMPLES / make_examples.DOSSIER)).validate()


def test_the_bag_with_five_faults_is_invalid_to_the_library_of_congress() -> None:
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(EXAMPLES / make_examples.FAULTS)).validate()


def test_the_bag_with_five_faults_is_kept_as_the_program_makes_it() -> None:
    assert kept(EXAMPLES / make_examples.FAULTS) == make_examples.five_faults()


def test_the_scanned_pages_are_what_their_names_say() -> None:
    files = kept(EXAMPLES / make_examples.DOSSIER)

    begins = {".pdf": b"%PDF-1.4", ".tif": b"II*\0", ".jpg": b"\xff\xd8\xff", ".png": b"\x89PNG\r\n\x1a\n"}
    payload = {path: data for path, data in files.items() if path.startswith("data/") and not path.endswith(".txt")}
    assert len(payload) == 5
    for path, data in payload.items():
        assert data.startswith(begins[Path(path).suffix]), path


def test_a_pdf_of_ours_finds_every_object_at_its_offset() -> None:
    document = kept(EXAMPLES / make_examples.DOSSIER)["data/01. Tờ trình số 15-TTr-UB.pdf"]

    table = document[int(document.split(b"startxref\n")[1].split()[0]) :].split(b"\n")
    count = int(table[1].split()[1])
    assert count == 10
    for number in range(1, count):
        offset = int(table[2 + number].split()[0])
        assert document[offset:].startswith(f"{number} 0 obj\n".encode())


def test_every_trap_is_a_name_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "traps"

    unicode_traps.write_unicode_traps(folder)

    found = {
        os.path.relpath(os.path.join(where, name), os.fsencode(folder))
        for where, _, names in os.walk(os.fsencode(folder))
        for name in names
    }
    assert found == {name for name, _ in unicode_traps.TRAPS}
    assert len(found) == 19
    assert max(len(os.path.basename(name)) for name in found) == 255
    assert os.listdir(os.path.join(os.fsencode(folder), unicode_traps.EMPTY_FOLDER)) == []
