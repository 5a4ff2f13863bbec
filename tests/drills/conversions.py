"""Files of many formats made by code, to be migrated: `make_sources`.

Each file is another one: its words, pictures and sounds come from a seed. What no library here writes (Word, Excel and
PowerPoint before 2007, and OpenDocument) is made by LibreOffice, many files in one start; video by ffmpeg.
"""

import random
import subprocess
import tempfile
import wave
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path

from PIL import Image, ImageDraw

from tests.compound_files import Message, outlook_message
from tests.office_files import Row, docx, slides, text_pdf, xlsx

WORDS = [
    "hồ",
    "sơ",
    "lưu",
    "trữ",
    "văn",
    "bản",
    "quyết",
    "định",
    "báo",
    "cáo",
    "tỉnh",
    "huyện",
    "xã",
    "năm",
    "tháng",
    "ngày",
    "công",
    "dân",
    "đất",
    "đai",
    "giấy",
    "chứng",
    "nhận",
    "thông",
    "tư",
    "nghị",
    "định",
    "archive",
    "record",
    "preserve",
    "file",
    "digital",
    "office",
    "land",
    "district",
    "annual",
    "report",
    "decision",
]

Make = Callable[[random.Random, Path], None]


# What each format is migrated to in drills.
RECIPES: Mapping[str, str] = {
    **dict.fromkeys(("bmp", "gif", "pcx", "tga", "ppm", "webp", "tif"), "image-to-tiff"),
    **dict.fromkeys(("png", "jpg"), "image-to-jp2"),
    "pdf": "pdf-to-pdfa-2b",
    **dict.fromkeys(("doc", "rtf"), "document-to-odt"),
    **dict.fromkeys(("docx", "odt"), "document-to-pdfa-2b"),
    "xls": "spreadsheet-to-xlsx",
    "xlsx": "spreadsheet-to-ods",
    "ods": "spreadsheet-to-xlsx",
    "ppt": "presentation-to-pptx",
    "pptx": "presentation-to-odp",
    "odp": "presentation-to-pdfa-2b",
    **dict.fromkeys(("wav", "aiff"), "audio-to-flac"),
    **dict.fromkeys(("avi", "mov", "mp4", "mkv"), "video-to-ffv1"),
    "msg": "msg-to-eml",
    "mbox": "mbox-to-eml",
    "txt": "text-to-utf8",
}


def make_sources(folder: Path, count: int, seed: int) -> list[Path]:
    """`count` files below the folder, of all formats in turn, the cheap ones more often; the same for the same seed.

    Containers that note the time of their making differ in that. Needs ffmpeg and LibreOffice.
    """
    rng = random.Random(seed)
    kinds = _kinds(count)
    plain = {**_pictures(), **_documents(), **_others()}
    made: list[Path] = []
    later: dict[str, list[tuple[Path, str]]] = {}
    with tempfile.TemporaryDirectory(prefix="sources-") as place:
        for number, kind in enumerate(kinds):
            path = folder / f"{number:05d}-{rng.choice(WORDS)}.{kind}"
            made.append(path)
            if kind in plain:
                plain[kind](rng, path)
                continue
            base, form = _BY_LIBREOFFICE[kind]
            draft = Path(place) / f"{number:05d}.{base}"
            plain[base](rng, draft)
            later.setdefault(form, []).append((draft, str(path)))
        for form, drafts in later.items():
            _convert_all(Path(place), form, drafts)
    return made


def _kinds(count: int) -> list[str]:
    """Office documents and films cost seconds each: one in four or five."""
    cheap = [*_pictures(), "pdf", "wav", "aiff", "mbox", "txt", "msg"]
    dear = ["docx", "rtf", "xlsx", *_BY_LIBREOFFICE, "avi", "mov", "mp4", "mkv"]
    return [
        dear[index // 4 % len(dear)] if index % 4 == 3 else cheap[(index - index // 4) % len(cheap)]
        for index in range(count)
    ]


_BY_LIBREOFFICE: Mapping[str, tuple[str, str]] = {
    "doc": ("docx", "doc:MS Word 97"),
    "odt": ("docx", "odt:writer8"),
    "xls": ("xlsx", "xls:MS Excel 97"),
    "ods": ("xlsx", "ods:calc8"),
    "odp": ("fodp", "odp:impress8"),
    "ppt": ("fodp", "ppt:MS PowerPoint 97"),
    "pptx": ("fodp", "pptx:Impress MS PowerPoint 2007 XML"),
}


def _convert_all(place: Path, form: str, drafts: Sequence[tuple[Path, str]]) -> None:
    out = place / form.partition(":")[0]
    out.mkdir()
    command = [
        "soffice",
        f"-env:UserInstallation=file://{place}/profile",
        "--headless",
        "--norestore",
        "--convert-to",
        form,
    ]
    subprocess.run([*command, "--outdir", str(out), *(str(one) for one, _ in drafts)], check=True, capture_output=True)
    for draft, target in drafts:
        (out / f"{draft.stem}.{form.partition(':')[0]}").rename(target)


def _sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(words)).capitalize() + "."


def _picture(rng: random.Random, mode: str = "RGB") -> Image.Image:
    size = rng.randrange(60, 200), rng.randrange(60, 200)
    image = Image.frombytes("RGB", size, rng.randbytes(size[0] * size[1] * 3))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 2, size[1] // 2), fill=(rng.randrange(256), 200, 30))
    draw.text((4, 4), rng.choice(WORDS).encode("ascii", "ignore").decode() or "x", fill=0)
    return image.convert(mode)


def _saved(kind: str, mode: str = "RGB", **options: object) -> Make:
    def make(rng: random.Random, path: Path) -> None:
        _picture(rng, mode).save(path, kind, **options)

    return make


def _pages(rng: random.Random, path: Path) -> None:
    rest = [_picture(rng, rng.choice(("RGB", "L", "1"))) for _ in range(rng.randrange(1, 4))]
    _picture(rng).save(path, "TIFF", save_all=True, append_images=rest, compression="tiff_lzw", dpi=(300, 300))


def _pictures() -> Mapping[str, Make]:
    return {
        "bmp": _saved("BMP"),
        "gif": _saved("GIF", "P"),
        "png": _saved("PNG", dpi=(200, 200)),
        "jpg": _saved("JPEG", dpi=(300, 300), quality=90),
        "tif": _pages,
        "webp": _saved("WEBP", lossless=True),
        "pcx": _saved("PCX"),
        "tga": _saved("TGA"),
        "ppm": _saved("PPM"),
    }


def _documents() -> Mapping[str, Make]:
    return {"pdf": _pdf, "docx": _docx, "xlsx": _xlsx, "rtf": _rtf, "fodp": _fodp}


def _pdf(rng: random.Random, path: Path) -> None:
    """Scanned pages, or pages of text, or scanned pages with a layer of text that nobody sees."""
    if rng.random() < 0.5:
        first, *rest = [_picture(rng) for _ in range(rng.randrange(1, 4))]
        first.save(path, "PDF", save_all=True, append_images=rest, resolution=100)
        return
    text_pdf(path, [[_ascii(_sentence(rng, 8)) for _ in range(20)] for _ in range(rng.randrange(1, 4))])


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()


def _docx(rng: random.Random, path: Path) -> None:
    docx(path, [_sentence(rng, rng.randrange(5, 30)) for _ in range(rng.randrange(3, 12))])


def _xlsx(rng: random.Random, path: Path) -> None:
    rows: list[Row] = [
        [_sentence(rng, 2), rng.randrange(10_000), round(rng.random() * 1000, 2)] for _ in range(rng.randrange(3, 20))
    ]
    figures: list[Row] = [[rng.randrange(100) for _ in range(4)] for _ in range(3)]
    xlsx(path, {"Hồ sơ": rows, "Số liệu": figures})


def _rtf(rng: random.Random, path: Path) -> None:
    lines = [_sentence(rng, 12) for _ in range(rng.randrange(3, 9))]
    text = "\\par\n".join("".join(one if one.isascii() else f"\\u{ord(one)}?" for one in line) for line in lines)
    path.write_text(f"{{\\rtf1\\ansi\\ansicpg1252\\deff0{{\\fonttbl{{\\f0 Times New Roman;}}}}\n{text}\\par}}", "ascii")


def _fodp(rng: random.Random, path: Path) -> None:
    slides(path, [[_sentence(rng, 6) for _ in range(3)] for _ in range(rng.randrange(2, 5))])


def _others() -> Mapping[str, Make]:
    return {
        "wav": _wav,
        "aiff": _by_ffmpeg("-f", "aiff"),
        "mbox": _mbox,
        "txt": _utf16,
        "msg": _msg,
        "avi": _by_ffmpeg("-c:v", "mpeg4", "-c:a", "pcm_s16le", film=True),
        "mov": _by_ffmpeg("-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le", film=True),
        "mp4": _by_ffmpeg("-c:v", "mpeg4", "-c:a", "aac", film=True),
        "mkv": _by_ffmpeg("-c:v", "mpeg4", "-c:a", "flac", film=True),
    }


def _utf16(rng: random.Random, path: Path) -> None:
    path.write_bytes("\n".join(_sentence(rng, 9) for _ in range(9)).encode("utf-16"))


def _wav(rng: random.Random, path: Path) -> None:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(rng.choice((1, 2)))
        sound.setsampwidth(2)
        sound.setframerate(rng.choice((8000, 22050, 44100)))
        sound.writeframes(rng.randbytes(40_000))


def _by_ffmpeg(*how: str, film: bool = False) -> Make:
    def make(rng: random.Random, path: Path) -> None:
        rate = rng.randrange(200, 900)
        given = ["-f", "lavfi", "-i", f"sine=frequency={rate}:duration=0.5"]
        if film:
            given = [
                "-f",
                "lavfi",
                "-i",
                f"mandelbrot=size=96x64:rate=10:start_scale={rng.random() + 1}",
                *given,
                "-t",
                "0.5",
            ]
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *given, *how, str(path)], check=True, capture_output=True)

    return make


def _mbox(rng: random.Random, path: Path) -> None:
    whole = b""
    for number in range(rng.randrange(1, 5)):
        message = EmailMessage()
        message["From"], message["To"] = "an@luutru.example", "binh@luutru.example"
        message["Subject"], message["Message-ID"] = _sentence(rng, 4), f"<{rng.randrange(1 << 40)}@luutru.example>"
        message["Date"] = f"Mon, 06 May 2024 07:08:{number:02d} +0700"
        message.set_content("\n".join(_sentence(rng, 9) for _ in range(3)))
        message.add_attachment(rng.randbytes(500), maintype="application", subtype="octet-stream", filename="a.bin")
        whole += b"From an@luutru.example Mon May  6 07:08:09 2024\n" + message.as_bytes() + b"\n"
    path.write_bytes(whole)


def _msg(rng: random.Random, path: Path) -> None:
    attachments = {"quyet-dinh.bin": rng.randbytes(rng.randrange(100, 9000))}
    path.write_bytes(outlook_message(Message(_sentence(rng, 5), _sentence(rng, 30), attachments=attachments)))
