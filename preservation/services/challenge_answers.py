"""Answering a challenge about an AIP, and making the answer that a peer should give: every byte of one copy is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256, sha512

from preservation.domain.challenges import ChallengeAnswer, ChallengeHash, in_order
from preservation.domain.holdings import AIPVersion
from preservation.errors import NotHere, Unavailable
from preservation.ports import Catalogue, Minter, Progress, ReplicaStore
from preservation.services.locations import Locations
from preservation.services.object_files import find_inventory, object_digests

PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadObject:
    """The digest of an answer. `is_intact`: every byte that went into it is what the ledger says."""

    digest: str
    is_intact: bool


def answer_challenge(
    catalogue: Catalogue,
    locations: Locations,
    stores: Sequence[ReplicaStore],
    minter: Minter,
    progress: Progress,
    *,
    aip: str,
    version: int,
    nonce: bytes,
) -> ChallengeAnswer:
    """From the first replica whose copy can be read whole, intact or not: whoever asks is to hear how it is.

    NotHere if this version is not the head of any AIP here, Unavailable if no replica holds it or can be read.
    """
    versions = catalogue.versions(aip)
    if not versions or versions[-1].number != version:
        raise NotHere(f"version {version} of {aip} is not held here")
    own = minter.salt()
    reasons: list[str] = []
    for store in stores:
        try:
            found = read_object(store, locations.object_root(aip), versions, nonce, own, progress)
        except (NotHere, Unavailable) as error:
            reasons.append(str(error))
        else:
            return ChallengeAnswer(own.hex(), found.digest)
    raise Unavailable("no replica could be read whole: " + "; ".join(reasons))


def read_object(
    store: ReplicaStore,
    root: str,
    versions: Sequence[AIPVersion],
    asked: bytes,
    answered: bytes,
    progress: Progress,
) -> ReadObject:
    """Read one copy from its medium, once. NotHere or Unavailable if any of its files cannot be read."""
    inventory = find_inventory(versions[-1], root, [store])
    if inventory is None:
        raise Unavailable(f"{store.id} has no inventory that agrees with the ledger")
    expected = object_digests(versions, inventory)
    hashed = ChallengeHash(asked, answered)
    is_intact = True
    for path in in_order(expected):
        is_intact &= _read(store, f"{root}/{path}", path, expected[path], hashed, progress)
    return ReadObject(hashed.hexdigest(), is_intact)


def _read(store: ReplicaStore, key: str, path: str, expected: bytes, hashed: ChallengeHash, progress: Progress) -> bool:
    size = store.size(key)
    if size is None:
        store.check_identity()
        raise NotHere(f"{store.id} has no {path}")
    hashed.begin(path, size)
    digest = sha512() if len(expected) == 64 else sha256()
    try:
        with store.open_cold(key) as stream:
            while piece := stream.read(PIECE):
                hashed.update(piece)
                digest.update(piece)
                progress.advance(len(piece))
    except OSError as error:
        raise Unavailable(f"{store.id}: {path}: {error.strerror or type(error).__name__}") from error
    return digest.digest() == expected
