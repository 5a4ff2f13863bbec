"""What the readers say about files of our own making: in this process, file by file."""

import gzip
import io
import json
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from preservation.adapters.examination.answers import Question
from preservation.adapters.examination.server import look_at
from preservation.domain.content_kinds import Family
from preservation.domain.examinations import Examination, Kind, Validity
from tests.adapters import examination_material as material


def examined(path: Path, family: Family, *, puid: str | None = None) -> Examination:
    return look_at(str(path), Question(family, puid, "", path.suffix, 60)).examination


def codes(found: Examination) -> list[str]:
    return [fault.code for fault in found.faults if fault.is_error]


@pytest.mark.parametrize(
    ("kind", "suffix", "options", "compression"),
    [
        ("TIFF", "tif", {"compression": "tiff_lzw", "dpi": (300, 300)}, "LZW"),
        ("PNG", "png", {"dpi": (300, 300)}, "Deflate"),
        ("JPEG", "jpg", {"dpi": (300, 300)}, "JPEG"),
        ("BMP", "bmp", {"dpi": (300, 300)}, "none"),
        ("WEBP", "webp", {}, "WebP"),
    ],
)
def test_an_image_is_described_and_decoded_to_its_end(
    kind: str, suffix: str, options: dict[str, Any], compression: str, tmp_path: Path
) -> None:
    path = material.image(tmp_path / f"a.{suffix}", kind, **options)

    found = examined(path, Family.RASTER)

    assert (found.kind, found.validity) == (Kind.IMAGE, Validity.WELL_FORMED)
    assert (found.value("width"), found.value("height"), found.value("pages")) == (60, 40, 1)
    assert (found.value("samples"), found.value("bits-per-sample")) == (3, 8)
    assert (found.value("colour-space"), found.value("compression")) == ("RGB", compression)
    if options.get("dpi"):
        assert found.value("resolution-x") == found.value("resolution-y") == 300


@pytest.mark.parametrize(
    ("kind", "suffix"), [("TIFF", "tif"), ("PNG", "png"), ("JPEG", "jpg"), ("GIF", "gif"), ("BMP", "bmp")]
)
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_an_image_that_is_cut_off_is_invalid(kind: str, suffix: str, share: float, tmp_path: Path) -> None:
    path = material.cut(material.image(tmp_path / f"a.{suffix}", kind), share)

    found = examined(path, Family.RASTER)

    assert found.validity is Validity.INVALID


def test_a_tiff_of_several_pages_tells_them(tmp_path: Path) -> None:
    first = Image.new("1", (80, 80))
    first.save(tmp_path / "a.tif", "TIFF", save_all=True, append_images=[first, first], compression="group4")

    found = examined(tmp_path / "a.tif", Family.RASTER)

    assert (found.value("pages"), found.value("colour-space"), found.value("compression")) == (
        3,
        "bilevel",
        "CCITT Group 4",
    )
    assert found.value("bits-per-sample") == 1


def test_a_picture_of_too_many_pixels_is_measured_and_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (16, 16)).save(path)
    data = bytearray(path.read_bytes())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)

    found = examined(path, Family.RASTER)

    assert found.validity is Validity.UNKNOWN
    assert codes(found) == ["IMAGE-TOO-LARGE"]
    assert found.value("width") == 60_000


def test_jpeg2000_is_valid_by_jpylyzer_and_invalid_when_cut_off(tmp_path: Path) -> None:
    path = material.image(tmp_path / "a.jp2", "JPEG2000")

    whole, broken = examined(path, Family.JPEG2000), examined(material.cut(path, 0.7), Family.JPEG2000)

    assert (whole.validity, whole.tools[0].name) == (Validity.VALID, "jpylyzer")
    assert (whole.value("width"), whole.value("bits-per-sample"), whole.value("transformation")) == (
        60,
        8,
        "5-3 reversible",
    )
    assert broken.validity is Validity.INVALID


def test_a_pdf_tells_pages_text_and_fonts(tmp_path: Path) -> None:
    found = examined(material.pdf(tmp_path / "a.pdf", pages=3), Family.PDF)

    assert found.validity is Validity.WELL_FORMED
    assert (found.value("pages"), found.value("pages-with-text"), found.value("pages-scanned")) == (3, 3, 0)
    assert (found.value("fonts-not-embedded"), found.value("encryption")) == (3, "none")
    assert any(fault.code == "PDF-FONTS-NOT-EMBEDDED" and "Helvetica" in fault.detail for fault in found.faults)


@pytest.mark.parametrize(("gray", "colours"), [(True, "grey"), (False, "RGB")])
def test_scanned_pages_tell_resolution_and_colours(gray: bool, colours: str, tmp_path: Path) -> None:
    path = material.scanned_pdf(tmp_path / "a.pdf", pages=2, dpi=150, gray=gray, seed_size=(300, 400))

    found = examined(path, Family.PDF)

    assert found.validity is Validity.WELL_FORMED
    assert (found.value("pages-scanned"), found.value("pages-with-text"), found.value("pictures")) == (2, 0, 2)
    assert (found.value("scan-resolution-lowest"), found.value("scan-colours")) == (150, colours)


def test_a_pdf_with_a_password_is_not_judged(tmp_path: Path) -> None:
    path = material.pdf(tmp_path / "a.pdf", encryption=pikepdf.Encryption(owner="o", user="u", R=6))

    found = examined(path, Family.PDF)

    assert (found.validity, codes(found)) == (Validity.UNKNOWN, ["PDF-ENCRYPTED"])
    assert found.value("encryption") == "password"


def test_a_pdf_that_only_forbids_printing_is_read(tmp_path: Path) -> None:
    path = material.pdf(tmp_path / "a.pdf", encryption=pikepdf.Encryption(owner="o", user="", R=6))

    found = examined(path, Family.PDF)

    assert found.validity is Validity.WELL_FORMED
    assert str(found.value("encryption")).startswith("without password, R6")


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_pdf_that_is_cut_off_is_invalid(share: float, tmp_path: Path) -> None:
    found = examined(material.cut(material.pdf(tmp_path / "a.pdf", pages=5), share), Family.PDF)

    assert found.validity is Validity.INVALID
    assert "PDF-END" in codes(found)


def test_a_pdf_with_wrong_offsets_is_invalid(tmp_path: Path) -> None:
    path = material.pdf(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)
    path.write_bytes(path.read_bytes().replace(b"%PDF-1.3\n", b"%PDF-1.3\n%" + b"\r" + b"x" * 900 + b"\n"))

    found = examined(path, Family.PDF)

    assert found.validity is Validity.INVALID
    assert "PDF-STRUCTURE-BROKEN" in codes(found)


def test_a_page_tree_that_counts_wrong_is_invalid(tmp_path: Path) -> None:
    path = material.pdf(tmp_path / "a.pdf", pages=2, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    path.write_bytes(path.read_bytes().replace(b"/Count 2", b"/Count 9"))

    found = examined(path, Family.PDF)

    assert found.validity is Validity.INVALID
    assert [fault.detail for fault in found.faults if fault.code == "PDF-PAGE-TREE"] == ["Count is 9, pages below it 2"]


def test_javascript_attachments_and_signatures_are_counted(tmp_path: Path) -> None:
    with pikepdf.open(material.pdf(tmp_path / "a.pdf")) as made:
        made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        made.attachments["a.txt"] = b"attached"
        made.Root.Held = made.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3], Contents=pikepdf.String("s"))
        )
        made.save(tmp_path / "b.pdf")

    found = examined(tmp_path / "b.pdf", Family.PDF)

    assert (found.value("javascript"), found.value("attachments"), found.value("signatures")) == (True, 1, 1)


def test_a_pdf_whose_stream_grows_a_thousandfold_takes_no_memory(tmp_path: Path) -> None:
    with pikepdf.new() as made:
        material.add_page(made, b"\n" * (64 << 20))
        made.save(tmp_path / "a.pdf", compress_streams=True)
    assert (tmp_path / "a.pdf").stat().st_size < 1 << 20

    found = examined(tmp_path / "a.pdf", Family.PDF)

    assert found.value("pages") == 1


def pdfa(path: Path, change: Callable[[pikepdf.Pdf], None] = lambda _: None) -> Examination:
    """A file that claims PDF/A-2b and breaks nothing of the screening but by `change`."""
    with pikepdf.new() as made:
        made.add_blank_page()
        with made.open_metadata() as meta:
            meta["pdfaid:part"], meta["pdfaid:conformance"] = "2", "B"
        change(made)
        made.save(path, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return examined(path, Family.PDF)


def test_a_pdfa_that_breaks_no_rule_passes_the_screening_and_is_not_called_valid(tmp_path: Path) -> None:
    found = pdfa(tmp_path / "a.pdf")

    assert (found.value("pdfa-claimed"), found.value("pdfa-screening")) == ("2b", "passed")
    assert found.validity is Validity.WELL_FORMED


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        (lambda made: made.Root.__setitem__("/OpenAction", pikepdf.Dictionary(S=pikepdf.Name.Launch)), "6.5.1"),
        (lambda made: made.Root.__setitem__("/AcroForm", pikepdf.Dictionary(NeedAppearances=True, Fields=[])), "6.4.1"),
        (lambda made: material.add_page(made, b"BT /F1 9 Tf (a) Tj ET"), "6.2.11.4.1"),
        (lambda made: material.add_page(made, b"1 0 0 rg 0 0 9 9 re f"), "6.2.4.3"),
        (lambda made: made.Root.__delitem__("/Metadata"), "6.6.2.1"),
    ],
)
def test_a_broken_rule_of_pdfa_is_named_by_its_clause(
    change: Callable[[pikepdf.Pdf], None], clause: str, tmp_path: Path
) -> None:
    with pikepdf.new() as made:
        made.add_blank_page()
        with made.open_metadata() as meta:
            meta["pdfaid:part"], meta["pdfaid:conformance"] = "2", "B"
        change(made)
        made.save(tmp_path / "a.pdf", object_stream_mode=pikepdf.ObjectStreamMode.disable)

    found = examined(tmp_path / "a.pdf", Family.PDF, puid="fmt/477")

    assert found.value("pdfa-screening") == "failed"
    assert clause in {fault.detail.partition(":")[0] for fault in found.faults if fault.code == "PDFA-CLAUSE"}
    assert found.validity is Validity.WELL_FORMED


def test_an_office_document_tells_macros_and_links(tmp_path: Path) -> None:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="t" Target="file:///etc/passwd" TargetMode="External"/></Relationships>'
    )
    app = "<Properties><Pages>3</Pages><Words>120</Words><Application>Word</Application></Properties>"
    more = {"word/_rels/document.xml.rels": relations, "docProps/app.xml": app, "word/vbaProject.bin": "x"}

    found = examined(material.docx(tmp_path / "a.docx", **more), Family.OOXML)

    assert (found.kind, found.validity) == (Kind.OFFICE, Validity.WELL_FORMED)
    assert (found.value("macros"), found.value("external-links")) == (True, 1)
    assert (found.value("pages"), found.value("words"), found.value("application")) == (3, 120, "Word")


def test_an_entity_in_an_office_document_is_never_resolved(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cr3t")
    hostile = f'<!DOCTYPE w [<!ENTITY x SYSTEM "file://{secret}">]><w><Application>&x;</Application></w>'

    found = examined(
        material.docx(tmp_path / "a.docx", document=hostile, **{"docProps/app.xml": hostile}), Family.OOXML
    )

    assert (found.validity, "OOXML-DTD" in codes(found)) == (Validity.INVALID, True)
    assert "s3cr3t" not in str(found)


def test_entities_that_multiply_are_not_expanded(tmp_path: Path) -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    path = tmp_path / "a.xml"
    path.write_text(f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "x">{levels}]><a>&e11;</a>')

    found = examined(path, Family.XML)

    assert found.validity in (Validity.WELL_FORMED, Validity.UNKNOWN)
    assert any(fault.code == "XML-ENTITIES" for fault in found.faults)


def test_an_office_package_that_bombs_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as member:
        for _ in range(100):
            member.write(bytes(1 << 20))

    found = examined(path, Family.OOXML)

    assert (found.validity, "ARCHIVE-BOMB" in codes(found)) == (Validity.INVALID, True)


def test_opendocument_is_held_against_its_manifest(tmp_path: Path) -> None:
    good = examined(material.odt(tmp_path / "a.odt"), Family.ODF)
    bad = examined(material.odt(tmp_path / "b.odt", entries=()), Family.ODF)

    assert good.validity is Validity.WELL_FORMED
    assert (bad.validity, codes(bad)) == (Validity.INVALID, ["ODF-MANIFEST"])


@pytest.mark.parametrize(
    ("content", "validity", "code"),
    [
        ("<a><b/></a>", Validity.WELL_FORMED, None),
        ("<a><b></a>", Validity.INVALID, "XML-NOT-WELL-FORMED"),
        ("", Validity.INVALID, "EMPTY-FILE"),
    ],
)
def test_xml_is_well_formed_or_not(content: str, validity: Validity, code: str | None, tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(content)

    found = examined(path, Family.XML)

    assert (found.validity, codes(found)) == (validity, [code] if code else [])


def test_xml_names_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        '<m:mets xmlns:m="urn:m" xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="urn:m m.xsd"/>'
    )

    found = examined(path, Family.XML)

    assert (found.value("root-element"), found.value("namespace"), found.value("schemas")) == (
        "mets",
        "urn:m",
        "urn:m m.xsd",
    )


@pytest.mark.parametrize(
    ("data", "encoding", "ends"),
    [
        (b"a\r\nb\r\n", "ASCII", "CRLF"),
        ("Quyết định\n".encode(), "UTF-8", "LF"),
        ("\ufeffa\n".encode(), "UTF-8", "LF"),
        ("a\rb\r\n".encode("utf-16"), "UTF-16LE", "mixed"),
        ("Quyết định số 1 ".encode("utf-16-le"), "UTF-8", "none"),
    ],
)
def test_text_tells_encoding_and_line_ends(data: bytes, encoding: str, ends: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)

    found = examined(path, Family.TEXT)

    if encoding != "UTF-8" or b"\0" not in data:
        assert (found.validity, found.value("encoding"), found.value("line-ends")) == (
            Validity.WELL_FORMED,
            encoding,
            ends,
        )


def test_csv_tells_its_shape(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('a;b;c\n1;"x;y";3\n')
    (tmp_path / "b.csv").write_text("a,b,c\n1,2\n")

    good, ragged = examined(tmp_path / "a.csv", Family.CSV), examined(tmp_path / "b.csv", Family.CSV)

    assert (good.value("separator"), good.value("rows"), good.value("columns"), codes(good)) == (";", 2, 3, [])
    assert codes(ragged) == ["CSV-RAGGED"]


def test_json_and_html_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"a": [1, 2]}))
    (tmp_path / "b.json").write_text("[" * 100_000)
    for name, text in (
        ("long", '{"n": ' + "1" * 5000 + "}"),
        ("number", "12"),
        ("nan", '{"n": NaN}'),
        ("inf", "[-Infinity]"),
    ):
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "a.html").write_text("<!DOCTYPE html><html><head><title>x</title></head><body><img></body></html>")

    assert examined(tmp_path / "a.json", Family.JSON).validity is Validity.WELL_FORMED
    assert examined(tmp_path / "b.json", Family.JSON).validity in (Validity.INVALID, Validity.UNKNOWN)
    assert examined(tmp_path / "long.json", Family.JSON).validity is Validity.WELL_FORMED
    assert examined(tmp_path / "number.json", Family.JSON).value("root-element") == "int"
    for name in ("nan", "inf"):
        assert codes(examined(tmp_path / f"{name}.json", Family.JSON)) == ["JSON-NOT-WELL-FORMED"]
    assert examined(tmp_path / "a.html", Family.HTML).value("pictures") == 1


def test_a_message_tells_headers_and_attachments(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    whole = (
        "From: a@example.org\r\nTo: b@example.org\r\nDate: Mon, 6 Jan 2025 10:00:00 +0700\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n'
        '--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\n%PDF\r\n--b--\r\n'
    )
    path.write_text(whole)
    good = examined(path, Family.EML)
    path.write_text(whole.replace("--b--\r\n", ""))
    cut_off = examined(path, Family.EML)

    assert (good.kind, good.validity) == (Kind.EMAIL, Validity.WELL_FORMED)
    assert (good.value("attachments"), good.value("headers")) == (1, "From Date Subject To")
    assert (cut_off.validity, codes(cut_off)) == (Validity.UNKNOWN, ["EMAIL-BOUNDARY"])


def test_a_folder_of_messages_counts_them(tmp_path: Path) -> None:
    message = "From x Mon Jan  6 10:00:00 2025\nFrom: a@example.org\nDate: Mon, 6 Jan 2025 10:00:00 +0700\n\nFrom here on.\n\n"
    (tmp_path / "a.mbox").write_text(message * 3)

    found = examined(tmp_path / "a.mbox", Family.MBOX)

    assert (found.validity, found.value("messages"), codes(found)) == (Validity.WELL_FORMED, 3, [])


def test_archives_are_read_to_their_ends(tmp_path: Path) -> None:
    material.package(tmp_path / "a.zip", {"a": "x" * 1000, "../b": "y"})
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        member = tarfile.TarInfo("a")
        member.size = 5000
        archive.addfile(member, io.BytesIO(bytes(5000)))
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"x" * 999) + gzip.compress(b"y"))

    zipped, tarred, packed = (
        examined(tmp_path / name, family)
        for name, family in (("a.zip", Family.ZIP), ("a.tar", Family.TAR), ("a.gz", Family.GZIP))
    )

    assert (zipped.validity, zipped.value("members"), codes(zipped)) == (
        Validity.WELL_FORMED,
        2,
        ["ARCHIVE-UNSAFE-NAMES"],
    )
    assert (tarred.validity, tarred.value("members"), tarred.value("uncompressed")) == (Validity.WELL_FORMED, 1, 5000)
    assert (packed.validity, packed.value("uncompressed")) == (Validity.WELL_FORMED, 1000)


@pytest.mark.parametrize(("name", "family"), [("a.zip", Family.ZIP), ("a.tar", Family.TAR), ("a.gz", Family.GZIP)])
def test_an_archive_that_is_cut_off_is_invalid(name: str, family: Family, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        member = tarfile.TarInfo("a")
        member.size = 5000
        archive.addfile(member, io.BytesIO(bytes(5000)))
    material.package(tmp_path / "a.zip", {"a": "x" * 1000})
    (tmp_path / "a.gz").write_bytes(gzip.compress(bytes(range(256))))

    found = examined(material.cut(tmp_path / name, 0.2), family)

    assert found.validity is Validity.INVALID


@pytest.mark.parametrize("form", ["gnu", "posix"])
def test_a_tar_with_holes_in_its_files_is_whole(form: str, tmp_path: Path) -> None:
    with (tmp_path / "hole").open("wb") as stream:
        stream.truncate(64 << 20)
        stream.seek(32 << 20)
        stream.write(b"x")
    made = ["tar", f"--format={form}", "-S", "-C", str(tmp_path), "-cf", str(tmp_path / "a.tar"), "hole"]
    subprocess.run(made, check=True)

    found = examined(tmp_path / "a.tar", Family.TAR)
    cut = examined(material.cut(tmp_path / "a.tar", 0.2), Family.TAR)

    assert (found.validity, found.value("uncompressed"), codes(found)) == (Validity.WELL_FORMED, 64 << 20, [])
    assert cut.validity is Validity.INVALID


def test_a_tar_with_a_damaged_header_behind_the_first_is_invalid(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name in "abc":
            member = tarfile.TarInfo(name)
            member.size = 600
            archive.addfile(member, io.BytesIO(bytes(600)))
    whole = (tmp_path / "a.tar").read_bytes()
    second = 512 + 1024
    (tmp_path / "b.tar").write_bytes(whole[: second + 100] + b"\xff" * 60 + whole[second + 160 :])
    (tmp_path / "endless.tar").write_bytes(whole[: 3 * second])

    damaged, endless = examined(tmp_path / "b.tar", Family.TAR), examined(tmp_path / "endless.tar", Family.TAR)

    assert (damaged.validity, codes(damaged)) == (Validity.INVALID, ["TAR-DAMAGED"])
    assert (endless.validity, endless.value("members")) == (Validity.WELL_FORMED, 3)


def test_a_gzip_that_bombs_is_not_read_on(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(bytes(128 << 20)))

    found = examined(tmp_path / "a.gz", Family.GZIP)

    assert (found.validity, codes(found)) == (Validity.UNKNOWN, ["ARCHIVE-BOMB"])


def test_a_wave_is_followed_chunk_by_chunk(tmp_path: Path) -> None:
    good = examined(material.wave(tmp_path / "a.wav"), Family.WAVE)
    bad = examined(material.wave(tmp_path / "b.wav", claimed=1 << 20), Family.WAVE)

    assert (good.kind, good.validity, good.value("duration")) == (Kind.AUDIO, Validity.WELL_FORMED, "0.100")
    assert (good.value("sample-rate"), good.value("channels"), good.value("bits-per-sample")) == (8000, 1, 16)
    assert (bad.validity, codes(bad)) == (Validity.INVALID, ["RIFF-CHUNK-TRUNCATED"])


def test_rtf_with_open_groups_is_invalid(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_bytes(rb"{\rtf1\ansi\ansicpg1258 {\b x} \{ }")
    (tmp_path / "b.rtf").write_bytes(rb"{\rtf1\ansi {\b x")

    good, bad = examined(tmp_path / "a.rtf", Family.RTF), examined(tmp_path / "b.rtf", Family.RTF)

    assert (good.validity, good.value("encoding")) == (Validity.WELL_FORMED, "windows-1258")
    assert (bad.validity, codes(bad)) == (Validity.INVALID, ["RTF-TRUNCATED"])


@pytest.mark.parametrize("family", [one for one in Family if one is not Family.OTHER])
def test_an_empty_file_of_any_format_gets_an_answer(family: Family, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")

    found = examined(tmp_path / "empty", family)

    assert found.validity is not Validity.VALID
    assert not any(fault.code == "TOOL-FAILED" for fault in found.faults)


@pytest.mark.parametrize("family", [one for one in Family if one is not Family.OTHER])
@pytest.mark.parametrize(
    "content", [b"\0" * 5000, bytes(range(256)) * 20, b"PK\3\4" + b"\xff" * 3000, b"%PDF-1.7\n" + b"<<" * 3000]
)
def test_content_of_no_format_is_never_called_valid(family: Family, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(content)

    found = examined(tmp_path / "a", family)

    assert found.validity is not Validity.VALID


def test_a_polyglot_is_examined_as_what_it_was_identified_as(tmp_path: Path) -> None:
    path = material.pdf(tmp_path / "a.pdf")
    archive = material.package(tmp_path / "a.zip", {"inside": "x"})
    path.write_bytes(path.read_bytes() + archive.read_bytes())

    as_pdf, as_zip = examined(path, Family.PDF), examined(path, Family.ZIP)

    assert "PDF-BYTES-AFTER-END" in codes(as_pdf)
    assert as_zip.value("members") == 1


def test_what_nobody_identified_is_guessed_by_its_first_bytes(tmp_path: Path) -> None:
    found = examined(material.image(tmp_path / "a.dat", "PNG"), Family.OTHER)

    assert (found.kind, found.validity) == (Kind.IMAGE, Validity.WELL_FORMED)
