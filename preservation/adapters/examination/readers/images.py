"""Raster images: TIFF, PNG, JPEG, GIF, BMP, WebP. All pixels of all pages are decoded, within a bound of memory."""

import io
import struct
import warnings
from collections.abc import Callable, Mapping
from typing import Final

import PIL
from PIL import Image, ImageCms, ImageSequence, UnidentifiedImageError

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.image_bytes import judge_header, judge_tiff
from preservation.adapters.examination.readers.source import Source

# The bound below takes its place: it is of memory, and lets large maps pass.
Image.MAX_IMAGE_PIXELS = None

MAX_PICTURE_BYTES: Final = 768 << 20
"""Of one page in memory. An A0 sheet at 600 dpi in greys is 558 million."""
MAX_TOTAL_BYTES: Final = 64 << 30
MAX_PAGES: Final = 20_000

_BYTES_PER_PIXEL: Final = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2, "LA": 4, "PA": 4}
_COLOURS: Final = {
    "1": "bilevel", "L": "grey", "LA": "grey", "I": "grey", "F": "grey", "P": "palette", "PA": "palette",
    "RGB": "RGB", "RGBA": "RGB", "RGBX": "RGB", "CMYK": "CMYK", "YCbCr": "YCbCr", "LAB": "Lab", "HSV": "HSV",
}  # fmt: skip
_TIFF_COLOURS: Final = {
    0: "grey", 1: "grey", 2: "RGB", 3: "palette", 4: "mask", 5: "CMYK", 6: "YCbCr", 8: "Lab", 9: "ICC Lab", 10: "ITU Lab",
    32803: "CFA", 34892: "linear raw",
}  # fmt: skip
_TIFF_COMPRESSIONS: Final = {
    1: "none", 2: "CCITT 1D", 3: "CCITT Group 3", 4: "CCITT Group 4", 5: "LZW", 6: "JPEG (old style)", 7: "JPEG",
    8: "Deflate", 32773: "PackBits", 32946: "Deflate", 34712: "JPEG 2000", 34925: "LZMA", 50000: "Zstandard", 50001: "WebP",
}  # fmt: skip
_COMPRESSIONS: Final = {
    "PNG": "Deflate",
    "JPEG": "JPEG",
    "MPO": "JPEG",
    "GIF": "LZW",
    "WEBP": "WebP",
    "JPEG2000": "JPEG 2000",
}
# Of TIFF. What a decoder makes of rarer ones, and of tiles that end early, is its own opinion; `judge_tiff` looks at the bytes.
_FIRM_COMPRESSIONS: Final = ("LZW", "Deflate", "JPEG", "PackBits", "CCITT Group 4")
# What the decoder cannot do, as against what the file does wrong.
_CANNOT: Final = (
    "not supported",
    "unsupported",
    "unknown pixel mode",
    "not available",
    "cannot decode",
    "decoder error -1",
)


def look_at_image(source: Source, look: Look) -> None:
    look.used("Pillow", PIL.__version__)
    is_firm = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(source.path) as image:
                _describe(image, source, look)
                is_firm = image.format != "TIFF" or look.value("compression") in _FIRM_COMPRESSIONS
                if image.format == "TIFF":
                    judge_tiff(source, look)
                _decode(image, look)
        except UnidentifiedImageError as problem:
            _unidentified(source, look, str(problem))
        except (OSError, SyntaxError, ValueError, EOFError, KeyError, TypeError, IndexError, struct.error) as problem:
            _fault(look, problem, is_firm=is_firm)


def _unidentified(source: Source, look: Look, detail: str) -> None:
    """Nothing there that the decoder knows. An empty file is no image; another may be of a flavour that it does not know."""
    if source.size == 0:
        look.invalid("EMPTY-FILE")
    elif not source.signature:
        look.unsure("IMAGE-NOT-RECOGNISED", "no signature of an image")
    elif not judge_header(source, look):
        look.unsure("IMAGE-NOT-RECOGNISED", detail.partition("'")[0])


def _fault(look: Look, problem: Exception, *, is_firm: bool) -> None:
    said = str(problem)
    if not is_firm or any(word in said for word in _CANNOT) or isinstance(problem, KeyError | TypeError):
        look.unsure("IMAGE-NOT-DECODED", f"{type(problem).__name__}: {said}")
    else:
        look.invalid("IMAGE-DAMAGED", said or type(problem).__name__)


def _describe(image: Image.Image, source: Source, look: Look) -> None:
    look.add("image-format", image.format)
    look.add("width", image.width, "pixels")
    look.add("height", image.height, "pixels")
    _DESCRIBERS.get(image.format or "", _describe_plain)(image, source, look)
    look.add("colour-space", _COLOURS.get(image.mode))
    look.add("samples", len(image.getbands()))
    look.add("bits-per-sample", 16 if image.mode.startswith("I;16") else 1 if image.mode == "1" else 8, "bits")
    look.add("compression", _COMPRESSIONS.get(image.format or ""))
    _resolution(image, look)
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        look.add("icc-profile", _profile_name(profile))


def _resolution(image: Image.Image, look: Look) -> None:
    found = image.info.get("dpi")
    if not isinstance(found, tuple) or len(found) != 2:
        return
    for name, value in zip(("resolution-x", "resolution-y"), found, strict=True):
        number = float(value) if value else 0.0
        if 0 < number < 1_000_000:
            look.add(name, round(number), "dpi")


def _profile_name(profile: bytes) -> str:
    """ICC.1:2022, 9.2.41: the description; the size alone where the profile cannot be read."""
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip()
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return f"unreadable, {len(profile)} bytes"


def _describe_tiff(image: Image.Image, _source: Source, look: Look) -> None:
    """TIFF 6.0, section 8: BitsPerSample 258, Compression 259, PhotometricInterpretation 262, SamplesPerPixel 277."""
    tags: Mapping[int, object] = getattr(image, "tag_v2", {})
    bits = tags.get(258, (1,))
    look.add("bits-per-sample", _first_number(bits), "bits")
    look.add("samples", _first_number(tags.get(277, 1)))
    compression, colours = _first_number(tags.get(259, 1)), _first_number(tags.get(262))
    look.add("compression", _TIFF_COMPRESSIONS.get(compression or 0, f"TIFF compression {compression}"))
    is_bilevel = _first_number(bits) == 1 and colours in (0, 1)
    look.add("colour-space", "bilevel" if is_bilevel else _TIFF_COLOURS.get(-1 if colours is None else colours))


def _describe_png(_image: Image.Image, source: Source, look: Look) -> None:
    """PNG (third edition), 11.2.1: IHDR has the depth at 24 and the colour type at 25. `verify` compares every chunk's CRC."""
    head = source.head(26)
    if len(head) == 26:
        look.add("bits-per-sample", head[24], "bits")
        samples, colours = {0: (1, "grey"), 2: (3, "RGB"), 3: (1, "palette"), 4: (2, "grey"), 6: (4, "RGB")}.get(
            head[25], (None, None)
        )
        look.add("samples", samples)
        look.add("colour-space", colours)
    with Image.open(source.path) as again:
        again.verify()


def _describe_bmp(image: Image.Image, source: Source, look: Look) -> None:
    """biBitCount, at 28 behind a BITMAPINFOHEADER."""
    head = source.head(30)
    if len(head) == 30 and head[14] >= 40:
        bits = head[28] | head[29] << 8
        look.add("bits-per-sample", 8 if bits in (24, 32) else bits, "bits")
        look.add("compression", "none" if image.info.get("compression", 0) == 0 else "RLE")


def _describe_plain(_image: Image.Image, _source: Source, _look: Look) -> None:
    """What Pillow's mode says is all there is."""


_DESCRIBERS: Final[Mapping[str, Callable[[Image.Image, Source, Look], None]]] = {
    "TIFF": _describe_tiff,
    "PNG": _describe_png,
    "BMP": _describe_bmp,
}


def _decode(image: Image.Image, look: Look) -> None:
    pages, total = 0, 0
    for page in ImageSequence.Iterator(image):
        needed = page.width * page.height * _BYTES_PER_PIXEL.get(page.mode, 4)
        total += needed
        if needed > MAX_PICTURE_BYTES or total > MAX_TOTAL_BYTES or pages >= MAX_PAGES:
            look.unsure("IMAGE-TOO-LARGE", f"page {pages + 1} of {page.width} x {page.height} pixels was not decoded")
            return
        page.load()
        pages += 1
    look.add("pages", pages, "pages")
    look.well_formed()


def _first_number(value: object) -> int | None:
    if isinstance(value, tuple) and value:
        value = value[0]
    return int(value) if isinstance(value, int) else None
