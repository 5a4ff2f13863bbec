"""The texts beside the ledger: what its commitments open to, as lines that a text editor shows.

File n (`texts/<N>.jsonl`, N as in tlog-tiles) goes with bundle n: one line of canonical JSON for each entry, in order.

    {"private":{...},"salt":"<base64>","sequence":7}     the private part and the salt of entry 7
    {"sequence":8}                                       entry 8 has no private part
    {"erased":true,"sequence":9}                         entry 9 had one; it was erased, and the tree does not need it

To check a line by hand: commit = SHA-256("pres/commit/v1", one zero byte, the salt's 32 bytes, the bytes of {...}).
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from preservation.domain.ledger import SequencedEvent
from preservation.standards.canonical_json import parse
from preservation.standards.ledger_entry import commit_of, opens
from preservation.standards.tiles import TILE_WIDTH, index_path

_PRIVATE = b'{"private":'
_SALT = b',"salt":"'


@dataclass(frozen=True, slots=True)
class LedgerText:
    """One line. `private` is None where the text was erased, b"" where there never was one."""

    sequence: int
    salt: bytes
    private: bytes | None


def text_key(index: int) -> str:
    """The key of the file that goes with bundle `index`."""
    return f"texts/{index_path(index)}.jsonl"


def encode_texts(first: int, events: Sequence[SequencedEvent]) -> bytes:
    """The file for the entries of one bundle, the first of which has the sequence `first`."""
    lines: list[bytes] = []
    for sequence, event in enumerate(events, start=first):
        if event.private:
            lines.append(
                b'%b%b%b%b","sequence":%d}\n' % (_PRIVATE, event.private, _SALT, base64.b64encode(event.salt), sequence)
            )
        elif commit_of(event.entry) is not None:
            lines.append(b'{"erased":true,"sequence":%d}\n' % sequence)
        else:
            lines.append(b'{"sequence":%d}\n' % sequence)
    return b"".join(lines)


def decode_texts(first: int, data: bytes) -> list[LedgerText | None]:
    """The lines of a file; None for each one that is damaged."""
    lines = data.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    return [_decode(sequence, line) for sequence, line in enumerate(lines[:TILE_WIDTH], start=first)]


def text_opens(entry: bytes, text: LedgerText) -> bool:
    """Whether a line may stand beside this entry."""
    commit = commit_of(entry)
    if text.private is None:
        return commit is not None
    if text.private == b"":
        return commit is None
    return commit is not None and opens(commit, text.salt, text.private)


def _decode(sequence: int, line: bytes) -> LedgerText | None:
    if line == b'{"sequence":%d}' % sequence:
        return LedgerText(sequence, b"", b"")
    if line == b'{"erased":true,"sequence":%d}' % sequence:
        return LedgerText(sequence, b"", None)
    end = line.rfind(_SALT)
    tail = b'","sequence":%d}' % sequence
    if not line.startswith(_PRIVATE) or end < 0 or not line.endswith(tail):
        return None
    private = line[len(_PRIVATE) : end]
    try:
        parse(private)
        salt = base64.b64decode(line[end + len(_SALT) : -len(tail)], validate=True)
    except ValueError:
        return None
    return LedgerText(sequence, salt, private)
