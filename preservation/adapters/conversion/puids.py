"""Families of formats by PUID (PRONOM), and the suffix under which a program is shown a file of each.

A program that goes by suffixes is thus told what the file was identified as, whatever its name says.
"""

from collections.abc import Mapping
from typing import Final


def _fmt(*numbers: int) -> frozenset[str]:
    return frozenset(f"fmt/{number}" for number in numbers)


def _xfmt(*numbers: int) -> frozenset[str]:
    return frozenset(f"x-fmt/{number}" for number in numbers)


TIFF: Final = _fmt(353, 7, 8, 9, 10, 153, 154, 155) | _xfmt(387, 388, 399)
PNG: Final = _fmt(11, 12, 13)
JPEG: Final = _fmt(41, 42, 43, 44, 645, 1507) | _xfmt(390, 391, 398)
GIF: Final = _fmt(3, 4)
BMP: Final = _fmt(114, 115, 116, 117, 118, 119) | _xfmt(25, 270)
WEBP: Final = _fmt(566, 567, 568)
PCX: Final = _fmt(86, 87, 88, 89, 90)
TGA: Final = _fmt(402) | _xfmt(367)
PNM: Final = _fmt(405, 408, 409) | _xfmt(164, 178)
JP2: Final = _xfmt(392)

PDF: Final = _fmt(14, 15, 16, 17, 18, 19, 20, 276, 1129, 144, 145, 146, 147, 148, 157, 158, 488, 489, 493) | _fmt(
    95, 354
)
PDFA_2B: Final = _fmt(477)
PDFA_3B: Final = _fmt(480)
# LibreOffice writes tags, and so claims level A for part 1 and level B for the others.
PDFA_1: Final = _fmt(95, 354)

DOC: Final = _fmt(39, 40, 609) | _xfmt(45)
DOC_OLD: Final = _fmt(37, 38) | _xfmt(64, 65)
DOCX: Final = _fmt(412, 523, 597, 1827)
RTF: Final = _fmt(45, 46, 47, 48, 49, 50, 51, 52, 53, 355, 969)
ODT: Final = _fmt(136, 290, 291, 1756)
WORDPERFECT: Final = _fmt(892, 949, 1220, 1221, 1222) | _xfmt(44, 203, 393, 394)
XLS: Final = _fmt(55, 56, 57, 58, 59, 61, 62) | _xfmt(17)
XLSX: Final = _fmt(214, 445, 598, 1828)
ODS: Final = _fmt(137, 294, 295, 1755)
PPT: Final = _fmt(125, 126) | _xfmt(84, 87)
PPTX: Final = _fmt(215, 487, 629, 631, 1829)
ODP: Final = _fmt(138, 292, 293, 1754)

WAV: Final = _fmt(1, 2, 6, 141, 142, 143, 527, 703, 704, 705, 709, 710, 711, 713)
AIFF: Final = _fmt(414) | _xfmt(135)
FLAC: Final = _fmt(279)

MP4: Final = _fmt(199)
QUICKTIME: Final = _xfmt(384)
AVI: Final = _fmt(5)
MPEG: Final = _fmt(425, 585, 640, 649) | _xfmt(385, 386)
WINDOWS_VIDEO: Final = _fmt(133, 441)
DV: Final = _xfmt(152)
WEBM: Final = _fmt(573)
THREE_GP: Final = _fmt(357)
FLASH_VIDEO: Final = _xfmt(382)
MATROSKA: Final = _fmt(569)

MSG: Final = _xfmt(430)
MBOX: Final = _fmt(720)
EML: Final = _fmt(278, 950)
PLAIN_TEXT: Final = _xfmt(111)

_SUFFIXES: Final[Mapping[str, frozenset[str]]] = {
    ".tif": TIFF,
    ".png": PNG,
    ".jpg": JPEG,
    ".gif": GIF,
    ".bmp": BMP,
    ".webp": WEBP,
    ".pcx": PCX,
    ".tga": TGA,
    ".ppm": PNM,
    ".jp2": JP2,
    ".pdf": PDF | PDFA_2B | PDFA_3B,
    ".doc": DOC | DOC_OLD,
    ".docx": DOCX,
    ".rtf": RTF,
    ".odt": ODT,
    ".wpd": WORDPERFECT,
    ".xls": XLS,
    ".xlsx": XLSX,
    ".ods": ODS,
    ".ppt": PPT,
    ".pptx": PPTX,
    ".odp": ODP,
    ".wav": WAV,
    ".aif": AIFF,
    ".flac": FLAC,
    ".mp4": MP4,
    ".mov": QUICKTIME,
    ".avi": AVI,
    ".mpg": MPEG,
    ".wmv": WINDOWS_VIDEO,
    ".dv": DV,
    ".webm": WEBM,
    ".3gp": THREE_GP,
    ".flv": FLASH_VIDEO,
    ".mkv": MATROSKA,
    ".msg": MSG,
    ".mbox": MBOX,
    ".eml": EML,
    ".txt": PLAIN_TEXT,
}


def suffixes() -> Mapping[str, str]:
    """The suffix of each PUID above."""
    return {puid: suffix for suffix, puids in _SUFFIXES.items() for puid in puids}
