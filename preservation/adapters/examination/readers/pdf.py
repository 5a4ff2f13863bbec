"""PDF: opened strictly by qpdf, every stream read, then looked at object by object and page by page.

Kinds of encryption: a file that opens without a password is read like any other; one that does not is UNKNOWN.
"""

import re
from typing import Final

import pikepdf
import pypdfium2

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.pdf_objects import look_at_objects
from preservation.adapters.examination.readers.pdf_pages import look_at_pages
from preservation.adapters.examination.readers.pdf_structure import (
    HEADER_OFFSET,
    has_changed_line_ends,
    judge_ends,
    judge_page_tree,
)
from preservation.adapters.examination.readers.pdfa import CLAIMED_BY_PUID, screen
from preservation.adapters.examination.readers.source import Source

LINE_ENDS_CHANGED: Final = "PDF-LINE-ENDS-CHANGED"
OFFSETS_FROM_HEADER: Final = "PDF-OFFSETS-FROM-HEADER"

_MAX_PROBLEMS: Final = 8
_PLACE: Final = re.compile(r"^(?:WARNING: )?/.*?(?=[:(] )|^(?:WARNING: )?/[^(:]*")
_ENCRYPTED: Final = ("encrypt", "security handler", "password")
# Of qpdf's remarks those that are about the file's own syntax, whatever a reader makes of it.
_HARMLESS: Final = (
    "operation for",
    "linearization",
    "hint table",
    "unknown /Filter",
    "a common error handled correctly",
    "carriage return only",
)
# What comes of offsets and lengths that are a few bytes too large.
_OF_OFFSETS: Final = (
    "file is damaged", "xref not found", "reconstruct cross-reference", "expected endstream", "recover stream length",
    "recovered stream length",
)  # fmt: skip


def look_at_pdf(source: Source, look: Look) -> None:
    look.used("pikepdf", pikepdf.__version__)
    look.used("qpdf", pikepdf.__libqpdf_version__)
    look.used("pdfium", str(pypdfium2.PDFIUM_INFO))
    if source.size == 0:
        look.invalid("EMPTY-FILE")
        return
    judge_ends(source, look)
    pdf = _open(source, look)
    if pdf is None:
        return
    with pdf:
        _describe(pdf, look)
        judge_page_tree(pdf, look)
        objects = look_at_objects(pdf, look)
        claimed = objects.get("pdfa-claimed") or CLAIMED_BY_PUID.get(source.puid or "")
        if claimed:
            screen(pdf, source, look, claimed=claimed)
        _read_all(pdf, look)
    look_at_pages(source, look)
    look.well_formed()


def _open(source: Source, look: Look) -> pikepdf.Pdf | None:
    """None where it cannot be opened at all. What opens only after repair is broken (ISO 32000-2, 7.5.4 and 7.5.5)."""
    try:
        return pikepdf.open(source.path, attempt_recovery=False, suppress_warnings=True)
    except pikepdf.PasswordError:
        look.add("encryption", "password")
        look.unsure("PDF-ENCRYPTED", "cannot be read without its password")
        return None
    except pikepdf.PdfError as problem:
        if any(word in str(problem).lower() for word in _ENCRYPTED):
            look.add("encryption", "other")
            look.unsure("PDF-ENCRYPTED", _said(problem))
            return None
        if has_changed_line_ends(source):
            look.unsure(LINE_ENDS_CHANGED, _said(problem))
        elif look.has(HEADER_OFFSET):
            # Offsets are counted from the file's first byte (ISO 32000-2, 7.5.4); many readers count from the header.
            look.unsure(OFFSETS_FROM_HEADER, _said(problem))
        else:
            look.invalid("PDF-STRUCTURE-BROKEN", _said(problem))
    try:
        return pikepdf.open(source.path, attempt_recovery=True, suppress_warnings=True)
    except pikepdf.PasswordError:
        look.add("encryption", "password")
    except pikepdf.PdfError as problem:
        look.invalid("PDF-NOT-READABLE", _said(problem))
    return None


def _describe(pdf: pikepdf.Pdf, look: Look) -> None:
    look.add("pdf-version", pdf.pdf_version)
    if pdf.is_encrypted:
        how = pdf.encryption
        look.add("encryption", f"without password, R{how.R}, {how.bits} bits")
        look.add("encryption-key-length", how.bits, "bits")
        look.note("PDF-ENCRYPTED-OPEN", "readers may refuse to print or to copy from it")
    else:
        look.add("encryption", "none")
    look.add("linearized", pdf.is_linearized)


def _read_all(pdf: pikepdf.Pdf, look: Look) -> None:
    """Every stream decoded, pictures in JPEG among them; what qpdf remarks is a fault of syntax or of a stream."""
    try:
        problems = [*pdf.get_warnings(), *pdf.check_pdf_syntax()]
    except (pikepdf.PdfError, RuntimeError) as problem:
        problems = [str(problem)]
    remarks = dict.fromkeys(_said(one) for one in problems)
    for said in list(remarks)[:_MAX_PROBLEMS]:
        if any(word in said for word in _HARMLESS):
            look.note("PDF-REMARK", said)
        elif (look.has(LINE_ENDS_CHANGED) or look.has(OFFSETS_FROM_HEADER)) and any(
            word in said for word in _OF_OFFSETS
        ):
            look.wrong("PDF-DAMAGED", said)
        else:
            look.invalid("PDF-DAMAGED", said)


def _said(problem: object) -> str:
    """Without the name under which the file is seen here."""
    return _PLACE.sub("", str(problem)).strip(": ")
