"""Whether an office document is to be converted at all: {"path"}. Says {"refused": code or "", "detail"}."""

import json
import re
import struct
import sys
from pathlib import Path

import olefile

from preservation.adapters.conversion.inside.answers import arguments
from preservation.adapters.conversion.inside.packages import Package, Unfit

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "SOURCE-ENCRYPTED"
_UNREADABLE = "SOURCE-UNREADABLE"
_FILEPASS = 0x002F
_HEAD = 1 << 16
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
# OpenDocument's macros and dialogs, and its manifest, have document types of their own.
_TYPED = ("Basic/", "Dialogs/", "META-INF/manifest.xml")
# [MS-DOC] 2.5.1: the eleventh and twelfth byte of the FIB; the ninth bit is fEncrypted.
_FIB_FLAGS = 10
_FIB_ENCRYPTED = 0x0100


def main() -> None:
    """Print the answer."""
    code, detail = refused(str(arguments()["path"]))
    json.dump({"refused": code, "detail": detail}, sys.stdout)


def refused(path: str) -> tuple[str, str]:
    """A code and its reason, or two empty texts."""
    with Path(path).open("rb") as stream:
        head = stream.read(8)
    if not head:
        return _UNREADABLE, "it is empty"
    if head.startswith(b"PK"):
        return _package_refused(path)
    if head == _OLE:
        return _compound_refused(path)
    return "", ""


def _package_refused(path: str) -> tuple[str, str]:
    try:
        package = Package(path)
        names = package.names()
        if "META-INF/manifest.xml" in names and b"encryption-data" in package.data("META-INF/manifest.xml"):
            return _ENCRYPTED, "parts of it are encrypted"
        for name in names:
            if name.endswith((".xml", ".rels")) and _declares(name, package.data(name)[:_HEAD]):
                return "SOURCE-HAS-DOCTYPE", f"{name} declares a document type or entities"
    except Unfit as problem:
        return _UNREADABLE, str(problem)
    return "", ""


def _declares(name: str, head: bytes) -> bool:
    return bool(_ENTITY.search(head)) or (not name.startswith(_TYPED) and bool(_DOCTYPE.search(head)))


def _compound_refused(path: str) -> tuple[str, str]:
    try:
        with olefile.OleFileIO(path) as ole:
            if ole.exists("EncryptedPackage"):
                return _ENCRYPTED, "the document is encrypted"
            if ole.exists("WordDocument"):
                (flags,) = struct.unpack("<H", ole.openstream("WordDocument").read(_FIB_FLAGS + 2)[_FIB_FLAGS:])
                if flags & _FIB_ENCRYPTED:
                    return _ENCRYPTED, "the text is encrypted"
            for name in ("Workbook", "Book"):
                if ole.exists(name) and _has_filepass(ole.openstream(name).read(1 << 16)):
                    return _ENCRYPTED, "the workbook is encrypted"
            if ole.exists("EncryptedSummary"):
                return _ENCRYPTED, "the presentation is encrypted"
    except (OSError, ValueError, struct.error, IndexError, TypeError, AttributeError) as problem:
        return _UNREADABLE, f"{type(problem).__name__}: {problem}"
    return "", ""


def _has_filepass(data: bytes) -> bool:
    """[MS-XLS] 2.4.117, among the first records of the workbook."""
    at = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        if kind == _FILEPASS:
            return True
        at += 4 + size
    return False


if __name__ == "__main__":
    main()
