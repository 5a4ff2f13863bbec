#!/usr/bin/env python3
"""Make the two packages that are kept beside this program: `python examples/make_examples.py [FOLDER]`.

The dossier is invented: no such school, people or decisions exist. Pages are drawn with DejaVu Sans; with the same versions
of Pillow and of the font, the same bytes come out.
"""

import hashlib
import io
import random
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

DOSSIER = "ho-so-H49.64.33.2001.160"
FAULTS = "five-faults"

_FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans{}.ttf"
_PAGE = (827, 1170)  # A4 at 100 dots to the inch
_DPI = (100.0, 100.0)

_HEADING = (
    "ỦY BAN NHÂN DÂN",
    "XÃ AN BÌNH (hư cấu)",
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
    "Độc lập - Tự do - Hạnh phúc",
)

_PROPOSAL = (
    """TỜ TRÌNH
Về việc xin xây dựng Trường Trung học cơ sở An Bình

Kính gửi: Ủy ban nhân dân huyện

Hiện nay toàn xã có 412 học sinh trung học cơ sở, đang
học nhờ tại bảy phòng học của trường tiểu học. Các phòng
này đã xuống cấp, mùa mưa thường bị dột.

Ủy ban nhân dân xã đã họp ngày 05 tháng 3 năm 2001 cùng
đại diện phụ huynh và thống nhất đề nghị:

1. Cho phép xây dựng một trường mới gồm 12 phòng học.
2. Giao 8.200 mét vuông đất tại xóm Đình làm mặt bằng.
3. Hỗ trợ kinh phí theo dự toán kèm theo.""",
    """DỰ TOÁN KÈM THEO TỜ TRÌNH

Phần móng và nền                     148.000.000 đồng
Phần thân và mái                     391.000.000 đồng
Cửa, điện, nước                       86.500.000 đồng
Sân, tường rào, cổng                  52.000.000 đồng

Cộng                                 677.500.000 đồng

Nhân dân đóng góp ngày công, vật liệu tại chỗ: gạch,
cát, tre. Phần còn lại đề nghị ngân sách huyện hỗ trợ.

TM. ỦY BAN NHÂN DÂN XÃ
CHỦ TỊCH
(đã ký)""",
)

_DECISION = """QUYẾT ĐỊNH
Về việc phê duyệt xây dựng Trường Trung học cơ sở An Bình

Căn cứ Tờ trình số 15/TTr-UB ngày 12 tháng 3 năm 2001;

Điều 1. Phê duyệt xây dựng trường gồm 12 phòng học tại
xóm Đình, xã An Bình.

Điều 2. Khởi công trong quý IV năm 2001, hoàn thành trước
năm học 2002 - 2003.

Điều 3. Các phòng, ban liên quan chịu trách nhiệm thi hành
quyết định này."""

_SURVEY = (
    """BIÊN BẢN
Khảo sát địa điểm xây dựng trường

Hôm nay, ngày 20 tháng 3 năm 2001, tại xóm Đình.

Khu đất bằng phẳng, cách trục đường liên xã 120 mét.
Không có công trình cũ phải di dời.
Nguồn nước: giếng khoan, sâu 18 mét.""",
    """SƠ ĐỒ KHU ĐẤT

Chiều dài 102 mét, chiều rộng 80 mét.
Phía bắc giáp đường liên xã.
Phía nam giáp mương thủy lợi.""",
)

_LIST = """Mục lục văn bản trong hồ sơ

1. Tờ trình số 15/TTr-UB ngày 12-3-2001, 2 tờ
2. Quyết định số 160/QĐ-UB ngày 28-5-2001, 1 tờ
3. Biên bản khảo sát địa điểm ngày 20-3-2001, 2 tờ
4. Ảnh khu đất, 2 ảnh
"""

_DUBLIN_CORE = """<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
  <dc:identifier>H49.64.33.2001.160</dc:identifier>
  <dc:title>Hồ sơ về việc xây dựng Trường Trung học cơ sở An Bình</dc:title>
  <dc:creator>Ủy ban nhân dân xã An Bình (hư cấu)</dc:creator>
  <dc:subject>Xây dựng trường học</dc:subject>
  <dc:subject>Giáo dục</dc:subject>
  <dc:description>Tờ trình, quyết định, biên bản khảo sát và ảnh khu đất, bản số hóa.</dc:description>
  <dc:date>2001-03-12/2001-05-28</dc:date>
  <dc:type>Text</dc:type>
  <dc:language>vi</dc:language>
  <dc:rights>Công khai</dc:rights>
</metadata>
"""


def dossier() -> dict[str, bytes]:
    """Payload and tag files of the bag, by path."""
    payload = {
        "data/01. Tờ trình số 15-TTr-UB.pdf": pdf(
            [scan(text, seed) for seed, text in enumerate(_PROPOSAL)], "Tờ trình"
        ),
        "data/02. Quyết định số 160-QĐ-UB.pdf": pdf([scan(_DECISION, 2)], "Quyết định"),
        "data/03. Biên bản khảo sát.tif": tiff([scan(text, 3 + seed) for seed, text in enumerate(_SURVEY)]),
        "data/04. Ảnh khu đất/Ảnh 1.jpg": jpeg(landscape(7), quality=80),
        "data/04. Ảnh khu đất/Ảnh 2.png": png(landscape(8).resize((320, 240))),
        "data/05. Mục lục văn bản.txt": _LIST.encode(),
    }
    info = {
        "Source-Organization": "Ủy ban nhân dân xã An Bình (hư cấu)",
        "External-Identifier": "H49.64.33.2001.160",
        "External-Description": "Hồ sơ về việc xây dựng Trường Trung học cơ sở An Bình, năm 2001, bản số hóa",
        "Contact-Name": "Bộ phận Lưu trữ",
        "Bagging-Date": "2026-11-02",
        "Payload-Oxum": oxum(payload),
    }
    return bag(payload, info, {"metadata/dc.xml": _DUBLIN_CORE.encode()})


def five_faults() -> dict[str, bytes]:
    """A bag that is wrong in five ways, each alone enough to reject it; `examples/README.md` names them."""
    payload = {f"data/{name}.txt": f"This file is {name}.\n".encode() for name in ("intact", "altered", "missing")}
    outside = {"../outside.txt": b"This path leaves the bag.\n"}
    info = {"External-Identifier": "five-faults", "Bagging-Date": "2026-11-02", "Payload-Oxum": "4096.12"}
    files = bag({**payload, **outside}, info, {})
    del files["data/missing.txt"], files["../outside.txt"]
    files["data/altered.txt"] = files["data/altered.txt"].replace(b"a", b"A", 1)
    files["data/extra.txt"] = b"No manifest knows this file.\n"
    return files


def bag(payload: Mapping[str, bytes], info: Mapping[str, str], others: Mapping[str, bytes]) -> dict[str, bytes]:
    """A BagIt 1.0 bag (RFC 8493) with sha512 manifests."""
    tags = {
        "bagit.txt": b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": "".join(f"{label}: {value}\n" for label, value in info.items()).encode(),
        "manifest-sha512.txt": manifest(payload),
        **others,
    }
    return {**payload, **tags, "tagmanifest-sha512.txt": manifest(tags)}


def manifest(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{hashlib.sha512(files[path]).hexdigest()}  {path}\n" for path in sorted(files)).encode()


def oxum(payload: Mapping[str, bytes]) -> str:
    return f"{sum(map(len, payload.values()))}.{len(payload)}"


def scan(text: str, seed: int) -> Image.Image:
    """A page that looks as if it had lain on a scanner: slightly turned, grey, unevenly lit."""
    page = Image.new("L", _PAGE, 246)
    draw = ImageDraw.Draw(page)
    small, bold = ImageFont.truetype(_FONT.format(""), 17), ImageFont.truetype(_FONT.format("-Bold"), 15)
    for (x, y), line in zip(((70, 70), (80, 94), (400, 70), (480, 94)), _HEADING, strict=True):
        draw.text((x, y), line, font=bold, fill=40)
    draw.multiline_text((90, 180), text, font=small, fill=35, spacing=14)
    draw.ellipse((520, 880, 680, 1040), outline=150, width=4)
    draw.text((560, 945), "hư cấu", font=bold, fill=150)
    choice = random.Random(seed)
    for _ in range(60):
        x, y = choice.randrange(_PAGE[0]), choice.randrange(_PAGE[1])
        draw.ellipse((x, y, x + 2, y + 2), fill=choice.randrange(150, 230))
    page = page.rotate(choice.uniform(-0.7, 0.7), resample=Image.Resampling.BICUBIC, fillcolor=246)
    return page.filter(ImageFilter.GaussianBlur(0.6))


def landscape(seed: int) -> Image.Image:
    """Hills, a field and a sun, instead of a photograph."""
    choice = random.Random(seed)
    picture = Image.new("RGB", (640, 480), (178, 208, 232))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((480, 40, 560, 120), fill=(250, 226, 150))
    for shade in (110, 90, 70):
        left, right = choice.randrange(180, 300), choice.randrange(180, 300)
        draw.polygon(
            [(0, 480), (0, left), (320, choice.randrange(140, 260)), (640, right), (640, 480)], fill=(70, shade, 60)
        )
    draw.rectangle((0, 360, 640, 480), fill=(150, 170, 80))
    return picture.filter(ImageFilter.GaussianBlur(1))


def jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, dpi=_DPI)
    return out.getvalue()


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.quantize(64).save(out, "PNG", optimize=True)
    return out.getvalue()


def tiff(pages: list[Image.Image]) -> bytes:
    """Two-level pages in one file, CCITT group 4, as archives scan text."""
    levels = [page.point(lambda grey: 255 if grey > 170 else 0).convert("1") for page in pages]
    out = io.BytesIO()
    levels[0].save(out, "TIFF", save_all=True, append_images=levels[1:], compression="group4", dpi=_DPI)
    return out.getvalue()


def pdf(pages: list[Image.Image], title: str) -> bytes:
    """PDF 1.4 (ISO 32000-1, 7.5): one JPEG to a page. Written here so that no date and no random identifier gets in."""
    kids = " ".join(f"{4 + 3 * n} 0 R" for n in range(len(pages)))
    title_hex = (b"\xfe\xff" + title.encode("utf-16-be")).hex()
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (vi-VN) >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        f"<< /Title <{title_hex}> >>".encode(),
    ]
    draw = b"q 595.44 0 0 842.4 0 0 cm /Scan Do Q"
    for n, page in enumerate(pages):
        resources = f"/Resources << /XObject << /Scan {6 + 3 * n} 0 R >> >>"
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595.44 842.4] {resources} /Contents {5 + 3 * n} 0 R >>".encode()
        )
        bodies.append(stream("", draw))
        image = f"/Type /XObject /Subtype /Image /Width {page.width} /Height {page.height} /ColorSpace /DeviceGray"
        bodies.append(stream(f"{image} /BitsPerComponent 8 /Filter /DCTDecode ", jpeg(page, quality=60)))
    return pdf_file(bodies)


def stream(entries: str, data: bytes) -> bytes:
    return f"<< {entries}/Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"


def pdf_file(bodies: list[bytes]) -> bytes:
    """Objects 1, 2, ... with cross-reference table and trailer; the third is the information dictionary."""
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Put the files where nothing else remains."""
    if folder.exists():
        shutil.rmtree(folder)
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


if __name__ == "__main__":
    destination = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    write(dossier(), destination / DOSSIER)
    write(five_faults(), destination / FAULTS)
    print(f"{DOSSIER} and {FAULTS} in {destination}")
