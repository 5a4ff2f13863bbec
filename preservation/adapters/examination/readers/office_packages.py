"""Office documents in ZIP: Office Open XML (ISO/IEC 29500) and OpenDocument (ISO/IEC 26300), read member by member."""

import re
import zipfile
from dataclasses import dataclass, field
from typing import Final, Self

from lxml import etree

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source
from preservation.adapters.examination.readers.xml_files import look_at_xml
from preservation.adapters.examination.readers.xml_reading import XmlFacts, read_xml
from preservation.adapters.examination.readers.zips import ZIP_PROBLEMS, open_zip, read_members

_MAX_SMALL_BYTES: Final = 16 << 20
_MAX_SHOWN: Final = 5
_ODF_TYPE: Final = re.compile(rb"^application/(?:vnd\.oasis\.opendocument\.|vnd\.sun\.xml\.)[a-z.-]+\Z")
_MANIFEST: Final = "{urn:oasis:names:tc:opendocument:xmlns:manifest:1.0}"
_BEFORE_ODF: Final = "application/vnd.sun.xml."
_APP: Final = {
    "Pages": ("pages", "pages"),
    "Words": ("words", "words"),
    "Characters": ("characters", "characters"),
    "Slides": ("slides", "slides"),
    "Application": ("application", ""),
}
_STATISTICS: Final = {
    "page-count": ("pages", "pages"),
    "word-count": ("words", "words"),
    "character-count": ("characters", "characters"),
    "table-count": ("tables", ""),
}
_COUNTED: Final = frozenset({"sheet", "sldId", "table", "page"})


def look_at_ooxml(source: Source, look: Look) -> None:
    look.used("lxml", etree.__version__)
    with _opened(source, look) as package:
        if package.archive is None:
            return
        names = package.archive.namelist()
        if "[Content_Types].xml" not in names:
            look.invalid("OOXML-CONTENT-TYPES", "[Content_Types].xml is missing")
        look.add("macros", any(name.endswith("vbaProject.bin") for name in names))
        look.add("pictures", sum("/media/" in name for name in names))
        _external_links(package, look)
        _facts_of_app(package, look)
        sheets = package.xml.get("xl/workbook.xml", XmlFacts()).counts.get("sheet")
        look.add("sheets", sheets, "sheets")
        look.add("slides", package.xml.get("ppt/presentation.xml", XmlFacts()).counts.get("sldId"), "slides")
        for name, facts in package.xml.items():
            if facts.doctype:
                # ISO/IEC 29500-2, 7.2.3: a package's XML has no DTD.
                look.invalid("OOXML-DTD", name)
        _conclude(package, look)


def look_at_odf(source: Source, look: Look) -> None:
    look.used("lxml", etree.__version__)
    if source.signature != "zip" and source.head(512).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        look_at_xml(source, look)
        return
    with _opened(source, look) as package:
        if package.archive is None:
            return
        names = package.archive.namelist()
        mimetype = _judge_mimetype(package, look)
        if not mimetype.startswith(_BEFORE_ODF):
            _judge_manifest(package, mimetype, look)
        look.add("macros", any(name.startswith(("Basic/", "Scripts/")) and not name.endswith("/") for name in names))
        look.add("pictures", sum(name.startswith("Pictures/") and not name.endswith("/") for name in names))
        look.add("signatures", int("META-INF/documentsignatures.xml" in names))
        _statistics(package, look)
        content = package.xml.get("content.xml", XmlFacts())
        if "spreadsheet" in mimetype:
            look.add("sheets", content.counts.get("table", 0), "sheets")
        elif "presentation" in mimetype:
            look.add("slides", content.counts.get("page", 0), "slides")
        _conclude(package, look)


@dataclass(slots=True)
class _Package:
    """A package with what its XML members are."""

    archive: zipfile.ZipFile | None
    is_whole: bool = False
    xml: dict[str, XmlFacts] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.archive is not None:
            self.archive.close()

    def small(self, name: str) -> bytes:
        """A member's bytes; nothing where it is missing, too large or cannot be read."""
        try:
            if self.archive is None or self.archive.getinfo(name).file_size > _MAX_SMALL_BYTES:
                return b""
            return self.archive.read(name)
        except (KeyError, *ZIP_PROBLEMS):
            return b""

    def tree(self, name: str) -> etree._Element | None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(self.small(name), parser)
        except etree.XMLSyntaxError:
            return None


def _opened(source: Source, look: Look) -> _Package:
    archive = open_zip(source, look)
    if archive is None:
        return _Package(None)
    package = _Package(archive, read_members(archive, look))
    if not package.is_whole:
        return package
    locked = _encrypted_members(package)
    for name in archive.namelist():
        # OpenOffice leaves empty files where users changed nothing: Configurations2/accelerator/current.xml.
        is_left_empty = archive.getinfo(name).file_size == 0 and name.startswith("Configurations2/")
        if name.endswith((".xml", ".rels", ".rdf")) and name not in locked and not is_left_empty:
            with archive.open(name) as stream:
                package.xml[name] = read_xml(stream, counted=_COUNTED)
    return package


def _conclude(package: _Package, look: Look) -> None:
    broken = [(name, facts) for name, facts in package.xml.items() if facts.error]
    for name, facts in broken[:_MAX_SHOWN]:
        if facts.is_beyond_limits:
            look.unsure("XML-TOO-LARGE", f"{name}: {facts.error}")
        else:
            look.invalid("XML-NOT-WELL-FORMED", f"{name}: {facts.error}")
    look.add("members", 0 if package.archive is None else len(package.archive.filelist))
    if package.is_whole:
        look.well_formed()


def _external_links(package: _Package, look: Look) -> None:
    """ISO/IEC 29500-2, 9.3: relationships whose TargetMode is External."""
    targets = []
    for name in package.xml:
        tree = package.tree(name) if name.endswith(".rels") else None
        if tree is not None:
            targets += [
                one.get("Target", "") for one in tree.iter(etree.Element) if one.get("TargetMode") == "External"
            ]
    look.add("external-links", len(targets))
    templates = [one for one in targets if not one.startswith(("http:", "https:", "mailto:", "#"))]
    if templates:
        look.note("OFFICE-EXTERNAL-TARGETS", ", ".join(templates[:_MAX_SHOWN]))


def _facts_of_app(package: _Package, look: Look) -> None:
    tree = package.tree("docProps/app.xml")
    if tree is not None:
        for element in tree.iter(etree.Element):
            known = _APP.get(str(element.tag).rpartition("}")[2])
            if known and element.text:
                look.add(known[0], _number(element.text), known[1])


def _statistics(package: _Package, look: Look) -> None:
    tree = package.tree("meta.xml")
    if tree is None:
        return
    for element in tree.iter(etree.Element):
        local = str(element.tag).rpartition("}")[2]
        if local == "generator" and element.text:
            look.add("application", element.text)
        elif local == "document-statistic":
            for name, value in element.attrib.items():
                known = _STATISTICS.get(str(name).rpartition("}")[2])
                if known:
                    look.add(known[0], _number(str(value)), known[1])


def _judge_mimetype(package: _Package, look: Look) -> str:
    """OpenDocument 1.2 part 3, 3.3: first in the file, stored, without an extra field, if it is there at all."""
    archive = package.archive
    if archive is None or "mimetype" not in archive.namelist():
        look.note("ODF-MIMETYPE", "there is none")
        return ""
    member = archive.getinfo("mimetype")
    if member.header_offset != 0 or member.compress_type != zipfile.ZIP_STORED:
        look.invalid("ODF-MIMETYPE", "not the first member, or compressed")
    said = package.small("mimetype")
    if not _ODF_TYPE.match(said):
        look.invalid("ODF-MIMETYPE", said[:100].decode("latin-1"))
    return said[:100].decode("latin-1")


def _judge_manifest(package: _Package, mimetype: str, look: Look) -> None:
    """OpenDocument 1.2 part 3, 3.2 and 4.3: it lists every file but those of META-INF and itself, and the package's own type."""
    tree = package.tree("META-INF/manifest.xml")
    if tree is None:
        look.invalid("ODF-MANIFEST", "META-INF/manifest.xml is missing or cannot be read")
        return
    entries = {
        str(one.get(f"{_MANIFEST}full-path")): str(one.get(f"{_MANIFEST}media-type", ""))
        for one in tree.iter(f"{_MANIFEST}file-entry")
    }
    look.add("odf-version", tree.get(f"{_MANIFEST}version"))
    root = entries.get("/")
    if mimetype and root is not None and root != mimetype:
        look.invalid("ODF-MANIFEST", f"the package is {root!r} there, and {mimetype!r} in mimetype")
    for name in [] if package.archive is None else package.archive.namelist():
        if name.startswith("META-INF/"):
            if "signatures" not in name and name != "META-INF/manifest.xml" and not name.endswith("/"):
                look.invalid("ODF-META-INF", f"{name} is neither the manifest nor a signature")
        elif name != "mimetype" and not name.endswith("/") and name not in entries:
            look.invalid("ODF-MANIFEST", f"{name} is not listed")
    if _locked(tree):
        look.add("encryption", "password")
        look.unsure("OFFICE-ENCRYPTED", "cannot be read without its password")


def _encrypted_members(package: _Package) -> set[str]:
    tree = package.tree("META-INF/manifest.xml")
    return set() if tree is None else _locked(tree)


def _locked(manifest: etree._Element) -> set[str]:
    return {
        str(one.get(f"{_MANIFEST}full-path"))
        for one in manifest.iter(f"{_MANIFEST}file-entry")
        if one.find(f"{_MANIFEST}encryption-data") is not None
    }


def _number(text: str) -> int | str:
    stripped = text.strip()
    return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 12 else stripped
