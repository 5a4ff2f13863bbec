"""The pages of a PDF as pdfium lays them out: text, pictures that fill a page with their resolution, sizes."""

from collections import Counter
from typing import Final

import pypdfium2
from pypdfium2 import raw

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source

MAX_PAGES: Final = 5_000
MAX_OBJECTS_OF_A_PAGE: Final = 20_000
SCAN_SHARE: Final = 0.7
"""A picture that covers so much of a page makes it a scanned one."""

_POINTS_PER_INCH: Final = 72
_COLOURS: Final = {
    raw.FPDF_COLORSPACE_DEVICEGRAY: "grey",
    raw.FPDF_COLORSPACE_CALGRAY: "grey",
    raw.FPDF_COLORSPACE_DEVICERGB: "RGB",
    raw.FPDF_COLORSPACE_CALRGB: "RGB",
    raw.FPDF_COLORSPACE_DEVICECMYK: "CMYK",
    raw.FPDF_COLORSPACE_LAB: "Lab",
    raw.FPDF_COLORSPACE_ICCBASED: "ICC",
    raw.FPDF_COLORSPACE_INDEXED: "palette",
    raw.FPDF_COLORSPACE_SEPARATION: "separation",
    raw.FPDF_COLORSPACE_DEVICEN: "DeviceN",
}


def look_at_pages(source: Source, look: Look) -> None:
    try:
        document = pypdfium2.PdfDocument(source.path)
    except pypdfium2.PdfiumError as problem:
        look.note("PDF-NOT-LAID-OUT", str(problem))
        return
    try:
        _look(document, look)
    finally:
        document.close()


def _look(document: pypdfium2.PdfDocument, look: Look) -> None:
    count = len(document)
    with_text, scanned, characters, unreadable = 0, 0, 0, 0
    colours: Counter[str] = Counter()
    resolutions: list[int] = []
    sizes: set[tuple[int, int]] = set()
    for number in range(min(count, MAX_PAGES)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            unreadable += 1
            continue
        sizes.add((round(page.get_width()), round(page.get_height())))
        found = _characters(page)
        characters += found
        with_text += found > 0
        scan = _scan(page)
        if scan is not None:
            scanned += 1
            resolutions.append(scan[0])
            colours[scan[1]] += 1
        page.close()
    look.add("pages", count, "pages")
    if count > MAX_PAGES:
        look.note("PDF-PAGES-NOT-ALL-LOOKED-AT", f"{MAX_PAGES} of {count}")
    if unreadable:
        look.wrong("PDF-PAGES-NOT-LAID-OUT", f"{unreadable} pages")
    _describe_sizes(sizes, look)
    look.add("pages-with-text", with_text, "pages")
    look.add("text-characters", characters)
    look.add("pages-scanned", scanned, "pages")
    if resolutions:
        look.add("scan-resolution-lowest", min(resolutions), "dpi")
        look.add("scan-resolution-highest", max(resolutions), "dpi")
        look.add("scan-colours", ", ".join(sorted(colours)))


def _describe_sizes(sizes: set[tuple[int, int]], look: Look) -> None:
    if len(sizes) == 1:
        width, height = next(iter(sizes))
        look.add("page-width", width, "points")
        look.add("page-height", height, "points")
    elif sizes:
        look.add("page-sizes", len(sizes))


def _characters(page: pypdfium2.PdfPage) -> int:
    try:
        text = page.get_textpage()
    except pypdfium2.PdfiumError:
        return 0
    try:
        return max(0, int(text.count_chars()))
    finally:
        text.close()


def _scan(page: pypdfium2.PdfPage) -> tuple[int, str] | None:
    """(dpi, colours) of the largest picture, if it covers the page: for a strip-wise scan those of one strip."""
    area = page.get_width() * page.get_height()
    covered, best = 0.0, None
    largest = 0.0
    for number, picture in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)):
        if number >= MAX_OBJECTS_OF_A_PAGE or not isinstance(picture, pypdfium2.PdfImage):
            break
        left, bottom, right, top = picture.get_bounds()
        size = max(0.0, right - left) * max(0.0, top - bottom)
        covered += size
        if size > largest:
            largest, best = size, picture
    if best is None or area <= 0 or covered < SCAN_SHARE * area:
        return None
    left, bottom, right, top = best.get_bounds()
    width, height = best.get_px_size()
    inches = max(right - left, 0.01) / _POINTS_PER_INCH, max(top - bottom, 0.01) / _POINTS_PER_INCH
    # A page may be turned: the better fit of the two ways is the true one.
    straight, turned = (width / inches[0], height / inches[1]), (height / inches[0], width / inches[1])
    chosen = min(straight, turned, key=lambda pair: abs(pair[0] - pair[1]))
    return round(sum(chosen) / 2), _colours(best)


def _colours(picture: pypdfium2.PdfImage) -> str:
    about = picture.get_metadata()
    if about.bits_per_pixel == 1:
        return "bilevel"
    name = _COLOURS.get(about.colorspace, "other")
    if name == "ICC":
        return {8: "grey", 24: "RGB", 32: "CMYK"}.get(about.bits_per_pixel, "ICC")
    return name
