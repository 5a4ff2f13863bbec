"""The bag declaration, bagit.txt (RFC 8493, 2.1.1), and the rules that each version brings."""

import codecs
import re
from dataclasses import dataclass

from preservation.domain.finding_log import FindingLog

DECLARATION = "bagit.txt"
MAX_BYTES = 4096

_VERSIONS = ("0.93", "0.94", "0.95", "0.96", "0.97", "1.0")
_STRICT = re.compile(
    r"BagIt-Version: (\d+\.\d+)(?:\r\n|\r|\n)Tag-File-Character-Encoding: ([!-~]+)(?:\r\n|\r|\n)?\Z",
)
# Before 1.0 the line format was described, not defined; readers have always taken white space around the colon.
_LENIENT = re.compile(
    r"BagIt-Version[ \t]*:[ \t]*(\d+\.\d+)[ \t]*(?:\r\n|\r|\n)"
    r"Tag-File-Character-Encoding[ \t]*:[ \t]*([!-~]+)[ \t]*(?:[ \t\r\n]*)\Z",
)

# Text encodings by Python's codec name. The list is closed: "zip" or "unicode_escape" are codecs as well.
_ENCODINGS = frozenset(
    ["ascii", "utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le"]
    + [f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)]
    + [f"cp{page}" for page in (437, 850, 852, 855, 866, 874, 932, 936, 949, 950, *range(1250, 1259))]
    + ["big5", "euc_jp", "euc_kr", "gb2312", "gb18030", "gbk", "iso2022_jp", "iso2022_kr", "koi8-r", "koi8-u"]
    + ["mac-roman", "shift_jis", "tis-620"]
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What bagit.txt says. `encoding` is Python's name of it."""

    version: str
    encoding: str

    @property
    def is_rfc(self) -> bool:
        """Whether RFC 8493's MUSTs apply, rather than those of a draft."""
        return self.version == "1.0"

    @property
    def info_name(self) -> str:
        """The metadata file: renamed in 0.96 (draft-kunze-bagit-03)."""
        return "package-info.txt" if self.version in ("0.93", "0.94", "0.95") else "bag-info.txt"


def read_declaration(data: bytes, notes: FindingLog) -> Declaration | None:
    """The declaration, or None with an error in the notes: without it nothing else of the bag can be read."""
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        notes.error("BAG-DECLARATION-BOM", DECLARATION)
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        notes.error("BAG-DECLARATION-MALFORMED", DECLARATION)
        return None
    match = _LENIENT.match(text)
    strict = _STRICT.match(text)
    if match is None:
        notes.error("BAG-DECLARATION-MALFORMED", DECLARATION)
        return None
    version, label = match.groups()
    if version not in _VERSIONS:
        notes.error("BAG-VERSION-UNKNOWN", DECLARATION, version=version)
        return None
    encoding = _encoding(label)
    if encoding is None:
        notes.error("BAG-ENCODING-UNKNOWN", DECLARATION, encoding=label)
        return None
    declaration = Declaration(version, encoding)
    if strict is None:
        report = notes.error if declaration.is_rfc else notes.warning
        report("BAG-DECLARATION-WHITESPACE", DECLARATION)
    return declaration


def _encoding(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return name if name in _ENCODINGS else None
