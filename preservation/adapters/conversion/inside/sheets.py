"""The cells of spreadsheets: Office Open XML, OpenDocument, Excel before 2007.

A value is told in one form whatever the format: "n:" and 12 significant digits for numbers, dates and times (days since
1899-12-30), "b:" for truth values, "e:" for errors, "s:" for text with its white space put together.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import xlrd
from lxml import etree

from preservation.adapters.conversion.inside.packages import Package, Unfit

Cells = Mapping[tuple[int, int], str]

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_P = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_O = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_MOST_CELLS = 5_000_000
_MOST_REPEATED = 1_000
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_DURATION = re.compile(r"-?PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?\Z")
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (a spreadsheet's days have no zone)
_DAY_SECONDS = 86_400


def sheets_of(path: str) -> dict[str, Cells]:
    """Cells by sheet, in order. Raises Unfit."""
    suffix = Path(path).suffix
    if suffix == ".xlsx":
        return dict(_xlsx(Package(path)))
    if suffix == ".ods":
        return dict(_ods(Package(path)))
    return dict(_xls(path))


def is_text(value: str) -> bool:
    return value.startswith("s:")


def _xlsx(package: Package) -> Iterator[tuple[str, Cells]]:
    targets = {
        one.get("Id", ""): one.get("Target", "")
        for one in package.xml("xl/_rels/workbook.xml.rels").iter(f"{_P}Relationship")
    }
    strings: list[str] = []
    if "xl/sharedStrings.xml" in package.names():
        strings = [_rich(one) for one in package.xml("xl/sharedStrings.xml").iter(f"{_S}si")]
    workbook = package.xml("xl/workbook.xml")
    properties = workbook.find(f"{_S}workbookPr")
    shift = 1462 if properties is not None and properties.get("date1904") in ("1", "true") else 0
    if shift:
        raise Unfit("days are counted from 1904")
    for sheet in workbook.iter(f"{_S}sheet"):
        target = targets.get(sheet.get(f"{_R}id", ""), "")
        name = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if "worksheets" in name:
            yield sheet.get("name", ""), _xlsx_cells(package.xml(name), strings)


def _xlsx_cells(root: etree._Element, strings: list[str]) -> Cells:
    found = {}
    for cell in root.iter(f"{_S}c"):
        value = _xlsx_value(cell, strings)
        if value:
            found[_place(cell.get("r", ""))] = value
    return found


def _xlsx_value(cell: etree._Element, strings: list[str]) -> str:
    kind = cell.get("t", "n")
    said = cell.findtext(f"{_S}v") or ""
    if kind == "s":
        return _text(strings[int(said)]) if said.isdigit() and int(said) < len(strings) else ""
    if kind == "inlineStr":
        inline = cell.find(f"{_S}is")
        return _text(_rich(inline)) if inline is not None else ""
    if kind == "str":
        return _text(said)
    if kind == "b":
        return f"b:{said == '1'}" if said else ""
    if kind == "e":
        return f"e:{said}"
    return _number(said)


def _rich(element: etree._Element) -> str:
    """Without what says how it is spoken."""
    texts = [one for one in element.iter(f"{_S}t") if not any(above.tag == f"{_S}rPh" for above in one.iterancestors())]
    return "".join(one.text or "" for one in texts)


def _place(name: str) -> tuple[int, int]:
    found = _PLACE.match(name)
    if not found:
        raise Unfit(f"no cell is at {name!r}")
    column = 0
    for letter in found[1]:
        column = 26 * column + ord(letter) - 64
    return int(found[2]), column


def _ods(package: Package) -> Iterator[tuple[str, Cells]]:
    body = package.xml("content.xml").find(f"{_O}body/{_O}spreadsheet")
    if body is None:
        raise Unfit("content.xml has no spreadsheet")
    for table in body.iterchildren(f"{_TABLE}table"):
        yield table.get(f"{_TABLE}name", ""), _ods_cells(table)


def _ods_cells(table: etree._Element) -> Cells:
    found: dict[tuple[int, int], str] = {}
    row = 1
    for line in table.iter(f"{_TABLE}table-row"):
        rows = int(line.get(f"{_TABLE}number-rows-repeated", "1"))
        values = list(_ods_line(line))
        if values:
            if rows > _MOST_REPEATED or len(found) > _MOST_CELLS:
                raise Unfit("more cells than are read")
            for again in range(rows):
                found.update({(row + again, column): value for column, value in values})
        row += rows
    return found


def _ods_line(line: etree._Element) -> Iterator[tuple[int, str]]:
    column = 1
    for cell in line.iterchildren(f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
        columns = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        value = _ods_value(cell)
        if value:
            if columns > _MOST_REPEATED:
                raise Unfit("more cells than are read")
            for again in range(columns):
                yield column + again, value
        column += columns


def _ods_value(cell: etree._Element) -> str:
    kind = cell.get(f"{_O}value-type", "")
    if cell.get(f"{_CALC}value-type") == "error":
        return f"e:{_shown(cell)}"
    if kind in ("float", "percentage", "currency"):
        return _number(cell.get(f"{_O}value", ""))
    if kind == "date":
        return _day(cell.get(f"{_O}date-value", ""))
    if kind == "time":
        return _duration(cell.get(f"{_O}time-value", ""))
    if kind == "boolean":
        return f"b:{cell.get(f'{_O}boolean-value') == 'true'}"
    return _text(cell.get(f"{_O}string-value") or _shown(cell)) if kind == "string" else ""


def _shown(cell: etree._Element) -> str:
    return "\n".join("".join(_spoken(one)) for one in cell.iterchildren(f"{_TEXT}p"))


def _spoken(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for one in element:
        if one.tag in (f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break"):
            yield " " * int(one.get(f"{_TEXT}c", "1")) if one.get(f"{_TEXT}c", "1").isdigit() else " "
        else:
            yield from _spoken(one)
        yield one.tail or ""


def _xls(path: str) -> Iterator[tuple[str, Cells]]:
    try:
        with xlrd.open_workbook(path, on_demand=True, logfile=open("/dev/null", "w", encoding="ascii")) as book:
            if book.datemode:
                raise Unfit("days are counted from 1904")
            for index, name in enumerate(book.sheet_names()):
                sheet = book.sheet_by_index(index)
                yield (
                    name,
                    {
                        (row + 1, column + 1): value
                        for row in range(sheet.nrows)
                        for column in range(sheet.row_len(row))
                        if (value := _xls_value(sheet.cell(row, column)))
                    },
                )
                book.unload_sheet(index)
    except (
        xlrd.XLRDError,
        xlrd.compdoc.CompDocError,
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        AssertionError,
        OSError,
    ) as problem:
        raise Unfit(f"{type(problem).__name__}: {problem}") from problem


def _xls_value(cell: xlrd.sheet.Cell) -> str:
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        return _number(repr(float(cell.value)))
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return _text(str(cell.value))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return f"b:{bool(cell.value)}"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return f"e:{xlrd.error_text_from_code.get(cell.value, '?')}"
    return ""


def _number(said: str) -> str:
    try:
        return f"n:{float(said):.12g}" if said else ""
    except ValueError:
        return f"s:{said}"


def _text(said: str) -> str:
    plain = " ".join(said.split())
    return f"s:{plain}" if plain else ""


def _day(said: str) -> str:
    try:
        time = datetime.fromisoformat(said)
    except ValueError:
        return f"s:{said}"
    return _number(repr((time - _EPOCH).total_seconds() / _DAY_SECONDS))


def _duration(said: str) -> str:
    found = _DURATION.match(said)
    if not found:
        return f"s:{said}"
    hours, minutes, seconds = (float(one or 0) for one in found.groups())
    return _number(repr((hours * 3600 + minutes * 60 + seconds) / _DAY_SECONDS * (-1 if said.startswith("-") else 1)))
