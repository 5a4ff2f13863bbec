"""Dublin Core elements (ISO 15836-1) as they come with a transfer, read for search. Bad metadata is a warning, never a failure.

CSV and JSON as Archivematica's "metadata import" describes them; XML in any document whose elements are in the Dublin Core
namespaces (simple DC, oai_dc, dcterms); labels of bag-info.txt (RFC 8493, 2.2.2).
"""

import csv
import functools
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from lxml import etree

from preservation.domain.finding_log import FindingLog
from preservation.domain.packages import DublinCore

MAX_DOCUMENT_BYTES = 4 << 20
MAX_VALUES = 1000
MAX_VALUE_CHARACTERS = 10_000

ELEMENTS = (
    "title",
    "creator",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
)

Pairs = Iterator[tuple[str, str]]
Known = Callable[[str], str | None]

_NAMESPACES = ("{http://purl.org/dc/elements/1.1/}", "{http://purl.org/dc/terms/}")
_PREFIXES = ("dc.", "dc:", "dcterms.", "dcterms:", "dc-")
# DCMI terms that refine an element (ISO 15836-2).
_REFINEMENTS = {
    "abstract": "description",
    "alternative": "title",
    "available": "date",
    "bibliographiccitation": "identifier",
    "created": "date",
    "extent": "format",
    "ispartof": "relation",
    "issued": "date",
    "medium": "format",
    "modified": "date",
    "spatial": "coverage",
    "tableofcontents": "description",
    "temporal": "coverage",
}
_BAG_LABELS = {
    "title": "title",
    "external-description": "description",
    "external-identifier": "identifier",
    "internal-sender-description": "description",
    "internal-sender-identifier": "identifier",
    "source-organization": "publisher",
    "bag-group-identifier": "relation",
}
# What Archivematica writes into the filename column for the whole of a transfer.
_WHOLE = frozenset({"", ".", "objects", "objects/", "data", "data/"})


def element(label: str, *, bare: bool = True) -> str | None:
    """The Dublin Core element behind a label such as "dc.title" or "dcterms:created", None if it is none.

    `bare` labels ("title") count only where the document is known to be Dublin Core: "type" means much elsewhere.
    """
    name = label.strip().casefold()
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            name = name[len(prefix) :]
            break
    else:
        if not bare:
            return None
    name = name.partition(".")[0].partition("[")[0].strip()
    name = _REFINEMENTS.get(name, name)
    return name if name in ELEMENTS else None


def collect(pairs: Iterable[tuple[str, str]]) -> DublinCore:
    """The values of each element in order, without repetitions and empty ones, bounded in number and length."""
    found: dict[str, list[str]] = {}
    count = 0
    for name, value in pairs:
        text = " ".join(value.split())[:MAX_VALUE_CHARACTERS]
        values = found.setdefault(name, [])
        if text and text not in values:
            values.append(text)
            count += 1
            if count >= MAX_VALUES:
                break
    return {name: tuple(values) for name, values in found.items() if values}


def from_bag_info(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """What bag-info.txt says of the content: its own reserved labels, and labels that name an element ("DC-Title")."""
    for label, value in pairs:
        name = label.strip().casefold()
        if name in _BAG_LABELS:
            yield _BAG_LABELS[name], value
        elif name.startswith(_PREFIXES) and (known := element(label)) is not None:
            yield known, value


def from_document(path: str, data: bytes, notes: FindingLog) -> Sequence[tuple[str, str]]:
    """Pairs of a CSV, JSON or XML document, by its extension; none, and a warning, where it cannot be read."""
    readers: dict[str, Callable[[bytes, Known], Pairs]] = {".csv": _from_csv, ".json": _from_json, ".xml": _from_xml}
    reader = readers.get(path[path.rfind(".") :].lower() if "." in path else "")
    if reader is None:
        return ()
    if len(data) > MAX_DOCUMENT_BYTES:
        notes.warning("META-TOO-LARGE", path, limit=str(MAX_DOCUMENT_BYTES))
        return ()
    name = path.rpartition("/")[2].casefold()
    try:
        return list(reader(data, functools.partial(element, bare=name.startswith("dc") or "dublin" in name)))
    except (ValueError, csv.Error, RecursionError, etree.XMLSyntaxError) as error:
        notes.warning("META-UNREADABLE", path, reason=str(error)[:200])
        return ()


def _from_csv(data: bytes, known: Known) -> Pairs:
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True)
    header = next(rows, [])
    columns = [(index, name) for index, label in enumerate(header) if (name := known(label)) is not None]
    about = {"filename", "parts"}.intersection(label.strip().casefold() for label in header[:1])
    yield from _whole_first(
        (row[0].strip() if about and row else "", [(name, row[index]) for index, name in columns if index < len(row)])
        for row in rows
    )


def _from_json(data: bytes, known: Known) -> Pairs:
    document = json.loads(data)
    records = document if isinstance(document, list) else [document]
    yield from _whole_first(
        (str(record.get("filename", "")), list(_json_values(record, known)))
        for record in records
        if isinstance(record, dict)
    )


def _json_values(record: dict[str, object], known: Known) -> Pairs:
    for label, value in record.items():
        name = known(label)
        if name is not None:
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, str | int | float) and not isinstance(item, bool):
                    yield name, str(item)


def _whole_first(records: Iterable[tuple[str, list[tuple[str, str]]]]) -> Pairs:
    """What is said of the whole transfer before what is said of single files, both bounded."""
    parts: list[tuple[str, str]] = []
    count = 0
    for about, pairs in records:
        if about in _WHOLE:
            yield from pairs
        elif len(parts) < MAX_VALUES:
            parts.extend(pairs)
        count += len(pairs)
        if count > 100 * MAX_VALUES:
            break
    yield from parts


def _from_xml(data: bytes, known: Known) -> Pairs:
    """Without entities, external or internal, without a DTD, without the network; libxml2's own limits stay on."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root = etree.fromstring(data, parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError("a document type declaration is not read")
    known = element if _is_simple_root(root) else known
    for node in root.iter(etree.Element):
        if not isinstance(node.tag, str) or not node.text:
            continue
        name = _xml_element(node.tag, known)
        if name is not None:
            yield name, node.text


def _is_simple_root(root: etree._Element) -> bool:
    """Vietnam's Thông tư 05/2025/TT-BNV writes <simpledc> with elements in no namespace."""
    return root.tag in ("simpledc", "dc", "dublin_core", "dublincore")


def _xml_element(tag: str, known: Known) -> str | None:
    for namespace in _NAMESPACES:
        if tag.startswith(namespace):
            return element(tag[len(namespace) :])
    return known(tag) if not tag.startswith("{") else None
