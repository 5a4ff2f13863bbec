"""What the rules of the PDF/A screening are given."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import pikepdf

from preservation.adapters.examination.readers.source import Source

MAX_CONTENT_BYTES: Final = 8 << 20


class Breach(NamedTuple):
    """A clause of the part that a file claims, and what breaks it."""

    clause: str
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """`part` is 1 to 4, `level` "a", "b", "u", "e", "f" or nothing. `nodes` are all dictionaries and streams."""

    pdf: pikepdf.Pdf
    source: Source
    part: int
    level: str
    nodes: list[pikepdf.Object]

    def clause(self, one: str, two: str, four: str) -> str:
        """Of ISO 19005-1, of -2 and -3, of -4."""
        return {1: one, 4: four}.get(self.part, two)

    @property
    def root(self) -> pikepdf.Object:
        found = self.pdf.trailer.get("/Root")
        return found if isinstance(found, pikepdf.Dictionary) else pikepdf.Dictionary()

    def pages(self) -> Iterator[pikepdf.Object]:
        for node in self.nodes:
            if node.get("/Type") == "/Page" and "/Parent" in node:
                yield node

    def of_subtype(self, *names: str) -> Iterator[pikepdf.Object]:
        for node in self.nodes:
            if node.get("/Subtype") in names:
                yield node

    def contents(self) -> Iterator[tuple[pikepdf.Object, bytes]]:
        """What is drawn, with what has its resources: pages and forms. Streams beyond a bound are left out."""
        for page in self.pages():
            parts = page.get("/Contents")
            streams = list(parts) if isinstance(parts, pikepdf.Array) else [parts]
            yield page, b"\n".join(content_of(one) for one in streams)
        for form in self.of_subtype("/Form"):
            if isinstance(form, pikepdf.Stream):
                yield form, content_of(form)


def content_of(stream: object) -> bytes:
    if not isinstance(stream, pikepdf.Stream) or len(stream.read_raw_bytes()) > MAX_CONTENT_BYTES:
        return b""
    try:
        data = stream.read_bytes()
    except pikepdf.PdfError:
        return b""
    return data if len(data) <= MAX_CONTENT_BYTES else b""


def dictionary(value: object) -> pikepdf.Object:
    """An empty one for what is none."""
    return value if isinstance(value, pikepdf.Dictionary | pikepdf.Stream) else pikepdf.Dictionary()


def elements(value: object) -> list[pikepdf.Object]:
    return list(value) if isinstance(value, pikepdf.Array) else []


def number_of(value: object) -> int | None:
    return int(value) if isinstance(value, int) else None


def names_in(value: object) -> list[str]:
    """A name, or the names of an array."""
    if isinstance(value, pikepdf.Name):
        return [str(value)]
    return [str(one) for one in elements(value) if isinstance(one, pikepdf.Name)]
