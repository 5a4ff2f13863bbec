"""The Merkle tree of RFC 6962 (2.1) and RFC 9162 (2.1), over SHA-256: hashes, proofs, and their verification.

A hash is 32 raw bytes. Proofs are made from a `NodeReader`, so that the caller decides where nodes come from (tiles, a
list, a recomputation). Verifying functions answer True or False: a proof that fails is an answer, not an error.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

# node(height, index): the root of the leaves [index << height, (index + 1) << height), which are all there.
NodeReader = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162, 2.1.1: the hash of a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162, 2.1.1: the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: bytes) -> bytes:
    """The root over 2**k concatenated node hashes."""
    while len(hashes) > HASH_SIZE:
        hashes = b"".join(
            [sha256(b"\x01" + hashes[at : at + 64]).digest() for at in range(0, len(hashes), 2 * HASH_SIZE)]
        )
    return hashes


def peaks(hashes: bytes) -> list[bytes]:
    """The roots of the perfect subtrees over concatenated hashes, largest first."""
    found: list[bytes] = []
    count, at = len(hashes) // HASH_SIZE, 0
    while count:
        width = 1 << (count.bit_length() - 1)
        found.append(perfect_root(hashes[at * HASH_SIZE : (at + width) * HASH_SIZE]))
        at += width
        count -= width
    return found


def root_of_peaks(frontier: Sequence[bytes]) -> bytes:
    """The root of the tree whose perfect subtrees, largest first, have these roots."""
    if not frontier:
        return EMPTY_ROOT
    root = frontier[-1]
    for peak in reversed(frontier[:-1]):
        root = node_hash(peak, root)
    return root


def append_leaf(frontier: list[bytes], size: int, hash_of_leaf: bytes) -> int:
    """Grow a frontier (roots of the perfect subtrees, largest first) by one leaf; the new size."""
    remaining = size
    while remaining & 1:
        hash_of_leaf = node_hash(frontier.pop(), hash_of_leaf)
        remaining >>= 1
    frontier.append(hash_of_leaf)
    return size + 1


def range_root(node: NodeReader, low: int, high: int) -> bytes:
    """MTH(D[low:high]) for a range that the tree itself has as a subtree; EMPTY_ROOT for an empty one."""
    count = high - low
    if count == 0:
        return EMPTY_ROOT
    if count & (count - 1) == 0:
        return node(count.bit_length() - 1, low // count)
    split = low + _split(count)
    return node_hash(range_root(node, low, split), range_root(node, split, high))


def inclusion_proof(node: NodeReader, index: int, size: int) -> list[bytes]:
    """PATH(index, D[0:size]) of RFC 9162, 2.1.3.1, from the leaf's sibling to the root's child."""
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of size {size}")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        split = low + _split(high - low)
        if index < split:
            path.append(range_root(node, split, high))
            high = split
        else:
            path.append(range_root(node, low, split))
            low = split
    return path[::-1]


def consistency_proof(node: NodeReader, old: int, new: int) -> list[bytes]:
    """PROOF(old, D[0:new]) of RFC 9162, 2.1.4.1. Empty where old is 0 or equals new."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of size {old} is not a beginning of one of size {new}")
    if old in {0, new}:
        return []
    proof: list[bytes] = []
    low, high, whole = 0, new, True
    while old != high:
        split = low + _split(high - low)
        if old <= split:
            proof.append(range_root(node, split, high))
            high = split
        else:
            proof.append(range_root(node, low, split))
            low, whole = split, False
    if not whole:
        proof.append(range_root(node, low, high))
    return proof[::-1]


def verify_inclusion(hash_of_leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size or not _are_hashes([hash_of_leaf, *path]):
        return False
    first, second, found = index, size - 1, hash_of_leaf
    for sibling in path:
        if second == 0:
            return False
        if first & 1 or first == second:
            found = node_hash(sibling, found)
            while first & 1 == 0 and first:
                first >>= 1
                second >>= 1
        else:
            found = node_hash(found, sibling)
        first >>= 1
        second >>= 1
    return second == 0 and found == root


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """RFC 9162, 2.1.4.2. A proof from size 0 to a larger tree proves nothing and is refused; ask only from size 1 on."""
    if old == 0 and new > 0:
        return False
    return verify_subtree_consistency(0, old, new, path, old_root, new_root)


def verify_subtree_inclusion(
    hash_of_leaf: bytes, index: int, start: int, end: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Whether the leaf is in the subtree [start, end) with this root (draft-ietf-plants-merkle-tree-certs, 4.3)."""
    return _is_subtree(start, end) and verify_inclusion(hash_of_leaf, index - start, end - start, path, root)


def verify_subtree_consistency(
    start: int, end: int, size: int, path: Sequence[bytes], subtree_root: bytes, root: bytes
) -> bool:
    """Whether the subtree [start, end) belongs to the tree (draft-ietf-plants-merkle-tree-certs, 4.4).

    With start 0 it is RFC 9162's consistency. An empty subtree belongs to every tree, and has the empty root.
    """
    if start == end:
        return _holds_nothing(end, size, path, subtree_root, root)
    if not _is_subtree(start, end) or end > size or not _are_hashes(path):
        return False
    first, second, third = start, end - 1, size - 1
    while first != second and (second == third or second & 1):
        first, second, third = first >> 1, second >> 1, third >> 1
    # Where the subtree is no node of the tree, the proof begins with the node that is its right part.
    steps = list(path) if first != second else [subtree_root, *path]
    if not steps:
        return False
    inner = outer = steps[0]
    for sibling in steps[1:]:
        if third == 0:
            return False
        if second & 1 or second == third:
            if first < second:
                inner = node_hash(sibling, inner)
            outer = node_hash(sibling, outer)
            while second & 1 == 0:
                first, second, third = first >> 1, second >> 1, third >> 1
        else:
            outer = node_hash(outer, sibling)
        first, second, third = first >> 1, second >> 1, third >> 1
    return third == 0 and inner == subtree_root and outer == root


def _holds_nothing(end: int, size: int, path: Sequence[bytes], subtree_root: bytes, root: bytes) -> bool:
    belongs = 0 <= end <= size and not path and subtree_root == EMPTY_ROOT
    return belongs and (size > 0 or root == EMPTY_ROOT)


def _split(count: int) -> int:
    """The largest power of two below `count` (2 or more)."""
    return 1 << ((count - 1).bit_length() - 1)


def _is_subtree(start: int, end: int) -> bool:
    """A subtree begins at a multiple of its width rounded up to a power of two."""
    if not 0 <= start < end:
        return False
    return start % (1 << (end - start - 1).bit_length()) == 0


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(value) == HASH_SIZE for value in values)
