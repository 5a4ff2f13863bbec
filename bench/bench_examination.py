"""How fast files are looked into: `python -m bench.bench_examination [COUNT] [--lanes N]`.

Makes COUNT scanned PDFs (one to three pages, each a JPEG of some 200 KB at 200 dpi, half of them grey), reads them once so that
all is cached, and examines them through the port behind the fence. Prints files/s, processor seconds for each file (of the fenced
processes, which is what the rate comes to on an idle machine), and the largest memory of a fenced process.
"""

import argparse
import io
import os
import random
import tempfile
import threading
import time
from pathlib import Path

import pikepdf
from PIL import Image, ImageDraw

from preservation.adapters.examination.examiner import FencedExaminer
from preservation.adapters.fence.system import SystemFence
from preservation.domain.examinations import FileToExamine, Validity

PAGE = (1654, 2339)
DPI = 200
SHEETS = 12


def sheet(chance: random.Random, *, grey: bool) -> bytes:
    """A page as scanners give it: paper that is not quite white, and lines of signs."""
    paper = Image.effect_noise(PAGE, 9).point(lambda value: min(255, value + 100))
    page = paper if grey else Image.merge("RGB", (paper, paper.point(lambda value: max(0, value - 4)), paper))
    draw = ImageDraw.Draw(page)
    for row in range(150, PAGE[1] - 150, 46):
        for column in range(140, PAGE[0] - 140, 18):
            if chance.random() < 0.8:
                draw.text((column, row), chr(97 + chance.randrange(26)), fill=30 if grey else (30, 30, 40))
    stream = io.BytesIO()
    page.save(stream, "JPEG", quality=32 if grey else 30, dpi=(DPI, DPI))
    return stream.getvalue()


def make(folder: Path, count: int) -> list[Path]:
    chance = random.Random(5)
    sheets = [(sheet(chance, grey=number % 2 == 0), number % 2 == 0) for number in range(SHEETS)]
    paths = []
    for number in range(count):
        with pikepdf.new() as made:
            for _ in range(1 + number % 3):
                data, grey = chance.choice(sheets)
                add(made, data, grey=grey)
            paths.append(folder / f"{number:05}.pdf")
            made.save(paths[-1], deterministic_id=True)
    return paths


def add(made: pikepdf.Pdf, data: bytes, *, grey: bool) -> None:
    width, height = (side * 72 / DPI for side in PAGE)
    picture = made.make_stream(
        data,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=PAGE[0],
        Height=PAGE[1],
        ColorSpace=pikepdf.Name.DeviceGray if grey else pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
    )
    content = made.make_stream(f"q {width:.3f} 0 0 {height:.3f} 0 0 cm /Im1 Do Q".encode())
    resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im1=picture))
    page = pikepdf.Dictionary(
        Type=pikepdf.Name.Page, MediaBox=[0, 0, width, height], Contents=content, Resources=resources
    )
    made.pages.append(pikepdf.Page(made.make_indirect(page)))


class Watch(threading.Thread):
    """Looks at every fenced process some ten times a second: its memory, and its processor time as far as it was seen."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self.ticks: dict[str, int] = {}
        self.done = threading.Event()

    @property
    def seconds(self) -> float:
        return sum(self.ticks.values()) / os.sysconf("SC_CLK_TCK")

    def run(self) -> None:
        while not self.done.wait(0.1):
            for place in Path("/proc").glob("[0-9]*"):
                try:
                    if b"preservation.adapters.examination.server" in (place / "cmdline").read_bytes().split(b"\0"):
                        self._look(place)
                except (OSError, IndexError):
                    continue

    def _look(self, place: Path) -> None:
        """proc(5): statm's second field is resident pages, stat's fourteenth and fifteenth are ticks."""
        self.bytes = max(self.bytes, int((place / "statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE"))
        fields = (place / "stat").read_text().rpartition(") ")[2].split()
        self.ticks[place.name] = int(fields[11]) + int(fields[12])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=1000)
    parser.add_argument("--lanes", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-examination-") as folder:
        paths = make(Path(folder), arguments.count)
        size = sum(len(path.read_bytes()) for path in paths)
        examiner = FencedExaminer(SystemFence(), lanes=arguments.lanes)
        watch = Watch()
        watch.start()
        began = time.monotonic()
        found = examiner.examine([FileToExamine(str(path), "fmt/17", "application/pdf") for path in paths])
        seconds = time.monotonic() - began
        examiner.close()
        watch.done.set()
    whole = sum(
        one.validity is Validity.WELL_FORMED and one.value("pages-scanned") == one.value("pages") for one in found
    )
    pages = sum(int(one.value("pages") or 0) for one in found)
    processor = watch.seconds / max(1, len(found))
    print(f"{len(found)} files, {pages} pages, {size / len(found) / 1000:.0f} kB a file; whole and scanned: {whole}")
    print(f"{len(found) / seconds:.1f} files/s in {seconds:.1f} s with {arguments.lanes} lanes")
    print(f"{processor * 1000:.1f} ms of processor time a file: {2 / processor:.0f} files/s on two idle cores")
    print(f"{watch.bytes / 1e6:.0f} MB: the largest fenced process")
    return 0 if whole == len(found) else 1


if __name__ == "__main__":
    raise SystemExit(main())
