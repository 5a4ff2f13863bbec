"""The slides of presentations and their text: Office Open XML, OpenDocument."""

from pathlib import Path, PurePosixPath

from lxml import etree

from preservation.adapters.conversion.inside.documents import pdf_pages
from preservation.adapters.conversion.inside.packages import Package, Unfit

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_REL = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_O = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_NOTES = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}notes"
# Places that a program fills in by itself.
_FIELDS = ("sldNum", "dt", "ftr")


def slides_of(path: str) -> list[str]:
    """The text of each slide, in order, without notes. Raises Unfit."""
    suffix = Path(path).suffix
    if suffix == ".pptx":
        return _pptx(Package(path))
    if suffix == ".pdf":
        return pdf_pages(path)
    return _odp(Package(path))


def _pptx(package: Package) -> list[str]:
    targets = {
        one.get("Id", ""): str(PurePosixPath("ppt", one.get("Target", "")))
        for one in package.xml("ppt/_rels/presentation.xml.rels").iter(f"{_REL}Relationship")
    }
    entries = package.xml("ppt/presentation.xml").iter(f"{_P}sldId")
    return [_pptx_text(package.xml(targets.get(one.get(f"{_R}id", ""), ""))) for one in entries]


def _pptx_text(root: etree._Element) -> str:
    lines = []
    for paragraph in root.iter(f"{_A}p"):
        above = list(paragraph.iterancestors())
        if any(one.tag == f"{_MC}Fallback" for one in above) or any(_is_field(one) for one in above):
            continue
        lines.append(
            "".join(one.text or "" if one.tag == f"{_A}t" else " " for one in paragraph.iter(f"{_A}t", f"{_A}br"))
        )
    return "\n".join(lines)


def _is_field(element: etree._Element) -> bool:
    if element.tag != f"{_P}sp":
        return False
    return any(one.get("type") in _FIELDS for one in element.iter(f"{_P}ph"))


def _odp(package: Package) -> list[str]:
    body = package.xml("content.xml").find(f"{_O}body/{_O}presentation")
    if body is None:
        raise Unfit("content.xml has no presentation")
    return [_odp_text(page) for page in body.iterchildren(f"{_DRAW}page")]


def _odp_text(page: etree._Element) -> str:
    paragraphs = [
        one
        for one in page.iter(f"{_TEXT}p", f"{_TEXT}h")
        if not any(above.tag == _NOTES or str(above.tag).endswith("}annotation") for above in one.iterancestors())
    ]
    return "\n".join("".join(_spoken(one)) for one in paragraphs)


def _spoken(element: etree._Element) -> list[str]:
    found = [element.text or ""]
    for one in element:
        found += [" "] if one.tag in (f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break") else _spoken(one)
        found.append(one.tail or "")
    return found
