"""Compound files (MS-CFB): Word, Excel, PowerPoint before 2007, encrypted documents since, and Outlook messages."""

import struct
from typing import Final

import olefile

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source

MAX_STREAMS: Final = 20_000

_FAULTS: Final = (OSError, ValueError, TypeError, IndexError, struct.error, OverflowError, EOFError)
_APPLICATIONS: Final = {
    "worddocument": "Word",
    "workbook": "Excel",
    "book": "Excel",
    "powerpoint document": "PowerPoint",
    "visiodocument": "Visio",
    "encryptedpackage": "Office Open XML, encrypted",
    "__properties_version1.0": "Outlook",
}
_FILEPASS: Final = 0x2F
_BOF: Final = (0x809, 0x009, 0x209, 0x409)
_ENCRYPTED_USER: Final = 0xF3D1C4DF
_CLASS, _SUBJECT, _SENDER, _SENT = "001A", "0037", "0C1F", "0039"


def look_at_ole(source: Source, look: Look) -> None:
    _look(source, look, is_message=False)


def look_at_msg(source: Source, look: Look) -> None:
    _look(source, look, is_message=True)


def _look(source: Source, look: Look, *, is_message: bool) -> None:
    look.used("olefile", olefile.__version__)
    if source.size == 0:
        look.invalid("EMPTY-FILE")
    elif source.signature != "ole":
        # Old Word and Excel, RTF and HTML under such names are none of these files' faults.
        look.unsure("OLE-NOT-RECOGNISED", "no compound file")
    else:
        try:
            with olefile.OleFileIO(source.path, raise_defects=olefile.DEFECT_FATAL) as file:
                _describe(file, look, is_message=is_message)
        except _FAULTS as problem:
            look.invalid("OLE-DAMAGED", str(problem))


def _describe(file: olefile.OleFileIO, look: Look, *, is_message: bool) -> None:
    paths = [[str(part) for part in path] for path in file.listdir(streams=True, storages=False)]
    if len(paths) > MAX_STREAMS:
        look.unsure("OLE-TOO-LARGE", f"{len(paths)} streams")
        return
    tops = {path[0].lower() for path in paths}
    look.add("application", next((name for key, name in _APPLICATIONS.items() if key in tops), None))
    for path in paths:
        # Reading follows the whole chain of sectors: one that ends early raises.
        with file.openstream(path) as stream:
            stream.read()
    for _, said in file.parsing_issues[:3]:
        look.wrong("OLE-REMARK", str(said))
    if is_message:
        _describe_message(file, paths, look)
    else:
        _describe_document(file, tops, look)
    look.add("streams", len(paths))
    look.well_formed()


def _describe_document(file: olefile.OleFileIO, tops: set[str], look: Look) -> None:
    look.add("macros", file.exists("Macros/VBA") or file.exists("_VBA_PROJECT_CUR/VBA") or file.exists("VBA"))
    if "encryptedpackage" in tops or _is_encrypted(file):
        look.add("encryption", "password")
        look.unsure("OFFICE-ENCRYPTED", "cannot be read without its password")
        return
    try:
        about = file.get_metadata()
    except _FAULTS:
        look.wrong("OLE-SUMMARY-DAMAGED")
        return
    for name, value, unit in (
        ("pages", about.num_pages, "pages"),
        ("words", about.num_words, "words"),
        ("characters", about.num_chars, "characters"),
        ("slides", about.slides, "slides"),
    ):
        if isinstance(value, int) and value > 0:
            look.add(name, value, unit)
    created_by = about.creating_application
    if isinstance(created_by, bytes):
        look.add("created-with", created_by.decode("latin-1"))


def _is_encrypted(file: olefile.OleFileIO) -> bool:
    """MS-DOC 2.5.1 (fEncrypted), MS-XLS 2.4.117 (FilePass), MS-PPT 2.3.2 (headerToken)."""
    if file.exists("WordDocument"):
        head = file.openstream("WordDocument").read(12)
        return len(head) == 12 and bool(struct.unpack_from("<H", head, 10)[0] & 0x100)
    for name in ("Workbook", "Book"):
        if file.exists(name):
            return _has_filepass(file.openstream(name).read(4096))
    if file.exists("Current User"):
        head = file.openstream("Current User").read(16)
        return len(head) == 16 and struct.unpack_from("<L", head, 12)[0] == _ENCRYPTED_USER
    return False


def _has_filepass(head: bytes) -> bool:
    place = 0
    while place + 4 <= len(head):
        record, size = struct.unpack_from("<HH", head, place)
        if record == _FILEPASS:
            return True
        if place == 0 and record not in _BOF:
            return False
        place += 4 + size
    return False


def _describe_message(file: olefile.OleFileIO, paths: list[list[str]], look: Look) -> None:
    """MS-OXMSG 2.2: properties as streams of the top storage, recipients and attachments as storages."""
    if not file.exists("__properties_version1.0"):
        look.invalid("MSG-PROPERTIES", "the property stream is missing")
        return
    tops = {path[0] for path in paths}
    look.add("message-class", _text(file, _CLASS))
    look.add("subject-present", bool(_text(file, _SUBJECT)))
    look.add("sender-present", bool(_text(file, _SENDER) or _text(file, "0042") or _text(file, "0C1A")))
    look.add("recipients", sum(name.startswith("__recip_version1.0") for name in tops))
    look.add("attachments", sum(name.startswith("__attach_version1.0") for name in tops))


def _text(file: olefile.OleFileIO, tag: str) -> str:
    """A string property: 001F is UTF-16, 001E of the message's code page."""
    for kind, encoding in (("001F", "utf-16-le"), ("001E", "latin-1")):
        name = f"__substg1.0_{tag}{kind}"
        if file.exists(name):
            return str(file.openstream(name).read(2000).decode(encoding, "replace")).strip("\0 ")
    return ""
