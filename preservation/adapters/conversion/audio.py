"""Sound: flac converts WAV and AIFF, and keeps their other chunks; ffmpeg's decoders compare the samples."""

import os
from collections.abc import Mapping
from typing import Final

from preservation.adapters.conversion.bench import Bench, judged, timed
from preservation.adapters.conversion.probing import bits_of, decoded_md5, probed
from preservation.domain.conversions import Comparison, Measure, Sameness
from preservation.domain.tools import ToolLimits

Parameters = Mapping[str, str | int]

_EQUAL: Final = ("channels", "sample_rate")
_LOSSLESS: Final = {"u8": 8, "s16": 16, "s32": 32}


def to_flac(bench: Bench, source: str, parameters: Parameters) -> list[str]:
    """FLAC, decoded again by the encoder while it writes; chunks that FLAC has no place for are kept as they are."""
    command = ["flac", "--silent", f"-{int(parameters['level'])}", "--verify", "--keep-foreign-metadata"]
    bench.must([*command, "-o", "{out}/result.flac", f"{{in}}/{source}"], _limits(bench, source))
    return ["result.flac"]


def compare(bench: Bench, before: str, after: list[str], _bounds: Parameters) -> Comparison:
    """Channels, rate, bits, and the MD5 of all samples, as ffmpeg decodes both."""
    limits = _limits(bench, before)
    first, second = probed(bench, before, "a", limits), probed(bench, after[0], "a", limits)
    if isinstance(first, str):
        return Comparison(Sameness.UNKNOWN, (), bench.tools, f"the source cannot be read: {first}")
    if isinstance(second, str):
        return Comparison(Sameness.DIFFERENT, (_unreadable(second),), bench.tools)
    measures = [Measure("streams", str(len(first)), str(len(second)), "equal", len(first) == len(second))]
    if len(first) == len(second) == 1:
        one, other = first[0], second[0]
        measures += [
            Measure(name, str(one.get(name)), str(other.get(name)), "equal", one.get(name) == other.get(name))
            for name in _EQUAL
        ]
        bits = [_bits(stream) for stream in (one, other)]
        measures.append(Measure("bits a sample", str(bits[0]), str(bits[1]), "equal", bits[0] == bits[1]))
    else:
        return Comparison(
            Sameness.DIFFERENT if len(second) != 1 else Sameness.UNKNOWN, tuple(measures), bench.tools, "not one stream"
        )
    digests = [decoded_md5(bench, name, ("-map", "0:a:0", "-c:a", "pcm_s32le"), limits) for name in (before, after[0])]
    if not digests[0].startswith("MD5="):
        return Comparison(Sameness.UNKNOWN, tuple(measures), bench.tools, f"the source cannot be decoded: {digests[0]}")
    measures.append(
        Measure(
            "MD5 of the samples", digests[0][4:], digests[1].removeprefix("MD5="), "equal", digests[0] == digests[1]
        )
    )
    found = tuple(measures)
    return Comparison(judged(found, ""), found, bench.tools)


def _unreadable(detail: str) -> Measure:
    return Measure("result", "readable", detail[:300], "readable", holds=False)


def _bits(stream: Mapping[str, object]) -> int:
    """What the file says, else what the decoder gives."""
    return bits_of(stream) or _LOSSLESS.get(str(stream.get("sample_fmt")).rstrip("p"), 0)


def _limits(bench: Bench, source: str) -> ToolLimits:
    return timed(os.path.getsize(bench.inputs[source]), least=120, bytes_per_second=2 << 20)
