"""Raster images: vips and tiffcp convert, exiftool brings descriptions over; Pillow compares (ffmpeg decodes 16 bits)."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from preservation.adapters.conversion.bench import Bench, Refused, last_words, timed
from preservation.domain.conversions import Comparison
from preservation.domain.tools import ToolLimits

Parameters = Mapping[str, str | int]

_TIFF_METHODS: Final = {"none": "none", "lzw": "lzw", "deflate": "zip"}
_VIPS_METHODS: Final = {"none": "none", "lzw": "lzw", "deflate": "deflate"}
_WIDE: Final = "wide "
# What describes the picture, and not how its pixels lie: those are another file's now.
_DESCRIBE: Final = ("exiftool", "-q", "-q", "-m", "-overwrite_original", "-tagsfromfile")
_DESCRIBED: Final = ("-exif:all", "-iptc:all", "-xmp:all", "--orientation")
_MEMORY: Final = 4 << 30
_WIDE_COMMAND: Final = ("-hide_banner", "-nostdin", "-v", "error", "-xerror")


def to_tiff(bench: Bench, source: str, parameters: Parameters) -> list[str]:
    """TIFF: page by page as it is from TIFF (tiffcp), by vips from everything else."""
    method = str(parameters["compression"])
    if method not in _TIFF_METHODS:
        raise Refused("PARAMETER-UNKNOWN", f"compression = {method}")
    if source.endswith(".tif"):
        command = ["tiffcp", "-c", _TIFF_METHODS[method], f"{{in}}/{source}", "{out}/result.tif"]
        bench.must(command, _limits(bench, source))
        return ["result.tif"]
    # Strips, no tiles: what every reader of the last thirty years takes.
    return _by_vips(bench, source, "result.tif", f"compression={_VIPS_METHODS[method]},predictor=none")


def to_png(bench: Bench, source: str, parameters: Parameters) -> list[str]:
    """PNG; a source of several pages gives nothing, as PNG has one."""
    return _by_vips(bench, source, "result.png", f"compression={int(parameters['effort'])}")


def to_jp2(bench: Bench, source: str, parameters: Parameters) -> list[str]:
    """JPEG 2000, reversible (5-3 wavelet), by openjpeg within vips; then colour profile and resolution into its header."""
    side = int(parameters["tile"])
    return _by_vips(bench, source, "result.jp2", f"lossless,tile-width={side},tile-height={side}")


def compare(bench: Bench, before: str, after: list[str], bounds: Parameters) -> Comparison:
    """Pages, sizes, bits, resolution, profile, origin, and every pixel; with a bound `ssim` likeness in place of that."""
    limits = _limits(bench, before)
    told: dict[str, object] = {"before": f"{{in}}/{before}", "after": f"{{in}}/{after[0]}", "bounds": dict(bounds)}
    if "ssim" in bounds:
        found = bench.compared("raster_alike", told, limits, "pillow", "numpy")
        if found.detail != _WIDE.strip():
            return found
    found = bench.compared("raster", told, limits, "pillow")
    if not found.detail.startswith(_WIDE):
        return found
    with tempfile.TemporaryDirectory(prefix="pixels-") as folder:
        bench.folder = folder
        for name, side in ((before, "before"), (after[0], "after")):
            if not _is_decoded(bench, name, f"{side}.raw", found.detail.removeprefix(_WIDE), limits):
                return replace(
                    found, tools=bench.tools, detail=f"{side} conversion, no decoder gives all bits of the pixels"
                )
        for side in ("before", "after"):
            told[f"pixels_{side}"] = f"{{in}}/{side}.raw"
        return bench.compared("raster", told, limits, "pillow")


def _by_vips(bench: Bench, source: str, target: str, options: str) -> list[str]:
    """Upright, with profile, resolution, and what Exif, IPTC and XMP say about the picture."""
    limits = _limits(bench, source)
    facts = bench.inside("image_depth", {"path": f"{{in}}/{source}"}, limits, "pillow")
    if not facts.is_good:
        raise Refused("SOURCE-UNREADABLE", last_words(facts))
    said = json.loads(facts.out)
    if said["pages"] != 1:
        # Neither the times of an animation nor further pages would be in the result.
        raise Refused("SOURCE-SEVERAL-PAGES", "the target holds one picture, the source several")
    bench.must(["vips", "autorot", f"{{in}}/{source}", f"{{out}}/{target}[{options}]"], limits)
    if target.endswith(".jp2"):
        told = {"source": f"{{in}}/{source}", "path": f"{{out}}/{target}"}
        outcome = bench.inside("jp2_colour", told, limits, "pillow", is_step=True)
        if not outcome.is_good:
            raise Refused("TOOL-FAILED", last_words(outcome))
    if said["is_described"]:
        bench.must([*_DESCRIBE, f"{{in}}/{source}", *_DESCRIBED, f"{{out}}/{target}"], limits)
    return [target]


def _is_decoded(bench: Bench, name: str, raw: str, form: str, limits: ToolLimits) -> bool:
    """By ffmpeg's own decoders, with all their bits, into native order of bytes."""
    command = ["ffmpeg", *_WIDE_COMMAND, "-i", f"{{in}}/{name}", "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", form]
    return bench.run([*command, f"{{out}}/{raw}"], limits).is_good and bench.takes(raw)


def _limits(bench: Bench, source: str) -> ToolLimits:
    return timed(os.path.getsize(bench.inputs[source]), least=120, bytes_per_second=1 << 20, memory=_MEMORY)
