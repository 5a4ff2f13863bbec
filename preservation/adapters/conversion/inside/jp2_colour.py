"""Put a colour profile and a resolution into a JP2 file that was written without: {"source", "path"}.

ISO/IEC 15444-1, I.5.3.3 (colour specification, method 2: restricted ICC) and I.5.3.7 (resolution). Nothing but the header
box changes; the codestream stays as it is.
"""

import struct
from pathlib import Path

from PIL import Image

from preservation.adapters.conversion.inside.answers import arguments

_METRE_INCHES = 0.0254
_SIGNATURE = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_MOST_PIXELS = 400_000_000
_MOST = 65_535
# The restricted method allows profiles of input or display devices, with gray or RGB data.
_CLASSES = (b"scnr", b"mntr")
_SPACES = (b"RGB ", b"GRAY")


def main() -> None:
    """Rewrite the file where the source has something to say."""
    told = arguments()
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    path = Path(str(told["path"]))
    with Image.open(str(told["source"])) as source:
        profile = source.info.get("icc_profile") or b""
        dpi = source.info.get("dpi")
    whole = path.read_bytes()
    path.write_bytes(with_header(whole, profile, dpi))


def with_header(whole: bytes, profile: bytes, dpi: object) -> bytes:
    """The same file with the profile in place of what it says about colour, and with the resolution."""
    if not whole.startswith(_SIGNATURE):
        raise ValueError("not a JP2 file")
    parts: list[bytes] = []
    at = 0
    while at + 8 <= len(whole):
        size, kind = struct.unpack_from(">I4s", whole, at)
        end = at + size if size >= 8 else len(whole)
        box = whole[at:end]
        parts.append(_box(b"jp2h", _changed(box[8:], profile, dpi)) if kind == b"jp2h" else box)
        at = end
    return b"".join(parts)


def _changed(header: bytes, profile: bytes, dpi: object) -> bytes:
    kept: list[bytes] = []
    at = 0
    usable = profile[12:16] in _CLASSES and profile[16:20] in _SPACES
    while at + 8 <= len(header):
        size, kind = struct.unpack_from(">I4s", header, at)
        if size < 8:
            raise ValueError("a box without a size")
        if not (kind == b"res " or (kind == b"colr" and usable)):
            kept.append(header[at : at + size])
        at += size
    if usable:
        kept.append(_box(b"colr", b"\x02\x00\x00" + profile))
    if isinstance(dpi, tuple) and float(dpi[0]) > 1 and float(dpi[1]) > 1:
        kept.append(_box(b"res ", _box(b"resc", _resolution(float(dpi[0]), float(dpi[1])))))
    return b"".join(kept)


def _resolution(across: float, down: float) -> bytes:
    """Points a metre: numerators and denominators of 16 bits, vertical first, then powers of ten."""
    (up, below, ten), (up_across, below_across, ten_across) = _fraction(down), _fraction(across)
    return struct.pack(">HHHHbb", up, below, up_across, below_across, ten, ten_across)


def _fraction(dots: float) -> tuple[int, int, int]:
    """With as many digits as 16 bits hold."""
    points, ten = dots / _METRE_INCHES, 0
    while points >= _MOST:
        points, ten = points / 10, ten + 1
    below = max(1, int(_MOST // max(points, 1)))
    return round(points * below), below, ten


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


if __name__ == "__main__":
    main()
