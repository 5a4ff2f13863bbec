"""Siegfried and FIDO through the port, on files of our own making."""

import os
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.corpus import make_mix
from preservation.adapters.format_identification.fido import fido_identifier
from preservation.adapters.format_identification.pool import ProcessIdentifier
from preservation.adapters.format_identification.siegfried import siegfried_identifier
from preservation.adapters.format_identification.siegfried_answers import answer_from, basis_of, signatures_of
from preservation.domain.formats import Basis, FormatIdentification
from preservation.errors import Unavailable

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\ntrailer\n%%EOF\n"
EXPECTED = {
    ".pdf": ({"fmt/18", "fmt/19", "fmt/20", "fmt/276"}, Basis.BYTE),
    ".jpg": ({"fmt/43"}, Basis.BYTE),
    ".tif": ({"fmt/353"}, Basis.BYTE),
    ".png": ({"fmt/11"}, Basis.BYTE),
    ".xml": ({"fmt/101"}, Basis.BYTE),
    ".docx": ({"fmt/412"}, Basis.CONTAINER),
    ".txt": ({"x-fmt/111"}, Basis.TEXT),
}
ODD_NAMES = (
    b"two\nlines.pdf",
    b"-n.pdf",
    b"--help",
    b"\xff\xfe latin \xe9.pdf",
    b"\xed\xa0\x80.pdf",
    "hồ sơ.pdf".encode(),
    unicodedata.normalize("NFD", "hồ sơ.pdf").encode(),
    b" leading and trailing .pdf ",
    b'quote"back\\slash.pdf',
    b"percent%20#?&.pdf",
    b"CON.pdf",
    b"l" * 251 + b".pdf",
    "\N{REPLACEMENT CHARACTER}FF.pdf".encode(),
    "\N{RIGHT-TO-LEFT OVERRIDE}fdp.exe".encode(),
    *(b"control %c.pdf" % code for code in (*range(1, 32), 127)),
)


@pytest.fixture(scope="module")
def siegfried() -> Iterator[ProcessIdentifier]:
    identifier = siegfried_identifier()
    yield identifier
    identifier.close()


@pytest.fixture(scope="module")
def fido() -> Iterator[ProcessIdentifier]:
    identifier = fido_identifier()
    yield identifier
    identifier.close()


@pytest.fixture(scope="module", params=["siegfried", "fido"])
def either(request: pytest.FixtureRequest) -> ProcessIdentifier:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, ProcessIdentifier)
    return found


def identified(answer: FormatIdentification | str) -> FormatIdentification:
    assert isinstance(answer, FormatIdentification), answer
    return answer


def test_the_kinds_an_archive_receives_get_their_puid_and_its_basis(
    siegfried: ProcessIdentifier, tmp_path: Path
) -> None:
    paths = make_mix(tmp_path, 150, seed=5)

    answers = siegfried.identify([str(path) for path in paths])

    assert {path.suffix for path in paths} == set(EXPECTED)
    for path, answer in zip(paths, map(identified, answers), strict=True):
        puids, basis = EXPECTED[path.suffix]
        assert answer.puid in puids
        assert (answer.basis, answer.warning, answer.alternatives) == (basis, "", ())


def test_both_engines_agree_on_what_does_not_need_newer_signatures(
    siegfried: ProcessIdentifier, fido: ProcessIdentifier, tmp_path: Path
) -> None:
    paths = [str(path) for path in make_mix(tmp_path, 60, seed=6) if path.suffix != ".txt"]

    first = [identified(answer).puid for answer in siegfried.identify(paths)]
    second = [identified(answer).puid for answer in fido.identify(paths)]

    assert first == second


def test_engine_version_and_signature_release_are_read_from_the_engine(
    siegfried: ProcessIdentifier, fido: ProcessIdentifier, tmp_path: Path
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)

    by_siegfried = identified(siegfried.identify([str(path)])[0])
    by_fido = identified(fido.identify([str(path)])[0])

    about = siegfried.describe()
    assert (by_siegfried.engine, by_siegfried.engine_version, by_siegfried.signatures) == (
        about.engine,
        about.version,
        about.signatures,
    )
    assert about.signatures.startswith("PRONOM V")
    assert ", containers 20" in about.signatures
    assert (by_fido.engine, by_fido.signatures) == ("fido", "PRONOM V109, containers 2020-01-21")


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_file_with_an_odd_name_is_identified_as_any_other(
    either: ProcessIdentifier, tmp_path: Path, name: bytes
) -> None:
    raw = os.path.join(os.fsencode(tmp_path), name)
    Path(os.fsdecode(raw)).write_bytes(PDF)

    (answer,) = either.identify([os.fsdecode(raw)])

    assert identified(answer).puid == "fmt/18"
    assert identified(answer).basis is Basis.BYTE


def test_the_extension_of_an_odd_name_is_seen(siegfried: ProcessIdentifier, tmp_path: Path) -> None:
    path = tmp_path / "odd \x1b name.cab1"
    plain = tmp_path / "plain name.cab1"
    for each in (path, plain):
        each.write_bytes(PDF)

    odd, even = map(identified, siegfried.identify([str(path), str(plain)]))

    assert odd == even
    assert odd.warning == "extension mismatch"


def test_aliases_of_odd_names_leave_nothing_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    path = tmp_path / "odd \x1b name.pdf"
    path.write_bytes(PDF)
    identifier = siegfried_identifier(processes=1, scratch=scratch)

    identifier.identify([str(path)] * 3)
    left = [entry for entry in scratch.rglob("*") if not entry.is_dir()]
    identifier.close()

    assert left == []
    assert list(scratch.iterdir()) == []


def test_an_empty_file_has_no_format_but_says_so(either: ProcessIdentifier, tmp_path: Path) -> None:
    path = tmp_path / "nothing.pdf"
    path.touch()

    answer = identified(either.identify([str(path)])[0])

    assert answer.puid is None
    assert "empty" in answer.warning


def test_what_only_its_name_tells_rests_on_the_extension(siegfried: ProcessIdentifier, tmp_path: Path) -> None:
    path = tmp_path / "dump.bin"
    path.write_bytes(bytes(range(256)) * 40)

    answer = identified(siegfried.identify([str(path)])[0])

    assert (answer.puid, answer.basis) == ("fmt/208", Basis.EXTENSION)


def test_an_unknown_file_has_no_puid_and_no_basis(either: ProcessIdentifier, tmp_path: Path) -> None:
    path = tmp_path / "dump.zzzz"
    path.write_bytes(bytes(range(256)) * 40)

    answer = identified(either.identify([str(path)])[0])

    assert (answer.puid, answer.basis, answer.alternatives) == (None, Basis.NONE, ())


def test_what_is_no_regular_file_gets_a_sentence(either: ProcessIdentifier, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "target.pdf").write_bytes(PDF)
    (tmp_path / "link.pdf").symlink_to(tmp_path / "target.pdf")
    os.mkfifo(tmp_path / "pipe.pdf")
    names = ["folder", "link.pdf", "pipe.pdf", "missing.pdf", "target.pdf/below", "n" * 300, "target.pdf"]

    *sentences, answer = either.identify([str(tmp_path / name) for name in names])

    assert sentences == [
        "This is a folder, not a file.",
        "This is a symbolic link, which is not followed.",
        "This is not a regular file.",
        "There is no such file.",
        "The file cannot be looked at: Not a directory.",
        "The file cannot be looked at: File name too long.",
    ]
    assert identified(answer).puid == "fmt/18"


def test_impossible_paths_get_a_sentence(either: ProcessIdentifier) -> None:
    assert list(either.identify(["", "/a\0b", "/dev/null"])) == [
        "There is no such file.",
        "There is no such file.",
        "This is not a regular file.",
    ]


def test_nothing_asked_is_nothing_answered(either: ProcessIdentifier) -> None:
    assert list(either.identify([])) == []


def test_a_relative_path_is_relative_to_the_asking_process(
    siegfried: ProcessIdentifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "-a.pdf").write_bytes(PDF)
    monkeypatch.chdir(tmp_path)

    assert identified(siegfried.identify(["-a.pdf"])[0]).puid == "fmt/18"


def test_a_damaged_container_is_told_with_a_warning(either: ProcessIdentifier, tmp_path: Path) -> None:
    path = next(path for path in make_mix(tmp_path, 100, seed=8) if path.suffix == ".docx")
    path.write_bytes(path.read_bytes()[:9000])

    answer = identified(either.identify([str(path)])[0])

    assert answer.basis is not Basis.CONTAINER
    assert answer.engine == "fido" or "zip" in answer.warning


def test_equal_answers_are_one_object_from_many_threads(siegfried: ProcessIdentifier, tmp_path: Path) -> None:
    paths = [str(path) for path in make_mix(tmp_path, 300, seed=9)]

    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(siegfried.identify, [paths] * 6))

    assert all(result == results[0] for result in results)
    assert len({id(answer) for result in results for answer in result}) == len(set(results[0]))


def test_a_signature_file_that_is_none_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "newer.sig"
    path.write_bytes(b"not a database")
    identifier = siegfried_identifier(signature=path)

    with pytest.raises(Unavailable, match="not a siegfried signature file"):
        identifier.identify(["/a"])
    identifier.close()


def test_a_file_that_is_too_slow_for_fido_gets_a_sentence_and_the_engine_lives(tmp_path: Path) -> None:
    paths = [str(path) for path in make_mix(tmp_path, 3, seed=10)]
    identifier = fido_identifier(seconds_per_file=1e-6)
    identifier.describe()
    before = identifier.pids

    answers = identifier.identify(paths)
    after = identifier.pids
    identifier.close()

    assert all(isinstance(answer, str) and "did not come to an end" in answer for answer in answers)
    assert before == after


@pytest.mark.parametrize(
    ("text", "basis"),
    [
        ("extension match docx; container name word/document.xml with byte match at 12, 4", Basis.CONTAINER),
        ("extension match pdf; byte match at [[0 8] [110 5]]", Basis.BYTE),
        ("extension match xml; xml match with root a and ns b", Basis.XML),
        ("extension match txt; text match ASCII", Basis.TEXT),
        ("extension match bin", Basis.EXTENSION),
        ("", Basis.NONE),
    ],
)
def test_the_strongest_basis_counts(text: str, basis: Basis) -> None:
    assert basis_of(text) is basis


def test_signature_files_that_are_not_pronoms_are_named_as_they_are() -> None:
    assert signatures_of("DROID_SignatureFile_V125.xml; container-signature-20260119.xml") == (
        "PRONOM V125, containers 2026-01-19"
    )
    assert signatures_of("DROID_SignatureFile_V125.xml; max BOF 65536") == "PRONOM V125; max BOF 65536"
    assert signatures_of("tika-mimetypes.xml (2.4.0)") == "tika-mimetypes.xml (2.4.0)"


def test_several_matches_and_identifiers_that_are_no_puids() -> None:
    def match(identifier: str, basis: str) -> dict[str, str]:
        return {
            "ns": "pronom",
            "id": identifier,
            "format": identifier,
            "version": "",
            "mime": "",
            "basis": basis,
            "warning": "",
        }

    file = {
        "filename": "/a",
        "errors": "",
        "matches": [match("local/1", "byte match at 0, 1"), match("fmt/2", "byte match at 0, 1"), match("fmt/3", "")],
    }

    answer = identified(answer_from(file, namespace="pronom", version="1", signatures="s"))

    assert (answer.puid, answer.alternatives, answer.name) == ("fmt/2", ("fmt/3",), "local/1")
    assert answer.warning == "local/1 is not a PUID"
