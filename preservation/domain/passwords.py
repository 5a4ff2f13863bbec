"""What a password must be: NIST SP 800-63B-4, 3.1.1.2. Long, and not one that is expected; nothing else.

A password is the only factor here, so it has 15 characters at least. No mixture of characters is asked for, and nobody has to
change a password because time went by.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from preservation.domain.expected_passwords import ROWS, WORDS
from preservation.domain.findings import Finding, Severity

MIN_CHARACTERS = 15
MAX_CHARACTERS = 256

# So many characters at least must be neither of an expected word, nor of a run along the keyboard, nor repeated.
_OWN_CHARACTERS = 5
_MIN_RUN = 3
_MIN_WORD = 3
_UNSAYABLE = ("Cc", "Cn", "Cs")
_LOOKALIKES = str.maketrans("@$0134578", "asoieastb")
_WORD = re.compile(r"[^\W_]+")


def normalised(password: str) -> str:
    """The form that is hashed: NFKC, so that one password typed on two keyboards is one password (UAX #15, 12.1)."""
    return unicodedata.normalize("NFKC", password)


def fits(password: str) -> bool:
    """Whether it is worth comparing with a hash at all: nobody can have set a longer one, nor one with such characters."""
    return 0 < len(password) <= MAX_CHARACTERS and not _has_unsayable(password)


def judge_password(password: str, *, context: Iterable[str] = ()) -> Sequence[Finding]:
    """What keeps a new password from being taken; empty if nothing does.

    Characters are code points (800-63B-4). `context` is what anybody would try for this account: its name, the person's, the
    repository's; their words are expected like those of the list. The whole password is judged: a word within it does no harm
    as long as there is enough else.
    """
    if len(password) > MAX_CHARACTERS:
        return [_finding("PASSWORD-TOO-LONG", longest=MAX_CHARACTERS)]
    if _has_unsayable(password):
        return [_finding("PASSWORD-NOT-TEXT")]
    text = normalised(password)
    if min(len(text), len(password)) < MIN_CHARACTERS:
        return [_finding("PASSWORD-TOO-SHORT", shortest=MIN_CHARACTERS)]
    if _own_characters(text, context) < _OWN_CHARACTERS:
        return [_finding("PASSWORD-EXPECTED")]
    return []


def _own_characters(text: str, context: Iterable[str]) -> int:
    """How many characters remain where every expected part is taken away in the way that takes most."""
    plain = _folded(text)
    spellings = {plain, plain.translate(_LOOKALIKES)}
    words = WORDS | {
        word for named in context for word in (*_WORD.findall(_folded(named)), _folded(named)) if len(word) >= _MIN_WORD
    }
    # Every free character counts once: "zz" is not two ideas.
    return min(_left(spelling, words) for spelling in spellings)


def _left(text: str, words: Iterable[str]) -> int:
    """The least number of characters outside of words, runs and repetitions; by dynamic programming from the front."""
    by_end: dict[int, list[int]] = {}
    for word in words:
        start = text.find(word)
        while start >= 0:
            by_end.setdefault(start + len(word), []).append(start)
            start = text.find(word, start + 1)
    least = [0] * (len(text) + 1)
    for end in range(1, len(text) + 1):
        # A mark between words is no idea of its own.
        free = least[end - 1] + (text[end - 1].isalnum())
        starts = [*by_end.get(end, ()), end - _run_before(text, end), end - _repeated_before(text, end)]
        least[end] = min([free, *(least[start] for start in starts if start < end)])
    return least[-1]


def _run_before(text: str, end: int) -> int:
    """How long a run along a row of keys ends here; 0 where it is shorter than three."""
    longest = 0
    for row in ROWS:
        for line in (row, row[::-1]):
            length = 0
            while length < end and length < len(line) and text[end - length - 1 : end] in line:
                length += 1
            longest = max(longest, length)
    return longest if longest >= _MIN_RUN else 0


def _repeated_before(text: str, end: int) -> int:
    """How many characters before the end only repeat what is right before them ("aaaa", "xyxyxy"): the repetitions alone."""
    longest = 0
    for period in range(1, min(end // 2, 24) + 1):
        length = 0
        while end - length - period - 1 >= 0 and text[end - length - 1] == text[end - length - period - 1]:
            length += 1
        if length >= period:
            longest = max(longest, length)
    return longest


def _folded(text: str) -> str:
    """Lower case, without marks, đ as d: "Mật khẩu" is no better than "matkhau"."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(one for one in decomposed if not unicodedata.combining(one)).replace("đ", "d").replace(" ", "")


def _has_unsayable(password: str) -> bool:
    """Control characters, halves of characters, and code points that a later Unicode may normalise otherwise."""
    return any(unicodedata.category(one) in _UNSAYABLE for one in password)


def _finding(code: str, **values: int) -> Finding:
    return Finding(code, Severity.ERROR, "password", {key: str(value) for key, value in values.items()})
