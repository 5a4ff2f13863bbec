"""BagIt's rules, one defect at a time (RFC 8493 and draft-kunze-bagit-00 to -13)."""

import hashlib
import io
import unicodedata
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preservation.standards.bagit.paths import read_path, refusal
from preservation.standards.bagit.plan import BagPlan, compare, looks_like_bag, plan_bag
from tests.package_builders import bag_files, codes, errors, manifest


def planned(files: Mapping[str, bytes], directories: tuple[str, ...] = ()) -> BagPlan:
    sizes = {path: len(data) for path, data in files.items()}
    return plan_bag(sizes, lambda path: io.BytesIO(files[path]), directories=directories)  # type: ignore[arg-type, return-value]


def test_a_good_bag_promises_a_digest_of_every_listed_file() -> None:
    files = bag_files(algorithms=("md5", "sha512"))

    plan = planned(files)

    assert plan.findings == ()
    assert plan.version == "1.0"
    assert plan.algorithms == {"md5", "sha512"}
    assert dict(plan.expected["data/a.txt"]) == {
        "md5": hashlib.md5(b"alpha").digest(),  # noqa: S324
        "sha512": hashlib.sha512(b"alpha").digest(),
    }
    assert plan.bag_info == (("Source-Organization", "Trung tâm Lưu trữ"),)


@pytest.mark.parametrize(
    ("declaration", "code"),
    [
        (b"\xef\xbb\xbfBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "BAG-DECLARATION-BOM"),
        (b"BagIt-Version: .97\nTag-File-Character-Encoding: UTF-8\n", "BAG-DECLARATION-MALFORMED"),
        (b"BagIt-Version: 1.0\n", "BAG-DECLARATION-MALFORMED"),
        (b"Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n", "BAG-DECLARATION-MALFORMED"),
        (b"\xc0\x00", "BAG-DECLARATION-MALFORMED"),
        (b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n" + b" " * 5000, "BAG-DECLARATION-MALFORMED"),
        (b"BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n", "BAG-VERSION-UNKNOWN"),
        (b"BagIt-Version: 1.0\nTag-File-Character-Encoding: KLINGON\n", "BAG-ENCODING-UNKNOWN"),
        (b"BagIt-Version: 1.0\nTag-File-Character-Encoding: zip\n", "BAG-ENCODING-UNKNOWN"),
        (b"BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n", "BAG-DECLARATION-WHITESPACE"),
        (b"BagIt-Version:  1.0\nTag-File-Character-Encoding: UTF-8\n", "BAG-DECLARATION-WHITESPACE"),
        (b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n\n", "BAG-DECLARATION-WHITESPACE"),
    ],
)
def test_a_bad_declaration_is_an_error_with_its_own_code(declaration: bytes, code: str) -> None:
    files = bag_files(tag_algorithms=()) | {"bagit.txt": declaration}

    assert errors(planned(files).findings) == {code}


def test_white_space_in_the_declaration_was_no_error_before_1_0() -> None:
    files = bag_files(version="0.97", tag_algorithms=())
    files["bagit.txt"] = b"BagIt-Version : 0.97\nTag-File-Character-Encoding: UTF-8\n"

    plan = planned(files)

    assert codes(plan.findings) == {"BAG-DECLARATION-WHITESPACE"}
    assert not plan.has_errors


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/etc/passwd", "BAG-PATH-ABSOLUTE"),
        ("C:\\Windows\\setx.exe", "BAG-PATH-ABSOLUTE"),
        ("\\\\?\\UNC\\server\\x", "BAG-PATH-ABSOLUTE"),
        ("data/../../x", "BAG-PATH-TRAVERSAL"),
        ("data\\..\\..\\x", "BAG-PATH-TRAVERSAL"),
        ("~/x", "BAG-PATH-HOME"),
        ("~root/x", "BAG-PATH-HOME"),
        ("file:///x", "BAG-PATH-URL"),
        ("data/50%.txt", "BAG-PATH-PERCENT"),
        ("data/a%20b", "BAG-PATH-PERCENT"),
        ("data/\x00", "BAG-PATH-NUL"),
        ("elsewhere.txt", "BAG-NOT-PAYLOAD"),
        ("data/absent.txt", "BAG-PAYLOAD-MISSING"),
    ],
)
def test_a_payload_manifest_cannot_name_what_is_not_payload(path: str, code: str) -> None:
    files = bag_files(tag_algorithms=())
    files["manifest-sha512.txt"] += f"{'0' * 128}  {path}\n".encode()

    assert errors(planned(files).findings) == {code}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"nonsense\n", "BAG-MANIFEST-MALFORMED"),
        (b"0123  data/a.txt\n", "BAG-DIGEST-LENGTH"),
        (b"zz  data/a.txt\n", "BAG-MANIFEST-MALFORMED"),
        (b"\xff\xfe\n", "BAG-TAG-ENCODING"),
        (b"a" * 70000 + b"\n", "BAG-LINE-TOO-LONG"),
    ],
)
def test_a_manifest_line_that_makes_no_sense_is_an_error(line: bytes, code: str) -> None:
    files = bag_files(tag_algorithms=())
    files["manifest-sha512.txt"] += line

    assert code in errors(planned(files).findings)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_of_the_three_ways(ending: str) -> None:
    files = bag_files(tag_algorithms=())
    files["manifest-sha512.txt"] = files["manifest-sha512.txt"].replace(b"\n", ending.encode())

    assert planned(files).findings == ()


def test_line_breaks_and_percent_signs_in_names_are_decoded_in_1_0() -> None:
    name = "data/100%\r\nof it"
    files = bag_files({name: b"x"}, tag_algorithms=())
    files["manifest-sha512.txt"] = manifest({"data/100%25%0D%0aof it": b"x"}, "sha512")

    plan = planned(files)

    assert plan.findings == ()
    assert name in plan.expected


@pytest.mark.parametrize("version", ["0.96", "0.97"])
def test_before_1_0_a_percent_sign_stands_for_itself_if_such_a_file_is_there(version: str) -> None:
    payload = {"data/50%25.txt": b"x", "data/50%.txt": b"y", "data/a%0Ab": b"z"}

    assert planned(bag_files(payload, version=version)).findings == ()


def test_before_1_0_an_encoded_line_feed_is_understood_where_no_such_name_is_there() -> None:
    files = bag_files({"data/a\nb": b"x"}, version="0.97", tag_algorithms=())
    files["manifest-sha512.txt"] = manifest({"data/a%0Ab": b"x"}, "sha512")

    assert planned(files).findings == ()


def test_a_payload_file_in_no_manifest_is_an_error_in_every_version() -> None:
    for version in ("0.93", "0.97", "1.0"):
        files = bag_files(version=version) | {"data/extra": b""}

        assert errors(planned(files).findings) == {"BAG-UNLISTED"}


@pytest.mark.parametrize(("version", "is_error"), [("0.97", False), ("1.0", True)])
def test_a_payload_file_must_be_in_every_manifest_since_1_0(version: str, is_error: bool) -> None:
    files = bag_files(
        {"data/a": b"a", "data/b": b"b"}, version=version, algorithms=("md5", "sha256"), tag_algorithms=()
    )
    files["manifest-md5.txt"] = manifest({"data/a": b"a"}, "md5")

    plan = planned(files)

    assert codes(plan.findings) == {"BAG-NOT-IN-EVERY-MANIFEST"}
    assert plan.has_errors is is_error


def test_a_file_listed_twice_with_other_digests_is_an_error() -> None:
    files = bag_files(version="0.97", tag_algorithms=())
    files["manifest-sha512.txt"] += f"{'0' * 128}  data/a.txt\n".encode()

    assert errors(planned(files).findings) == {"BAG-LISTED-TWICE-DIFFERENTLY"}


@pytest.mark.parametrize(("version", "is_error"), [("0.97", False), ("1.0", True)])
def test_a_file_listed_twice_alike_breaks_1_0_only(version: str, is_error: bool) -> None:
    files = bag_files(version=version, tag_algorithms=())
    files["manifest-sha512.txt"] *= 2

    plan = planned(files)

    assert codes(plan.findings) == {"BAG-LISTED-TWICE"}
    assert plan.has_errors is is_error


def test_md5sum_marks_and_dotted_paths_are_warnings() -> None:
    files = bag_files(tag_algorithms=())
    files["manifest-sha512.txt"] = files["manifest-sha512.txt"].replace(b"  data", b" *./data")

    plan = planned(files)

    assert codes(plan.findings) == {"BAG-MD5SUM-MARK", "BAG-PATH-DOTTED"}
    assert not plan.has_errors


def test_a_name_in_another_normal_form_is_found_with_a_warning() -> None:
    composed = unicodedata.normalize("NFC", "data/tài liệu.txt")
    files = bag_files({composed: b"x"}, tag_algorithms=())
    files["manifest-sha512.txt"] = manifest({unicodedata.normalize("NFD", composed): b"x"}, "sha512")

    plan = planned(files)

    assert codes(plan.findings) == {"BAG-NAME-NORMALIZATION"}
    assert not plan.has_errors
    assert composed in plan.expected


def test_twins_in_both_normal_forms_each_keep_their_own_promise() -> None:
    twins = {unicodedata.normalize(form, "data/tài liệu.txt"): form.encode() for form in ("NFC", "NFD")}

    plan = planned(bag_files(twins))

    assert plan.findings == ()
    assert len(plan.expected.keys() & twins.keys()) == 2


def test_tag_files_in_utf_16_are_read() -> None:
    files = bag_files(version="0.97", tag_algorithms=())
    files["bagit.txt"] = b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-16\n"
    for name in ("manifest-sha512.txt", "bag-info.txt"):
        files[name] = files[name].decode().encode("utf-16")

    plan = planned(files)

    assert plan.findings == ()
    assert plan.bag_info[0][1] == "Trung tâm Lưu trữ"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("http://example.org/x - data/absent", "BAG-FETCH-MISSING"),
        ("http://example.org/x lots data/a.txt", "BAG-FETCH-MALFORMED"),
        ("ftp://example.org/x - data/a.txt", "BAG-FETCH-URL"),
        ("http://example.org/x - bagit.txt", "BAG-FETCH-NOT-PAYLOAD"),
        ("http://example.org/x - ../x", "BAG-PATH-TRAVERSAL"),
        (" ", "BAG-FETCH-MALFORMED"),
    ],
)
def test_fetch_lists_only_payload_that_is_there(line: str, code: str) -> None:
    files = bag_files(tag_algorithms=()) | {"fetch.txt": f"{line}\n".encode()}

    assert errors(planned(files).findings) == {code}


def test_a_bag_whose_fetched_files_are_all_there_is_valid() -> None:
    files = bag_files(tag_algorithms=()) | {"fetch.txt": b"https://example.org/a 5 data/a.txt\r\n"}

    assert planned(files).findings == ()


def test_a_missing_file_that_fetch_lists_is_reported_once() -> None:
    files = bag_files(tag_algorithms=()) | {"fetch.txt": b"https://example.org/a 5 data/a.txt\n", "data/b": b""}
    files["manifest-sha512.txt"] += manifest({"data/b": b""}, "sha512")
    del files["data/a.txt"]

    assert [finding.code for finding in planned(files).findings] == ["BAG-FETCH-MISSING"]


@pytest.mark.parametrize(
    ("info", "code"),
    [
        (" indented: first\n", "BAG-INFO-MALFORMED"),
        ("no separator\n", "BAG-INFO-MALFORMED"),
        (": no label\n", "BAG-INFO-MALFORMED"),
        ("Label : value\n", "BAG-INFO-LABEL-SPACE"),
        ("Payload-Oxum: many\n", "BAG-OXUM-MALFORMED"),
        ("Payload-Oxum: 5.2\n", "BAG-OXUM-MISMATCH"),
        ("Payload-Oxum: 4.1\n", "BAG-OXUM-MISMATCH"),
    ],
)
def test_bad_metadata_of_the_bag_is_an_error(info: str, code: str) -> None:
    assert errors(planned(bag_files(info=info)).findings) == {code}


def test_long_values_are_continued_on_indented_lines() -> None:
    plan = planned(bag_files(info="Payload-Oxum: 5.1\nExternal-Description: one\n  two\n\tthree\n"))

    assert plan.findings == ()
    assert plan.bag_info[1] == ("External-Description", "one two three")


def test_package_info_is_the_metadata_file_before_0_96() -> None:
    files = bag_files(version="0.95", info="", tag_algorithms=()) | {"package-info.txt": b"Payload-Oxum: 1.1\n"}

    assert errors(planned(files).findings) == {"BAG-OXUM-MISMATCH"}


def test_a_tag_manifest_lists_payload_manifests_and_no_others() -> None:
    files = bag_files()
    files["tagmanifest-sha512.txt"] = manifest({"bagit.txt": files["bagit.txt"], "data/a.txt": b"alpha"}, "sha512")
    files["tagmanifest-sha512.txt"] += f"{'0' * 128}  tagmanifest-md5.txt\n".encode()

    assert errors(planned(files).findings) == {
        "BAG-TAG-MANIFEST-INCOMPLETE",
        "BAG-TAG-MANIFEST-LISTS-PAYLOAD",
        "BAG-TAG-MANIFEST-LISTS-ITSELF",
    }


def test_a_missing_tag_file_is_an_error() -> None:
    files = bag_files()
    del files["bag-info.txt"]

    assert errors(planned(files).findings) == {"BAG-TAG-FILE-MISSING"}


def test_an_algorithm_that_is_not_known_cannot_be_verified_so_the_bag_is_not_valid() -> None:
    files = bag_files(tag_algorithms=()) | {"manifest-whirlpool.txt": b""}

    assert errors(planned(files).findings) == {"BAG-ALGORITHM-UNSUPPORTED"}


def test_an_absent_empty_system_file_is_excused_and_an_absent_full_one_is_not() -> None:
    files = bag_files({"data/.DS_Store": b"", "data/Thumbs.db": b"full", "data/a": b"a"}, tag_algorithms=())
    del files["data/.DS_Store"], files["data/Thumbs.db"]

    plan = planned(files)

    assert {(finding.code, finding.path) for finding in plan.findings} == {
        ("BAG-SYSTEM-FILE-MISSING", "data/.DS_Store"),
        ("BAG-PAYLOAD-MISSING", "data/Thumbs.db"),
    }


def test_an_empty_payload_needs_its_folder() -> None:
    files = bag_files({})

    assert planned(files, directories=("data",)).findings == ()
    assert errors(planned(files).findings) == {"BAG-NO-PAYLOAD-FOLDER"}


def test_a_bag_that_lost_its_declaration_is_still_meant_to_be_a_bag() -> None:
    files = bag_files()
    del files["bagit.txt"]

    assert looks_like_bag(dict.fromkeys(files, 0))
    assert errors(planned(files).findings) == {"BAG-DECLARATION-MISSING"}
    assert not looks_like_bag({"data/x": 0, "readme.txt": 0})


def test_a_tag_file_beyond_the_limit_is_not_read() -> None:
    files = bag_files(tag_algorithms=())
    sizes = {path: len(data) for path, data in files.items()} | {"manifest-sha512.txt": 1 << 40}

    plan = plan_bag(sizes, lambda path: io.BytesIO(files[path]))  # type: ignore[arg-type, return-value]

    assert "BAG-TAG-FILE-TOO-LARGE" in errors(plan.findings)


def test_a_differing_digest_is_a_finding_with_both_values() -> None:
    (finding,) = compare("data/a", (("md5", b"\x01"), ("sha512", b"\x02")), {"md5": b"\x01", "sha512": b"\x03"})

    assert finding.code == "BAG-DIGEST-MISMATCH"
    assert finding.values == {"algorithm": "sha512", "expected": "02", "found": "03"}


def test_a_digest_that_nobody_computed_is_not_taken_for_verified() -> None:
    with pytest.raises(KeyError):
        compare("data/a", (("md5", b"\x01"),), {})


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_name_survives_being_written_as_rfc_8493_asks(name: str) -> None:
    written = "data/" + name.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")

    path = read_path(written, is_rfc=True)

    if refusal("data/" + name) is None and "�" not in name:
        assert path.readings == ("data/" + name,)
        assert path.fault is None


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["bagit.txt", "bag-info.txt", "manifest-md5.txt", "fetch.txt"]), st.binary()))
def test_no_bytes_in_tag_files_make_it_fail(files: dict[str, bytes]) -> None:
    whole = bag_files(algorithms=("md5",), tag_algorithms=()) | files

    assert planned(whole).version in (None, "1.0", "0.97")
