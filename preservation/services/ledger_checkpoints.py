"""Signed checkpoints: what the database remembers, and what a replica shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from preservation.errors import ForkedLedger, NotHere
from preservation.ports import Catalogue, ReplicaStore
from preservation.services.ledger_files import CHECKPOINT_KEY
from preservation.standards.checkpoint import open_checkpoint
from preservation.standards.signed_note import SignatureCheck, VerifierKey


@dataclass(frozen=True, slots=True)
class LedgerTrust:
    """Whose checkpoints are believed: the log's origin, its keys (the present one, and those it succeeded), and the check."""

    origin: str
    keys: Sequence[VerifierKey]
    check: SignatureCheck


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint whose signature was verified. `note` is exactly what is published."""

    size: int
    root: bytes
    note: str


def open_signed(note: bytes, trust: LedgerTrust) -> SignedCheckpoint:
    """ValueError, with the reason, where the note is not a checkpoint of this log signed by one of its keys."""
    checkpoint = open_checkpoint(note, trust.keys, trust.check)
    if checkpoint.origin != trust.origin:
        raise ValueError(f"the checkpoint is of another log, {checkpoint.origin}")
    return SignedCheckpoint(checkpoint.size, checkpoint.root, note.decode())


def catalogue_checkpoint(catalogue: Catalogue, trust: LedgerTrust) -> SignedCheckpoint | None:
    """The newest one in the database. ForkedLedger where what is remembered there is not what was signed."""
    remembered = catalogue.checkpoint()
    if remembered is None:
        return None
    size, root, note = remembered
    try:
        signed = open_signed(note.encode(), trust)
    except ValueError as error:
        raise ForkedLedger(
            f"The checkpoint in the database cannot be believed ({error}). Compare the database with a replica by 'audit "
            "verify', and rebuild it from one."
        ) from error
    if (signed.size, signed.root) != (size, root):
        raise ForkedLedger("The database remembers a checkpoint of another size or root than its signed note says.")
    return signed


def published_checkpoint(store: ReplicaStore, trust: LedgerTrust) -> SignedCheckpoint | None:
    """The one on a replica, None if it has none. ValueError where it is not one of this log's."""
    try:
        note = store.read(CHECKPOINT_KEY)
    except NotHere:
        return None
    return open_signed(note, trust)
