"""XML read as a stream: bounded in memory, no document type, no entity, no network."""

from collections.abc import Iterator
from typing import BinaryIO

from lxml import etree

_CHUNK = 1 << 16

# More than this between two complete elements of interest is no document of ours (paths have at most 4,096 bytes).
_MAX_BETWEEN = 1 << 20


class MalformedXML(ValueError):
    """The bytes are not the XML that was asked for. Readers turn it into a finding."""


def elements(stream: BinaryIO, root: str, *tags: str) -> Iterator[etree._Element]:
    """Each complete element with one of these tags (in Clark notation), in document order, under this root element.

    An element is emptied once the next one is asked for, so keep none. An element of interest must not lie within
    another. MalformedXML for bytes that are not well-formed, another root, a document type declaration, or an element
    that does not end within 1 MiB.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        tag=(root, *tags),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    seen_root = False
    pending = 0
    try:
        while chunk := stream.read(_CHUNK):
            pending += len(chunk)
            broken = _feed(parser, chunk)
            for event, element in parser.read_events():
                if element is None or isinstance(element, tuple):
                    continue
                if not seen_root:
                    seen_root = _check_root(element, root)
                elif event == "end" and element.tag != root:
                    pending = 0
                    yield element
                    _release(element)
            if broken is not None:
                raise broken
            if pending > _MAX_BETWEEN:
                raise MalformedXML("an element without end")
        parser.close()
    except etree.XMLSyntaxError as error:
        raise MalformedXML(str(error)) from error
    if not seen_root:
        raise MalformedXML(f"the root element is not {root}")


def _feed(parser: etree.XMLPullParser, chunk: bytes) -> etree.XMLSyntaxError | None:
    """What broke in the chunk; the elements before it can still be had from the parser."""
    try:
        parser.feed(chunk)
    except etree.XMLSyntaxError as error:
        return error
    return None


def _check_root(element: etree._Element, root: str) -> bool:
    if element.tag != root or element.getparent() is not None:
        raise MalformedXML(f"the root element is not {root}")
    if element.getroottree().docinfo.internalDTD is not None:
        raise MalformedXML("a document type declaration")
    return True


def _release(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
