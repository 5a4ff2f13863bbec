"""One header block of a tar archive (POSIX.1-2017, pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format")."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from preservation.adapters.packages.refusal import Refused

BLOCK = 512

REGULAR = frozenset(b"0\x007")
LINKS = frozenset(b"12")
DEVICES = frozenset(b"346")
DIRECTORY = ord("5")
PAX = ord("x")
PAX_GLOBAL = ord("g")
GNU_LONG_NAME = ord("L")
GNU_LONG_LINK = ord("K")
GNU_VOLUME = ord("V")


@dataclass(frozen=True, slots=True)
class TarHeader:
    """`name` as raw bytes; `modified` in seconds; `type` is the type flag's byte."""

    name: bytes
    size: int
    modified: int
    type: int


def read_header(block: bytes) -> TarHeader:
    """Refused if the checksum is wrong or a number makes no sense."""
    signed = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + block[156:]) + 8 * 32
    unsigned = sum(block[:148]) + sum(block[156:]) + 8 * 32
    if _number(block[148:156]) not in (unsigned, signed):
        raise Refused("PKG-CORRUPT", reason="a tar header with a wrong checksum")
    name = _text(block[0:100])
    if block[257:263] == b"ustar\x00" and (prefix := _text(block[345:500])):
        name = prefix + b"/" + name
    type_flag = block[156]
    if type_flag in REGULAR and name.endswith(b"/"):
        # Archives of before POSIX mark a directory in no other way.
        type_flag = DIRECTORY
    return TarHeader(name, _number(block[124:136]), _number(block[136:148], negative=True), type_flag)


def looks_like_tar(block: bytes) -> bool:
    """Whether the first block is a header, or the end of an empty archive."""
    if len(block) < BLOCK:
        return False
    if not any(block):
        return True
    try:
        read_header(block)
    except Refused:
        return False
    return True


def read_pax(data: bytes) -> dict[bytes, bytes]:
    """The records of an extended header: b"<length> <key>=<value>\\n", as raw bytes, the last of a key winning."""
    records: dict[bytes, bytes] = {}
    at = 0
    while at < len(data) and data[at]:
        space = data.find(b" ", at, at + 12)
        length = int(data[at:space]) if space > at and data[at:space].isdigit() else 0
        record = data[space + 1 : at + length]
        key, equals, value = record.partition(b"=")
        if not equals or not value.endswith(b"\n") or at + length > len(data):
            raise Refused("PKG-CORRUPT", reason="a malformed extended header")
        records[key] = value[:-1]
        at += length
    return records


def pax_size(value: bytes) -> int:
    if not value.isdigit() or len(value) > 20:
        raise Refused("PKG-CORRUPT", reason="a malformed size")
    return int(value)


def pax_nanoseconds(value: bytes) -> int | None:
    """Decimal seconds as nanoseconds; None for what is no such number."""
    try:
        seconds = Decimal(value[:40].decode("ascii"))
        return int(seconds.scaleb(9)) if seconds.is_finite() and abs(seconds) < 1 << 40 else None
    except (InvalidOperation, UnicodeDecodeError):
        return None


def _text(field: bytes) -> bytes:
    return field.partition(b"\x00")[0]


def _number(field: bytes, *, negative: bool = False) -> int:
    """Octal digits, or GNU's base 256 where the first bit is set."""
    if field[0] & 0x80:
        value = int.from_bytes(field, "big", signed=field[0] == 0xFF)
        value = value if field[0] == 0xFF else value - (1 << (8 * len(field) - 1))
        if value < 0 and not negative:
            raise Refused("PKG-CORRUPT", reason="a negative number in a tar header")
        return value
    digits = field.replace(b"\x00", b" ").strip()
    if not digits:
        return 0
    if digits.strip(b"01234567"):
        raise Refused("PKG-CORRUPT", reason="a number in a tar header that is none")
    return int(digits, 8)
