"""Checkpoints that somebody kept, held against the ledger as it is now: does it still contain all that was signed then?

Whoever has the database, every replica and the signing key can make another history and sign it. A checkpoint that lies
elsewhere, or a receipt with one in it, is what such a history cannot be brought into agreement with (RFC 9162, section 2.1.4: the
older tree must be a prefix of the newer one).
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from preservation.domain.findings import Finding, Severity
from preservation.errors import Unavailable
from preservation.services.ledger_checkpoints import LedgerTrust, SignedCheckpoint, open_signed
from preservation.services.ledger_files import LedgerGroup, roots_at
from preservation.standards.tlog_proof import HEADER, parse_proof
from preservation.standards.tree_edge import TreeEdge


def kept_note(text: str) -> bytes:
    """The note in what was kept: a checkpoint, what `audit checkpoint` printed, or a receipt. ValueError if malformed."""
    if text.startswith("{"):
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ValueError("it is neither a checkpoint nor a receipt") from error
        text = values.get("checkpoint", values.get("proof"))
        if not isinstance(text, str):
            raise ValueError("it is neither a checkpoint nor a receipt")
    if text.startswith(HEADER):
        return parse_proof(text).checkpoint
    note, blank, signatures = text.partition("\n\n")
    # The note alone; the command prints the key below it.
    lines = [line for line in signatures.splitlines() if line.startswith("— ")]
    return (note + blank + "".join(f"{line}\n" for line in lines)).encode()


def kept_problems(
    kept: Sequence[bytes],
    newest: SignedCheckpoint | None,
    trust: LedgerTrust,
    histories: Iterable[Iterable[LedgerGroup]],
) -> Iterator[Finding]:
    """What of the notes in `kept` the ledger does not contain.

    `histories` are the database's entries and those of each replica up to the newest checkpoint's size; the first of them
    that leads to its root is asked, in one pass for all. One that raises Unavailable is passed over.
    """
    known: list[SignedCheckpoint] = []
    for note in kept:
        try:
            known.append(open_signed(note, trust))
        except ValueError as error:
            yield _error("LEDGER-KEPT-INVALID", reason=str(error))
    size = 0 if newest is None else newest.size
    for one in known:
        if one.size > size:
            yield _error("LEDGER-KEPT-LATER", size=str(one.size), newest=str(size))
    older = [one for one in known if one.size <= size]
    if not older:
        return
    roots = _roots(newest, {one.size for one in older}, histories) if newest is not None else {0: TreeEdge().root()}
    for one in older:
        if roots is None:
            yield _error("LEDGER-KEPT-UNPROVEN", size=str(one.size))
        elif roots[one.size] != one.root:
            yield _error("LEDGER-KEPT-FORK", size=str(one.size), newest=str(size))


def _roots(
    newest: SignedCheckpoint, sizes: set[int], histories: Iterable[Iterable[LedgerGroup]]
) -> dict[int, bytes] | None:
    """The roots at these sizes in the history that leads to the newest; None if none does."""
    for groups in histories:
        try:
            roots = roots_at(groups, TreeEdge(), {*sizes, newest.size})
        except Unavailable:
            continue
        if roots.get(newest.size) == newest.root:
            return roots
    return None


def _error(code: str, **values: str) -> Finding:
    return Finding(code, Severity.ERROR, "", values)
