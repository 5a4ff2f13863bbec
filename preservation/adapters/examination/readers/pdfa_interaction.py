"""Rules about annotations, actions, forms, optional content and structure.

ISO 19005-1, 6.5 to 6.9; -2 and -3, 6.3 to 6.9; -4, 6.3 to 6.10.
"""

from collections.abc import Callable, Iterator
from typing import Final

import pikepdf

from preservation.adapters.examination.readers.pdf_objects import is_true
from preservation.adapters.examination.readers.pdfa_facts import Breach, Facts, dictionary, elements, number_of

_TYPES_1: Final = frozenset(
    [
        "/Text",
        "/Link",
        "/FreeText",
        "/Line",
        "/Square",
        "/Circle",
        "/Highlight",
        "/Underline",
        "/Squiggly",
        "/StrikeOut",
        "/Stamp",
        "/Ink",
        "/Popup",
        "/Widget",
        "/PrinterMark",
        "/TrapNet",
    ]
)
_FORBIDDEN: Final = {
    2: frozenset(["/3D", "/Sound", "/Screen", "/Movie"]),
    3: frozenset(["/3D", "/Sound", "/Screen", "/Movie"]),
    4: frozenset(["/3D", "/RichMedia", "/Sound", "/Screen", "/Movie", "/FileAttachment"]),
}
_ALLOWED_IN: Final = {"e": frozenset(("/3D", "/RichMedia", "/FileAttachment")), "f": frozenset(("/FileAttachment",))}
_INVISIBLE, _HIDDEN, _PRINT, _NO_VIEW, _TOGGLE = 1, 2, 4, 32, 256
_ACTIONS_1: Final = frozenset(
    ["/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide", "/set-state", "/no-op"]
)
_ACTIONS: Final = _ACTIONS_1 | frozenset(["/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView"])
_NAMED: Final = ("/NextPage", "/PrevPage", "/FirstPage", "/LastPage")
_STANDARD: Final = frozenset(
    [
        "/Document",
        "/Part",
        "/Art",
        "/Sect",
        "/Div",
        "/BlockQuote",
        "/Caption",
        "/TOC",
        "/TOCI",
        "/Index",
        "/NonStruct",
        "/Private",
        "/P",
        "/H",
        "/H1",
        "/H2",
        "/H3",
        "/H4",
        "/H5",
        "/H6",
        "/L",
        "/LI",
        "/Lbl",
        "/LBody",
        "/Table",
        "/TR",
        "/TH",
        "/TD",
        "/THead",
        "/TBody",
        "/TFoot",
        "/Span",
        "/Quote",
        "/Note",
        "/Reference",
        "/BibEntry",
        "/Code",
        "/Link",
        "/Annot",
        "/Ruby",
        "/RB",
        "/RT",
        "/RP",
        "/Warichu",
        "/WT",
        "/WP",
        "/Figure",
        "/Formula",
        "/Form",
    ]
)


def annotations(facts: Facts) -> Iterator[Breach]:
    """6.5.2 and 6.5.3; 6.3.1 to 6.3.3."""
    kinds, flags = facts.clause("6.5.2", "6.3.1", "6.3.1"), facts.clause("6.5.3", "6.3.2", "6.3.2")
    for one in _annotations(facts):
        kind = str(one.get("/Subtype", ""))
        if _is_forbidden(kind, facts):
            yield Breach(kinds, f"an annotation of type {kind[:30]}")
        if facts.part == 1 and one.get("/CA", 1) != 1:
            yield Breach(flags, "a transparent annotation")
        said = number_of(one.get("/F"))
        if kind != "/Popup" and said is None and facts.part != 1:
            yield Breach(flags, "an annotation without flags")
        if said is not None and kind != "/Popup":
            if not said & _PRINT or said & (_INVISIBLE | _HIDDEN | _NO_VIEW):
                yield Breach(flags, "an annotation that is not printed, or is hidden")
            elif facts.part != 1 and said & _TOGGLE and kind != "/Widget":
                yield Breach(flags, "an annotation whose sight is toggled")
        yield from _appearance(one, kind, facts)


def _is_forbidden(kind: str, facts: Facts) -> bool:
    if facts.part == 1:
        return kind not in _TYPES_1
    return kind in _FORBIDDEN[facts.part] - _ALLOWED_IN.get(facts.level if facts.part == 4 else "", frozenset())


def _appearance(one: pikepdf.Object, kind: str, facts: Facts) -> Iterator[Breach]:
    """6.5.3; 6.3.3: N alone; from part 2 on needed by all that have an area."""
    clause = facts.clause("6.5.3", "6.3.3", "6.3.3")
    shown = one.get("/AP")
    if isinstance(shown, pikepdf.Dictionary):
        if list(shown.keys()) != ["/N"]:
            yield Breach(clause, "an appearance that is not N alone")
        normal = shown.get("/N")
        is_button = kind == "/Widget" and _field(one, "/FT") == "/Btn"
        if normal is not None and isinstance(normal, pikepdf.Stream) == is_button:
            yield Breach(clause, "N is no stream, or no dictionary of a button's states")
    elif facts.part != 1 and kind not in ("/Popup", "/Link", "/Projection") and _has_area(one):
        yield Breach(clause, "an annotation without an appearance")


def actions(facts: Facts) -> Iterator[Breach]:
    """6.6.1; 6.5.1; 6.6.1: none that plays, runs or changes something."""
    clause = facts.clause("6.6.1", "6.5.1", "6.6.1")
    forbidden = _ACTIONS_1 if facts.part == 1 else _ACTIONS
    if facts.part == 4:
        forbidden = forbidden - {"/JavaScript"}
    if facts.level == "e":
        forbidden = forbidden - {"/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView"}
    for node in facts.nodes:
        kind = node.get("/S")
        if not isinstance(kind, pikepdf.Name) or node.get("/Type", "/Action") != "/Action":
            continue
        if kind in forbidden and _is_action(node, str(kind)):
            yield Breach(clause, f"an action {str(kind)[:30]}")
        elif kind == "/Named" and "/N" in node and node.get("/N") not in _NAMED:
            yield Breach(clause, f"a named action {str(node.get('/N'))[:30]}")


def triggers(facts: Facts) -> Iterator[Breach]:
    """6.6.2; 6.5.2; 6.6.3: no additional actions of the catalogue, a page, a field."""
    clause = facts.clause("6.6.2", "6.5.2", "6.6.3")
    if facts.part == 4:
        return
    if "/AA" in facts.root:
        yield Breach(clause, "additional actions of the catalogue")
    for node in facts.nodes:
        if "/AA" in node and (node.get("/Subtype") == "/Widget" or "/FT" in node):
            yield Breach(clause, "additional actions of a field")
        elif "/AA" in node and node.get("/Type") == "/Page" and facts.part != 1:
            yield Breach(clause, "additional actions of a page")


def forms(facts: Facts) -> Iterator[Breach]:
    """6.9; 6.4.1 and 6.4.2."""
    form = dictionary(facts.root.get("/AcroForm"))
    if is_true(form.get("/NeedAppearances")):
        yield Breach(facts.clause("6.9", "6.4.1", "6.4.1"), "NeedAppearances")
    if facts.part != 1:
        if "/XFA" in form:
            yield Breach(facts.clause("", "6.4.2", "6.4.2"), "XFA")
        if is_true(facts.root.get("/NeedsRendering")):
            yield Breach(facts.clause("", "6.4.2", "6.4.2"), "NeedsRendering")
    for one in _annotations(facts) if facts.part != 4 else ():
        if one.get("/Subtype") == "/Widget" and "/A" in one:
            yield Breach(facts.clause("6.6.2", "6.4.1", ""), "a field with an action")
        elif one.get("/Subtype") == "/Widget" and facts.part == 1 and "/AP" not in one:
            yield Breach("6.9", "a field without an appearance")


def optional_content(facts: Facts) -> Iterator[Breach]:
    """None in part 1 (6.1.13); named, and all of it in the order, in the others (6.9; 6.10)."""
    properties = facts.root.get("/OCProperties")
    if not isinstance(properties, pikepdf.Dictionary):
        return
    clause = facts.clause("6.1.13", "6.9", "6.10")
    if facts.part == 1:
        yield Breach(clause, "optional content")
        return
    configurations = [dictionary(one) for one in [properties.get("/D"), *elements(properties.get("/Configs"))]]
    names = [str(one.get("/Name", "")) for one in configurations]
    if "" in names:
        yield Breach(clause, "a configuration of optional content without a name")
    elif len(set(names)) != len(names):
        yield Breach(clause, "two configurations of optional content with one name")
    if any("/AS" in one for one in configurations):
        yield Breach(clause, "optional content that changes by itself")


def structure(facts: Facts) -> Iterator[Breach]:
    """6.8.2 and 6.8.3; 6.7.2 and 6.7.3: what level a asks for."""
    if facts.level != "a":
        return
    if not is_true(dictionary(facts.root.get("/MarkInfo")).get("/Marked")):
        yield Breach(facts.clause("6.8.2.2", "6.7.2.2", ""), "the document is not marked as tagged")
    tree = facts.root.get("/StructTreeRoot")
    if not isinstance(tree, pikepdf.Dictionary):
        yield Breach(facts.clause("6.8.3.3", "6.7.3.3", ""), "there is no structure tree")
        return
    roles = dictionary(tree.get("/RoleMap"))
    clause = facts.clause("6.8.3.4", "6.7.3.4", "")
    for kind in {str(node.get("/S")) for node in facts.nodes if node.get("/Type") == "/StructElem"} | set(roles.keys()):
        problem = _role(kind, roles)
        if problem:
            yield Breach(clause, f"{kind[:30]} {problem}")


def _role(kind: str, roles: pikepdf.Object) -> str:
    if kind in _STANDARD and kind in roles:
        return "is a standard type that is mapped to another"
    seen: set[str] = set()
    while kind not in _STANDARD:
        if kind in seen:
            return "is mapped to itself"
        seen.add(kind)
        if kind not in roles:
            return "is not mapped to a standard type"
        kind = str(roles.get(kind))
    return ""


def _annotations(facts: Facts) -> Iterator[pikepdf.Object]:
    for page in facts.pages():
        for one in elements(page.get("/Annots")):
            if isinstance(one, pikepdf.Dictionary):
                yield one


def _field(one: pikepdf.Object, key: str) -> object:
    """Inherited from the fields above (ISO 32000-2, 12.7.4.1)."""
    for _ in range(50):
        if key in one:
            return one.get(key)
        parent = one.get("/Parent")
        if not isinstance(parent, pikepdf.Dictionary):
            return None
        one = parent
    return None


def _has_area(one: pikepdf.Object) -> bool:
    sides = elements(one.get("/Rect"))
    try:
        left, bottom, right, top = (float(side) for side in sides)
    except (TypeError, ValueError):
        return True
    return left != right and bottom != top


def _is_action(node: pikepdf.Object, kind: str) -> bool:
    """Names such as these are also those of structure elements and styles; an action has more than its name."""
    return node.get("/Type") == "/Action" or kind in ("/JavaScript", "/Launch") or "/P" not in node


INTERACTION_RULES: Final[tuple[Callable[[Facts], Iterator[Breach]], ...]] = (
    annotations, actions, triggers, forms, optional_content, structure,
)  # fmt: skip
