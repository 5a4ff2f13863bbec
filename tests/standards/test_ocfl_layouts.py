"""Identifiers to object roots, against the examples that the extensions themselves give."""

import json
from pathlib import Path

import pytest

from preservation.standards.ocfl.clean_paths import DirectCleanPath
from preservation.standards.ocfl.declarations import LAYOUT_EXTENSION, storage_root_files
from preservation.standards.ocfl.digests import hex_digest, is_known, is_well_formed
from preservation.standards.ocfl.extensions import InvalidSettings, Settings, is_registered, layout, read_settings
from preservation.standards.ocfl.layouts import FlatDirect, FlatOmitPrefix, HashedNTuple


def test_every_published_vector_of_every_layout_is_met(corpora: Path) -> None:
    vectors = json.loads((corpora / "ocfl/layout-vectors/storage-layout-vectors.json").read_text())

    wrong = []
    for vector in vectors:
        mapping = layout(vector["extension"], Settings(vector["params"]))
        assert mapping is not None
        if mapping.object_root(vector["id"]) != vector["path"]:
            wrong.append(vector["case"])

    assert wrong == []
    assert len(vectors) == 44


def test_the_published_digest_values_are_met(corpora: Path) -> None:
    vectors = json.loads((corpora / "ocfl/layout-vectors/digest-vectors.json").read_text())["empty"]

    checked = 0
    for name, value in vectors.items():
        algorithm = name.removesuffix("-prefix")
        assert is_known(algorithm)
        assert hex_digest(algorithm, b"").startswith(value)
        checked += 1

    assert checked == 5


def test_our_layout_is_what_our_storage_root_says() -> None:
    settings = read_settings(LAYOUT_EXTENSION, storage_root_files()[f"extensions/{LAYOUT_EXTENSION}/config.json"])
    mapping = layout(LAYOUT_EXTENSION, settings)

    assert mapping == HashedNTuple()
    assert HashedNTuple().object_root("urn:uuid:00000000-0000-7000-8000-000000000000").count("/") == 3


def test_clean_paths_with_encoding_meet_the_examples_of_the_extension() -> None:
    clean = DirectCleanPath(encode_utf=True, fallback_digest_algorithm="sha512", number_of_fallback_tuples=2)

    assert clean.object_root("..hor_rib:lé-$id") == "..hor_rib=u003Alé-$id"
    assert clean.object_root("object=u123a-01") == "object=u003Du123a-01"
    assert clean.object_root("object=u13a-01") == "object=u13a-01"
    assert clean.object_root("/test/ ~/.../blah") == "test/=u0020~/=u002E../blah"
    assert clean.object_root("a" * 128).split("/")[0] == "fallback"


@pytest.mark.parametrize("identifier", ["", ".", "..", "a/b", "a\0b", "x" * 256])
def test_a_flat_layout_refuses_an_identifier_that_is_no_folder_name(identifier: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        FlatDirect().object_root(identifier)


def test_an_identifier_that_ends_with_the_delimiter_has_no_place() -> None:
    with pytest.raises(ValueError, match="delimiter"):
        FlatOmitPrefix().object_root("namespace:")


@pytest.mark.parametrize(
    "members",
    [
        {"tupleSize": -1},
        {"tupleSize": 33},
        {"tupleSize": True},
        {"tupleSize": 0},
        {"digestAlgorithm": "crc32"},
        {"digestAlgorithm": 5},
        {"shortObjectRoot": "yes"},
    ],
)
def test_settings_out_of_bounds_are_refused(members: dict[str, object]) -> None:
    with pytest.raises(InvalidSettings):
        layout(LAYOUT_EXTENSION, Settings(members))


def test_the_settings_files_of_the_corpus_are_told_apart(corpora: Path) -> None:
    folder = corpora / "ocfl/ocfl-py-extra/extension_configs/extensions"

    assert read_settings("good_param", (folder / "good_param/config.json").read_bytes()).text("param", "") == "yay!"
    with pytest.raises(InvalidSettings):
        read_settings("not_json", (folder / "not_json/config.json").read_bytes())
    with pytest.raises(InvalidSettings):
        read_settings("no_config", None)
    with pytest.raises(InvalidSettings):
        read_settings("another", (folder / "good_param/config.json").read_bytes())


def test_registered_extensions_are_known_by_name() -> None:
    assert is_registered("0005-mutable-head")
    assert not is_registered("unregistered")
    assert not is_well_formed("size", "-1")
    assert is_well_formed("size", "0")
