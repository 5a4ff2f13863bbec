"""XML files."""

import re
from typing import Final

from lxml import etree

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source
from preservation.adapters.examination.readers.xml_reading import MAX_SCHEMAS, read_xml

_DECLARATION: Final = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_ENTITY: Final = re.compile(rb"<!ENTITY\s")
_PROLOG_BYTES: Final = 1 << 16


def look_at_xml(source: Source, look: Look) -> None:
    look.used("lxml", etree.__version__)
    if source.size == 0:
        look.invalid("EMPTY-FILE")
        return
    head = source.head(_PROLOG_BYTES)
    declared = _DECLARATION.search(head[:1024])
    look.add("encoding", declared.group(1).decode("ascii") if declared else "UTF-8")
    if _ENTITY.search(head):
        look.note("XML-ENTITIES", "declares entities; none was resolved")
    with open(source.path, "rb") as stream:
        facts = read_xml(stream)
    look.add("root-element", facts.root)
    look.add("namespace", facts.namespace)
    look.add("doctype", facts.doctype)
    look.add("system-identifier", facts.system_id)
    look.add("schemas", " ".join(facts.schemas[:MAX_SCHEMAS]))
    look.add("elements", facts.elements)
    if facts.is_beyond_limits:
        look.unsure("XML-TOO-LARGE", facts.error)
    elif facts.error:
        look.invalid("XML-NOT-WELL-FORMED", facts.error)
    else:
        look.well_formed()
