"""What an image says about itself beside its pixels."""

import hashlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

_METRE_INCHES = 0.0254
_DESCRIPTIONS = {
    270: "ImageDescription",
    271: "Make",
    272: "Model",
    306: "DateTime",
    315: "Artist",
    33432: "Copyright",
    36867: "DateTimeOriginal",
}
_EXIF_POINTER = 34665
_BITS_PER_SAMPLE = 258
_BITS = {"1": 1, "I;16": 16, "I;16B": 16, "I;16L": 16, "I": 32, "F": 32}
_ORIENTATION = 274
_ON_THEIR_SIDE = (5, 6, 7, 8)
_SAMPLES_PER_PIXEL, _SAMPLE_FORMAT, _WHOLE_NUMBERS = 277, 339, 1
# By Pillow's names of the channels. Others (CMYK, Lab, YCbCr) would not come whole out of ffmpeg.
_FORMS = {
    ("L",): "gray16le",
    ("I",): "gray16le",
    ("L", "A"): "ya16le",
    ("R", "G", "B"): "rgb48le",
    ("R", "G", "B", "A"): "rgba64le",
    ("R", "G", "B", "a"): "rgba64le",
    ("R", "G", "B", "X"): "rgba64le",
}
# The uuid under which Exif lies in a JP2 file, by convention.
_JP2_EXIF = b"JpgTiffExif->JP2"
_PNG_HEADER = 26
_MOST_BOXES_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Facts:
    """`dpi` is (0, 0) where nothing is said; `profile` the start of the SHA-256 of the ICC profile, "" without one.

    `orientation` is Exif's, 1 for upright. `passed_over` is how many further channels (TIFF) Pillow does not give.
    """

    width: int
    height: int
    bits: int
    dpi: tuple[float, float] = (0.0, 0.0)
    profile: str = ""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    orientation: int = 1
    passed_over: int = 0

    @property
    def resolution(self) -> str:
        return f"{self.dpi[0]:.2f} x {self.dpi[1]:.2f} dpi" if self.dpi[0] else "none"


def facts_of(path: Path, image: Image.Image) -> Facts:
    """Of the frame at which `image` stands, as it is to be shown. JP2 boxes are read here, as Pillow passes over them."""
    dpi, profile = _dpi(image), image.info.get("icc_profile") or b""
    bits, exif = _BITS.get(image.mode, 8), image.getexif()
    if image.format == "PNG":
        bits = _png_bits(path)
    elif image.format == "TIFF":
        said = getattr(image, "tag_v2", {}).get(_BITS_PER_SAMPLE, (1,))
        bits = max(said) if isinstance(said, tuple) else int(said)
    elif image.format == "JPEG2000":
        boxes = dict(jp2_boxes(path))
        bits = (boxes["ihdr"][10] & 0x7F) + 1 if len(boxes.get("ihdr", b"")) >= 14 else bits
        profile = boxes.get("icc", profile)
        dpi = _jp2_dpi(boxes.get("resc", b"")) or dpi
        if "exif" in boxes:
            exif = Image.Exif()
            exif.load(b"Exif\0\0" + boxes["exif"])
    digest = hashlib.sha256(profile).hexdigest()[:16] if profile else ""
    orientation = exif.get(_ORIENTATION, 1)
    turned = image.format != "TIFF" and orientation in _ON_THEIR_SIDE
    size = (image.height, image.width) if turned else (image.width, image.height)
    return Facts(
        *size,
        bits,
        dpi[::-1] if turned else dpi,
        digest,
        _descriptions(exif),
        orientation if isinstance(orientation, int) else 1,
        _passed_over(image),
    )


def wide_form(image: Image.Image, bits: int) -> str:
    """ffmpeg's name for as many channels of 16 bits as the image has; "" where some of it would be lost."""
    bands, tags = image.getbands(), getattr(image, "tag_v2", {})
    bands += ("X",) * _passed_over(image)
    if bits > 16 or any(one != _WHOLE_NUMBERS for one in tags.get(_SAMPLE_FORMAT, ())):
        return ""
    return _FORMS.get(bands, "")


def _passed_over(image: Image.Image) -> int:
    said = getattr(image, "tag_v2", {}).get(_SAMPLES_PER_PIXEL, 1)
    return max(0, said - len(image.getbands())) if isinstance(said, int) else 0


def form_of_both(one: str, other: str) -> str:
    """What loses no channel of either, of two answers of `wide_form`; "" where one is."""
    if not one or not other:
        return ""
    return one if one == other else _FORMS["R", "G", "B", "A"]


def jp2_boxes(path: Path) -> Iterator[tuple[str, bytes]]:
    """ihdr, an ICC profile, and the capture resolution: ISO/IEC 15444-1, annex I."""
    with path.open("rb") as stream:
        data = stream.read(_MOST_BOXES_BYTES)
    yield from _boxes_in(data, 0, len(data))


def _boxes_in(data: bytes, at: int, end: int) -> Iterator[tuple[str, bytes]]:
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + size] if size >= 8 else b""
        if kind in (b"jp2h", b"res "):
            yield from _boxes_in(data, at + 8, min(end, at + size))
        elif kind in (b"ihdr", b"resc"):
            yield kind.decode(), body
        elif kind == b"uuid" and body.startswith(_JP2_EXIF):
            yield "exif", body[len(_JP2_EXIF) :]
        elif kind == b"colr" and body[:1] == b"\x02":
            yield "icc", body[3:]
        if size < 8:
            return
        at += size


def _jp2_dpi(body: bytes) -> tuple[float, float] | None:
    """I.5.3.7.1: numerator, denominator and exponent for each direction, in points a metre."""
    if len(body) < 10:
        return None
    up, below, across, below_across, exponent, exponent_across = struct.unpack_from(">HHHHbb", body)
    if not (up and below and across and below_across):
        return None
    return (
        across / below_across * 10.0**exponent_across * _METRE_INCHES,
        up / below * 10.0**exponent * _METRE_INCHES,
    )


def _dpi(image: Image.Image) -> tuple[float, float]:
    said = image.info.get("dpi")
    try:
        across, down = (float(said[0]), float(said[1])) if said else (0.0, 0.0)
    except (TypeError, ValueError, ZeroDivisionError, IndexError):
        return (0.0, 0.0)
    # One dot an inch is what programs write for "not known".
    return (across, down) if across > 1 and down > 1 else (0.0, 0.0)


def _png_bits(path: Path) -> int:
    with path.open("rb") as stream:
        header = stream.read(_PNG_HEADER)
    return header[24] if len(header) == _PNG_HEADER else 8


def _descriptions(exif: Image.Exif) -> Mapping[str, str]:
    """What Exif says about where the picture comes from."""
    try:
        every = {**dict(exif), **dict(exif.get_ifd(_EXIF_POINTER))}
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, struct.error):
        return {}
    return {name: str(every[tag]).strip("\0 ")[:200] for tag, name in _DESCRIPTIONS.items() if every.get(tag)}
