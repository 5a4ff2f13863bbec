"""What an Outlook message says ([MS-OXMSG], [MS-OXPROPS]): its properties, recipients and attachments, by olefile."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import olefile

_MOST_STREAM = 512 << 20
_MOST_DEPTH = 10
_UNICODE, _NARROW, _BINARY, _OBJECT = "001F", "001E", "0102", "000D"
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_SUBMITTED, _DELIVERED, _KIND, _CODE_PAGE, _HTML_CODE_PAGE = 0x0039, 0x0E06, 0x0C15, 0x3FFD, 0x3FDE
_ROWS = "__properties_version1.0"
# Subject, transport headers, sender (name, address, SMTP address), represented sender, To and Cc as shown, body, Message-ID.
_TEXTS = ("0037", "007D", "0C1A", "0C1F", "5D01", "0042", "0E04", "0E03", "1000", "1035")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file, or a message within the message."""

    name: str
    mime: str
    data: bytes
    message: "OutlookMessage | None" = None


@dataclass(frozen=True, slots=True)
class OutlookMessage:
    """`texts` by property id ("0037" is the subject). `recipients` are kind (1 To, 2 Cc, 3 Bcc), name and address.

    `has_rtf` where there is a body in RTF ([MS-OXPROPS] PidTagRtfCompressed), which is not read.
    """

    texts: Mapping[str, str]
    html: str | None
    sent: datetime | None
    recipients: tuple[tuple[int, str, str], ...]
    attachments: tuple[Attachment, ...]
    has_rtf: bool

    @property
    def is_body_in_rtf_alone(self) -> bool:
        return self.has_rtf and not (self.texts.get("1000", "").strip() or (self.html or "").strip())


def read(path: str) -> OutlookMessage:
    """Raises OSError and the like for what is none."""
    with olefile.OleFileIO(path) as ole:
        return _message(ole, [], ole.listdir(streams=True, storages=True), 32, 0)


def _message(ole: olefile.OleFileIO, at: list[str], names: list[list[str]], header: int, depth: int) -> OutlookMessage:
    if depth > _MOST_DEPTH:
        raise ValueError("messages within messages within messages")
    numbers = dict(_rows(ole, [*at, _ROWS], header))
    page = f"cp{numbers.get((0x0003, _CODE_PAGE), 1252)}"
    texts = {name: said for name in _TEXTS if (said := _text(ole, at, name, page)) is not None}
    below = sorted({one[len(at)] for one in names if one[: len(at)] == at and len(one) > len(at)})
    return OutlookMessage(
        texts,
        _html(ole, at, numbers),
        _time(numbers),
        tuple(_recipient(ole, [*at, one], page) for one in below if one.startswith("__recip_version1.0_")),
        tuple(
            _attachment(ole, [*at, one], names, page, depth) for one in below if one.startswith("__attach_version1.0_")
        ),
        ole.exists([*at, f"__substg1.0_1009{_BINARY}"]),
    )


def _html(ole: olefile.OleFileIO, at: list[str], numbers: Mapping[tuple[int, int], int]) -> str | None:
    path = [*at, f"__substg1.0_1013{_BINARY}"]
    if not ole.exists(path):
        return _text(ole, at, "1013", "cp1252")
    page = numbers.get((0x0003, _HTML_CODE_PAGE), 65001)
    return _decoded(_stream(ole, path), "utf-8" if page == 65001 else f"cp{page}")


def _text(ole: olefile.OleFileIO, at: list[str], name: str, page: str) -> str | None:
    for kind in (_UNICODE, _NARROW):
        path = [*at, f"__substg1.0_{name}{kind}"]
        if ole.exists(path):
            return _decoded(_stream(ole, path), "utf-16-le" if kind == _UNICODE else page).rstrip("\0")
    return None


def _decoded(data: bytes, encoding: str) -> str:
    """In the code page that the message names; one that nobody knows is read as Windows-1252, which knows nearly all bytes."""
    try:
        return data.decode(encoding, "replace")
    except LookupError:
        return data.decode("cp1252", "replace")


def _recipient(ole: olefile.OleFileIO, at: list[str], page: str) -> tuple[int, str, str]:
    kinds = dict(_rows(ole, [*at, _ROWS], 8))
    address = _text(ole, at, "39FE", page) or _text(ole, at, "3003", page) or ""
    return kinds.get((0x0003, _KIND), 1) & 0xF, _text(ole, at, "3001", page) or "", address


def _attachment(ole: olefile.OleFileIO, at: list[str], names: list[list[str]], page: str, depth: int) -> Attachment:
    name = _text(ole, at, "3707", page) or _text(ole, at, "3704", page) or _text(ole, at, "3001", page) or "attachment"
    mime = _text(ole, at, "370E", page) or ""
    path = [*at, f"__substg1.0_3701{_BINARY}"]
    if ole.exists(path):
        return Attachment(name, mime, _stream(ole, path))
    within = [*at, f"__substg1.0_3701{_OBJECT}"]
    if ole.exists([*within, _ROWS]):
        return Attachment(name, "message/rfc822", b"", _message(ole, within, names, 24, depth + 1))
    raise ValueError(f"the attachment {name!r} is neither a file nor a message")


def _time(numbers: Mapping[tuple[int, int], int]) -> datetime | None:
    ticks = numbers.get((0x0040, _SUBMITTED)) or numbers.get((0x0040, _DELIVERED))
    try:
        return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
    except OverflowError:
        return None


def _rows(ole: olefile.OleFileIO, path: list[str], header: int) -> Iterator[tuple[tuple[int, int], int]]:
    """[MS-OXMSG] 2.4: properties of fixed length, 16 bytes each, after a header."""
    data = ole.openstream(path).read(1 << 20) if ole.exists(path) else b""
    for at in range(header, len(data) - 15, 16):
        kind, name, _, value = struct.unpack_from("<HHIQ", data, at)
        # Of whole numbers only half of the place is used.
        yield (kind, name), value & 0xFFFF_FFFF if kind == 0x0003 else value


def _stream(ole: olefile.OleFileIO, path: list[str]) -> bytes:
    data: bytes = ole.openstream(path).read(_MOST_STREAM)
    return data
