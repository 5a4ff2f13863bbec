"""Rules about colours, pictures and transparency (ISO 19005-1, 6.2 and 6.4; -2, 6.2; -4, 6.2)."""

import re
from collections.abc import Callable, Iterator
from typing import Final

import pikepdf

from preservation.adapters.examination.readers.pdf_objects import is_true
from preservation.adapters.examination.readers.pdfa_facts import Breach, Facts, dictionary, elements, names_in

_BLENDS: Final = frozenset(
    [
        "/Normal",
        "/Compatible",
        "/Multiply",
        "/Screen",
        "/Overlay",
        "/Darken",
        "/Lighten",
        "/ColorDodge",
        "/ColorBurn",
        "/HardLight",
        "/SoftLight",
        "/Difference",
        "/Exclusion",
        "/Hue",
        "/Saturation",
        "/Color",
        "/Luminosity",
    ]
)
_INTENTS: Final = ("/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation")
_INTENT_TYPE: Final = "/GTS_PDFA1"
_OPERATORS: Final = {
    "DeviceRGB": re.compile(rb"(?:^|[\s\]])(?:[-+.\d]+\s+){3}(?:rg|RG)(?=\s|$)|/DeviceRGB\s+(?:cs|CS)(?=\s|$)"),
    "DeviceCMYK": re.compile(rb"(?:^|[\s\]])(?:[-+.\d]+\s+){4}[kK](?=\s|$)|/DeviceCMYK\s+(?:cs|CS)(?=\s|$)"),
}
_CHANNELS: Final = {"DeviceRGB": 3, "DeviceCMYK": 4}
_HEX: Final = re.compile(rb"(?<![<>])<([0-9A-Fa-f\s]*)>(?!>)")
_INLINE: Final = re.compile(rb"(?:^|\s)ID\s")


def pictures(facts: Facts) -> Iterator[Breach]:
    """6.2.4 and 6.2.5 to 6.2.7; 6.2.8 and 6.2.9; 6.2.7 and 6.2.8."""
    clause = facts.clause("6.2.4", "6.2.8", "6.2.7")
    for picture in facts.of_subtype("/Image"):
        if "/Alternates" in picture:
            yield Breach(clause, "a picture with alternates")
        if "/OPI" in picture:
            yield Breach(clause, "a picture with OPI")
        if is_true(picture.get("/Interpolate")):
            yield Breach(clause, "an interpolated picture")
    for form in facts.of_subtype("/Form", "/PS"):
        if form.get("/Subtype") == "/PS" or form.get("/Subtype2") == "/PS":
            yield Breach(facts.clause("6.2.7", "6.2.9.1", "6.2.8"), "a PostScript object")
        elif isinstance(form, pikepdf.Stream) and ("/OPI" in form or "/Ref" in form):
            yield Breach(facts.clause("6.2.5", "6.2.9.2", "6.2.8"), "a form with OPI or a reference")


def graphics_states(facts: Facts) -> Iterator[Breach]:
    """No transfer functions, and only rendering intents that there are (6.2.8 and 6.2.9; 6.2.5 and 6.2.6)."""
    clause = facts.clause("6.2.8", "6.2.5", "6.2.5")
    for state in _states(facts):
        if "/TR" in state or state.get("/TR2", "/Default") != "/Default":
            yield Breach(clause, "a transfer function")
        if "/HTP" in state:
            yield Breach(clause, "a halftone's origin")
        if "/RI" in state and state.get("/RI") not in _INTENTS:
            yield Breach(facts.clause("6.2.9", "6.2.6", "6.2.6"), "a rendering intent that PDF does not have")


def blend_modes(facts: Facts) -> Iterator[Breach]:
    """Those that there are (6.2.10; 6.2.9)."""
    for state in _states(facts):
        if any(one not in _BLENDS for one in names_in(state.get("/BM"))):
            yield Breach(facts.clause("6.4", "6.2.10", "6.2.9"), "a blend mode that PDF does not have")


def no_transparency(facts: Facts) -> Iterator[Breach]:
    """6.4 of part 1."""
    if facts.part != 1:
        return
    for state in _states(facts):
        if _sees_through(state):
            yield Breach("6.4", "a soft mask, a blend mode or an opacity below one")
    if any(dictionary(node.get("/Group")).get("/S") == "/Transparency" for node in facts.nodes):
        yield Breach("6.4", "a transparency group")
    if any(isinstance(one.get("/SMask"), pikepdf.Stream) for one in facts.of_subtype("/Image")):
        yield Breach("6.4", "a soft mask")


def blending_spaces(facts: Facts) -> Iterator[Breach]:
    """6.2.10 of part 2: what colours blend in, where no output intent says it."""
    if facts.part in (1, 4) or _intents(facts):
        return
    for page in facts.pages():
        if _is_transparent(page) and "/CS" not in dictionary(page.get("/Group")):
            yield Breach("6.2.10", "a transparent page without a colour space to blend in")


def output_intents(facts: Facts) -> Iterator[Breach]:
    """6.2.2; 6.2.3: one profile for all of them."""
    clause = facts.clause("6.2.2", "6.2.3", "6.2.3")
    found = [one.get("/DestOutputProfile") for one in map(dictionary, elements(facts.root.get("/OutputIntents")))]
    profiles = {one.objgen for one in found if isinstance(one, pikepdf.Stream)}
    if len(profiles) > 1:
        yield Breach(clause, "output intents with several profiles")


def device_colours(facts: Facts) -> Iterator[Breach]:
    """6.2.3.3; 6.2.4.3: RGB and CMYK without a profile that says what they are. What is only implied is not looked for."""
    channels = {dictionary(one.get("/DestOutputProfile")).get("/N") for one in _intents(facts)}
    clause = facts.clause("6.2.3.3", "6.2.4.3", "6.2.4.3")
    for owner, content in facts.contents():
        spaces = dictionary(dictionary(_inherited(owner, "/Resources")).get("/ColorSpace"))
        for name, pattern in _OPERATORS.items():
            default = f"/Default{name.removeprefix('Device')}"
            if facts.part == 4 or _CHANNELS[name] in channels or default in spaces or _INLINE.search(content):
                continue
            if pattern.search(content):
                yield Breach(clause, f"{name} without an output intent for it")


def strings(facts: Facts) -> Iterator[Breach]:
    """6.1.6: hexadecimal strings of an even number of digits, in what is drawn."""
    clause = facts.clause("6.1.6", "6.1.6", "6.1.5")
    for _, content in facts.contents():
        # A literal string may hold anything, such as half of what looks like another.
        if b"(" in content or _INLINE.search(content):
            continue
        if any(len(b"".join(found.split())) % 2 for found in _HEX.findall(content)):
            yield Breach(clause, "a hexadecimal string with an odd number of digits")
        if re.search(rb"(?<![<>])<[0-9A-Fa-f\s]*[^0-9A-Fa-f\s<>][^<>]*>(?!>)", content) and b"<<" not in content:
            yield Breach(clause, "a hexadecimal string with other characters")


def _states(facts: Facts) -> Iterator[pikepdf.Object]:
    """By their type, or by where they are named."""
    seen: set[tuple[int, int]] = set()
    for node in facts.nodes:
        if node.get("/Type") == "/ExtGState":
            yield node
        for key in (named := dictionary(node.get("/ExtGState"))).keys():  # noqa: SIM118 (not a dict)
            state = dictionary(named.get(key))
            if state.get("/Type") != "/ExtGState" and not (state.is_indirect and state.objgen in seen):
                seen.add(state.objgen)
                yield state


def _intents(facts: Facts) -> list[pikepdf.Object]:
    found = map(dictionary, elements(facts.root.get("/OutputIntents")))
    return [one for one in found if one.get("/S") == _INTENT_TYPE]


def _sees_through(state: pikepdf.Object) -> bool:
    if state.get("/SMask", "/None") != "/None" or any(state.get(one, 1) != 1 for one in ("/CA", "/ca")):
        return True
    return any(one not in ("/Normal", "/Compatible") for one in names_in(state.get("/BM")))


def _is_transparent(page: pikepdf.Object) -> bool:
    resources = dictionary(_inherited(page, "/Resources"))
    states = dictionary(resources.get("/ExtGState"))
    for key in states.keys():  # noqa: SIM118 (not a dict)
        state = dictionary(states.get(key))
        if _sees_through(state):
            return True
    objects = dictionary(resources.get("/XObject"))
    return any(
        isinstance(dictionary(objects.get(key)).get("/SMask"), pikepdf.Stream)
        for key in objects.keys()  # noqa: SIM118
    )


def _inherited(node: pikepdf.Object, key: str) -> object:
    """ISO 32000-2, 7.7.3.4; no deeper than a sane tree."""
    for _ in range(50):
        if key in node:
            return node.get(key)
        parent = node.get("/Parent")
        if not isinstance(parent, pikepdf.Dictionary):
            return None
        node = parent
    return None


GRAPHICS_RULES: Final[tuple[Callable[[Facts], Iterator[Breach]], ...]] = (
    pictures, graphics_states, blend_modes, no_transparency, blending_spaces, output_intents, device_colours, strings,
)  # fmt: skip
