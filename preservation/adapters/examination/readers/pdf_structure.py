"""The parts of a PDF that a lenient reader repairs: header, end, and the tree of pages (ISO 32000-2, 7.5 and 7.7)."""

import re
from dataclasses import dataclass
from typing import Final

import pikepdf

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source

HEADER_OFFSET: Final = "PDF-HEADER-OFFSET"
MAX_NODES: Final = 200_000

# ISO 19005-4, 6.1.2 lets PDF/A-4 say any 2.n.
_HEADER: Final = re.compile(rb"%PDF-(1\.[0-7]|2\.[0-9])(?=[\s%]|$)")
_ANY_HEADER: Final = re.compile(rb"%PDF-[^\r\n]{0,16}|%[A-Za-z-]{0,8}[0-9]\.[0-9]")
_WINDOW: Final = 1024
_START: Final = re.compile(rb"startxref\s+([0-9]{1,12})")
_MAX_TEXT_BYTES: Final = 64 << 20


def judge_ends(source: Source, look: Look) -> None:
    """The header (7.5.2) within the first 1024 bytes, where readers look for it, and %%EOF (7.5.5) within the last."""
    head = source.head(_WINDOW)
    found = _HEADER.search(head)
    if found is None:
        other = _ANY_HEADER.search(head)
        look.invalid("PDF-HEADER", other.group().decode("latin-1") if other else "no header")
    elif found.start() > 0:
        look.note(HEADER_OFFSET, f"{found.start()} bytes before the header")
    tail = source.tail(_WINDOW)
    last = tail.rfind(b"%%EOF")
    if last < 0:
        look.invalid("PDF-END", "no end-of-file marker")
    elif tail[last + 5 :].strip(b"\0\r\n\t ") != b"":
        look.wrong("PDF-BYTES-AFTER-END", f"{len(tail) - last - 5} bytes")


def has_changed_line_ends(source: Source) -> bool:
    """Whether offsets are too large by no more than a byte for each line, in a file without any carriage return.

    That is what becomes of a PDF that was written with CR LF and went through a transfer as text: its table of cross-references
    is off, and everything else may be whole.
    """
    if source.size > _MAX_TEXT_BYTES:
        return False
    data = source.head(source.size)
    said = _START.search(data, max(0, len(data) - _WINDOW))
    if b"\r" in data or said is None:
        return False
    place = data.rfind(b"xref", 0, said.start())
    return 0 <= place < int(said.group(1)) <= place + data.count(b"\n", 0, place)


def judge_page_tree(pdf: pikepdf.Pdf, look: Look) -> None:
    """The catalogue (7.7.2) and every node (7.7.3), before anything repairs them."""
    root = pdf.trailer.get("/Root")
    if not isinstance(root, pikepdf.Dictionary):
        look.invalid("PDF-CATALOGUE", "there is none")
        return
    if not root.is_indirect:
        look.invalid("PDF-CATALOGUE", "not an indirect object")
    if root.get("/Type") != "/Catalog":
        look.invalid("PDF-CATALOGUE", "Type is not Catalog")
    pages = root.get("/Pages")
    if not isinstance(pages, pikepdf.Dictionary):
        look.invalid("PDF-PAGE-TREE", "there is none")
        return
    tree = _Tree(look)
    if tree.walk(pages):
        look.add("pages", tree.count_pages(), "pages")


@dataclass(slots=True)
class _Node:
    """`said` is its Count; None for a page."""

    said: object
    above: int
    is_page: bool
    pages: int = 0


class _Tree:
    """A walk without recursion: depth is the file's choice."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._seen: set[tuple[int, int]] = set()
        self._nodes: list[_Node] = []

    def walk(self, top: pikepdf.Object) -> bool:
        """Whether all of it was seen."""
        waiting: list[tuple[pikepdf.Object, pikepdf.Object | None, int]] = [(top, None, -1)]
        while waiting:
            node, parent, above = waiting.pop()
            if len(self._nodes) >= MAX_NODES:
                self._look.unsure("PDF-TOO-LARGE", f"more than {MAX_NODES} nodes in the page tree")
                return False
            if not isinstance(node, pikepdf.Dictionary):
                self._look.invalid("PDF-PAGE-TREE", "a kid is no dictionary")
            elif node.is_indirect and node.objgen in self._seen:
                self._look.invalid("PDF-PAGE-TREE", "a node occurs twice")
            else:
                if node.is_indirect:
                    self._seen.add(node.objgen)
                place = len(self._nodes)
                waiting.extend((kid, node, place) for kid in self._visit(node, parent, above))
        return True

    def count_pages(self) -> int:
        """All pages. A Count that is not what is below its node is a fault (7.7.3.2); children stand behind their parents."""
        for node in reversed(self._nodes):
            node.pages += node.is_page
            if node.above >= 0:
                self._nodes[node.above].pages += node.pages
        for node in self._nodes:
            if not node.is_page and (not isinstance(node.said, int) or node.said != node.pages):
                self._look.invalid("PDF-PAGE-TREE", f"Count is {_shown(node.said)}, pages below it {node.pages}")
                break
        return self._nodes[0].pages if self._nodes else 0

    def _visit(self, node: pikepdf.Object, parent: pikepdf.Object | None, above: int) -> list[pikepdf.Object]:
        """Its kids, the last first."""
        kind, kids = node.get("/Type"), node.get("/Kids")
        if parent is not None and not _is_same(node.get("/Parent"), parent):
            self._look.invalid("PDF-PAGE-TREE", "a node's Parent is not the one that has it as a kid")
        is_page = kind != "/Pages" and not isinstance(kids, pikepdf.Array)
        self._nodes.append(_Node(node.get("/Count"), above, is_page))
        if is_page:
            if parent is None or kind not in ("/Page", "/Template"):
                self._look.invalid("PDF-PAGE-TREE", f"a page's Type is {_shown(kind)}")
            return []
        if kind != "/Pages":
            self._look.invalid("PDF-PAGE-TREE", f"a node's Type is {_shown(kind)}")
        if not isinstance(kids, pikepdf.Array):
            self._look.invalid("PDF-PAGE-TREE", "a node has no Kids")
            return []
        return list(reversed(list(kids)[:MAX_NODES]))


def _is_same(one: object, other: pikepdf.Object) -> bool:
    if not isinstance(one, pikepdf.Object):
        return False
    if one.is_indirect or other.is_indirect:
        return bool(one.objgen == other.objgen)
    return True


def _shown(value: object) -> str:
    return "missing" if value is None else str(value)[:40]
