"""Two PDF files compared, by pdfium and (for what no page shows) pikepdf: {"before", "after", "bounds"}."""

import hashlib
from collections.abc import Callable, Mapping

import numpy as np
import pikepdf
import pypdfium2 as pdfium
from numpy.typing import NDArray

from preservation.adapters.conversion.inside.answers import Answer, arguments, number
from preservation.adapters.conversion.inside.pdf_notes import files_on_notes, notes, playing
from preservation.adapters.conversion.inside.pixels import colour_shift, similarity_map, worst_area
from preservation.adapters.conversion.inside.words import likeness

_MOST_PAGES = 20_000
_MOST_PIXELS = 30_000_000
_LEAST_DPI = 18.0
_AREA_POINTS = 48
_COLOUR_DPI, _COLOUR_SIDE = 36.0, 4
_INCH_POINTS = 72.0
_MOST_OUTLINE = 100_000
_NAMES = ("/Title", "/Author", "/Subject", "/Keywords")


def main() -> None:
    """Print the answer."""
    told = arguments()
    answer = Answer()
    bounds = told.get("bounds")
    try:
        before = pdfium.PdfDocument(str(told["before"]))
    except pdfium.PdfiumError as problem:
        answer.could_not(f"the source cannot be read: {problem}")
        answer.print()
        return
    try:
        after = pdfium.PdfDocument(str(told["after"]))
    except pdfium.PdfiumError as problem:
        answer.demanded("result", "readable", str(problem), "readable", holds=False)
        answer.print()
        return
    answer.equal("pages", len(before), len(after))
    if len(before) == len(after) <= _MOST_PAGES:
        _compare_pages(answer, before, after, bounds)
    elif len(before) == len(after):
        answer.could_not(f"more than {_MOST_PAGES} pages")
    _compare_rest(answer, str(told["before"]), str(told["after"]))
    answer.print()


def _compare_pages(answer: Answer, before: pdfium.PdfDocument, after: pdfium.PdfDocument, bounds: object) -> None:
    text_bound = number(bounds, "text", 0.99)
    ssim_bound, area_bound = number(bounds, "ssim", 0.95), number(bounds, "area_ssim", 0.6)
    dpi, size_bound = number(bounds, "dpi", 100), number(bounds, "points", 1.0)
    colour_bound = number(bounds, "colour", 24.0)
    worst_text, worst_ssim, worst_part, worst_colour, letters = 1.0, 1.0, 1.0, 0.0, [0, 0]
    for index in range(len(before)):
        first, second = before[index], after[index]
        sizes = [max(abs(a - b) for a, b in zip(first.get_size(), second.get_size(), strict=True))]
        if sizes[0] > size_bound:
            answer.at_most(f"page {index + 1}: size in points", f"{first.get_size()}", sizes[0], size_bound)
        texts = [_text(page) for page in (first, second)]
        letters = [have + len(text) for have, text in zip(letters, texts, strict=True)]
        alike = likeness(*texts)
        if alike < text_bound:
            answer.at_least(f"page {index + 1}: text", f"{len(texts[0])} characters", alike, text_bound)
        similarities = similarity_map(*_rendered(first, second, dpi, is_gray=True))
        ssim, part = (
            float(similarities.mean()),
            worst_area(similarities, max(8, int(_AREA_POINTS * dpi / _INCH_POINTS))),
        )
        if ssim < ssim_bound:
            answer.at_least(f"page {index + 1}: SSIM", 1, ssim, ssim_bound)
        if part < area_bound:
            answer.at_least(f"page {index + 1}: SSIM of the worst area", 1, part, area_bound)
        colour = colour_shift(*_rendered(first, second, _COLOUR_DPI, is_gray=False), _COLOUR_SIDE)
        if colour > colour_bound:
            answer.at_most(f"page {index + 1}: colour", 0, colour, colour_bound)
        worst_text, worst_ssim, worst_part = min(worst_text, alike), min(worst_ssim, ssim), min(worst_part, part)
        worst_colour = max(worst_colour, colour)
        first.close()
        second.close()
    answer.told("characters of text", *letters)
    answer.at_least("text of the page that is least alike", 1, worst_text, text_bound)
    answer.at_least(f"SSIM of the page that is least alike, at {dpi:g} dpi", 1, worst_ssim, ssim_bound)
    answer.at_least("SSIM of the area that is least alike", 1, worst_part, area_bound)
    answer.at_most("colour of the area that is least alike, off by", 0, worst_colour, colour_bound)


def _text(page: pdfium.PdfPage) -> str:
    read = page.get_textpage()
    try:
        return str(read.get_text_bounded())
    finally:
        read.close()


def _rendered(
    first: pdfium.PdfPage, second: pdfium.PdfPage, dpi: float, *, is_gray: bool
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Both in gray, or in red, green and blue, of one size; large pages at fewer dots an inch."""
    width, height = first.get_size()
    while width * height * (dpi / _INCH_POINTS) ** 2 > _MOST_PIXELS and dpi > _LEAST_DPI:
        dpi /= 2
    images = [
        page.render(scale=dpi / _INCH_POINTS, grayscale=is_gray, rev_byteorder=True).to_numpy()
        for page in (first, second)
    ]
    shown = [image.reshape(image.shape[:2]) if is_gray else image[..., :3] for image in images]
    tall, wide = (min(image.shape[axis] for image in shown) for axis in (0, 1))
    return shown[0][:tall, :wide], shown[1][:tall, :wide]


def _compare_rest(answer: Answer, before: str, after: str) -> None:
    """What no page shows. A PDF that pikepdf cannot read although pdfium can is told."""
    try:
        with pikepdf.open(before) as first, pikepdf.open(after) as second:
            _compare_documents(answer, first, second)
    except pikepdf.PdfError as problem:
        answer.could_not(f"outline, links and attachments cannot be read: {problem}")


def _compare_documents(answer: Answer, first: pikepdf.Pdf, second: pikepdf.Pdf) -> None:
    for name in _NAMES:
        said = _said(first, name)
        if said:
            answer.equal(name.strip("/").lower(), said, _said(second, name))
    counts: dict[str, Callable[[pikepdf.Pdf], int]] = {
        "outline entries": _outline,
        "links": _links,
        "form fields": _fields,
        "notes of sound, film and space": playing,
    }
    for name, count in counts.items():
        had, has = count(first), count(second)
        answer.demanded(name, had, has, "no fewer", holds=has >= had)
    _demand_all(answer, "notes", notes(first), notes(second))
    _demand_all(answer, "files on notes", files_on_notes(first), files_on_notes(second))
    answer.equal("attachments", *(sorted(_attachments(pdf)) for pdf in (first, second)))
    answer.told("signatures, which a conversion cannot keep valid", _signatures(first), _signatures(second))


def _demand_all(answer: Answer, name: str, had: Mapping[str, int], has: Mapping[str, int]) -> None:
    holds = all(has.get(one, 0) >= count for one, count in had.items())
    answer.demanded(name, sum(had.values()), sum(has.values()), "all of them", holds=holds)


def _said(pdf: pikepdf.Pdf, name: str) -> str:
    value = pdf.docinfo.get(name)
    return " ".join(str(value).split()) if isinstance(value, pikepdf.String) else ""


def _outline(pdf: pikepdf.Pdf) -> int:
    """Entries, by walking; a ring is walked once."""
    root = pdf.Root.get("/Outlines")
    waiting = [root.get("/First")] if isinstance(root, pikepdf.Dictionary) else []
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < _MOST_OUTLINE:
        entry = waiting.pop()
        if not isinstance(entry, pikepdf.Dictionary) or entry.objgen in seen:
            continue
        seen.add(entry.objgen)
        waiting += [entry.get("/First"), entry.get("/Next")]
    return len(seen)


def _links(pdf: pikepdf.Pdf) -> int:
    count = 0
    for page in pdf.pages:
        notes = page.obj.get("/Annots")
        if isinstance(notes, pikepdf.Array):
            count += sum(
                isinstance(one, pikepdf.Dictionary)
                and one.get("/Subtype") == "/Link"
                and ("/A" in one or "/Dest" in one)
                for one in notes
            )
    return count


def _fields(pdf: pikepdf.Pdf) -> int:
    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    return len(fields) if isinstance(fields, pikepdf.Array) else 0


def _signatures(pdf: pikepdf.Pdf) -> int:
    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    if not isinstance(fields, pikepdf.Array):
        return 0
    return sum(isinstance(one, pikepdf.Dictionary) and one.get("/FT") == "/Sig" for one in fields)


def _attachments(pdf: pikepdf.Pdf) -> list[str]:
    return [
        f"{name}: {hashlib.sha256(one.get_file().read_bytes()).hexdigest()}" for name, one in pdf.attachments.items()
    ]


if __name__ == "__main__":
    main()
