"""The slides of presentations and their text: Office Open XML, OpenDocument."""

import posixpath
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
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_NOTES = f"{_PRESENTATION}notes"
_IS_NOTES = "/notesSlide"
# Places that a program fills in by itself.
_FIELDS = ("sldNum", "dt", "ftr", "hdr")
_ODP_FIELDS = ("page-number", "date-time", "footer", "header")


def slides_of(path: str) -> list[str]:
    """The text of each slide, in order, without notes. Raises Unfit."""
    suffix = Path(path).suffix
    if suffix == ".pptx":
        return _pptx(Package(path))
    if suffix == ".pdf":
        return pdf_pages(path)
    return _odp(Package(path))


def notes_of(path: str) -> list[str]:
    """What the speaker noted for each slide, in order; none of a PDF. Raises Unfit."""
    suffix = Path(path).suffix
    if suffix == ".pptx":
        package = Package(path)
        names = set(package.names())
        return [_pptx_notes(package, part, names) for part in _pptx_parts(package)]
    if suffix == ".pdf":
        return []
    return [_odp_notes(page) for page in _odp_pages(Package(path))]


def _pptx(package: Package) -> list[str]:
    return [_pptx_text(package.xml(part)) for part in _pptx_parts(package)]


def _pptx_parts(package: Package) -> list[str]:
    """The slides in their order."""
    targets = {
        one.get("Id", ""): str(PurePosixPath("ppt", one.get("Target", "")))
        for one in package.xml("ppt/_rels/presentation.xml.rels").iter(f"{_REL}Relationship")
    }
    return [targets.get(one.get(f"{_R}id", ""), "") for one in package.xml("ppt/presentation.xml").iter(f"{_P}sldId")]


def _pptx_notes(package: Package, part: str, names: set[str]) -> str:
    folder, _, name = part.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in names:
        return ""
    said = []
    for one in package.xml(relations).iter(f"{_REL}Relationship"):
        if one.get("Type", "").endswith(_IS_NOTES):
            target = posixpath.normpath(posixpath.join("/", folder, one.get("Target", ""))).lstrip("/")
            said.append(_pptx_text(package.xml(target)))
    return "\n".join(said)


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
    return [_odp_text(page) for page in _odp_pages(package)]


def _odp_pages(package: Package) -> list[etree._Element]:
    body = package.xml("content.xml").find(f"{_O}body/{_O}presentation")
    if body is None:
        raise Unfit("content.xml has no presentation")
    return list(body.iterchildren(f"{_DRAW}page"))


def _odp_notes(page: etree._Element) -> str:
    """In whatever shapes, but for the date and the like."""
    paragraphs = [
        one
        for notes in page.iterchildren(_NOTES)
        for one in notes.iter(f"{_TEXT}p", f"{_TEXT}h")
        if not any(above.get(f"{_PRESENTATION}class") in _ODP_FIELDS for above in one.iterancestors())
    ]
    return "\n".join("".join(_spoken(one)) for one in paragraphs)


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
