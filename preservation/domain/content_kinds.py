"""Which kind of content a format is, and which family of formats is looked at in the same way.

The PUIDs are PRONOM's. A format that is not listed is told by the media type that PRONOM gives for it; one with neither is OTHER.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from preservation.domain.examinations import Kind


class Family(StrEnum):
    """Formats that the same tools look into."""

    RASTER = "raster"
    JPEG2000 = "jpeg2000"
    PDF = "pdf"
    WAVE = "wave"
    AIFF = "aiff"
    FLAC = "flac"
    AUDIO = "audio"
    MATROSKA = "matroska"
    VIDEO = "video"
    OOXML = "ooxml"
    ODF = "odf"
    OLE = "ole"
    RTF = "rtf"
    EPUB = "epub"
    EML = "eml"
    MBOX = "mbox"
    MSG = "msg"
    ZIP = "zip"
    TAR = "tar"
    GZIP = "gzip"
    SEVEN_ZIP = "7z"
    WARC = "warc"
    XML = "xml"
    HTML = "html"
    CSV = "csv"
    JSON = "json"
    TEXT = "text"
    OTHER = "other"


_KINDS: Final[Mapping[Kind, tuple[Family, ...]]] = MappingProxyType({
    Kind.IMAGE: (Family.RASTER, Family.JPEG2000),
    Kind.PDF: (Family.PDF,),
    Kind.AUDIO: (Family.WAVE, Family.AIFF, Family.FLAC, Family.AUDIO),
    Kind.VIDEO: (Family.MATROSKA, Family.VIDEO),
    Kind.OFFICE: (Family.OOXML, Family.ODF, Family.OLE, Family.RTF, Family.EPUB),
    Kind.EMAIL: (Family.EML, Family.MBOX, Family.MSG),
    Kind.ARCHIVE: (Family.ZIP, Family.TAR, Family.GZIP, Family.SEVEN_ZIP, Family.WARC),
    Kind.XML: (Family.XML,),
    Kind.TEXT: (Family.HTML, Family.CSV, Family.JSON, Family.TEXT),
    Kind.OTHER: (Family.OTHER,),
})  # fmt: skip
_KIND_OF: Final = {family: kind for kind, families in _KINDS.items() for family in families}

# Only the numbers: "x" stands before those of PRONOM's x-fmt series.
_PUIDS: Final[Mapping[Family, str]] = MappingProxyType({
    Family.RASTER: (
        "3 4 7 8 9 10 11 12 13 41 42 43 44 112 113 114 115 116 117 118 119 152 153 154 155 156 353 436 438 566 567 568 645 "
        "730 935 1507 1841 1842 x270 x387 x388 x390 x391 x398 x399"
    ),
    Family.JPEG2000: "151 463 1794 1964 x392",
    Family.PDF: (
        "14 15 16 17 18 19 20 95 144 145 146 147 148 157 158 276 354 476 477 478 479 480 481 488 489 490 491 492 493 1129 1451 "
        "1910 1911 1912 2050 2052"
    ),
    Family.WAVE: "1 2 6 141 142 143 527 703 704 705 706 707 708 709 710 711 713 x389 x396 x397",
    Family.AIFF: "414 x135 x136",
    Family.FLAC: "279",
    Family.AUDIO: "132 134 198 203 347 356 404 416 596 946 947 948 951 954 1812 x139 x196 x278 x279",
    Family.MATROSKA: "569 573",
    Family.VIDEO: (
        "5 131 133 199 200 204 337 357 425 441 585 640 649 783 784 785 786 787 788 789 790 791 797 944 945 x152 x277 x384 "
        "x385 x386"
    ),
    Family.OOXML: (
        "189 214 215 412 445 487 523 595 597 598 599 627 628 629 630 631 633 636 924 925 926 927 928 929 1827 1828 1829"
    ),
    Family.ODF: (
        "127 128 129 130 135 136 137 138 139 140 290 291 292 293 294 295 296 297 424 444 1754 1755 1756"
    ),
    Family.OLE: (
        "39 40 59 60 61 62 111 125 126 181 443 494 609 x17 x45 x84 x87 x88 x243 x244 x245 x247 x253 x254 x255 x256 x257 x258"
    ),
    Family.RTF: "45 46 47 48 49 50 51 52 53 355 969",
    Family.EPUB: "483",
    Family.EML: "278 950",
    Family.MBOX: "720",
    Family.MSG: "x430",
    Family.ZIP: "1341 1342 1564 x263 x412",
    Family.TAR: "x265",
    Family.GZIP: "x266",
    Family.SEVEN_ZIP: "484",
    Family.WARC: "289 1281 1355",
    Family.XML: "91 92 101 120 121 244 875 896 979 1047 1209 1474 1475 1476 1477 1776 x227 x280 x281",
    Family.HTML: "96 97 98 99 100 102 103 471",
    Family.CSV: "x13 x18",
    Family.JSON: "817 880 1311 1367",
    Family.TEXT: "387 388 395 818 1149 1454 1879 1880 1881 x14 x15 x16 x21 x22 x110 x111 x130 x224 x282 x283",
})  # fmt: skip

_MIMES: Final[Mapping[str, Family]] = MappingProxyType({
    "image/tiff": Family.RASTER, "image/png": Family.RASTER, "image/jpeg": Family.RASTER, "image/gif": Family.RASTER,
    "image/bmp": Family.RASTER, "image/webp": Family.RASTER, "image/dng": Family.RASTER,
    "image/jp2": Family.JPEG2000, "image/jpx": Family.JPEG2000, "image/jph": Family.JPEG2000, "image/jpm": Family.JPEG2000,
    "application/pdf": Family.PDF,
    "audio/x-wav": Family.WAVE, "audio/wav": Family.WAVE, "audio/vnd.wave": Family.WAVE,
    "audio/x-aiff": Family.AIFF, "audio/aiff": Family.AIFF, "audio/flac": Family.FLAC,
    "video/x-matroska": Family.MATROSKA, "audio/x-matroska": Family.MATROSKA, "video/webm": Family.MATROSKA,
    "application/mxf": Family.VIDEO, "application/mp4": Family.VIDEO, "application/vnd.ms-asf": Family.VIDEO,
    "application/msword": Family.OLE, "application/vnd.ms-excel": Family.OLE, "application/vnd.ms-powerpoint": Family.OLE,
    "application/vnd.visio": Family.OLE, "application/vnd.ms-project": Family.OLE,
    "application/rtf": Family.RTF, "text/rtf": Family.RTF, "application/epub+zip": Family.EPUB,
    "message/rfc822": Family.EML, "application/mbox": Family.MBOX, "application/vnd.ms-outlook": Family.MSG,
    "application/zip": Family.ZIP, "application/java-archive": Family.ZIP, "application/x-tar": Family.TAR,
    "application/gzip": Family.GZIP, "application/x-7z-compressed": Family.SEVEN_ZIP, "application/warc": Family.WARC,
    "application/xml": Family.XML, "text/xml": Family.XML, "image/svg+xml": Family.XML,
    "text/html": Family.HTML, "application/xhtml+xml": Family.HTML,
    "text/csv": Family.CSV, "text/tab-separated-values": Family.CSV, "application/json": Family.JSON,
})  # fmt: skip
_BEGINNINGS: Final = (
    ("application/vnd.openxmlformats-officedocument.", Family.OOXML),
    ("application/vnd.oasis.opendocument.", Family.ODF),
    ("application/vnd.sun.xml.", Family.ODF),
    ("application/vnd.ms-word.", Family.OOXML),
    ("application/vnd.ms-excel.", Family.OOXML),
    ("application/vnd.ms-powerpoint.", Family.OOXML),
    ("audio/", Family.AUDIO),
    ("video/", Family.VIDEO),
    ("text/", Family.TEXT),
)


def _by_puid() -> Mapping[str, Family]:
    return MappingProxyType({
        (f"x-fmt/{number[1:]}" if number.startswith("x") else f"fmt/{number}"): family
        for family, numbers in _PUIDS.items()
        for number in numbers.split()
    })  # fmt: skip


FAMILY_OF_PUID: Final[Mapping[str, Family]] = _by_puid()


_PACKAGES: Final[Mapping[str, Family]] = MappingProxyType({
    ".epub": Family.EPUB,
    **dict.fromkeys((".docx", ".docm", ".dotx", ".xlsx", ".xlsm", ".xltx", ".pptx", ".pptm", ".ppsx", ".potx"), Family.OOXML),
    **dict.fromkeys((".odt", ".ods", ".odp", ".odg", ".ott", ".ots", ".otp", ".sxw", ".sxc", ".sxi"), Family.ODF),
})  # fmt: skip
_SUFFIXES: Final[Mapping[str, Family]] = MappingProxyType({
    **_PACKAGES,
    **dict.fromkeys((".tif", ".tiff", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp"), Family.RASTER),
    **dict.fromkeys((".jp2", ".j2k", ".j2c", ".jpx", ".jph", ".jhc"), Family.JPEG2000),
    **dict.fromkeys((".doc", ".xls", ".ppt"), Family.OLE),
    **dict.fromkeys((".htm", ".html"), Family.HTML),
    **dict.fromkeys((".mp4", ".mov", ".avi", ".mpg", ".mpeg", ".wmv", ".mxf"), Family.VIDEO),
    ".pdf": Family.PDF, ".wav": Family.WAVE, ".aif": Family.AIFF, ".aiff": Family.AIFF, ".flac": Family.FLAC,
    ".mp3": Family.AUDIO, ".ogg": Family.AUDIO, ".mkv": Family.MATROSKA, ".rtf": Family.RTF, ".eml": Family.EML,
    ".mbox": Family.MBOX, ".msg": Family.MSG, ".zip": Family.ZIP, ".tar": Family.TAR, ".gz": Family.GZIP,
    ".7z": Family.SEVEN_ZIP, ".warc": Family.WARC, ".xml": Family.XML, ".csv": Family.CSV, ".json": Family.JSON,
    ".txt": Family.TEXT,
})  # fmt: skip


def family_of(puid: str | None, mime: str = "", suffix: str = "") -> Family:
    """By PUID, else by the first of the media types (PRONOM gives several with commas) that says something.

    `suffix` (".docx") decides only where nobody identified anything, and where a package was identified as no more than ZIP:
    an EPUB without its mimetype is a broken EPUB.
    """
    found = FAMILY_OF_PUID.get(puid or "")
    for one in mime.split(",") if found is None else ():
        found = _family_of_mime(one.strip().lower())
        if found is not Family.OTHER:
            break
    if found is Family.ZIP:
        return _PACKAGES.get(suffix.lower(), found)
    if puid is None and found in (None, Family.OTHER):
        return _SUFFIXES.get(suffix.lower(), Family.OTHER)
    return found or Family.OTHER


def kind_of_family(family: Family) -> Kind:
    return _KIND_OF[family]


def kind_of(puid: str | None, mime: str = "") -> Kind:
    return _KIND_OF[family_of(puid, mime)]


def _family_of_mime(mime: str) -> Family:
    found = _MIMES.get(mime)
    if found is not None:
        return found
    if mime.endswith("+xml"):
        return Family.XML
    return next((family for beginning, family in _BEGINNINGS if mime.startswith(beginning)), Family.OTHER)
