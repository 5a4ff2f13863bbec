"""FLAC's own account of itself: the STREAMINFO block (RFC 9639, 8.2). Whether the sound is whole is said by `flac -t`."""

from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.source import Source


def look_at_flac(source: Source, look: Look) -> None:
    head = source.head(42)
    if source.size == 0:
        look.invalid("EMPTY-FILE")
    elif head[:4] != b"fLaC":
        # Such as one behind an ID3 tag, which is no FLAC, and which players take.
        look.wrong("FLAC-HEADER", "does not begin with fLaC")
    elif len(head) < 42 or head[4] & 0x7F != 0:
        look.invalid("FLAC-HEADER", "STREAMINFO is missing")
    else:
        packed = int.from_bytes(head[18:26], "big")
        rate, channels, bits, frames = (
            packed >> 44,
            (packed >> 41 & 7) + 1,
            (packed >> 36 & 31) + 1,
            packed & (1 << 36) - 1,
        )
        look.add("audio-codec", "FLAC")
        look.add("sample-rate", rate, "Hz")
        look.add("channels", channels, "channels")
        look.add("bits-per-sample", bits, "bits")
        if rate and frames:
            look.add("duration", f"{frames / rate:.3f}", "seconds")
        look.add("pcm-md5", head[26:42].hex() if any(head[26:42]) else None)
