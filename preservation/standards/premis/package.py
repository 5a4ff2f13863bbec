"""The PREMIS document of an AIP as a whole: intellectual entity, representations, events, agents."""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

from preservation.domain.events import Event
from preservation.domain.findings import Finding, Severity
from preservation.standards import xml_reading
from preservation.standards.premis.events import agent_of, agent_xml, event_of, event_xml, object_name, tag, text_of
from preservation.standards.premis.files import CLOSING, OPENING
from preservation.standards.premis.model import NAMESPACE, XSI, Agent, Package, Representation
from preservation.standards.xml_text import path_of

_NS = f"{{{NAMESPACE}}}"
_TYPE = f"{{{XSI}}}type"
_FILES = "number of files"
_BYTES = "size in bytes"

# A version has a handful of events, and the documents of one describe one or a few versions.
_MAX_ENTITIES = 100_000


def write_package(package: Package) -> Iterator[bytes]:
    """The document, in pieces: one for each object, event and agent."""
    yield OPENING.encode()
    yield _intellectual_entity(package).encode()
    for representation in package.representations:
        yield _representation(package.aip, representation).encode()
    for event in package.events:
        yield event_xml(package.aip, event).encode()
    for agent in package.agents:
        yield agent_xml(agent).encode()
    yield CLOSING.encode()


def read_package(stream: BinaryIO) -> Package | Finding:
    """The inverse of `write_package`, but for the private parts of events; a finding for bytes that are no such document."""
    entity: Package | None = None
    representations: list[Representation] = []
    events: list[Event] = []
    agents: list[Agent] = []
    tags = (f"{_NS}object", f"{_NS}event", f"{_NS}agent")
    try:
        for element in xml_reading.elements(stream, f"{_NS}premis", *tags):
            if len(representations) + len(events) + len(agents) >= _MAX_ENTITIES:
                raise xml_reading.MalformedXML("too many entities")
            kind = element.get(_TYPE)
            if element.tag == f"{_NS}event":
                events.append(event_of(element))
            elif element.tag == f"{_NS}agent":
                agents.append(agent_of(element))
            elif kind == "representation":
                representations.append(_read_representation(element))
            elif kind == "intellectualEntity" and entity is None:
                entity = _read_intellectual_entity(element)
    except ValueError as error:
        return Finding("PREMIS-UNREADABLE", Severity.ERROR, values={"reason": str(error)})
    if entity is None:
        return Finding("PREMIS-UNREADABLE", Severity.ERROR, values={"reason": "no intellectual entity"})
    return Package(
        aip=entity.aip,
        collection=entity.collection,
        collection_code=entity.collection_code,
        transfer=entity.transfer,
        representations=tuple(representations),
        events=tuple(events),
        agents=tuple(agents),
    )


def _identifier(kind: str, value: str) -> str:
    named = tag("objectIdentifierType", kind) + tag("objectIdentifierValue", value)
    return f"<objectIdentifier>{named}</objectIdentifier>"


def _relationship(kind: str, subtype: str, *related: tuple[str, str]) -> str:
    identifiers = "".join(
        f"<relatedObjectIdentifier>{tag('relatedObjectIdentifierType', name)}"
        f"{tag('relatedObjectIdentifierValue', value)}</relatedObjectIdentifier>"
        for name, value in related
    )
    types = tag("relationshipType", kind) + tag("relationshipSubType", subtype)
    return f"<relationship>{types}{identifiers}</relationship>"


def _property(name: str, value: int) -> str:
    named = tag("significantPropertiesType", name) + tag("significantPropertiesValue", str(value))
    return f"<significantProperties>{named}</significantProperties>"


def _intellectual_entity(package: Package) -> str:
    collection = ("collection", package.collection), ("collection code", package.collection_code)
    parts = [
        '<object xsi:type="intellectualEntity">',
        _identifier("URI", package.aip),
        _relationship("structural", "is part of", *collection),
    ]
    if package.transfer is not None:
        parts.append(_relationship("derivation", "has source", ("transfer", package.transfer)))
    return "".join(parts) + "</object>\n"


def _representation(aip: str, representation: Representation) -> str:
    return (
        '<object xsi:type="representation">'
        + _identifier(*object_name(aip, "representation", representation.name))
        + _property(_FILES, representation.file_count)
        + _property(_BYTES, representation.bytes)
        + _relationship("structural", "represents", ("URI", aip))
        + "</object>\n"
    )


def _read_intellectual_entity(element: etree._Element) -> Package:
    related = {
        text_of(identifier, "relatedObjectIdentifierType"): text_of(identifier, "relatedObjectIdentifierValue")
        for identifier in element.iterfind(f"{_NS}relationship/{_NS}relatedObjectIdentifier")
    }
    return Package(
        aip=text_of(element, "objectIdentifier/objectIdentifierValue"),
        collection=related.get("collection", ""),
        collection_code=related.get("collection code", ""),
        transfer=related.get("transfer"),
        representations=(),
    )


def _read_representation(element: etree._Element) -> Representation:
    name = text_of(element, "objectIdentifier/objectIdentifierValue")
    properties = {
        text_of(stated, "significantPropertiesType"): text_of(stated, "significantPropertiesValue")
        for stated in element.iterfind(f"{_NS}significantProperties")
    }
    return Representation(
        name=path_of(name.partition("#")[2]).removeprefix("representations/"),
        file_count=int(properties.get(_FILES, "")),
        bytes=int(properties.get(_BYTES, "")),
    )
