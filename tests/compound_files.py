"""Compound files ([MS-CFB]) and Outlook messages ([MS-OXMSG]) of our own making."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
EPOCH = datetime(1601, 1, 1, tzinfo=UTC)

Tree = Mapping[str, "bytes | Tree"]


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    left: int = FREE
    right: int = FREE
    child: int = FREE
    start: int = END
    size: int = 0


def compound_file(tree: Tree) -> bytes:
    """A file of version 3 with these storages and streams; up to some seven megabytes."""
    entries = [_Entry("Root Entry", 5)]
    entries[0].child = _add(entries, tree)
    mini, sectors = bytearray(), list[bytes]()
    mini_fat, fat = list[int](), list[int]()
    for entry in entries[1:]:
        if entry.kind == 2 and entry.data:
            entry.size = len(entry.data)
            if entry.size < CUTOFF:
                entry.start = len(mini_fat)
                count = -(-entry.size // MINI)
                mini_fat += [entry.start + index + 1 for index in range(count - 1)] + [END]
                mini += entry.data.ljust(count * MINI, b"\0")
            else:
                entry.start = _store(sectors, fat, entry.data)
    if mini:
        entries[0].start, entries[0].size = _store(sectors, fat, bytes(mini)), len(mini)
    mini_start = _store(sectors, fat, struct.pack(f"<{len(mini_fat)}I", *mini_fat), b"\xff") if mini_fat else END
    directory = b"".join(_entry_bytes(entry) for entry in entries)
    directory_start = _store(sectors, fat, directory + bytes(-len(directory) % SECTOR))
    count = 1
    while -(-(len(fat) + count) * 4 // SECTOR) > count:
        count += 1
    places = list(range(len(fat), len(fat) + count))
    fat += [FAT] * count
    packed = struct.pack(f"<{len(fat)}I", *fat).ljust(count * SECTOR, b"\xff")
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6),
        0, count, directory_start, 0, CUTOFF, mini_start, 1 if mini_fat else 0, END, 0, places[0],
    )  # fmt: skip
    header = header[:64] + struct.pack("<I", -(-len(mini_fat) * 4 // SECTOR)) + struct.pack("<II", END, 0)
    header += struct.pack(f"<{count}I", *places)
    return header.ljust(SECTOR, b"\xff") + b"".join(sectors) + packed


def _store(sectors: list[bytes], fat: list[int], data: bytes, fill: bytes = b"\0") -> int:
    start = len(fat)
    count = max(1, -(-len(data) // SECTOR))
    padded = data.ljust(count * SECTOR, fill)
    sectors += [padded[index * SECTOR : (index + 1) * SECTOR] for index in range(count)]
    fat += [start + index + 1 for index in range(count - 1)] + [END]
    return start


def _add(entries: list[_Entry], tree: Tree) -> int:
    """A tree of siblings, balanced, in the order of [MS-CFB] 2.6.4: by length, then by letters."""
    made = []
    for name in sorted(tree, key=lambda one: (len(one), one.upper())):
        below = tree[name]
        entry = _Entry(name, 2, below) if isinstance(below, bytes) else _Entry(name, 1)
        entries.append(entry)
        made.append(len(entries) - 1)
        if not isinstance(below, bytes):
            entry.child = _add(entries, below)
    return _balanced(entries, made)


def _balanced(entries: list[_Entry], made: Sequence[int]) -> int:
    if not made:
        return FREE
    middle = len(made) // 2
    entries[made[middle]].left = _balanced(entries, made[:middle])
    entries[made[middle]].right = _balanced(entries, made[middle + 1 :])
    return made[middle]


def _entry_bytes(entry: _Entry) -> bytes:
    name = entry.name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        name, len(name), entry.kind, 1, entry.left, entry.right, entry.child, bytes(16), 0, 0, 0, entry.start, entry.size,
    )  # fmt: skip


@dataclass(frozen=True)
class Message:
    """What an Outlook message is to say. `rtf` is a body in (compressed) RTF, `within` are messages attached to it."""

    subject: str
    body: str | None
    sender: str = "an@luutru.example"
    to: tuple[str, ...] = ("binh@luutru.example",)
    sent: datetime = field(default_factory=lambda: datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC))
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    rtf: bytes = b""
    within: tuple["Message", ...] = ()


def outlook_message(message: Message) -> bytes:
    """An .msg file."""
    return compound_file(_message_tree(message, bytes(8)))


def _message_tree(message: Message, head_end: bytes) -> Tree:
    """[MS-OXMSG] 2.4.1: of a message within the properties' head is shorter."""
    texts = {
        0x001A: "IPM.Note",
        0x0037: message.subject,
        **({} if message.body is None else {0x1000: message.body}),
        0x0C1A: message.sender.split("@")[0],
        0x0C1E: "SMTP",
        0x0C1F: message.sender,
        0x0E04: "; ".join(message.to),
    }
    ticks = int((message.sent - EPOCH).total_seconds()) * 10_000_000
    tree: dict[str, bytes | Tree] = _texts(texts)
    if message.rtf:
        tree["__substg1.0_10090102"] = message.rtf
    count = len(message.attachments) + len(message.within)
    head = struct.pack("<8xIIII", len(message.to), count, len(message.to), count) + head_end
    tree["__properties_version1.0"] = head + _rows(texts, {(0x0040, 0x0039): ticks, (0x0003, 0x340D): 0x40000})
    tree["__nameid_version1.0"] = {
        "__substg1.0_00020102": b"", "__substg1.0_00030102": b"", "__substg1.0_00040102": b"",
    }  # fmt: skip
    for index, address in enumerate(message.to):
        said = {0x3001: address.split("@")[0], 0x3002: "SMTP", 0x3003: address, 0x39FE: address}
        rows = bytes(8) + _rows(said, {(0x0003, 0x0C15): 1, (0x0003, 0x3000): index})
        tree[f"__recip_version1.0_#{index:08X}"] = {**_texts(said), "__properties_version1.0": rows}
    for index, (name, data) in enumerate(message.attachments.items()):
        said = {0x3704: name, 0x3707: name, 0x370E: "application/octet-stream"}
        rows = bytes(8) + _rows(said, {(0x0003, 0x3705): 1, (0x0003, 0x0E21): index, (0x0102, 0x3701): len(data)})
        below = {**_texts(said), "__substg1.0_37010102": data, "__properties_version1.0": rows}
        tree[f"__attach_version1.0_#{index:08X}"] = below
    for index, one in enumerate(message.within, len(message.attachments)):
        said = {0x3001: one.subject}
        rows = bytes(8) + _rows(said, {(0x0003, 0x3705): 5, (0x0003, 0x0E21): index, (0x000D, 0x3701): 0})
        below = {
            **_texts(said), "__substg1.0_3701000D": _message_tree(one, b""), "__properties_version1.0": rows
        }  # fmt: skip
        tree[f"__attach_version1.0_#{index:08X}"] = below
    return tree


def _texts(texts: Mapping[int, str]) -> dict[str, "bytes | Tree"]:
    return {f"__substg1.0_{name:04X}001F": text.encode("utf-16-le") for name, text in texts.items()}


def _rows(texts: Mapping[int, str], numbers: Mapping[tuple[int, int], int]) -> bytes:
    rows = [struct.pack("<HHIQ", 0x001F, name, 6, len(text.encode("utf-16-le")) + 2) for name, text in texts.items()]
    return b"".join(rows + [struct.pack("<HHIQ", kind, name, 6, value) for (kind, name), value in numbers.items()])
