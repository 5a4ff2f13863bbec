"""Text as the databases can keep it, and as people search it."""

import re
import unicodedata
from collections.abc import Iterable

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_WORD = re.compile(r"[^\W_]+")

MAX_WORD = 64
MAX_WORDS = 2000
MAX_SEARCHED = 100_000


def storable(text: str) -> str:
    """The text with U+0000 and lone surrogates replaced by U+FFFD: PostgreSQL refuses the first, UTF-8 the others.

    For descriptions only, which come from anybody's metadata; names and paths are never altered here.
    """
    return _UNSTORABLE.sub("�", text)


def fold(text: str) -> str:
    """The text as search compares it: case folded, compatibility forms made equal, marks removed, đ as d.

    "Hồ sơ Địa chính" becomes "ho so dia chinh". Vietnamese tone and vowel marks are combining marks once decomposed
    (Unicode normalisation form KD); the stroke of đ is not, hence the extra step.
    """
    # Twice, because a compatibility form may hide a capital (𝐀), and case folding may make what decomposes (ΐ).
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(bare.replace("đ", "d").split())


def words(text: str) -> set[str]:
    """The distinct words of a text as search knows them: folded, runs of letters and digits, the first 64 characters of each."""
    return {word[:MAX_WORD] for word in _WORD.findall(fold(text))}


def chosen_words(texts: Iterable[str]) -> set[str]:
    """The words by which an AIP is found: those of its title and its description, in that order, two thousand at most."""
    found: set[str] = set()
    for text in texts:
        found |= words(text[:MAX_SEARCHED])
        if len(found) >= MAX_WORDS:
            return set(sorted(found)[:MAX_WORDS])
    return found
