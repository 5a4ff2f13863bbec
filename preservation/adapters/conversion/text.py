"""Texts in legacy encodings to UTF-8: iconv converts, Python's decoders (and iconv backwards) compare."""

import os
import tempfile
from collections.abc import Mapping
from typing import Final

from preservation.adapters.conversion.bench import Bench, Refused, last_words, timed
from preservation.domain.conversions import Comparison, Sameness
from preservation.domain.tools import ToolLimits

Parameters = Mapping[str, str | int]

# By the name that a policy gives: iconv's name. What a file does not say about itself, a person has to.
ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16le": "UTF-16LE",
    "utf-16be": "UTF-16BE",
    "windows-1258": "CP1258",
    "windows-1252": "CP1252",
    "iso-8859-1": "ISO-8859-1",
    "tcvn": "TCVN5712-1",
    "viscii": "VISCII",
    "cp437": "CP437",
    "macintosh": "MACINTOSH",
}
_NOT_IN_PYTHON: Final = ("tcvn", "viscii")
# iconv writes where its output goes; a shell puts that into a file.
_INTO_FILE: Final = ("/bin/sh", "-c", 'exec "$@" > "$0"')


def to_utf8(bench: Bench, source: str, parameters: Parameters) -> list[str]:
    """UTF-8 without a byte order mark. `encoding` "auto" takes what is UTF-8 already, or has a byte order mark."""
    limits = _limits(bench, source)
    encoding = _encoding(bench, source, parameters, limits)
    command = ["iconv", "-f", ENCODINGS[encoding], "-t", "UTF-8", f"{{in}}/{source}"]
    outcome = bench.run([*_INTO_FILE, "{out}/result.txt", *command], limits, recorded=command)
    if not outcome.is_good:
        raise Refused("SOURCE-NOT-IN-ENCODING", last_words(outcome))
    return ["result.txt"]


def compare(bench: Bench, before: str, after: list[str], bounds: Parameters) -> Comparison:
    """The result, put back into the source's encoding, gives the source's bytes; and both read as the same characters."""
    limits = _limits(bench, before)
    encoding = str(bounds.get("encoding", "auto")).lower()
    told = {"before": f"{{in}}/{before}", "after": f"{{in}}/{after[0]}", "encoding": encoding}
    if encoding not in _NOT_IN_PYTHON:
        return bench.compared("text", told, limits)
    with tempfile.TemporaryDirectory(prefix="text-") as folder:
        bench.folder = folder
        command = ["iconv", "-f", "UTF-8", "-t", ENCODINGS[encoding], f"{{in}}/{after[0]}"]
        outcome = bench.run([*_INTO_FILE, "{out}/back.txt", *command], limits, recorded=command)
        if not outcome.is_good:
            return Comparison(Sameness.UNKNOWN, (), bench.tools, last_words(outcome))
        if not bench.takes("back.txt"):
            return Comparison(Sameness.UNKNOWN, (), bench.tools, "iconv wrote no file")
        return bench.compared("text", {**told, "back": "{in}/back.txt"}, limits)


def _encoding(bench: Bench, source: str, parameters: Parameters, limits: ToolLimits) -> str:
    encoding = str(parameters["encoding"]).lower()
    if encoding == "auto":
        outcome = bench.inside("text_encoding", {"path": f"{{in}}/{source}"}, limits)
        encoding = outcome.out.decode("ascii", "replace") if outcome.is_good else ""
        if not encoding:
            raise Refused(
                "SOURCE-ENCODING-UNKNOWN", "the file does not say its encoding; name it as the parameter `encoding`"
            )
    if encoding not in ENCODINGS:
        raise Refused("PARAMETER-UNKNOWN", f"encoding = {encoding}")
    return encoding


def _limits(bench: Bench, source: str) -> ToolLimits:
    return timed(os.path.getsize(bench.inputs[source]), least=60, bytes_per_second=2 << 20)
