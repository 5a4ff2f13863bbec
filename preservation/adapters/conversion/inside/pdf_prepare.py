"""Make a PDF ready for ghostscript, which drops notes that are not to be printed: {"source", "target"}.

ISO 19005-2, 6.3.3 wants every note to be printed. Links show nothing, so they can be marked so without changing any page;
notes that are hidden stay as they are, and the comparison tells what became of them.
"""

import pikepdf

from preservation.adapters.conversion.inside.answers import arguments

_PRINT, _HIDDEN, _NO_VIEW, _NO_ZOOM, _NO_ROTATE = 4, 2, 32, 8, 16


def main() -> None:
    """Write the file."""
    told = arguments()
    with pikepdf.open(str(told["source"])) as pdf:
        for page in pdf.pages:
            notes = page.obj.get("/Annots")
            if isinstance(notes, pikepdf.Array):
                for note in notes:
                    _mark(note)
        pdf.save(str(told["target"]), deterministic_id=True)


def _mark(note: object) -> None:
    if isinstance(note, pikepdf.Dictionary) and note.get("/Subtype") == "/Link":
        flags = note.get("/F", 0)
        known = int(flags) if isinstance(flags, int) else 0
        if not known & (_HIDDEN | _NO_VIEW):
            note["/F"] = (known | _PRINT) & ~(_NO_ZOOM | _NO_ROTATE)


if __name__ == "__main__":
    main()
