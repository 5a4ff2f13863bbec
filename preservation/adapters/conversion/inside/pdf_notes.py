"""Notes on the pages of a PDF (annotations, ISO 32000-1, 12.5): what they say, and the files that hang on them."""

import hashlib
from collections import Counter
from collections.abc import Iterator

import pikepdf

# Links and fields are compared for themselves; a pop-up shows what its note says.
_NOT_SAYING = ("/Link", "/Widget", "/Popup")
# 12.5.6.16 to 12.5.6.18, 13.6 and the extension of Adobe: what plays, and what no PDF/A may have.
_PLAYING = ("/Sound", "/Movie", "/Screen", "/3D", "/RichMedia")
_NO_FILE = "no file"


def notes(pdf: pikepdf.Pdf) -> Counter[str]:
    """What each note says, with white space made one."""
    found: Counter[str] = Counter()
    for one in _annotations(pdf):
        said = " ".join(str(one.get("/Contents", "")).split())
        if said and one.get("/Subtype") not in _NOT_SAYING:
            found[said] += 1
    return found


def files_on_notes(pdf: pikepdf.Pdf) -> Counter[str]:
    """The SHA-256 of each file that hangs on a page (12.5.6.15), which no list of the document needs to name."""
    return Counter(_digest(one["/FS"]) for one in _annotations(pdf) if "/FS" in one)


def playing(pdf: pikepdf.Pdf) -> int:
    """How many notes are sound, film or three-dimensional."""
    return sum(one.get("/Subtype") in _PLAYING for one in _annotations(pdf))


def _annotations(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for page in pdf.pages:
        held = page.obj.get("/Annots")
        if isinstance(held, pikepdf.Array):
            yield from (one for one in held if isinstance(one, pikepdf.Dictionary))


def _digest(specification: pikepdf.Object) -> str:
    files = specification.get("/EF") if isinstance(specification, pikepdf.Dictionary) else None
    if not isinstance(files, pikepdf.Dictionary):
        return _NO_FILE
    stream = next((files[name] for name in ("/UF", "/F") if name in files), None)
    return hashlib.sha256(stream.read_bytes()).hexdigest() if isinstance(stream, pikepdf.Stream) else _NO_FILE
