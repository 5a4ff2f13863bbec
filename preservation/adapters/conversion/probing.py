"""What ffmpeg's programs tell of sound and pictures."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from preservation.adapters.conversion.bench import Bench, last_words
from preservation.domain.tools import ToolLimits

# Without these, a playlist or a list of pieces could name further files.
_CLOSED: Final = ("-protocol_whitelist", "file")
_QUIET: Final = ("-v", "error")
_MD5: Final = re.compile(r"MD5=[0-9a-f]{32}")


def probed(bench: Bench, name: str, kind: str, limits: ToolLimits) -> list[Mapping[str, object]] | str:
    """The streams of a kind ("a", "v", "s"; "" for all), or why there is no telling."""
    command = ["ffprobe", *_QUIET, *_CLOSED, "-of", "json", "-show_streams"]
    if kind:
        command += ["-select_streams", kind]
    outcome = bench.run([*command, f"{{in}}/{name}"], limits)
    if not outcome.is_good:
        return last_words(outcome)
    try:
        streams = json.loads(outcome.out).get("streams", [])
    except (ValueError, AttributeError):
        return "ffprobe's answer cannot be read"
    return [one for one in streams if isinstance(one, dict)]


def bits_of(stream: Mapping[str, object]) -> int:
    """How many bits a sample has by what the file says; 0 where it says nothing, as of sound compressed with loss."""
    for name in ("bits_per_raw_sample", "bits_per_sample"):
        said = str(stream.get(name) or 0)
        if said.isdigit() and int(said):
            return int(said)
    return 0


def decoded_md5(bench: Bench, name: str, what: Sequence[str], limits: ToolLimits) -> str:
    """ "MD5=..." of everything decoded as `what` says, else why there is none. An error while decoding gives none."""
    command = [
        "ffmpeg",
        "-hide_banner",
        "-nostdin",
        *_QUIET,
        "-xerror",
        *_CLOSED,
        "-i",
        f"{{in}}/{name}",
        *what,
        "-f",
        "md5",
        "-",
    ]
    outcome = bench.run(command, limits)
    found = _MD5.search(outcome.out.decode("ascii", "replace"))
    if not outcome.is_good or found is None or outcome.err.strip():
        return last_words(outcome)
    return found[0]


def frame_digests(bench: Bench, name: str, what: Sequence[str], limits: ToolLimits) -> list[str] | str:
    """The MD5 of each decoded frame in order, or why there are none."""
    command = ["ffmpeg", "-hide_banner", "-nostdin", *_QUIET, "-xerror", *_CLOSED, "-i", f"{{in}}/{name}", *what]
    outcome = bench.run([*command, "-fps_mode", "passthrough", "-f", "framemd5", "-"], limits)
    if not outcome.is_good or outcome.err.strip():
        return last_words(outcome)
    lines = outcome.out.decode("ascii", "replace").splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if line and not line.startswith("#")]
