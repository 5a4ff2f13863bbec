"""The published XML schemas, from the test collections, with nothing fetched from anywhere."""

from pathlib import Path

from lxml import etree


def schema(corpora: Path, path: str) -> etree.XMLSchema:
    """The schema at this path of the collection, its import of XLink pointed at the copy beside it."""
    folder = corpora / "xml-metadata" / "schemas"
    root = parsed((folder / path).read_bytes())
    for imported in root.iter("{http://www.w3.org/2001/XMLSchema}import"):
        local = folder / "w3c-loc" / Path(imported.get("schemaLocation", "")).name
        assert local.is_file()
        imported.set("schemaLocation", local.as_uri())
    return etree.XMLSchema(root)


def mets_schema(corpora: Path) -> etree.XMLSchema:
    return schema(corpora, "mets/version1121/mets.xsd")


def csip_schema(corpora: Path) -> etree.XMLSchema:
    return schema(corpora, "eark-csip/schema/DILCISExtensionMETS.xsd")


def premis_schema(corpora: Path) -> etree.XMLSchema:
    return schema(corpora, "w3c-loc/premis-v3-0.xsd")


def parsed(document: bytes) -> etree._Element:
    """The document's root element."""
    return etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))
