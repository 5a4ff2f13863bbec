"""Office documents by LibreOffice, one fresh profile for each run; compared by reading the files themselves.

What no reader of ours knows (RTF, WordPerfect, PowerPoint before 2007) is read by LibreOffice's export of plain text or of
slides; the record names it then.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from preservation.adapters.conversion.bench import Bench, Refused, is_plain_file, last_words, timed
from preservation.domain.conversions import Comparison, Sameness
from preservation.domain.tools import ToolLimits

Parameters = Mapping[str, str | int]

_MEMORY: Final = 4 << 30
_MODULES: Final = {"text": "writer", "sheets": "calc", "slides": "impress"}
_ODF: Final = {"text": "odt", "sheets": "ods", "slides": "odp"}
_OOXML: Final = {"text": "docx", "sheets": "xlsx", "slides": "pptx"}
_FILTERS: Final = {
    "docx": "docx:MS Word 2007 XML",
    "xlsx": "xlsx:Calc MS Excel 2007 XML",
    "pptx": "pptx:Impress MS PowerPoint 2007 XML",
}
# Read by ourselves; of the others LibreOffice makes what is read.
_OWN: Final = (".docx", ".odt", ".xlsx", ".ods", ".pptx", ".odp", ".xls", ".doc")
_READABLE: Final = {"text": "txt:Text (encoded):UTF8", "sheets": "xlsx:Calc MS Excel 2007 XML", "slides": "odp"}
_PROFILE: Final = 'mkdir -p "$TMPDIR/profile/user" && cp "$0" "$TMPDIR/profile/user/" && exec "$@" "-env:UserInstallation=file://$TMPDIR/profile"'

Convert = Callable[[Bench, str, Parameters], list[str]]


def to_pdfa(family: str, version: int) -> Convert:
    """PDF/A, as LibreOffice writes it: with its fonts, in sRGB, with tags."""

    def convert(bench: Bench, source: str, _parameters: Parameters) -> list[str]:
        options = json.dumps({"SelectPdfVersion": {"type": "long", "value": str(version)}})
        return _converted(bench, source, f"pdf:{_MODULES[family]}_pdf_Export:{options}", "pdf")

    return convert


def to_odf(family: str) -> Convert:
    """OpenDocument."""

    def convert(bench: Bench, source: str, _parameters: Parameters) -> list[str]:
        return _converted(bench, source, _ODF[family], _ODF[family])

    return convert


def to_ooxml(family: str) -> Convert:
    """Office Open XML (transitional)."""

    def convert(bench: Bench, source: str, _parameters: Parameters) -> list[str]:
        return _converted(bench, source, _FILTERS[_OOXML[family]], _OOXML[family])

    return convert


def compare(family: str) -> Callable[[Bench, str, list[str], Parameters], Comparison]:
    """Text in order; each sheet's cells and their values; slides and their text."""

    def compared(bench: Bench, before: str, after: list[str], bounds: Parameters) -> Comparison:
        limits = _limits(bench, before)
        told: dict[str, object] = {"family": family, "after": f"{{in}}/{after[0]}", "bounds": dict(bounds)}
        libraries = ["lxml"] + (["pypdfium2"] if after[0].endswith(".pdf") else [])
        libraries += ["xlrd"] if before.endswith(".xls") else ["olefile"] if before.endswith(".doc") else []
        if before.endswith(_OWN):
            return bench.compared("office", {**told, "before": f"{{in}}/{before}"}, limits, *libraries)
        with tempfile.TemporaryDirectory(prefix="office-") as folder:
            bench.folder = folder
            form = _READABLE[family]
            try:
                _run(bench, before, form, limits)
                made = _made(folder, form.partition(":")[0])
            except Refused as problem:
                return Comparison(Sameness.UNKNOWN, (), bench.tools, f"the source cannot be read: {problem.detail}")
            name = f"read-{made.name}"
            bench.inputs[name] = str(made)
            return bench.compared(
                "office", {**told, "before": f"{{in}}/{name}", "facts": f"{{in}}/{before}"}, limits, *libraries
            )

    return compared


def _converted(bench: Bench, source: str, form: str, suffix: str) -> list[str]:
    limits = _limits(bench, source)
    facts = bench.inside("office_facts", {"path": f"{{in}}/{source}"}, limits, "olefile")
    if not facts.is_good:
        raise Refused("SOURCE-UNREADABLE", last_words(facts))
    said = json.loads(facts.out)
    if said["refused"]:
        raise Refused(said["refused"], said["detail"])
    _run(bench, source, form, limits)
    made = _made(str(bench.folder), suffix)
    target = made.with_name(f"result.{suffix}")
    made.rename(target)
    return [target.name]


def _run(bench: Bench, source: str, form: str, limits: ToolLimits) -> None:
    command = ["soffice", "--headless", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"]
    command += ["--convert-to", form, "--outdir", "{out}", f"{{in}}/{source}"]
    bench.must(["/bin/sh", "-c", _PROFILE, "{in}/registrymodifications.xcu", *command], limits, recorded=command)


def _made(folder: str, suffix: str) -> Path:
    """The one file: LibreOffice says "done" with status 0 also where it could not load anything."""
    found = [one for one in Path(folder).iterdir() if is_plain_file(one) and one.suffix == f".{suffix}"]
    if len(found) != 1 or not found[0].stat().st_size:
        raise Refused("TOOL-GAVE-NOTHING", "LibreOffice could not load it, or wrote nothing")
    return found[0]


def _limits(bench: Bench, source: str) -> ToolLimits:
    return timed(os.path.getsize(bench.inputs[source]), least=180, bytes_per_second=50 << 10, memory=_MEMORY)
