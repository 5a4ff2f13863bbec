"""PDF/A screened by rules of our own: a part of ISO 19005-1:2005, -2:2011, -3:2012 and -4:2020.

A file that breaks one of them is no PDF/A of the part that it claims; one that breaks none may still be none, as many rules of
the standard are not here (what fonts draw, what colours come to, extension schemas). So a screening says "passed" or "failed"
and is never a verdict.
"""

from collections.abc import Callable, Iterator
from typing import Final

import pikepdf

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.pdf_objects import every_dictionary
from preservation.adapters.examination.readers.pdfa_facts import Breach, Facts
from preservation.adapters.examination.readers.pdfa_file import FILE_RULES
from preservation.adapters.examination.readers.pdfa_fonts import FONT_RULES
from preservation.adapters.examination.readers.pdfa_graphics import GRAPHICS_RULES
from preservation.adapters.examination.readers.pdfa_interaction import INTERACTION_RULES
from preservation.adapters.examination.readers.source import Source

CLAIMED_BY_PUID: Final = {
    "fmt/95": "1a", "fmt/354": "1b", "fmt/476": "2a", "fmt/477": "2b", "fmt/478": "2u", "fmt/479": "3a", "fmt/480": "3b",
    "fmt/481": "3u", "fmt/1910": "4", "fmt/1911": "4e", "fmt/1912": "4f",
}  # fmt: skip
MAX_NODES: Final = 300_000
MAX_BREACHES: Final = 12

_LEVELS: Final = {1: ("a", "b"), 2: ("a", "b", "u"), 3: ("a", "b", "u"), 4: ("", "e", "f")}
_RULES: Final[tuple[Callable[[Facts], Iterator[Breach]], ...]] = (
    *FILE_RULES,
    *GRAPHICS_RULES,
    *FONT_RULES,
    *INTERACTION_RULES,
)


def screen(pdf: pikepdf.Pdf, source: Source, look: Look, *, claimed: str) -> None:
    """`claimed` is the flavour as its metadata have it, "2b"; or as it was identified."""
    part = int(claimed[0]) if claimed[:1] in ("1", "2", "3", "4") else 0
    level = claimed[1:].lower()
    if part not in _LEVELS:
        _conclude([Breach("6.7.11", f"claims part {claimed!r}")], look)
        return
    nodes = list(every_dictionary(pdf, look))
    if len(nodes) > MAX_NODES:
        look.note("PDFA-NOT-SCREENED", f"{len(nodes)} objects")
        return
    facts = Facts(pdf, source, part, level, nodes)
    breaches: dict[Breach, None] = {}
    if level not in _LEVELS[part]:
        breaches[Breach(facts.clause("6.7.11", "6.6.4", "6.7.3"), f"claims level {level!r}")] = None
    for rule in _RULES:
        breaches.update(dict.fromkeys(rule(facts)))
    _conclude(list(breaches), look)


def _conclude(breaches: list[Breach], look: Look) -> None:
    look.add("pdfa-screening", "failed" if breaches else "passed")
    for one in breaches[:MAX_BREACHES]:
        look.wrong("PDFA-CLAUSE", f"{one.clause}: {one.text}")
