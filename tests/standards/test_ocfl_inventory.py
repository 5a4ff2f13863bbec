"""Inventories: what is written is read again, what is wrong is named, what is hostile is refused."""

import csv
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preservation.standards.ocfl import inventory
from preservation.standards.ocfl.content_paths import ContentPaths
from preservation.standards.ocfl.inventory import InvalidInventory, Inventory
from preservation.standards.ocfl.json_documents import JsonRefused, read_json
from preservation.standards.ocfl.paths import conflicts, is_safe
from preservation.standards.ocfl.timestamps import parse_timestamp

CREATED = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
OBJECT_ID = "urn:uuid:01890a5d-ac96-774b-bcce-b302099a8057"


@dataclass(frozen=True, slots=True)
class Row:
    logical_path: str
    content_path: str
    sha512: bytes
    sha256: bytes


def row(logical_path: str, content_path: str, data: bytes) -> Row:
    return Row(logical_path, content_path, hashlib.sha512(data).digest(), hashlib.sha256(data).digest())


def written(rows: Sequence[Row], *, base: Inventory | None = None, version: int = 1, message: str = "Đợt nộp") -> bytes:
    return b"".join(
        inventory.write(
            object_id=OBJECT_ID,
            base=base,
            version=version,
            created=CREATED,
            message=message,
            user_name="Kho lưu trữ",
            user_address="https://example.org/kho",
            files=rows,
        )
    )


def codes_of(data: bytes) -> set[str]:
    try:
        inventory.parse(data)
    except InvalidInventory as error:
        return {finding.code for finding in error.findings if finding.is_error}
    return set()


LOGICAL_PATHS = (
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=8).filter(
            lambda segment: segment not in (".", "..")
        ),
        min_size=1,
        max_size=3,
    )
    .map("/".join)
    .filter(is_safe)
)


@given(st.dictionaries(LOGICAL_PATHS, st.binary(max_size=2), max_size=12), st.text(st.characters(codec="utf-8")))
def test_what_is_written_is_read_again(contents: dict[str, bytes], message: str) -> None:
    contents = {path: data for path, data in contents.items() if path not in set(conflicts(contents))}
    content_paths = ContentPaths(1)
    rows = [row(path, content_paths.assign(path), data) for path, data in contents.items()]

    data = written(rows, message=message)
    read = inventory.parse(data)

    assert data == written(list(reversed(rows)), message=message)
    assert (read.id, read.head, read.digest_algorithm, read.version_names) == (OBJECT_ID, 1, "sha512", ("v1",))
    assert read.versions[1].state == {row.logical_path: row.sha512.hex() for row in rows}
    assert read.sha256 == {row.content_path: row.sha256.hex() for row in rows}
    assert {path for paths in read.manifest.values() for path in paths} == {row.content_path for row in rows}
    assert (read.versions[1].created, read.versions[1].message) == (CREATED, message)


def test_a_second_version_carries_the_first_and_points_back_at_its_content() -> None:
    first = [row("a.txt", "v1/content/a.txt", b"a"), row("gone.txt", "v1/content/gone.txt", b"gone")]
    base = inventory.parse(written(first))
    second = [
        row("a.txt", "v1/content/a.txt", b"a"),
        row("copy of a.txt", "v1/content/a.txt", b"a"),
        row("b.txt", "v2/content/b.txt", b"b"),
    ]

    read = inventory.parse(written(second, base=base, version=2))

    assert read.head == 2
    assert read.versions[1] == base.versions[1]
    assert set(read.versions[2].state) == {"a.txt", "copy of a.txt", "b.txt"}
    assert set(read.sha256) == {"v1/content/a.txt", "v1/content/gone.txt", "v2/content/b.txt"}
    assert len(read.manifest) == 3


def test_a_large_inventory_comes_in_pieces() -> None:
    rows = [row(f"{number}", f"v1/content/{number}", b"%d" % number) for number in range(3000)]
    chunks = list(
        inventory.write(
            object_id=OBJECT_ID,
            base=None,
            version=1,
            created=CREATED,
            message="",
            user_name="x",
            user_address="mailto:x@example.org",
            files=rows,
        )
    )

    assert len(chunks) > 3
    assert max(map(len, chunks)) < 1 << 20
    assert len(inventory.parse(b"".join(chunks)).manifest) == 3000


def test_fixity_values_of_other_algorithms_are_carried_over() -> None:
    document = json.loads(written([row("a", "v1/content/a", b"a")]))
    document["fixity"]["md5"] = {hashlib.md5(b"a", usedforsecurity=False).hexdigest(): ["v1/content/a"]}
    base = inventory.parse(json.dumps(document).encode())

    read = inventory.parse(written([row("b", "v2/content/b", b"b")], base=base, version=2))

    assert read.fixity["md5"] == base.fixity["md5"]


@pytest.mark.parametrize(
    "rows",
    [
        [row("a", "v1/content/a", b"a"), row("a", "v1/content/b", b"b")],
        [row("a", "v1/content/a", b"a"), row("a/b", "v1/content/b", b"b")],
        [row("a", "v1/content/x", b"a"), row("b", "v1/content/x", b"b")],
        [row("a", "v1/content/x", b"a"), row("b", "v1/content/x/y", b"b")],
        [row("a", "v2/content/a", b"a")],
        [row("../a", "v1/content/a", b"a")],
        [row("a", "v1/content/../../a", b"a")],
        [Row("a", "v1/content/a", b"short", b"short")],
    ],
)
def test_rows_that_make_no_valid_inventory_are_refused_before_the_first_byte(rows: list[Row]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        written(rows)


def test_a_base_of_other_conventions_or_another_object_is_not_continued() -> None:
    first = [row("a", "v1/content/a", b"a")]
    other = inventory.parse(written(first).replace(OBJECT_ID.encode(), b"urn:uuid:another"))
    padded = inventory.parse(written(first).replace(b'"v1', b'"v01'))

    with pytest.raises(ValueError, match="another object"):
        written(first, base=other, version=2)
    with pytest.raises(ValueError, match="conventions"):
        written(first, base=padded, version=2)
    with pytest.raises(ValueError, match="follow"):
        written(first, base=inventory.parse(written(first)), version=3)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        (b'"id":', b'"ID":', "E036"),
        (b'"id":', b'"more": 1, "id":', "E102"),
        (b'"id":', b'"head": "v1", "id":', "E033"),
        (b'"head": "v1"', b'"head": "v2"', "E040"),
        (b'"sha512"', b'"md5"', "E025"),
        (b"/1.1/spec/", b"/2.0/spec/", "E038"),
        (b'"versions": {', b'"versions": {"w1": {}, ', "E104"),
        (b'"versions": {', b'"versions": {"v0": {}, ', "E105"),
        (b'"versions": {', b'"versions": {"v9": {}, ', "E010"),
        (b'"created": "2026-02-03T04:05:06Z"', b'"created": "2026-02-03T04:05:06"', "E049"),
        (b'"created": "2026-02-03T04:05:06Z"', b'"created": "2026-02-30T04:05:06Z"', "E049"),
        (b'"created": "2026-02-03T04:05:06Z",', b"", "E048"),
        (b'"message": "', b'"message": ["x"], "messages": "', "E094"),
        (b'["v1/content/a"]', b'["v1/content/a/../b"]', "E099"),
        (b'["v1/content/a"]', b'["v1/other/a"]', "E042"),
        (b'["v1/content/a"]', b'["v01/content/a"]', "E014"),
        (b'["v1/content/a"]', b'["/v1/content/a"]', "E100"),
        (b'["v1/content/a"]', b'["v1/content/a", "v1/content/a/b"]', "E101"),
        (b'["v1/content/a"]', b"[]", "E092"),
        (b'["v1/content/a"]', b"[3]", "E092"),
        (b'["a"]', b'["a", "a/b"]', "E095"),
        (b'["a"]', b'["a", "./b"]', "E052"),
        (b'["a"]', b'["a", "b/"]', "E053"),
        (b'["a"]', b"[{}]", "E051"),
        (b'["a"]', b'"a"', "E050"),
        (b'"sha256": {', b'"sha3": {', "E056"),
        (b'"fixity": {', b'"fixity": {"md5": {"00": ["v1/content/a"]}, ', "E057"),
    ],
)
def test_each_fault_has_its_code(before: bytes, after: bytes, code: str) -> None:
    good = written([row("a", "v1/content/a", b"a")])
    assert codes_of(good) == set()
    assert before in good

    assert code in codes_of(good.replace(before, after))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"null",
        b"\xff{}",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"id": NaN}',
        b'{"id": -Infinity}',
        b'{"id": ' + b"9" * 5000 + b"}",
        b'{"id": "\\ud800"}',
        b'{"id": "a", "id": "b"}',
        b'{"id": "a"} trailing',
    ],
)
def test_bytes_that_are_not_one_sound_json_object_are_refused(data: bytes) -> None:
    assert codes_of(data) == {"E033"}


def test_an_inventory_over_the_limit_is_refused() -> None:
    good = written([row("a", "v1/content/a", b"a")])

    with pytest.raises(InvalidInventory, match="E033"):
        inventory.parse(good, max_bytes=len(good) - 1)
    assert inventory.parse(good, max_bytes=len(good)).head == 1


def test_a_flood_of_faults_is_reported_a_hundred_times_at_most() -> None:
    document = json.loads(written([row("a", "v1/content/a", b"a")]))
    document.update({f"stray {number}": 1 for number in range(5000)})

    with pytest.raises(InvalidInventory) as caught:
        inventory.parse(json.dumps(document).encode())
    assert len(caught.value.findings) == 100


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["id", "type", "head", "manifest", "versions", "fixity", "v1", "state", "created", "user", "a"]
                ),
                inner,
            )
        ),
    )
)
def test_no_document_makes_the_reader_fail(document: object) -> None:
    base = json.loads(written([row("a", "v1/content/a", b"a")]))
    assert codes_of(json.dumps(document).encode())
    for key in base:
        codes_of(json.dumps({**base, key: document}).encode())


def test_digests_compare_without_case_and_keys_to_the_letter() -> None:
    good = written([row("a", "v1/content/a", b"a")])
    digest = hashlib.sha512(b"a").hexdigest().encode()

    assert inventory.parse(good.replace(digest, digest.upper())).manifest == inventory.parse(good).manifest
    assert codes_of(good.replace(digest, digest.upper(), 1)) == {"E050"}


def test_times_are_read_as_rfc_3339_writes_them() -> None:
    assert parse_timestamp("2021-03-30T15:18:29.613693922-05:00") == datetime(
        2021, 3, 30, 15, 18, 29, 613693, timezone(timedelta(hours=-5))
    )
    assert parse_timestamp("2016-12-31t23:59:60z") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)
    for text in (
        "2021-03-30",
        "2021-03-30 15:18:29Z",
        "2021-03-30T15:18Z",
        "2021-13-01T00:00:00Z",
        "２０21-03-30T15:18:29Z",
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            parse_timestamp(text)


def test_the_single_inventories_of_the_corpus_are_refused_with_their_code(corpora: Path) -> None:
    with (corpora / "ocfl/manifest.csv").open(newline="") as stream:
        cases = [case for case in csv.DictReader(stream) if case["kind"] == "inventory.json"]

    for case in cases:
        assert case["codes"][:4] in codes_of((corpora / "ocfl" / case["path"]).read_bytes()), case["case_id"]

    assert len(cases) == 2


def test_json_is_judged_as_the_test_suite_for_parsers_judges_it(corpora: Path) -> None:
    judged = 0
    for path in sorted((corpora / "crypto-vectors/JSONTestSuite/test_parsing").glob("[ny]_*.json")):
        # A key that stands twice is what we refuse beyond RFC 8259.
        expected = path.name.startswith("y_") and "duplicated_key" not in path.name
        try:
            read_json(path.read_bytes(), max_bytes=1 << 20)
            accepted = True
        except JsonRefused:
            accepted = False
        assert accepted == expected, path.name
        judged += 1

    assert judged == 136
