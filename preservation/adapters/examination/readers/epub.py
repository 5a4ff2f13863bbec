"""EPUB as a container (OCF 3.3, 4): ZIP, mimetype, container.xml, well-formed XML. EPUBCheck says the rest."""

import zipfile
from typing import Final

from lxml import etree

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source
from preservation.adapters.examination.readers.xml_reading import read_xml
from preservation.adapters.examination.readers.zips import open_zip, read_members

_TYPE: Final = b"application/epub+zip"
_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_XML: Final = (".opf", ".ncx", ".xhtml", ".xml")


def look_at_epub(source: Source, look: Look) -> None:
    look.used("lxml", etree.__version__)
    archive = open_zip(source, look)
    if archive is None:
        return
    with archive:
        look.add("members", len(archive.filelist))
        if not read_members(archive, look):
            return
        names = archive.namelist()
        first = archive.filelist[0] if archive.filelist else None
        if first is None or first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
            look.invalid("EPUB-MIMETYPE", "not the first member, or compressed")
        elif first.file_size > len(_TYPE) + 2 or archive.read(first).strip() != _TYPE:
            look.invalid("EPUB-MIMETYPE", "says another type")
        if _CONTAINER not in names:
            look.invalid("EPUB-CONTAINER", f"{_CONTAINER} is missing")
        look.add("encryption", "some members" if _ENCRYPTION in names else "none")
        for name in names:
            if name.endswith(_XML) and _ENCRYPTION not in names:
                with archive.open(name) as stream:
                    facts = read_xml(stream)
                if facts.error and not facts.is_beyond_limits and "ntity" not in facts.error:
                    look.invalid("XML-NOT-WELL-FORMED", f"{name}: {facts.error}")
        look.well_formed()
