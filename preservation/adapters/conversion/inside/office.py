"""Two office documents compared: {"family", "before", "after", "facts", "bounds"}; the result may be a PDF.

`facts` is the source itself, where `before` is what another program has read out of it.
"""

import zipfile
from pathlib import Path

import olefile

from preservation.adapters.conversion.inside.answers import Answer, arguments, number
from preservation.adapters.conversion.inside.documents import boxes_of, pdf_pages, text_of
from preservation.adapters.conversion.inside.fonts import missing_fonts
from preservation.adapters.conversion.inside.packages import Unfit
from preservation.adapters.conversion.inside.sheets import Cells, is_text, sheets_of
from preservation.adapters.conversion.inside.slides import notes_of, slides_of
from preservation.adapters.conversion.inside.words import likeness, recall

_MOST_NAMED = 20
_MACROS = ("vbaProject.bin", "Basic/")


def main() -> None:
    """Print the answer."""
    told = arguments()
    answer = Answer()
    before, after, bounds = str(told["before"]), str(told["after"]), told.get("bounds")
    compare = {"text": _texts, "sheets": _sheets, "slides": _slides}[str(told["family"])]
    compare(answer, before, after, bounds)
    answer.told(
        "macros, which are not taken over", *(_macros(path) for path in (str(told.get("facts") or before), after))
    )
    answer.told(
        "fonts that are not installed, for which others stand", missing_fonts(str(told.get("facts") or before)), ""
    )
    answer.print()


def _texts(answer: Answer, before: str, after: str, bounds: object) -> None:
    try:
        ours, boxes = text_of(before), boxes_of(before)
    except Unfit as problem:
        answer.could_not(f"the source cannot be read: {problem}")
        return
    try:
        theirs = text_of(after)
    except Unfit as problem:
        answer.demanded("result", "readable", str(problem), "readable", holds=False)
        return
    said = f"{len(ours.split())} words"
    # A page adds its header, its number and the marks of lists, so only what is lost counts.
    alike = recall(ours, theirs) if after.endswith(".pdf") else likeness(ours, theirs)
    answer.at_least(
        "words of the text" if after.endswith(".pdf") else "text", said, alike, number(bounds, "text", 0.98)
    )
    if boxes.split():
        answer.at_least(
            "words of boxes", f"{len(boxes.split())} words", recall(boxes, theirs), number(bounds, "text", 0.98)
        )
    _something(answer, ours, theirs)


def _something(answer: Answer, ours: str, theirs: str) -> None:
    """A source without any text may be a picture or nothing: no comparison of texts tells anything about it."""
    if not ours.split():
        answer.could_not("the source has no text to compare")
    answer.told("words", len(ours.split()), len(theirs.split()))


def _sheets(answer: Answer, before: str, after: str, bounds: object) -> None:
    try:
        ours = sheets_of(before)
    except Unfit as problem:
        answer.could_not(f"the source cannot be read: {problem}")
        return
    try:
        if after.endswith(".pdf"):
            _cells_on_pages(answer, ours, "\n".join(pdf_pages(after)), bounds)
            return
        theirs = sheets_of(after)
    except Unfit as problem:
        answer.demanded("result", "readable", str(problem), "readable", holds=False)
        return
    answer.equal("sheets", list(ours), list(theirs))
    for name in ours.keys() & theirs.keys():
        one, other = ours[name], theirs[name]
        differing = [place for place in sorted(one.keys() | other.keys()) if one.get(place) != other.get(place)]
        may_differ = number(bounds, "cells", 0)
        # Each value that is only here or only there is a cell that differs, too.
        answer.told(f"{name}: cells with a value", len(one), len(other))
        say = answer.equal if len(differing) > may_differ else answer.told
        for row, column in differing[:_MOST_NAMED]:
            say(f"{name}: row {row}, column {column}", one.get((row, column), ""), other.get((row, column), ""))
        answer.at_most(f"{name}: cells that differ", 0, len(differing), may_differ)
    if not any(ours.values()):
        answer.could_not("the source has no cell with a value")


def _cells_on_pages(answer: Answer, ours: dict[str, Cells], page_text: str, bounds: object) -> None:
    """Texts only: how a number is shown is a matter of its format and of the width of its column."""
    texts = [value[2:] for cells in ours.values() for value in cells.values() if is_text(value)]
    answer.at_least(
        "words of cells",
        f"{len(texts)} cells of text",
        recall("\n".join(texts), page_text),
        number(bounds, "text", 0.98),
    )
    numbers = sum(not is_text(value) for cells in ours.values() for value in cells.values())
    answer.told("cells with numbers, of which pages show what fits", numbers, "")
    if not texts:
        answer.could_not("the source has no text to compare")


def _slides(answer: Answer, before: str, after: str, bounds: object) -> None:
    try:
        ours, our_notes = slides_of(before), notes_of(before)
    except (Unfit, KeyError) as problem:
        answer.could_not(f"the source cannot be read: {problem}")
        return
    try:
        theirs, their_notes = slides_of(after), notes_of(after)
    except (Unfit, KeyError) as problem:
        answer.demanded("result", "readable", str(problem), "readable", holds=False)
        return
    answer.equal("slides", len(ours), len(theirs))
    bound = number(bounds, "text", 0.98)
    for index, (one, other) in enumerate(zip(ours, theirs, strict=False), 1):
        alike = recall(one, other) if after.endswith(".pdf") else likeness(one, other)
        answer.at_least(f"slide {index}: text", f"{len(one.split())} words", alike, bound)
    if after.endswith(".pdf"):
        answer.told("speaker's notes, which no page shows", f"{sum(len(one.split()) for one in our_notes)} words", "")
    for index, (one, other) in enumerate(zip(our_notes, their_notes, strict=False), 1):
        if one.split():
            alike = likeness(one, other)
            answer.at_least(f"slide {index}: speaker's notes", f"{len(one.split())} words", alike, bound)
    _something(answer, "\n".join(ours), "\n".join(theirs))


def _macros(path: str) -> str:
    """ "yes" or "no"."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return (
                "yes"
                if any(one.endswith(_MACROS[0]) or one.startswith(_MACROS[1]) for one in archive.namelist())
                else "no"
            )
    if Path(path).stat().st_size > 8 and olefile.isOleFile(path):
        with olefile.OleFileIO(path) as ole:
            return "yes" if ole.exists("Macros") or ole.exists("_VBA_PROJECT_CUR") else "no"
    return "no"


if __name__ == "__main__":
    main()
