"""PDF to PDF/A: pages, text, pictures, and what lies beside the pages; and what is done to PDFs that do not want to."""

import random
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from preservation.adapters.conversion.converter import ToolConverter
from preservation.domain.conversions import Sameness
from preservation.domain.examinations import FileToExamine
from tests.adapters.conversion_kit import Tried, is_same, new_converter, refused, tried
from tests.drills.conversion_sabotage import Harm, drops_the_text_layer, swaps_two_pages, truncates
from tests.office_files import text_pdf

pytestmark = pytest.mark.tools

RECIPE = "pdf-to-pdfa-2b"


@pytest.fixture(scope="module")
def converter() -> ToolConverter:
    return new_converter()


@pytest.fixture(scope="module")
def pages_of_text(converter: ToolConverter, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """Three pages in Helvetica, not embedded, with a title, an author, an outline and a link."""
    path = tmp_path_factory.mktemp("pdf") / "text.pdf"
    text_pdf(path, [[f"Page {page} line {line} of the report" for line in range(12)] for page in range(3)])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Title"], pdf.docinfo["/Author"] = "Báo cáo năm", "Nguyễn Văn An"
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem("Phần một", 1))
        link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[50, 700, 200, 790])
        link.A = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("https://luutru.example/"))
        pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(link)])
        pdf.save(path)
    return tried(converter, RECIPE, path, "fmt/17")


@pytest.fixture(scope="module")
def scanned(converter: ToolConverter, tmp_path_factory: pytest.TempPathFactory) -> Tried:
    """Two scanned pages with a layer of text that nobody sees."""
    path = tmp_path_factory.mktemp("pdf") / "scan.pdf"
    images = [
        Image.frombytes("RGB", (60, 80), random.Random(seed).randbytes(60 * 80 * 3)).resize((240, 320))
        for seed in (1, 2)
    ]
    images[0].save(path, "PDF", save_all=True, append_images=images[1:], resolution=72)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        )
        for number, page in enumerate(pdf.pages):
            page.Resources.Font = pikepdf.Dictionary(F1=font)
            layer = f"\nBT 3 Tr /F1 12 Tf 20 200 Td (Recognised words of page {number}) Tj ET"
            page.Contents = pdf.make_stream(page.Contents.read_bytes() + layer.encode())
        pdf.save(path)
    return tried(converter, RECIPE, path, "fmt/17")


def test_pages_of_text_become_pdfa_with_everything_beside_them(pages_of_text: Tried) -> None:
    assert is_same(pages_of_text), pages_of_text.failed()
    with pikepdf.open(pages_of_text.result) as pdf:
        fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
        assert all("/FontFile" in str(dict(font.get("/FontDescriptor", {})).keys()) for font in fonts)
        assert len(pdf.Root.OutputIntents[0].DestOutputProfile.read_bytes()) > 500
        assert b"<pdfaid:part>2</pdfaid:part>" in pdf.Root.Metadata.read_raw_bytes()
        assert pdf.docinfo["/Author"] == "Nguyễn Văn An"
        with pdf.open_metadata() as xmp:
            assert xmp["dc:creator"] == ["Nguyễn Văn An"]
            assert xmp["dc:title"] == "Báo cáo năm"


@pytest.mark.parametrize("harm", [truncates, swaps_two_pages, drops_the_text_layer])
def test_harm_to_pages_of_text_is_caught(pages_of_text: Tried, harm: Harm) -> None:
    assert pages_of_text.after(harm).sameness is not Sameness.SAME


def test_a_lost_link_title_or_outline_is_caught(pages_of_text: Tried) -> None:
    def loses_its_link(path: Path) -> None:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            del pdf.pages[0].Annots
            pdf.save(path)

    def loses_its_title(path: Path) -> None:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            del pdf.docinfo["/Title"]
            pdf.save(path)

    def loses_its_outline(path: Path) -> None:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            del pdf.Root.Outlines
            pdf.save(path)

    for harm in (loses_its_link, loses_its_title, loses_its_outline):
        assert pages_of_text.after(harm).sameness is Sameness.DIFFERENT, harm.__name__


def test_scanned_pages_keep_their_layer_of_text(scanned: Tried) -> None:
    assert is_same(scanned), scanned.failed()


def test_a_text_layer_that_nobody_sees_is_missed_all_the_same(scanned: Tried) -> None:
    answer = scanned.after(drops_the_text_layer)

    assert answer.sameness is Sameness.DIFFERENT
    assert {one.name for one in answer.measures if not one.holds} >= {"page 1: text", "page 2: text"}
    assert scanned.after(swaps_two_pages).sameness is Sameness.DIFFERENT


def test_pages_of_nothing_but_images_are_kept_byte_for_byte(converter: ToolConverter, tmp_path: Path) -> None:
    source = tmp_path / "images.pdf"
    Image.frombytes("RGB", (80, 60), random.Random(3).randbytes(80 * 60 * 3)).save(source, "PDF", resolution=72)

    one = tried(converter, "pdf-to-pdfa-3b", source, "fmt/17")

    assert is_same(one), one.failed()
    assert not any(command.startswith("gs") for command in one.made.commands)
    with pikepdf.open(source) as before, pikepdf.open(one.result) as after:
        images = [next(iter(pdf.pages[0].Resources.XObject.values())).read_raw_bytes() for pdf in (before, after)]
        assert images[0] == images[1]
        assert b"<pdfaid:part>3</pdfaid:part>" in after.Root.Metadata.read_raw_bytes()


def test_attachments_come_over_into_part_3_and_are_refused_by_part_2(converter: ToolConverter, tmp_path: Path) -> None:
    source = tmp_path / "with.pdf"
    text_pdf(source, [["A page with an attachment"]])
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.attachments["data.csv"] = pikepdf.AttachedFileSpec(
            pdf, b"a,b\n1,2\n", filename="data.csv", description="", mime_type="text/csv", creation_date="", mod_date=""
        )
        pdf.save(source)

    one = tried(converter, "pdf-to-pdfa-3b", source, "fmt/17")

    def loses_the_attachment(path: Path) -> None:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            del pdf.attachments["data.csv"]
            pdf.save(path)

    assert is_same(one), one.failed()
    assert one.after(loses_the_attachment).sameness is Sameness.DIFFERENT
    assert refused(converter, RECIPE, source, "fmt/17").code == "SOURCE-HAS-ATTACHMENTS"


def test_a_lost_note_or_a_lost_file_on_a_page_is_caught(converter: ToolConverter, tmp_path: Path) -> None:
    source = tmp_path / "noted.pdf"
    text_pdf(source, [["A page with a note and a file on it"]])
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        made = [_note(pdf, "Text", "The judge wrote: this clause is void"), _note(pdf, "FileAttachment", "see file")]
        file = pikepdf.Dictionary(F=pdf.make_stream(b"a,b\n1,2\n", Type=pikepdf.Name.EmbeddedFile))
        made[1].FS = pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F="data.csv", UF="data.csv", EF=file)
        pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(one) for one in made])
        pdf.save(source)

    one = tried(converter, "pdf-to-pdfa-3b", source, "fmt/17")

    def loses_what_the_judge_wrote(path: Path) -> None:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            del pdf.pages[0].Annots[0]
            pdf.save(path)

    def loses_the_file(path: Path) -> None:
        with pikepdf.open(path, allow_overwriting_input=True) as pdf:
            del pdf.pages[0].Annots[1]["/FS"]
            pdf.save(path)

    assert is_same(one), one.failed()
    assert one.after(loses_what_the_judge_wrote).sameness is Sameness.DIFFERENT
    assert one.after(loses_the_file).sameness is Sameness.DIFFERENT
    # A file that hangs on a page is an attachment too, which part 2 does not take.
    assert refused(converter, RECIPE, source, "fmt/17").code == "SOURCE-HAS-ATTACHMENTS"


def test_a_lost_film_is_caught(converter: ToolConverter, tmp_path: Path) -> None:
    for name in ("film.pdf", "none.pdf"):
        text_pdf(tmp_path / name, [["A page with a film"]])
    with pikepdf.open(tmp_path / "film.pdf", allow_overwriting_input=True) as pdf:
        film = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.RichMedia, Rect=[9, 9, 90, 90], F=4)
        pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(film)])
        pdf.save(tmp_path / "film.pdf")

    answer = converter.compare(RECIPE, _file(tmp_path / "film.pdf"), [_file(tmp_path / "none.pdf")], {})

    assert [one.name for one in answer.measures if not one.holds] == ["notes of sound, film and space"]


def test_lost_colours_are_caught(converter: ToolConverter, tmp_path: Path) -> None:
    shown = {
        "colour.pdf": "0.9 0.1 0.1 rg 50 50 200 100 re f",
        "gray.pdf": "0.36 g 50 50 200 100 re f",
        "red-line.pdf": "1 0 0 rg BT /F1 10 Tf 50 300 Td (A line that somebody wrote in red) Tj ET",
        "gray-line.pdf": "0.3 g BT /F1 10 Tf 50 300 Td (A line that somebody wrote in red) Tj ET",
        "cmyk.pdf": "1 0 0 0 k 50 50 90 90 re f 0 1 0 0 k 150 50 90 90 re f 0 0.6 1 0 k 250 50 90 90 re f",
    }
    for name, drawn in shown.items():
        text_pdf(tmp_path / name, [["A page in colours"]])
        with pikepdf.open(tmp_path / name, allow_overwriting_input=True) as pdf:
            page = pdf.pages[0]
            page.Contents = pdf.make_stream(page.Contents.read_bytes() + b"\n" + drawn.encode())
            pdf.save(tmp_path / name)

    one = tried(converter, RECIPE, tmp_path / "cmyk.pdf", "fmt/17")
    gray = converter.compare(RECIPE, _file(tmp_path / "colour.pdf"), [_file(tmp_path / "gray.pdf")], {})
    line = converter.compare(RECIPE, _file(tmp_path / "red-line.pdf"), [_file(tmp_path / "gray-line.pdf")], {})
    loose = converter.compare(
        RECIPE, _file(tmp_path / "red-line.pdf"), [_file(tmp_path / "gray-line.pdf")], {"colour": "255"}
    )

    assert is_same(one), one.failed()
    for answer in (gray, line):
        assert answer.sameness is Sameness.DIFFERENT
        assert "page 1: colour" in {measure.name for measure in answer.measures if not measure.holds}
    assert loose.sameness is Sameness.SAME


def test_a_pdf_with_a_password_gives_nothing(converter: ToolConverter, tmp_path: Path) -> None:
    for name, user in (("locked.pdf", "secret"), ("owned.pdf", "")):
        text_pdf(tmp_path / name, [["secret"]])
        with pikepdf.open(tmp_path / name, allow_overwriting_input=True) as pdf:
            pdf.save(tmp_path / name, encryption=pikepdf.Encryption(owner="owner", user=user))

        assert refused(converter, RECIPE, tmp_path / name, "fmt/17").code == "SOURCE-ENCRYPTED"


def test_what_is_no_pdf_gives_nothing(converter: ToolConverter, tmp_path: Path) -> None:
    (tmp_path / "text.pdf").write_text("not a PDF")

    assert refused(converter, RECIPE, tmp_path / "text.pdf", "fmt/17").code == "SOURCE-UNREADABLE"
    assert converter.compare(
        RECIPE, _file(tmp_path / "text.pdf"), [_file(tmp_path / "text.pdf")], {}
    ).sameness is Sameness.UNKNOWN  # fmt: skip


def _note(pdf: pikepdf.Pdf, kind: str, said: str) -> pikepdf.Dictionary:
    """One that is printed, as PDF/A wants it."""
    shape = pdf.make_stream(b"1 0 0 rg 0 0 20 20 re f", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
    shape.BBox = [0, 0, 20, 20]
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name(f"/{kind}"), Rect=[300, 300, 320, 320], F=28,
        Contents=pikepdf.String(said), AP=pikepdf.Dictionary(N=shape),
    )  # fmt: skip


def _file(path: Path) -> FileToExamine:
    return FileToExamine(str(path), "fmt/17")
