"""Tools that do harm: a converter whose results are changed before anybody sees them."""

import email
import email.policy
import io
import subprocess
import zipfile
from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path

import pikepdf
from PIL import Image, ImageSequence

from preservation.domain.conversions import Comparison, Converted, NotConverted, Recipe
from preservation.domain.examinations import FileToExamine
from preservation.domain.tools import ToolState
from preservation.ports.conversion import Converter

Harm = Callable[[Path], None]


class Sabotaged:
    """ports.Converter: another one's, with `harm` done to the first result of each conversion."""

    def __init__(self, converter: Converter, harm: Harm) -> None:
        self._converter = converter
        self._harm = harm

    def recipes(self) -> Sequence[Recipe]:
        return self._converter.recipes()

    def tools(self) -> Sequence[ToolState]:
        return self._converter.tools()

    def convert(
        self, recipe: str, source: FileToExamine, folder: str, parameters: Mapping[str, str | int]
    ) -> Converted | NotConverted:
        made = self._converter.convert(recipe, source, folder, parameters)
        if isinstance(made, Converted):
            self._harm(Path(folder) / made.paths[0])
        return made

    def compare(
        self, recipe: str, source: FileToExamine, results: Sequence[FileToExamine], bounds: Mapping[str, str | int]
    ) -> Comparison:
        return self._converter.compare(recipe, source, results, bounds)


def truncates(path: Path) -> None:
    """Four fifths of the file are left."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 4 // 5])


def swaps_two_pages(path: Path) -> None:
    """The first two pages of a PDF; one with a single page is left alone."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        if len(pdf.pages) > 1:
            pdf.pages.insert(0, pdf.pages[1])
            del pdf.pages[2]
            pdf.save(path)


def drops_the_text_layer(path: Path) -> None:
    """Everything between BT and ET of a PDF's pages."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        for page in pdf.pages:
            kept, within = [], False
            for one in pikepdf.parse_content_stream(page):
                name = str(one.operator)
                within = within or name == "BT"
                if not within:
                    kept.append(one)
                within = within and name != "ET"
            page.Contents = pdf.make_stream(pikepdf.unparse_content_stream(kept))
        pdf.save(path)


def changes_one_pixel(path: Path) -> None:
    """The lowest bit of one colour of one pixel, on the last page."""
    with Image.open(path) as image:
        kind, told = image.format, {name: image.info[name] for name in ("dpi", "icc_profile") if name in image.info}
        pages = [frame.copy() for frame in ImageSequence.Iterator(image)]
    last = pages[-1]
    place = (last.width // 2, last.height // 2)
    value = last.getpixel(place)
    last.putpixel(place, (value[0] ^ 1, *value[1:]) if isinstance(value, tuple) else int(value or 0) ^ 1)
    more = {"save_all": True, "append_images": pages[1:]} if len(pages) > 1 else {}
    if kind == "JPEG2000":
        more = {"irreversible": False}
    pages[0].save(path, kind, **told, **more)


def changes_one_sample(path: Path) -> None:
    """The lowest bit of one sample of a FLAC file of 16 bits."""
    raw = ["-f", "s16le", "-c:a", "pcm_s16le"]
    probe = ["ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries", "stream=sample_rate,channels", str(path)]
    rate, channels = subprocess.run(probe, check=True, capture_output=True, text=True).stdout.strip().split(",")[:2]
    quiet = ["ffmpeg", "-v", "error", "-nostdin", "-y"]
    data = bytearray(subprocess.run([*quiet, "-i", str(path), *raw, "-"], check=True, capture_output=True).stdout)
    data[len(data) // 4 * 2] ^= 1
    said = ["-ar", rate, "-ac", channels, "-i", "-", "-c:a", "flac", "-sample_fmt", "s16"]
    subprocess.run([*quiet, "-f", "s16le", *said, str(path)], input=bytes(data), check=True, capture_output=True)


def loses_one_frame(path: Path) -> None:
    """The last frame of a film in FFV1."""
    shorter = path.with_name("shorter.mkv")
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(path), "-c", "copy"]
    count = ["ffprobe", "-v", "error", "-count_packets", "-select_streams", "v", "-of", "csv=p=0"]
    count += ["-show_entries", "stream=nb_read_packets", str(path)]
    frames = int(subprocess.run(count, check=True, capture_output=True, text=True).stdout.strip().strip(","))
    subprocess.run([*command, "-frames:v", str(frames - 1), str(shorter)], check=True, capture_output=True)
    shorter.replace(path)


def changes_one_cell(path: Path) -> None:
    """One digit of the first value of a sheet, in .xlsx or .ods."""
    part = "content.xml" if path.suffix == ".ods" else "xl/worksheets/sheet1.xml"
    mark = b'office:value="' if path.suffix == ".ods" else b"<v>"

    def change(data: bytes) -> bytes:
        # The last value is a number in both of what tests make.
        at = data.rindex(mark) + len(mark)
        return data[:at] + (b"7" if data[at : at + 1] != b"7" else b"8") + data[at + 1 :]

    _rewrite(path, part, change)


def drops_one_paragraph(path: Path) -> None:
    """The last one of an .odt or .docx."""
    part = "content.xml" if path.suffix == ".odt" else "word/document.xml"

    def change(data: bytes) -> bytes:
        at = data.rindex(b"<text:p" if path.suffix == ".odt" else b"<w:p>")
        end = data.index(b"</text:p>" if path.suffix == ".odt" else b"</w:p>", at)
        begin = data.index(b">", at) + 1
        return data[:begin] + data[end:]

    _rewrite(path, part, change)


def swaps_two_slides(path: Path) -> None:
    """The first two of an .odp."""

    def change(data: bytes) -> bytes:
        first = data.index(b"<draw:page ")
        second = data.index(b"<draw:page ", first + 1)
        third = data.index(b"</draw:page>", second) + len(b"</draw:page>")
        return data[:first] + data[second:third] + data[first:second] + data[third:]

    _rewrite(path, "content.xml", change)


def loses_one_attachment(path: Path) -> None:
    """The last one of an e-mail."""
    message: EmailMessage = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts = message.get_payload()
    assert isinstance(parts, list)
    message.set_payload(parts[:-1])
    path.write_bytes(message.as_bytes())


def _rewrite(path: Path, part: str, change: Callable[[bytes], bytes]) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            data = before.read(entry)
            after.writestr(entry, change(data) if entry.filename == part else data)
    path.write_bytes(whole.getvalue())
