"""Video to FFV1 in Matroska with FLAC sound, by ffmpeg; compared frame by frame and sample by sample.

ffmpeg decodes what it has encoded: no other decoder of FFV1 is in Debian. FFV1 carries checksums of its own (version 3,
slicecrc), which the decoder holds against what it reads.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Final

from preservation.adapters.conversion.bench import Bench, Refused, judged, timed
from preservation.adapters.conversion.probing import bits_of, decoded_md5, frame_digests, probed
from preservation.domain.conversions import Comparison, Measure, Sameness
from preservation.domain.tools import ToolLimits

Parameters = Mapping[str, str | int]

_MEMORY: Final = 4 << 30
_CLOSED: Final = ("-protocol_whitelist", "file")
# Sound whose decoder gives 16 bits keeps 16; everything else gets the 24 that FLAC holds.
_NARROW: Final = ("u8", "u8p", "s16", "s16p")
_FLOATING: Final = ("flt", "fltp", "dbl", "dblp")
_FLAC_BITS: Final = 24
_TIMED_TEXT: Final = "mov_text"
_KINDS: Final = ("video", "audio", "subtitle")
_VIDEO_EQUAL: Final = ("width", "height", "pix_fmt", "sample_aspect_ratio", "field_order", "color_range", "color_space")
_UNSAID: Final = (None, "unknown", "0:1", "N/A", "progressive", "1:1")


def to_ffv1(bench: Bench, source: str, parameters: Parameters) -> list[str]:
    """Every picture, sound and text stream; others (data, attachments) are not taken over."""
    limits = _limits(bench, source)
    streams = probed(bench, source, "", limits)
    if isinstance(streams, str):
        raise Refused("SOURCE-UNREADABLE", streams)
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-xerror", *_CLOSED, "-i", f"{{in}}/{source}"]
    command += ["-map_metadata", "0", "-fps_mode", "passthrough"]
    command += ["-c:v", "ffv1", "-level", "3", "-coder", "1", "-context", "1", "-g", "1"]
    command += ["-slices", str(int(parameters["slices"])), "-slicecrc", "1"]
    command += _mapped(streams)
    bench.must([*command, "{out}/result.mkv"], limits)
    return ["result.mkv"]


def compare(bench: Bench, before: str, after: list[str], _bounds: Parameters) -> Comparison:
    """Streams, picture sizes, the MD5 of each decoded frame in order, and of all samples."""
    limits = _limits(bench, before)
    first, second = probed(bench, before, "", limits), probed(bench, after[0], "", limits)
    if isinstance(first, str):
        return Comparison(Sameness.UNKNOWN, (), bench.tools, f"the source cannot be read: {first}")
    if isinstance(second, str):
        measure = Measure("result", "readable", second[:300], "readable", holds=False)
        return Comparison(Sameness.DIFFERENT, (measure,), bench.tools)
    measures: list[Measure] = []
    details: list[str] = []
    for kind in _KINDS:
        ours, theirs = _of(first, kind), _of(second, kind)
        measures.append(Measure(f"{kind} streams", str(len(ours)), str(len(theirs)), "equal", len(ours) == len(theirs)))
        for index in range(min(len(ours), len(theirs))):
            if kind == "video":
                details += _pictures(bench, (before, after[0]), (ours[index], theirs[index]), index, measures, limits)
            elif kind == "audio":
                details += _sound(bench, (before, after[0]), (ours[index], theirs[index]), index, measures, limits)
            else:
                details += _subtitles(bench, (before, after[0]), (ours[index], theirs[index]), index, measures, limits)
    others = len(first) - sum(len(_of(first, kind)) for kind in _KINDS)
    measures.append(Measure("streams of data, which are not taken over", str(others), "0", "told", holds=True))
    found = tuple(measures)
    detail = "; ".join(details)
    return Comparison(judged(found, detail), found, bench.tools, detail)


def _pictures(
    bench: Bench,
    names: tuple[str, str],
    streams: tuple[Mapping[str, object], Mapping[str, object]],
    index: int,
    measures: list[Measure],
    limits: ToolLimits,
) -> list[str]:
    place = f"video {index + 1}"
    for name in _VIDEO_EQUAL:
        one, other = (_pix_fmt(stream) if name == "pix_fmt" else stream.get(name) for stream in streams)
        if one not in _UNSAID:
            measures.append(Measure(f"{place}: {name}", str(one), str(other), "equal", one == other))
    digests = [
        frame_digests(bench, name, ("-map", _place(stream)), limits)
        for name, stream in zip(names, streams, strict=True)
    ]
    if isinstance(digests[0], str):
        return [f"the source's pictures cannot be decoded: {digests[0][-200:]}"]
    if isinstance(digests[1], str):
        measures.append(Measure(f"{place}: pictures", "readable", digests[1][-200:], "readable", holds=False))
        return []
    ours, theirs = digests[0], digests[1]
    measures.append(Measure(f"{place}: frames", str(len(ours)), str(len(theirs)), "equal", len(ours) == len(theirs)))
    differing = sum(one != other for one, other in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
    measures.append(Measure(f"{place}: frames whose MD5 differs", "0", str(differing), "equal", differing == 0))
    return [] if ours else ["no frame was decoded"]


def _sound(
    bench: Bench,
    names: tuple[str, str],
    streams: tuple[Mapping[str, object], Mapping[str, object]],
    index: int,
    measures: list[Measure],
    limits: ToolLimits,
) -> list[str]:
    place = f"audio {index + 1}"
    for name in ("channels", "sample_rate"):
        one, other = streams[0].get(name), streams[1].get(name)
        measures.append(Measure(f"{place}: {name}", str(one), str(other), "equal", one == other))
    coding = ("-c:a", _whole_form(streams[0]))
    return _same_md5(bench, names, streams, coding, f"{place}: MD5 of the samples", measures, limits)


def _whole_form(stream: Mapping[str, object]) -> str:
    """Samples with all the bits that the source has. Sound compressed with loss has none of its own; there 24 are enough."""
    form, bits = stream.get("sample_fmt"), bits_of(stream)
    if form in _NARROW:
        return "pcm_s16le"
    if form in _FLOATING:
        return "pcm_f64le" if bits else "pcm_s24le"
    return "pcm_s24le" if 0 < bits <= _FLAC_BITS else "pcm_s32le" if bits <= 32 else "pcm_s64le"


def _subtitles(
    bench: Bench,
    names: tuple[str, str],
    streams: tuple[Mapping[str, object], Mapping[str, object]],
    index: int,
    measures: list[Measure],
    limits: ToolLimits,
) -> list[str]:
    """What is said or shown, as it lies in the stream; timed text becomes SubRip, and so is held against it as such."""
    coding = ("-c:s", "srt" if streams[0].get("codec_name") == _TIMED_TEXT else "copy")
    return _same_md5(bench, names, streams, coding, f"subtitle {index + 1}: MD5 of what it says", measures, limits)


def _same_md5(
    bench: Bench,
    names: tuple[str, str],
    streams: tuple[Mapping[str, object], Mapping[str, object]],
    coding: tuple[str, str],
    title: str,
    measures: list[Measure],
    limits: ToolLimits,
) -> list[str]:
    """Demand one digest of both streams, decoded in the same way; why that cannot be told, if the source's cannot be."""
    first, second = (
        decoded_md5(bench, name, ("-map", _place(stream), *coding), limits)
        for name, stream in zip(names, streams, strict=True)
    )
    if not first.startswith("MD5="):
        return [f"{title}: the source cannot be decoded: {first[-200:]}"]
    measures.append(Measure(title, first[4:], second[-200:].removeprefix("MD5="), "equal", first == second))
    return []


def _place(stream: Mapping[str, object]) -> str:
    """Of one stream, for ffmpeg: by its number among all, as a cover picture counts among pictures."""
    return f"0:{stream.get('index')}"


def _mapped(streams: Sequence[Mapping[str, object]]) -> list[str]:
    command: list[str] = []
    for kind in _KINDS:
        for index, stream in enumerate(_of(streams, kind)):
            command += ["-map", _place(stream)]
            if kind == "video" and _is_full(stream):
                # FFV1 knows no formats of full range by name, only pictures that are said to be so.
                form = _pix_fmt(stream)
                command += [f"-filter:v:{index}", f"scale=in_range=full:out_range=full,format={form}"]
                command += [f"-color_range:v:{index}", "pc"]
            if kind == "audio":
                command += [f"-c:a:{index}", "flac"]
                if stream.get("sample_fmt") not in _NARROW:
                    command += [f"-sample_fmt:a:{index}", "s32", f"-bits_per_raw_sample:a:{index}", "24"]
                else:
                    command += [f"-sample_fmt:a:{index}", "s16"]
            elif kind == "subtitle":
                command += [f"-c:s:{index}", "srt" if stream.get("codec_name") == _TIMED_TEXT else "copy"]
    return command


def _is_full(stream: Mapping[str, object]) -> bool:
    return str(stream.get("pix_fmt")).startswith("yuvj")


def _pix_fmt(stream: Mapping[str, object]) -> str:
    """yuvj420p is yuv420p in full range, which is told for itself."""
    return str(stream.get("pix_fmt")).replace("yuvj", "yuv")


def _of(streams: Sequence[Mapping[str, object]], kind: str) -> list[Mapping[str, object]]:
    """Without cover pictures, which are no video."""
    found = [one for one in streams if one.get("codec_type") == kind]
    return [one for one in found if not _is_picture(one)]


def _is_picture(stream: Mapping[str, object]) -> bool:
    disposition = stream.get("disposition")
    return isinstance(disposition, dict) and disposition.get("attached_pic") == 1


def _limits(bench: Bench, source: str) -> ToolLimits:
    return timed(os.path.getsize(bench.inputs[source]), least=300, bytes_per_second=200 << 10, memory=_MEMORY)
