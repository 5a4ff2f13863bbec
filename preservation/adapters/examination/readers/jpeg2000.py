"""JPEG 2000: jpylyzer knows the whole of JP2, JPH and their codestreams; what is beyond it is decoded only."""

from typing import Final
from xml.etree.ElementTree import Element

from jpylyzer import jpylyzer

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.images import look_at_image
from preservation.adapters.examination.readers.source import Source

MAX_BYTES: Final = 512 << 20
"""jpylyzer holds a file in memory."""

JP2: Final = "x-fmt/392"
"""A file that was identified as this, by its name or its rest, and does not begin as one is measured against it."""

_SIGNATURE_BOX: Final = bytes.fromhex("0000000c6a5020200d0a870a")
_BRANDS: Final = {b"jp2 ": "jp2", b"jph ": "jph"}
_MAX_TESTS: Final = 8
_SIZ, _CAP = b"\xff\x51", b"\xff\x50"


def look_at_jpeg2000(source: Source, look: Look) -> None:
    profile = profile_of(source.head(4096))
    if profile is None and source.puid == JP2 and source.signature != "jpeg2000" and source.size:
        profile = "jp2"
    if profile is None:
        _look_by_decoding(source, look)
        return
    if source.size > MAX_BYTES:
        look.unsure("IMAGE-TOO-LARGE", f"{source.size} bytes are more than jpylyzer is given")
        return
    result = jpylyzer.checkOneFile(source.path, profile)
    look.used("jpylyzer", jpylyzer.__version__)
    look.add(
        "image-format", {"jp2": "JP2", "jph": "JPH", "j2c": "JPEG 2000 codestream", "jhc": "HTJ2K codestream"}[profile]
    )
    if result.findtext("statusInfo/success") != "True":
        look.unsure("JPYLYZER-FAILED", result.findtext("statusInfo/failureMessage") or "")
        return
    _describe(result, look)
    if result.findtext("isValid") == "True":
        look.valid()
        return
    tests = result.find("tests")
    failed = [] if tests is None else [one.tag for one in tests.iter() if len(one) == 0 and one.text == "False"]
    for name in failed[:_MAX_TESTS] or ["isValid"]:
        look.invalid("JPEG2000-INVALID", name)


def profile_of(head: bytes) -> str | None:
    """Which of jpylyzer's formats it is; None for JPX, JPM and what only looks like JPEG 2000 by its name.

    ISO/IEC 15444-1, A.4 and I.5.2: a codestream begins with SOC and SIZ, a file with the signature box and its brand. With
    part 15 (HTJ2K) the marker CAP follows SIZ.
    """
    if head[:4] == b"\xff\x4f\xff\x51":
        length = int.from_bytes(head[4:6], "big")
        return "jhc" if head[4 + length : 6 + length] == _CAP else "j2c"
    if head[:4] == b"\xff\x4f\xff\x50":
        return None
    if head[:12] == _SIGNATURE_BOX:
        return _BRANDS.get(head[20:24])
    return "jp2" if head[16:24] == b"ftypjp2 " else None


def _look_by_decoding(source: Source, look: Look) -> None:
    if source.size == 0:
        look.invalid("EMPTY-FILE")
    elif source.signature == "jpeg2000":
        look_at_image(source, look)
    else:
        look.unsure("IMAGE-NOT-RECOGNISED", "no JPEG 2000 signature")


def _describe(result: Element, look: Look) -> None:
    """A codestream has no header box: what it says of itself is in SIZ."""
    header = result.find("properties/jp2HeaderBox")
    stream = result.find("properties/contiguousCodestreamBox")
    stream = result.find("properties") if stream is None else stream
    if header is not None:
        look.add("width", _number(header, "imageHeaderBox/width"), "pixels")
        look.add("height", _number(header, "imageHeaderBox/height"), "pixels")
        look.add("samples", _number(header, "imageHeaderBox/nC"))
        look.add("bits-per-sample", _number(header, "imageHeaderBox/bPCDepth"), "bits")
        look.add("colour-space", header.findtext("colourSpecificationBox/enumCS"))
        look.add("icc-profile", header.findtext("colourSpecificationBox/icc/description"))
        for axis, letter in (("x", "h"), ("y", "v")):
            found = header.findtext(f".//{letter}RescInPixelsPerInch")
            look.add(f"resolution-{axis}", None if found is None else round(float(found)), "dpi")
    if stream is not None:
        look.add("width", _span(stream, "xsiz", "xOsiz"), "pixels")
        look.add("height", _span(stream, "ysiz", "yOsiz"), "pixels")
        look.add("samples", _number(stream, "siz/csiz"))
        look.add("bits-per-sample", _number(stream, "siz/ssizDepth"), "bits")
        look.add("tiles", _number(stream, "siz/numberOfTiles"))
        look.add("transformation", stream.findtext("cod/transformation"))
        look.add("quality-layers", _number(stream, "cod/layers"))
        look.add("resolution-levels", _number(stream, "cod/levels"))
    look.add("compression", "JPEG 2000")


def _span(stream: Element, size: str, offset: str) -> int | None:
    whole, left_out = _number(stream, f"siz/{size}"), _number(stream, f"siz/{offset}")
    return None if whole is None else whole - (left_out or 0)


def _number(element: Element, path: str) -> int | None:
    found = element.findtext(path)
    return int(found) if found is not None and found.isascii() and found.isdigit() else None
