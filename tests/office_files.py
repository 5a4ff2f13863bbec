"""Documents of our own making: the least that is a PDF with text, a .docx, an .xlsx, a presentation."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pikepdf

Row = Sequence[str | int | float]

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_REL = "http://schemas.openxmlformats.org/package/2006/relationships"


def text_pdf(path: Path, pages: Sequence[Sequence[str]]) -> None:
    """Lines of ASCII in Helvetica, which is not embedded."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for lines in pages:
        page = pdf.add_blank_page(page_size=(595, 842))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        shown = " T* ".join(f"({line.replace('(', '').replace(')', '')}) Tj" for line in lines)
        page.Contents = pdf.make_stream(f"BT /F1 11 Tf 14 TL 60 780 Td {shown} ET".encode("ascii"))
    pdf.docinfo["/Title"] = pages[0][0]
    pdf.save(path)


def docx(path: Path, paragraphs: Sequence[str]) -> None:
    """The least that is a document."""
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{escape(one)}</w:t></w:r></w:p>' for one in paragraphs)
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    _package(
        path,
        {"word/document.xml": main},
        {"word/document.xml": f'<w:document xmlns:w="{_W}"><w:body>{body}<w:sectPr/></w:body></w:document>'},
    )


def xlsx(path: Path, sheets: Mapping[str, Sequence[Row]]) -> None:
    """The least that is a workbook."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    types, parts, entries, relations = {"xl/workbook.xml": f"{kind}.sheet.main+xml"}, {}, [], []
    for number, (name, rows) in enumerate(sheets.items(), 1):
        lines = "".join(
            f'<row r="{row}">' + "".join(_cell(row, column, value) for column, value in enumerate(values)) + "</row>"
            for row, values in enumerate(rows, 1)
        )
        types[f"xl/worksheets/sheet{number}.xml"] = f"{kind}.worksheet+xml"
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'<worksheet xmlns="{_S}"><sheetData>{lines}</sheetData></worksheet>'
        )
        entries.append(f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>')
        relations.append(
            f'<Relationship Id="rId{number}" Type="{_R}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        )
    parts["xl/workbook.xml"] = f'<workbook xmlns="{_S}" xmlns:r="{_R}"><sheets>{"".join(entries)}</sheets></workbook>'
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{_REL}">{"".join(relations)}</Relationships>'
    _package(path, types, parts)


def _cell(row: int, column: int, value: str | float) -> str:
    place = f"{chr(65 + column)}{row}"
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def _package(path: Path, types: Mapping[str, str], parts: Mapping[str, str]) -> None:
    """The first part of `types` is the document."""
    declared = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items())
    declared = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{declared}</Types>'
    )
    relation = f'<Relationship Id="rId1" Type="{_R}/officeDocument" Target="{next(iter(types))}"/>'
    whole = {
        "[Content_Types].xml": declared,
        "_rels/.rels": f'<Relationships xmlns="{_REL}">{relation}</Relationships>',
        **parts,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in whole.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}')


def flat_text(path: Path, body: str) -> None:
    """An OpenDocument text in one XML file, as LibreOffice reads it; `body` is XML."""
    spaces = {"office": "office", "text": "text", "draw": "drawing"}
    declared = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for short, name in spaces.items()
    )
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {declared} '
        'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2" '
        'office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text>'
        f"{body}</office:text></office:body></office:document>",
        "utf-8",
    )


def slides(path: Path, pages: Sequence[Sequence[str]], notes: Mapping[int, str] | None = None) -> None:
    """A presentation in one XML file, as LibreOffice reads it; `notes` are the speaker's, by the number of the page."""
    spaces = {"office": "office", "text": "text", "draw": "drawing", "presentation": "presentation", "style": "style"}
    declared = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for short, name in spaces.items()
    )
    drawn = "".join(
        f'<draw:page draw:name="page{number}">'
        + "".join(
            f'<draw:frame svg:width="20cm" svg:height="2cm" svg:x="2cm" svg:y="{2 + 3 * index}cm"><draw:text-box>'
            f"<text:p>{escape(line)}</text:p></draw:text-box></draw:frame>"
            for index, line in enumerate(lines)
        )
        + _speaker(dict(notes or {}).get(number, ""))
        + "</draw:page>"
        for number, lines in enumerate(pages, 1)
    )
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document {declared} '
        'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2" '
        'office:mimetype="application/vnd.oasis.opendocument.presentation"><office:body><office:presentation>'
        f"{drawn}</office:presentation></office:body></office:document>",
        "utf-8",
    )


def _speaker(said: str) -> str:
    if not said:
        return ""
    return (
        '<presentation:notes><draw:frame presentation:class="notes" svg:width="15cm" svg:height="10cm" svg:x="2cm" '
        f'svg:y="14cm"><draw:text-box><text:p>{escape(said)}</text:p></draw:text-box></draw:frame></presentation:notes>'
    )
