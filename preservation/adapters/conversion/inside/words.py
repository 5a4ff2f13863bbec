"""How alike two texts are."""

import unicodedata
from collections import Counter
from difflib import SequenceMatcher

_MOST_IN_ORDER = 4_000


def normalised(text: str) -> str:
    """NFC; ligatures and other forms of compatibility as what they stand for; white space, soft hyphens and the like gone."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text))
    return " ".join(
        "".join(one for one in folded if unicodedata.category(one) not in ("Cf", "Cc") or one in "\t\n\r\f ").split()
    )


def likeness(before: str, after: str) -> float:
    """1 for texts with the same letters in the same order, 0 for nothing in common.

    Words in their order (Ratcliff/Obershelp, as difflib has it); for very long texts how many words they share. Texts that
    differ only in where words are divided are the same: programs tell spaces from gaps in different ways.
    """
    left, right = normalised(before), normalised(after)
    if left.replace(" ", "") == right.replace(" ", ""):
        return 1.0
    ours, theirs = left.split(), right.split()
    if max(len(ours), len(theirs)) <= _MOST_IN_ORDER:
        return SequenceMatcher(None, ours, theirs, autojunk=False).ratio()
    return 2 * _shared(ours, theirs) / (len(ours) + len(theirs))


def recall(before: str, after: str) -> float:
    """Which part of the first text's words is in the second: for a result that adds page numbers and the like."""
    ours, theirs = normalised(before).split(), normalised(after).split()
    return _shared(ours, theirs) / len(ours) if ours else 1.0


def _shared(ours: list[str], theirs: list[str]) -> int:
    return (Counter(ours) & Counter(theirs)).total()
