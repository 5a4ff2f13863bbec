"""Make a PDF say that it is PDF/A: {"source", "pages", "target", "part", "profile"}.

`pages` is what ghostscript made of the source, null where the source's own pages are kept as they are. Output intent and
metadata are as ISO 19005-2 (6.2.3, 6.6) and 19005-3 ask; title, author and the like are the source's own, in XMP and in the
document information alike (6.6.3 of part 2 has XMP alone matter; other programs read the other). Attachments come over
with a relationship (part 3, 6.8).
"""

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, Dictionary, Name

from preservation.adapters.conversion.inside.answers import arguments

_ACTIONS = ("/OpenAction", "/AA", "/JavaScript")
_MOST_TEXT = 10_000
# Document information, ISO 32000-1 14.3.3, and where XMP says the same.
_TEXTS = {
    "/Title": "dc:title",
    "/Author": "dc:creator",
    "/Subject": "dc:description",
    "/Keywords": "pdf:Keywords",
    "/Creator": "xmp:CreatorTool",
}
_TIMES = {"/CreationDate": "xmp:CreateDate", "/ModDate": "xmp:ModifyDate"}
_LANGUAGES = '<rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt>'
_FORMS = {
    "dc:title": _LANGUAGES,
    "dc:description": _LANGUAGES,
    "dc:creator": "<rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq>",
}
_SPACES = {
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
}


def main() -> None:
    """Write the file."""
    told = arguments()
    source = pikepdf.open(str(told["source"]))
    pages = pikepdf.open(str(told["pages"])) if told["pages"] else source
    part = int(str(told["part"]))
    _without_actions(pages)
    if "/OutputIntents" not in pages.Root:
        pages.Root.OutputIntents = Array([_output_intent(pages, Path(str(told["profile"])))])
    if pages is not source and part == 3:
        _bring_attachments(source, pages)
    _describe(source, pages, part)
    pages.save(str(told["target"]), static_id=False, deterministic_id=True, min_version="1.7", encryption=False)


def _without_actions(pdf: pikepdf.Pdf) -> None:
    """6.5.1: no JavaScript, no action that starts by itself."""
    for name in _ACTIONS:
        if name in pdf.Root:
            del pdf.Root[name]
    names = pdf.Root.get("/Names")
    if isinstance(names, Dictionary) and "/JavaScript" in names:
        del names["/JavaScript"]
    for page in pdf.pages:
        if "/AA" in page.obj:
            del page.obj["/AA"]


def _output_intent(pdf: pikepdf.Pdf, profile: Path) -> pikepdf.Object:
    stream = pikepdf.Stream(pdf, profile.read_bytes())
    stream.N = 3
    return pdf.make_indirect(
        Dictionary(
            Type=Name.OutputIntent,
            S=Name.GTS_PDFA1,
            OutputConditionIdentifier=pikepdf.String("sRGB"),
            Info=pikepdf.String("sRGB IEC61966-2.1"),
            DestOutputProfile=stream,
        )
    )


def _bring_attachments(source: pikepdf.Pdf, pages: pikepdf.Pdf) -> None:
    """What ghostscript leaves behind, each a file associated with the document (/AF)."""
    for name, specification in source.attachments.items():
        file = specification.get_file()
        made = pikepdf.AttachedFileSpec(
            pages,
            file.read_bytes(),
            filename=specification.filename or name,
            description=specification.description or "",
            mime_type=file.mime_type or "application/octet-stream",
            creation_date="",
            mod_date="",
        )
        made.obj[Name.AFRelationship] = Name.Unspecified
        pages.attachments[name] = made
    if len(pages.attachments):
        pages.Root.AF = Array([one.obj for one in pages.attachments.values()])


def _describe(source: pikepdf.Pdf, pages: pikepdf.Pdf, part: int) -> None:
    """XMP anew, from what the source says in XMP, else in its document information."""
    information = _information(source)
    kept = _xmp_texts(source)
    for name in list(pages.docinfo.keys()):
        del pages.docinfo[name]
    said = {term: kept.get(term) or information.get(entry, "") for entry, term in _TEXTS.items()}
    for entry, term in _TEXTS.items():
        if said[term]:
            pages.docinfo[Name(entry)] = pikepdf.String(said[term])
    for entry, term in _TIMES.items():
        said[term] = _time(information.get(entry, ""))
        if said[term]:
            pages.docinfo[Name(entry)] = pikepdf.String(information[entry])
    packet = pikepdf.Stream(pages, xmp_packet(said, part))
    packet.Type, packet.Subtype = Name.Metadata, Name.XML
    pages.Root.Metadata = pages.make_indirect(packet)


def xmp_packet(said: Mapping[str, str], part: int) -> bytes:
    """ISO 16684-1, section 7, with the identification of ISO 19005-2, 6.6.4, where signatures of formats look for it."""
    lines = [f"<pdfaid:part>{part}</pdfaid:part>", "<pdfaid:conformance>B</pdfaid:conformance>"]
    for term, value in said.items():
        form = _FORMS.get(term, "{}")
        if value:
            lines.append(f"<{term}>{form.format(escape(value))}</{term}>")
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _SPACES.items())
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'<rdf:Description rdf:about="" {spaces}>\n' + "\n".join(lines) + "\n</rdf:Description>\n"
        '</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def _information(pdf: pikepdf.Pdf) -> dict[str, str]:
    found = {}
    for name in [*_TEXTS, *_TIMES]:
        value = pdf.docinfo.get(name)
        if isinstance(value, pikepdf.String):
            found[name] = "".join(one for one in str(value)[:_MOST_TEXT] if one.isprintable() or one in "\t\n")
    return found


def _xmp_texts(pdf: pikepdf.Pdf) -> dict[str, str]:
    """What cannot be read as XMP says nothing."""
    try:
        with pdf.open_metadata(update_docinfo=False) as xmp:
            found = {term: xmp.get(term) for term in _TEXTS.values()}
    except (ValueError, KeyError, TypeError, SyntaxError):
        return {}
    texts = {term: "; ".join(value) if isinstance(value, list) else value for term, value in found.items() if value}
    return {term: value[:_MOST_TEXT] for term, value in texts.items() if isinstance(value, str)}


def _time(value: str) -> str:
    """XMP's form of a PDF date; "" for what is none."""
    try:
        time = pikepdf.models.metadata.decode_pdf_date(value)
    except (ValueError, IndexError):
        return ""
    return time.isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
