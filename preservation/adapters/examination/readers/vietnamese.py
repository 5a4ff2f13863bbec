"""Which of the encodings that came before Unicode a Vietnamese text is likely to be in. A guess, and told as one.

TCVN3 (TCVN 5712:1993, fonts named .Vn...), VNI for Windows, VPS, windows-1258. Each table turns the bytes into Unicode; the
table under which the text has the most of Vietnamese's most frequent words wins.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

MIN_WORDS: Final = 5
MIN_SHARE: Final = 0.05
"""Of all words. In running Vietnamese text it is more than a fifth."""

_WORDS: Final = frozenset({
    "và", "của", "là", "các", "được", "có", "không", "một", "những", "người", "này", "đã", "với", "để", "về", "khi", "đến",
    "năm", "từ", "ngày", "tháng", "số", "tại", "việc", "quyết", "định", "điều", "nước", "công", "nhà", "hội", "nghị", "ủy",
    "nhân", "dân", "tỉnh", "đồng", "phòng", "quản", "lý", "lưu", "trữ", "hồ", "sơ", "văn", "bản",
})  # fmt: skip
_WORD: Final = re.compile(r"[^\W\d_]+")

# In the order of the bytes below: letters without a tone, then each vowel with grave, hook, tilde, acute and dot.
_LETTERS: Final = (
    "ăâêôơưđ" "àảãáạ" "ằẳẵắặ" "ầẩẫấậ" "èẻẽéẹ" "ềểễếệ" "ìỉĩíị" "òỏõóọ" "ồổỗốộ" "ờởỡớợ" "ùủũúụ" "ừửữứự" "ỳỷỹýỵ"
)  # fmt: skip
_TCVN3: Final = dict(
    zip(
        bytes.fromhex(
            "a8a9aaabacadae b5b6b7b8b9 bbbcbdbec6 c7c8c9cacb cccecfd0d1 d2d3d4d5d6 d7d8dcddde dfe1e2e3e4 e5e6e7e8e9 "
            "eaebecedee eff1f2f3f4 f5f6f7f8f9 fafbfcfdfe a1a2a3a4a5a6a7"
        ),
        _LETTERS + "ĂÂÊÔƠƯĐ",
        strict=True,
    )
)
_VPS: Final = dict(
    zip(
        bytes.fromhex(
            "e6e2eaf4d6dcc7 e0e4e3e1e5 a2a3a4a1a5 c0c4c5c3c6 e8c8ebe9cb 8a8bcd898c eccceFedce f2d5f5f386 d2b087d3b6 "
            "a9aaaba7ae f9fbdbfaf8 d8babbd9bf ff9bcf9a9c f1"
        ),
        _LETTERS + "Đ",
        strict=True,
    )
)

# VNI writes a letter and then a byte for its mark.
_GRAVE, _HOOK, _TILDE, _ACUTE, _DOT = "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"
_ROOF, _BREVE = "\u0302", "\u0306"
_VNI_MARKS: Final[Mapping[int, str]] = {
    0xF8: _GRAVE, 0xFB: _HOOK, 0xF5: _TILDE, 0xF9: _ACUTE, 0xEF: _DOT,
    0xE2: _ROOF, 0xE0: _ROOF + _GRAVE, 0xE5: _ROOF + _HOOK, 0xE3: _ROOF + _TILDE, 0xE1: _ROOF + _ACUTE, 0xE4: _ROOF + _DOT,
    0xEA: _BREVE, 0xE8: _BREVE + _GRAVE, 0xFA: _BREVE + _HOOK, 0xFC: _BREVE + _TILDE, 0xE9: _BREVE + _ACUTE, 0xEB: _BREVE + _DOT,
}  # fmt: skip
_VNI_LETTERS: Final[Mapping[int, str]] = {
    0xF1: "đ", 0xD1: "Đ", 0xF4: "ơ", 0xD4: "Ơ", 0xF6: "ư", 0xD6: "Ư",
    0xEC: "ì", 0xED: "í", 0xE6: "ỉ", 0xF3: "ĩ", 0xF2: "ị", 0xEE: "ỵ",
}  # fmt: skip


def guess_encoding(data: bytes) -> str | None:
    """The name of the likeliest, None where none is likely."""
    scores = {name: score(decode(data)) for name, decode in _DECODERS.items()}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= MIN_SHARE else None


def score(text: str) -> float:
    """The share of words with a mark that are among Vietnamese's most frequent; 0 where there are too few."""
    words = [word.lower() for word in _WORD.findall(unicodedata.normalize("NFC", text))]
    marked = sum(word in _WORDS and not word.isascii() for word in words)
    return marked / len(words) if marked >= MIN_WORDS else 0.0


def _by_table(table: Mapping[int, str]) -> Callable[[bytes], str]:
    codes = [table.get(byte, chr(byte)) for byte in range(256)]

    def decode(data: bytes) -> str:
        return "".join(codes[byte] for byte in data)

    return decode


def _vni(data: bytes) -> str:
    parts: list[str] = []
    for byte in data:
        if byte in _VNI_MARKS and parts and parts[-1][-1:].isalpha():
            parts.append(_VNI_MARKS[byte])
        else:
            parts.append(_VNI_LETTERS.get(byte, chr(byte)))
    return "".join(parts)


def _windows(data: bytes) -> str:
    return data.decode("cp1258", "replace")


_DECODERS: Final[Mapping[str, Callable[[bytes], str]]] = {
    "TCVN3": _by_table(_TCVN3),
    "VNI": _vni,
    "VPS": _by_table(_VPS),
    "windows-1258": _windows,
}
