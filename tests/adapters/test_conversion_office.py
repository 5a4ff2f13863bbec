"""Office documents: text, cells and slides are held against the source; macros, entities and passwords."""

import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from preservation.adapters.conversion.converter import ToolConverter
from preservation.domain.conversions import Sameness
from preservation.domain.examinations import FileToExamine
from tests.adapters.conversion_kit import is_same, new_converter, refused, tried
from tests.compound_files import compound_file
from tests.drills.conversion_sabotage import changes_one_cell, drops_one_paragraph, swaps_two_slides, truncates
from tests.office_files import docx, flat_text, slides, text_pdf, xlsx

pytestmark = pytest.mark.tools

PARAGRAPHS = [
    "Quyết định số 12 về việc bảo quản hồ sơ điện tử",
    "Điều 1. Hồ sơ được bảo quản vĩnh viễn.",
    "Điều 2. Hết.",
]


@pytest.fixture(scope="module")
def converter() -> ToolConverter:
    return new_converter()


def by_libreoffice(source: Path, form: str) -> Path:
    profile = f"-env:UserInstallation=file://{source.parent}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", form, "--outdir", str(source.parent), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return source.with_suffix(f".{form.partition(':')[0]}")


def test_a_word_document_of_before_2007_keeps_its_text(converter: ToolConverter, tmp_path: Path) -> None:
    docx(tmp_path / "a.docx", PARAGRAPHS)

    one = tried(converter, "document-to-odt", by_libreoffice(tmp_path / "a.docx", "doc"), "fmt/40")

    assert is_same(one), one.comparison
    assert [tool.name for tool in one.comparison.tools] == ["lxml", "olefile"]
    assert one.after(drops_one_paragraph).sameness is Sameness.DIFFERENT
    assert one.after(truncates).sameness is Sameness.DIFFERENT


def test_the_notes_and_boxes_of_a_word_document_of_before_2007_are_compared(
    converter: ToolConverter, tmp_path: Path
) -> None:
    def note(kind: str, said: str) -> str:
        told = f'<text:note text:note-class="{kind}"><text:note-citation>1</text:note-citation>'
        return f"{told}<text:note-body><text:p>{said}</text:p></text:note-body></text:note>"

    box = '<draw:frame svg:width="5cm" svg:height="3cm" text:anchor-type="paragraph"><draw:text-box><text:p>'
    box += "Trong khung riêng</text:p></draw:text-box></draw:frame>"
    said = "Nội dung quyết định nằm ở đây. " * 40
    flat_text(
        tmp_path / "a.fodt",
        f"<text:p>{said}{note('endnote', 'Chú thích cuối có bằng chứng quan trọng. ' * 3)}</text:p>"
        f"<text:p>{said}{note('footnote', 'Chú thích chân trang có bằng chứng. ' * 3)}</text:p>"
        f"<text:p>{box}{said}</text:p>",
    )
    one = tried(converter, "document-to-odt", by_libreoffice(tmp_path / "a.fodt", "doc"), "fmt/40")

    def loses(path: Path, what: str) -> None:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        content = parts["content.xml"].decode()
        parts["content.xml"] = re.sub(f"<{what}[ >].*?</{what}>", "", content, flags=re.DOTALL).encode()
        assert len(parts["content.xml"]) < len(content.encode())
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)

    def loses_its_notes(path: Path) -> None:
        loses(path, "text:note")

    def loses_its_box(path: Path) -> None:
        loses(path, "draw:text-box")

    assert is_same(one), one.comparison
    assert one.after(loses_its_notes).sameness is Sameness.DIFFERENT
    assert one.after(loses_its_box).sameness is Sameness.DIFFERENT


def test_a_document_becomes_pdfa_with_all_its_words_and_without_its_macros(
    converter: ToolConverter, tmp_path: Path
) -> None:
    docx(tmp_path / "a.docx", PARAGRAPHS)
    with zipfile.ZipFile(tmp_path / "a.docx", "a") as archive:
        archive.writestr("word/vbaProject.bin", b"macros")
    docx(tmp_path / "b.docx", [*PARAGRAPHS, "Điều 3. Một điều nữa mà bản chuyển đổi không có."])

    one = tried(converter, "document-to-pdfa-2b", tmp_path / "a.docx", "fmt/412")
    other = converter.compare(
        one.recipe, FileToExamine(str(tmp_path / "b.docx"), "fmt/412"), [FileToExamine(str(one.result), None)], {}
    )

    assert is_same(one), one.comparison
    assert other.sameness is Sameness.DIFFERENT
    assert b"<pdfaid:part>2</pdfaid:part>" in one.result.read_bytes()
    assert ("macros, which are not taken over", "yes", "no", "told") in {
        (measure.name, measure.before, measure.after, measure.bound) for measure in one.comparison.measures
    }


def test_every_cell_of_every_sheet_is_kept(converter: ToolConverter, tmp_path: Path) -> None:
    xlsx(tmp_path / "a.xlsx", {"Hồ sơ": [["tên", 1.5, 20], ["An & Bình", -3, 4.25]], "Số liệu": [[1, 2], [3, 40]]})

    one = tried(converter, "spreadsheet-to-ods", tmp_path / "a.xlsx", "fmt/214")
    old = tried(converter, "spreadsheet-to-xlsx", by_libreoffice(tmp_path / "a.xlsx", "xls"), "fmt/61")

    for each in (one, old):
        assert is_same(each), each.comparison
        answer = each.after(changes_one_cell)
        assert answer.sameness is Sameness.DIFFERENT
        assert sum(": row " in measure.name for measure in answer.measures) == 1


def test_a_policy_may_let_some_cells_differ(converter: ToolConverter, tmp_path: Path) -> None:
    xlsx(tmp_path / "a.xlsx", {"Hồ sơ": [["tên", 1.5, 20], ["An", -3, 4.25]]})
    xlsx(tmp_path / "b.xlsx", {"Hồ sơ": [["tên", 1.5, 21], ["An", -3]]})
    source = FileToExamine(str(tmp_path / "a.xlsx"), "fmt/214")
    result = FileToExamine(str(tmp_path / "b.xlsx"), None)

    found = [
        converter.compare("spreadsheet-to-xlsx", source, [result], {"cells": bound}).sameness
        for bound in ("0", "1", "2")
    ]

    assert found == [Sameness.DIFFERENT, Sameness.DIFFERENT, Sameness.SAME]


def test_slides_keep_their_order_and_their_text(converter: ToolConverter, tmp_path: Path) -> None:
    pages = [["Phần một", "Mở đầu"], ["Phần hai"], ["Phần ba", "Kết luận"]]
    slides(tmp_path / "a.fodp", pages, {2: "Nhắc đến nghị định ba mươi"})
    source = by_libreoffice(tmp_path / "a.fodp", "pptx:Impress MS PowerPoint 2007 XML")

    text_pdf(tmp_path / "a.pdf", [["Slide"], ["Slide"], ["Slide"]])

    one = tried(converter, "presentation-to-odp", source, "fmt/215")
    shown = converter.compare("presentation-to-pdfa-2b", one.source, [FileToExamine(str(tmp_path / "a.pdf"), None)], {})

    def loses_what_the_speaker_noted(path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        assert "Nhắc đến".encode() in parts["content.xml"]
        parts["content.xml"] = parts["content.xml"].replace("Nhắc đến nghị định ba mươi".encode(), b"")
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in parts.items():
                archive.writestr(name, data)

    noteless = one.after(loses_what_the_speaker_noted)

    assert is_same(one), one.comparison
    assert one.after(swaps_two_slides).sameness is Sameness.DIFFERENT
    assert [measure.name for measure in noteless.measures if not measure.holds] == ["slide 2: speaker's notes"]
    assert ("speaker's notes, which no page shows", "6 words", "told") in {
        (measure.name, measure.before, measure.bound) for measure in shown.measures
    }


def test_what_hides_in_a_document_is_not_followed(converter: ToolConverter, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("never told")
    docx(tmp_path / "a.docx", PARAGRAPHS)
    hostile = tmp_path / "xxe.docx"
    with zipfile.ZipFile(tmp_path / "a.docx") as before, zipfile.ZipFile(hostile, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name == "word/document.xml":
                entity = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'.encode()
                data = data.replace(b"\n", entity, 1).replace("Hết.".encode(), b"&x;")
            after.writestr(name, data)

    assert refused(converter, "document-to-odt", hostile, "fmt/412").code == "SOURCE-HAS-DOCTYPE"
    same = converter.compare(
        "document-to-odt", FileToExamine(str(hostile), "fmt/412"), [FileToExamine(str(hostile), None)], {}
    )
    assert same.sameness is not Sameness.SAME


def test_documents_with_a_password_or_of_another_kind_give_nothing(converter: ToolConverter, tmp_path: Path) -> None:
    (tmp_path / "locked.docx").write_bytes(
        compound_file({"EncryptedPackage": b"x" * 100, "EncryptionInfo": b"y" * 100})
    )
    (tmp_path / "locked.doc").write_bytes(
        compound_file({"WordDocument": b"\xec\xa5" + bytes(8) + b"\x00\x01" + bytes(500)})
    )
    (tmp_path / "cut.docx").write_bytes(b"PK\x03\x04 and no more")
    (tmp_path / "empty.docx").touch()
    codes = {
        name: refused(converter, "document-to-pdfa-2b", tmp_path / name, puid).code
        for name, puid in (
            ("locked.docx", "fmt/412"), ("locked.doc", "fmt/40"), ("cut.docx", "fmt/412"), ("empty.docx", "fmt/412"),
        )
    }  # fmt: skip

    assert codes == {
        "locked.docx": "SOURCE-ENCRYPTED",
        "locked.doc": "SOURCE-ENCRYPTED",
        "cut.docx": "SOURCE-UNREADABLE",
        "empty.docx": "SOURCE-EMPTY",
    }
