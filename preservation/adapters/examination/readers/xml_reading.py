"""XML read as a stream: whether it is well-formed, and what it says of itself. Nothing outside the file is ever opened.

Entities are not resolved, no DTD is loaded, and libxml2's own limits (depth, length of one text, amplification) are on: a file
that is beyond them is not called anything but too large.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Protocol, cast

from lxml import etree

MAX_SCHEMAS: Final = 10

_CHUNK: Final = 1 << 16
_INSTANCE: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_LIMITS: Final = ("huge", "excessive depth", "amplification", "too long", "growing", "limit", "memory", "maximum")


class Stream(Protocol):
    def read(self, count: int, /) -> bytes: ...


@dataclass(slots=True)
class XmlFacts:
    """`error` is the parser's, "" where there was none; `is_beyond_limits` if it is about a limit rather than the file."""

    root: str = ""
    namespace: str = ""
    doctype: str = ""
    system_id: str = ""
    schemas: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    elements: int = 0
    error: str = ""
    is_beyond_limits: bool = False


def read_xml(stream: Stream, *, counted: frozenset[str] = frozenset()) -> XmlFacts:
    """`counted` are local names of elements to count. Memory does not grow with the number of elements."""
    facts = XmlFacts()
    # Given as it is, a stream that is a file would be opened again by its name.
    source = _Chunks(stream)
    try:
        for event, element in etree.iterparse(
            source, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        ):
            if event == "start":
                _count(element, facts, counted)
            else:
                element.clear(keep_tail=False)
                before = element.getprevious()
                parent = element.getparent()
                if before is not None and parent is not None:
                    parent.remove(before)
    except etree.XMLSyntaxError as problem:
        facts.error = str(problem) or "no XML"
        facts.is_beyond_limits = any(word in facts.error.lower() for word in _LIMITS)
    return facts


class _Chunks:
    """Nothing but what lxml reads by."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def read(self, count: int = _CHUNK) -> bytes:
        return self._stream.read(count if count > 0 else _CHUNK)


def _count(element: etree._Element, facts: XmlFacts, counted: frozenset[str]) -> None:
    facts.elements += 1
    if facts.elements == 1:
        facts.namespace, facts.root = _split(str(element.tag))
        about = cast(Any, element.getroottree().docinfo)
        facts.doctype, facts.system_id = about.public_id or (about.doctype and facts.root) or "", about.system_url or ""
        for name in ("schemaLocation", "noNamespaceSchemaLocation"):
            facts.schemas.extend(str(element.get(_INSTANCE + name, "")).split()[: 2 * MAX_SCHEMAS])
    if counted:
        local = str(element.tag).rpartition("}")[2]
        if local in counted:
            facts.counts[local] = facts.counts.get(local, 0) + 1


def _split(tag: str) -> tuple[str, str]:
    space, _, local = tag.rpartition("}")
    return space[1:], local
