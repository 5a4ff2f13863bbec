"""Sound and video: what ffprobe says of the streams, and whether ffmpeg decodes them to the end without an error."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from preservation.adapters.examination.batches import Task
from preservation.adapters.examination.limits import ExaminationLimits
from preservation.adapters.examination.look import Look
from preservation.adapters.examination.programs import FFMPEG, FFPROBE, Programs, ended, lines_of, mapping_of, text_of

_MAX_SHOWN: Final = 5
# No file names another that would be opened.
_ALONE: Final = ("-protocol_whitelist", "file")
_FIRM: Final = re.compile(
    r"invalid data found|moov atom not found|truncat|crc mismatch|checksum|corrupt|error while decoding|error submitting|"
    r"partial file|end of file|concealing|damaged|error reading header",
    re.IGNORECASE,
)
# About how the decoded pictures are counted, not about the file.
_HARMLESS: Final = re.compile(r"non.?monoton|timestamps are unset|deprecated|Last message repeated", re.IGNORECASE)
_LABEL: Final = re.compile(r"^\[[^\]]*\] ")
_RATE: Final = re.compile(r"([0-9]+)/([0-9]+)")


def look_with_ffmpeg(task: Task, programs: Programs, limits: ExaminationLimits, look: Look) -> None:
    if task.size == 0:
        look.invalid("EMPTY-FILE")
        return
    if not programs.use(FFPROBE, look) or not _probe(task, programs, limits, look):
        return
    if programs.use(FFMPEG, look):
        _decode(task, programs, limits, look)


def _probe(task: Task, programs: Programs, limits: ExaminationLimits, look: Look) -> bool:
    outcome = programs.run(
        ["ffprobe", "-v", "error", *_ALONE, "-show_format", "-show_streams", "-of", "json", "{in}/file"],
        task.file.path,
        limits=limits.of_program(task.size),
    )
    if not ended(outcome, FFPROBE, look):
        return False
    try:
        said = mapping_of(json.loads(outcome.out or b"{}"))
    except ValueError:
        said = {}
    listed = said.get("streams")
    streams = [mapping_of(one) for one in listed] if isinstance(listed, list) else []
    if outcome.status != 0 or not streams:
        _judge(lines_of(outcome.err) or ["no streams"], look, "MEDIA-NOT-READ")
        return False
    _describe(mapping_of(said.get("format")), streams, look)
    return True


def _describe(container: Mapping[str, object], streams: Sequence[Mapping[str, object]], look: Look) -> None:
    look.add("container", text_of(container.get("format_name")))
    look.add("duration", _seconds(container.get("duration")), "seconds")
    look.add("bit-rate", _whole(container.get("bit_rate")), "bit/s")
    for name, count in Counter(text_of(one.get("codec_type")) for one in streams).items():
        look.add(f"streams-{name}", count)
    for stream in streams:
        kind = text_of(stream.get("codec_type"))
        if kind == "video":
            look.add("video-codec", text_of(stream.get("codec_name")))
            look.add("width", _whole(stream.get("width")), "pixels")
            look.add("height", _whole(stream.get("height")), "pixels")
            look.add("pixel-format", text_of(stream.get("pix_fmt")))
            look.add("frame-rate", _rate(stream.get("avg_frame_rate")), "frames/s")
            look.add("bits-per-component", _whole(stream.get("bits_per_raw_sample")), "bits")
            look.add("aspect-ratio", text_of(stream.get("display_aspect_ratio")))
        elif kind == "audio":
            look.add("audio-codec", text_of(stream.get("codec_name")))
            look.add("sample-rate", _whole(stream.get("sample_rate")), "Hz")
            look.add("channels", _whole(stream.get("channels")), "channels")
            bits = _whole(stream.get("bits_per_raw_sample")) or _whole(stream.get("bits_per_sample"))
            look.add("bits-per-sample", bits or None, "bits")


def _decode(task: Task, programs: Programs, limits: ExaminationLimits, look: Look) -> None:
    outcome = programs.run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-nostdin",
            *_ALONE,
            "-i",
            "{in}/file",
            "-map",
            "0:v?",
            "-map",
            "0:a?",
            "-f",
            "null",
            "-",
        ],
        task.file.path,
        limits=limits.of_media(),
    )
    if not ended(outcome, FFMPEG, look):
        return
    said = [line for line in lines_of(outcome.err) if not _HARMLESS.search(line)]
    if said or outcome.status != 0:
        _judge(said or [f"status {outcome.status}"], look, "MEDIA-NOT-DECODED")
    else:
        look.well_formed()


def _judge(lines: Sequence[str], look: Look, code: str) -> None:
    """A remark that names damage is a fault of the file; a codec that is missing here is not.

    Tags behind the sound of an MP3 (lyrics, APE) are decoded as sound without a header.
    """
    is_firm = not any("header missing" in line.lower() for line in lines)
    for line in lines[:_MAX_SHOWN]:
        said = _LABEL.sub("", line)
        if is_firm and _FIRM.search(said):
            look.invalid(code, said)
        else:
            look.unsure(code, said)


def _seconds(value: object) -> str | None:
    try:
        return f"{float(text_of(value)):.3f}"
    except ValueError:
        return None


def _rate(value: object) -> str | None:
    """As a fraction where it is none of whole frames: 30000/1001."""
    found = _RATE.fullmatch(text_of(value))
    if found is None or int(found.group(2)) == 0 or int(found.group(1)) == 0:
        return None
    above, below = int(found.group(1)), int(found.group(2))
    return str(above // below) if above % below == 0 else f"{above}/{below}"


def _whole(value: object) -> int | None:
    said = text_of(value)
    return int(said) if said.isascii() and said.isdigit() and len(said) < 16 else None
