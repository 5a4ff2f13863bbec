"""Content paths: kept where portable, changed where not, never two files under one name."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from preservation.standards.ocfl.content_paths import MAX_PATH_BYTES, ContentPaths, is_portable

AWKWARD = 'aAbBßẞéÉe\u0301ộỘσςΣ.~ %:?*<>|"\\\u00a0\u200b\ufffd\u1100\u1161\u212b1\n\x7f\u3000'
SEGMENTS = st.one_of(
    st.text(st.sampled_from(AWKWARD), min_size=1, max_size=6),
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=12),
    st.sampled_from(["CON", "con.txt", "Nul .x", "aux", "COM¹.pdf", "x.", "x ", ".hidden", "a~2", "a"]),
    st.builds(str.__mul__, st.sampled_from(["ệ", "x", "\n", "e\u0301"]), st.integers(60, 300)),
).filter(lambda segment: segment not in (".", ".."))
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join)
LONG_PATHS = st.builds(lambda segment, count: "/".join([segment] * count), SEGMENTS, st.integers(1, 60))


def what_a_blind_file_system_sees(path: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", path).casefold())


def without_conflicts(paths: list[str]) -> list[str]:
    kept: list[str] = []
    for path in dict.fromkeys(paths):
        if not any(path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in kept):
            kept.append(path)
    return kept


@given(st.lists(st.one_of(PATHS, LONG_PATHS), max_size=25))
@example(["A", "a/b", "a~2", "a~2x/y", "A~2/z"])
@example(["q/bar/1", "q/BAR", "Q/bar~2", "Q/bar~3/x"])
def test_content_paths_are_portable_and_never_meet(paths: list[str]) -> None:
    content_paths = ContentPaths(3)

    given_paths = [content_paths.assign(path) for path in without_conflicts(paths)]

    seen = [what_a_blind_file_system_sees(path) for path in given_paths]
    assert len(set(seen)) == len(seen)
    folders = {path[:at] for path in seen for at, character in enumerate(path) if character == "/"}
    assert not folders & set(seen)
    for path in given_paths:
        assert path.startswith("v3/content/")
        assert is_portable(path), path
        assert len(path.encode()) <= MAX_PATH_BYTES
        assert all(len(segment.encode()) <= 255 for segment in path.split("/"))


@given(st.lists(PATHS, max_size=10))
def test_the_same_paths_get_the_same_content_paths(paths: list[str]) -> None:
    once, again = ContentPaths(1), ContentPaths(1)

    assert [once.assign(p) for p in without_conflicts(paths)] == [again.assign(p) for p in without_conflicts(paths)]


@pytest.mark.parametrize(
    ("logical", "content"),
    [
        ("representations/rep1/data/Hồ sơ số 5/Tờ trình.pdf", "representations/rep1/data/Hồ sơ số 5/Tờ trình.pdf"),
        ("a b (1) [x] {y} + 100% & 'z'.txt", "a b (1) [x] {y} + 100% & 'z'.txt"),
        ("a:b?.pdf", "a%3Ab%3F.pdf"),
        ("CON.txt", "%43ON.txt"),
        ("aux", "%61ux"),
        ("console.txt", "console.txt"),
        ("name.", "name%2E"),
        ("name ", "name%20"),
        ("two\nlines.doc", "two%0Alines.doc"),
        ("e\u0301.txt", "e%CC%81.txt"),
        ("back\\slash.tif", "back%5Cslash.tif"),
        ("caf\ufffdE9.doc", "caf%EF%BF%BDE9.doc"),
        (".htaccess", ".htaccess"),
    ],
)
def test_what_is_portable_stays_and_the_rest_is_percent_encoded(logical: str, content: str) -> None:
    assert ContentPaths(1).assign(logical) == f"v1/content/{content}"


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    content_paths = ContentPaths(1)
    first, second = (content_paths.assign("ệ" * 100 + letter + ".tiff") for letter in "ab")

    assert first != second
    for path in (first, second):
        assert path.endswith(".tiff")
        assert len(path.removeprefix("v1/content/").encode()) <= 200


def test_names_that_differ_in_case_alone_are_told_apart_before_the_extension() -> None:
    content_paths = ContentPaths(2)

    assert content_paths.assign("Scan.PDF") == "v2/content/Scan.PDF"
    assert content_paths.assign("scan.pdf") == "v2/content/scan~2.pdf"
    assert content_paths.assign("SCAN.pdf") == "v2/content/SCAN~3.pdf"


def test_a_very_deep_path_fits_and_keeps_its_name() -> None:
    path = ContentPaths(1).assign("d/" * 900 + "page.jp2")

    assert len(path.encode()) <= MAX_PATH_BYTES
    assert path.endswith("/page.jp2")


@pytest.mark.parametrize(
    ("before", "path"),
    [
        (["a"], "a"),
        (["a"], "a/b"),
        (["a/b"], "a"),
        (["a/b/c"], "a/b"),
        ([], ""),
        ([], "/a"),
        ([], "a/"),
        ([], "a//b"),
        ([], "a/../b"),
        ([], "./a"),
        ([], ".."),
        ([], "half\ud800"),
    ],
)
def test_a_path_that_ocfl_forbids_or_that_conflicts_is_refused(before: list[str], path: str) -> None:
    content_paths = ContentPaths(1)
    for earlier in before:
        content_paths.assign(earlier)

    with pytest.raises(ValueError):  # noqa: PT011
        content_paths.assign(path)
