import base64
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preservation.standards import merkle

Case = dict[str, Any]


def bytes_of(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as it is written there."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def nodes(leaves: list[bytes]) -> merkle.NodeReader:
    return lambda height, index: naive_root(leaves[index << height : (index + 1) << height])


def leaves_of(count: int) -> list[bytes]:
    return [merkle.leaf_hash(b"%d" % number) for number in range(count)]


def cases(corpora: Path, kind: str) -> Iterator[tuple[str, Case]]:
    folder = corpora / "merkle-log" / "proofs" / kind
    for path in sorted(folder.rglob("*.json")):
        yield str(path.relative_to(folder)), json.loads(path.read_text())


def proof_of(case: Case) -> list[bytes]:
    return [bytes_of(text) for text in case["proof"] or []]


def is_included(case: Case) -> bool:
    return merkle.verify_inclusion(
        bytes_of(case["leafHash"]), case["leafIdx"], case["treeSize"], proof_of(case), bytes_of(case["root"])
    )


def is_consistent(case: Case) -> bool:
    return merkle.verify_consistency(
        case["size1"], case["size2"], proof_of(case), bytes_of(case["root1"]), bytes_of(case["root2"])
    )


def is_in_subtree(case: Case) -> bool:
    return merkle.verify_subtree_inclusion(
        bytes_of(case["leafHash"]), case["leafIdx"], case["start"], case["end"], proof_of(case), bytes_of(case["root"])
    )


def is_subtree(case: Case) -> bool:
    return merkle.verify_subtree_consistency(
        case["start"], case["end"], case["size"], proof_of(case), bytes_of(case["root1"]), bytes_of(case["root2"])
    )


@pytest.mark.parametrize(
    ("kind", "count", "judge"),
    [
        ("inclusion", 49, is_included),
        ("consistency", 49, is_consistent),
        ("subtreeinclusion", 102, is_in_subtree),
        ("subtreeconsistency", 59, is_subtree),
    ],
)
def test_every_public_proof_is_judged_as_its_authors_say(
    corpora: Path, kind: str, count: int, judge: Callable[[Case], bool]
) -> None:
    judged = {name: judge(case) is not case["wantErr"] for name, case in cases(corpora, kind)}

    assert [name for name, is_right in judged.items() if not is_right] == []
    assert len(judged) == count


def test_the_reference_tree_has_the_roots_of_its_authors(corpora: Path) -> None:
    tree = json.loads((corpora / "merkle-log" / "proofs" / "reference-tree.json").read_text())
    leaves = [merkle.leaf_hash(bytes.fromhex(text)) for text in tree["leaf_inputs_hex"]]
    roots = [bytes.fromhex(text) for text in tree["root_hashes_hex_by_size"]]

    frontier: list[bytes] = []
    found = [merkle.root_of_peaks(frontier)]
    for size, leaf in enumerate(leaves):
        merkle.append_leaf(frontier, size, leaf)
        found.append(merkle.root_of_peaks(frontier))

    assert found == roots
    assert [merkle.range_root(nodes(leaves), 0, size) for size in range(9)] == roots
    assert len(roots) == 9


def test_known_hashes() -> None:
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert (
        merkle.node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@settings(deadline=None)
@given(st.integers(0, 300))
def test_peaks_and_frontier_lead_to_the_root_of_the_naive_tree(size: int) -> None:
    leaves = leaves_of(size)
    frontier: list[bytes] = []
    for number, leaf in enumerate(leaves):
        merkle.append_leaf(frontier, number, leaf)

    assert merkle.root_of_peaks(frontier) == naive_root(leaves)
    assert merkle.peaks(b"".join(leaves)) == frontier


@settings(deadline=None)
@given(st.integers(1, 200), st.data())
def test_a_leaf_is_proved_where_it_is_and_nowhere_else(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(nodes(leaves), index, size)

    assert merkle.verify_inclusion(leaves[index], index, size, proof, naive_root(leaves))
    assert merkle.verify_inclusion(leaves[index], other, size, proof, naive_root(leaves)) is (index == other)
    assert merkle.verify_inclusion(leaves[other], index, size, proof, naive_root(leaves)) is (index == other)


@settings(deadline=None)
@given(st.integers(1, 200), st.integers(1, 200))
def test_a_tree_is_consistent_with_each_of_its_beginnings(one: int, other: int) -> None:
    old, new = sorted((one, other))
    leaves = leaves_of(new)
    proof = merkle.consistency_proof(nodes(leaves), old, new)

    assert merkle.verify_consistency(old, new, proof, naive_root(leaves[:old]), naive_root(leaves))
    assert not merkle.verify_consistency(old, new, proof, naive_root(leaves[:old]), merkle.leaf_hash(b"another"))
    assert not merkle.verify_consistency(old, new, [*proof, leaves[0]], naive_root(leaves[:old]), naive_root(leaves))


@settings(deadline=None)
@given(st.integers(2, 100), st.data())
def test_a_tree_whose_past_was_changed_is_not_consistent(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size - 1))
    changed = list(leaves)
    changed[data.draw(st.integers(0, old - 1))] = merkle.leaf_hash(b"rewritten")
    proof = merkle.consistency_proof(nodes(changed), old, size)

    assert not merkle.verify_consistency(old, size, proof, naive_root(leaves[:old]), naive_root(changed))


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="no leaf 3"):
        merkle.inclusion_proof(nodes(leaves_of(3)), 3, 3)
    with pytest.raises(ValueError, match="not a beginning"):
        merkle.consistency_proof(nodes(leaves_of(3)), 4, 3)


def test_every_tree_continues_the_empty_one_without_proof() -> None:
    assert merkle.consistency_proof(nodes(leaves_of(3)), 0, 3) == []
    assert merkle.verify_consistency(0, 0, [], merkle.EMPTY_ROOT, merkle.EMPTY_ROOT)
    assert not merkle.verify_consistency(0, 3, [], merkle.EMPTY_ROOT, naive_root(leaves_of(3)))
