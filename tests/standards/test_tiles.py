from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preservation.standards import merkle
from preservation.standards.tiles import (
    TileName,
    decode_bundle,
    encode_bundle,
    index_path,
    node_reader,
    parse_path,
    tile_width,
    tiles_of_growth,
)
from preservation.standards.tree_edge import TreeEdge

# The entries of tessera's test log, spelt as there.
WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eit",
    "nain",
    "ten",
    "ileven",
    "twelf",
    "threeten",
    "fourten",
    "fivten",
]
SIZES = st.one_of(st.integers(0, 1200), st.sampled_from([65_535, 65_536, 65_537, 70_000, 131_072]))


def leaves_of(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(count)]


def tiles_of(leaves: list[bytes], size: int) -> tuple[dict[str, bytes], TreeEdge, bytes]:
    """Every tile of a tree, built by moving an edge."""
    edge, tiles = TreeEdge(), {}
    for at in range(0, size - size % 256, 256):
        tile = b"".join(leaves[at : at + 256])
        tiles[TileName(0, at // 256).path] = tile
        tiles.update((name.path, data) for name, data in edge.push(tile))
    tail = b"".join(leaves[edge.size : size])
    if tail:
        tiles[TileName(0, edge.size // 256, size % 256).path] = tail
    tiles.update((name.path, data) for name, data in edge.partial_tiles())
    return tiles, edge, tail


@pytest.mark.parametrize(
    ("index", "path"),
    [(0, "000"), (255, "255"), (999, "999"), (1000, "x001/000"), (1_234_067, "x001/x234/067")],
)
def test_an_index_is_written_in_groups_of_three_digits(index: int, path: str) -> None:
    assert index_path(index) == path
    assert parse_path(f"tile/0/{path}") == TileName(0, index)


@settings(deadline=None)
@given(st.one_of(st.none(), st.integers(0, 63)), st.integers(0, 10**12), st.integers(1, 256))
def test_a_path_names_one_tile(level: int | None, index: int, width: int) -> None:
    name = TileName(level, index, width)

    assert parse_path(name.path) == name


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/entries/000/",
        "tile/0/../000",
        "checkpoint",
        "",
    ],
)
def test_a_path_written_otherwise_names_none(path: str) -> None:
    assert parse_path(path) is None


def test_a_tree_of_70000_has_the_partial_tiles_that_the_specification_names() -> None:
    names = list(tiles_of_growth(0, 70_000))

    partial = [(name.level, name.width) for name in names if name.width < 256 and name.level is not None]
    assert partial == [(0, 112), (1, 17), (2, 1)]
    assert sum(name.level == 0 for name in names) == 274
    assert sum(name.level == 1 for name in names) == 2


def test_a_tree_of_256_has_a_full_tile_and_one_of_width_1_above_it() -> None:
    assert list(tiles_of_growth(0, 256)) == [TileName(0, 0), TileName(None, 0), TileName(1, 0, 1)]


@settings(deadline=None)
@given(st.integers(0, 3000), st.integers(0, 3000))
def test_growth_writes_just_what_the_smaller_tree_lacks(one: int, other: int) -> None:
    old, new = sorted((one, other))
    needed = {(level, index) for level in range(3) for index in range(13) if tile_width(level, index, new)}
    unchanged = {place for place in needed if tile_width(*place, old) == tile_width(*place, new)}

    grown = {(name.level, name.index): name for name in tiles_of_growth(old, new) if name.level is not None}

    assert set(grown) == needed - unchanged
    assert all(name.width == tile_width(*place, new) for place, name in grown.items())


@settings(max_examples=30, deadline=None)
@given(SIZES)
def test_tiles_made_by_moving_an_edge_are_all_that_a_tree_has(size: int) -> None:
    leaves = leaves_of(size)
    tiles, edge, tail = tiles_of(leaves, size)
    frontier = merkle.peaks(b"".join(leaves))

    assert edge.root(tail) == merkle.root_of_peaks(frontier)
    assert set(tiles) == {name.path for name in tiles_of_growth(0, size) if name.level is not None}


@settings(max_examples=30, deadline=None)
@given(SIZES.filter(bool), st.data())
def test_proofs_read_from_tiles_verify(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    tiles, edge, tail = tiles_of(leaves, size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    node = node_reader(lambda name: tiles[name.path], size)

    inclusion = merkle.inclusion_proof(node, index, size)
    consistency = merkle.consistency_proof(node, old, size)

    root, old_root = edge.root(tail), merkle.root_of_peaks(merkle.peaks(b"".join(leaves[:old])))
    assert merkle.verify_inclusion(leaves[index], index, size, inclusion, root)
    assert merkle.verify_consistency(old, size, consistency, old_root, root)


@settings(max_examples=20, deadline=None)
@given(SIZES, st.data())
def test_an_edge_read_back_from_tiles_grows_on_to_the_same_root(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    tiles, edge, tail = tiles_of(leaves, size)
    start = data.draw(st.integers(0, size // 256)) * 256

    resumed = TreeEdge.read(start, size, lambda name: tiles[name.path])
    for at in range(start, edge.size, 256):
        resumed.push(b"".join(leaves[at : at + 256]))

    assert resumed.root(tail) == edge.root(tail)
    assert resumed.partial_tiles() == edge.partial_tiles()


def test_a_tile_of_another_length_is_not_read_as_a_tile() -> None:
    node = node_reader(lambda name: bytes(32 * name.width - 1), 300)

    with pytest.raises(ValueError, match="8191 bytes"):
        node(0, 3)
    with pytest.raises(ValueError, match="too short"):
        TreeEdge.read(512, 600, lambda _name: b"")


def test_an_edge_stands_and_moves_by_whole_tiles() -> None:
    with pytest.raises(ValueError, match="256"):
        TreeEdge(5)
    with pytest.raises(ValueError, match="full tile"):
        TreeEdge().push(bytes(32))


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_its_entries_back(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == entries


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x02a", b"\x00\x01ab", b"\x00\x00" * 257])
def test_a_bundle_that_ends_within_an_entry_or_holds_too_many_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="bundle"):
        decode_bundle(data)


def test_the_longest_entry_fits_and_a_longer_one_does_not() -> None:
    assert decode_bundle(encode_bundle([bytes(65_535)])) == [bytes(65_535)]
    with pytest.raises(ValueError, match="65536 bytes"):
        encode_bundle([bytes(65_536)])


def test_the_tiles_and_bundles_of_tesseras_log_are_made_again_byte_for_byte(corpora: Path) -> None:
    log = corpora / "merkle-log" / "tessera-log"
    leaves = [merkle.leaf_hash(word.encode()) for word in WORDS]
    compared = 0
    for size in range(1, 16):
        tiles, _, _ = tiles_of(leaves, size)
        tiles[TileName(None, 0, size).path] = encode_bundle([word.encode() for word in WORDS[:size]])
        for path, data in tiles.items():
            assert (log / path).read_bytes() == data
            compared += 1

    assert compared == 30
