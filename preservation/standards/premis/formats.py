"""A format identification as a PREMIS format (Data Dictionary 1.5.4), and back.

Name, version and PUID stand where PREMIS has a place for them. What the identification rests on has none but
formatNote: one note of lines "key: value", of which `basis` is always the first. A format without such a note was never
identified.
"""

from lxml import etree

from preservation.domain.formats import Basis, FormatIdentification
from preservation.standards.premis.model import NAMESPACE
from preservation.standards.xml_text import element_text, reverse, reversible

REGISTRY = "PRONOM"

_UNIDENTIFIED = "<format><formatDesignation><formatName>not identified</formatName></formatDesignation></format>"
_UNNAMED = "unknown"
_NS = f"{{{NAMESPACE}}}"
_NOTED = ("mime", "engine", "engine version", "signatures", "warning")


def format_xml(identification: FormatIdentification | None) -> str:
    """The `format` element."""
    if identification is None:
        return _UNIDENTIFIED
    name = identification.name or _UNNAMED
    parts = ["<format><formatDesignation><formatName>", element_text(reversible(name)), "</formatName>"]
    if identification.version:
        parts += "<formatVersion>", element_text(reversible(identification.version)), "</formatVersion>"
    parts.append("</formatDesignation>")
    if identification.puid is not None:
        parts += (
            f"<formatRegistry><formatRegistryName>{REGISTRY}</formatRegistryName><formatRegistryKey>",
            element_text(reversible(identification.puid)),
            "</formatRegistryKey><formatRegistryRole>specification</formatRegistryRole></formatRegistry>",
        )
    parts += "<formatNote>", element_text(_note(identification)), "</formatNote></format>"
    return "".join(parts)


def format_of(element: etree._Element) -> FormatIdentification | None:
    """The inverse of `format_xml`. ValueError for a format element that it does not make."""
    note = element.findtext(f"{_NS}formatNote")
    if note is None:
        return None
    values: dict[str, str] = {}
    alternatives: list[str] = []
    for line in note.split("\n"):
        key, _, value = line.partition(": ")
        if key == "alternative":
            alternatives.append(_unfolded(value))
        else:
            values[key] = _unfolded(value)
    designation = f"{_NS}formatDesignation/{_NS}"
    puid = element.findtext(f"{_NS}formatRegistry/{_NS}formatRegistryKey")
    name = reverse(element.findtext(f"{designation}formatName") or "")
    return FormatIdentification(
        puid=None if puid is None else reverse(puid),
        name="" if "no name" in values else name,
        version=reverse(element.findtext(f"{designation}formatVersion") or ""),
        mime=values.get("mime", ""),
        basis=Basis(values.get("basis", "")),
        engine=values.get("engine", ""),
        engine_version=values.get("engine version", ""),
        signatures=values.get("signatures", ""),
        alternatives=tuple(alternatives),
        warning=values.get("warning", ""),
    )


def _note(identification: FormatIdentification) -> str:
    values = (
        identification.mime,
        identification.engine,
        identification.engine_version,
        identification.signatures,
        identification.warning,
    )
    lines = [f"basis: {identification.basis.value}"]
    lines += [f"{key}: {_folded(value)}" for key, value in zip(_NOTED, values, strict=True) if value]
    lines += [f"alternative: {_folded(puid)}" for puid in identification.alternatives]
    if not identification.name:
        lines.append("no name: the engine gives none")
    return "\n".join(lines)


def _folded(value: str) -> str:
    """A value on one line."""
    return reversible(value).replace("\n", "\N{REPLACEMENT CHARACTER}0A")


def _unfolded(value: str) -> str:
    return reverse(value)
