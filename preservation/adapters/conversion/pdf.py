"""PDF to PDF/A: pikepdf alone where pages are nothing but images, else ghostscript; compared by pdfium, which does neither."""

import json
import os
from collections.abc import Callable, Mapping
from typing import Final

from preservation.adapters.conversion.bench import Bench, Refused, last_words, timed
from preservation.domain.conversions import Comparison
from preservation.domain.tools import ToolLimits

Parameters = Mapping[str, str | int]

_MEMORY: Final = 3 << 30
_PROFILE: Final = "/usr/share/color/icc/ghostscript/srgb.icc"
_OFF: Final = "false"

# What makes ghostscript keep what it can: images are neither made smaller nor compressed anew with loss.
_KEEPING: Final = (
    f"-dDownsampleColorImages={_OFF}",
    f"-dDownsampleGrayImages={_OFF}",
    f"-dDownsampleMonoImages={_OFF}",
    f"-dAutoFilterColorImages={_OFF}",
    f"-dAutoFilterGrayImages={_OFF}",
    "-dColorImageFilter=/FlateEncode",
    "-dGrayImageFilter=/FlateEncode",
    "-dPassThroughJPEGImages=true",
    "-dEmbedAllFonts=true",
    "-dSubsetFonts=true",
    "-dAutoRotatePages=/None",
    "-dPreserveAnnots=true",
)


def to_pdfa(part: int) -> Callable[[Bench, str, Parameters], list[str]]:
    """The conversion to PDF/A-2b or 3b."""

    def convert(bench: Bench, source: str, _parameters: Parameters) -> list[str]:
        limits = _limits(bench, source)
        plain = bench.inside("pdf_facts", {"path": f"{{in}}/{source}"}, limits, "pikepdf")
        if not plain.is_good:
            raise Refused("SOURCE-UNREADABLE", last_words(plain))
        facts = json.loads(plain.out)
        if facts["encrypted"]:
            raise Refused("SOURCE-ENCRYPTED", facts["encrypted"])
        if facts["has_attachments"] and part == 2:
            raise Refused(
                "SOURCE-HAS-ATTACHMENTS",
                "PDF/A-2 allows attachments only if they are PDF/A themselves; PDF/A-3 takes them",
            )
        told: dict[str, object] = {
            "source": f"{{in}}/{source}",
            "part": part,
            "target": "{out}/result.pdf",
            "profile": _PROFILE,
            "pages": None,
        }
        if not facts["is_images_only"]:
            _by_ghostscript(bench, source, part, limits)
            told["pages"] = "{out}/pages.pdf"
        made = bench.inside("pdf_archival", told, limits, "pikepdf", is_step=True)
        if not made.is_good:
            raise Refused("TOOL-FAILED", last_words(made))
        return ["result.pdf"]

    return convert


def compare(bench: Bench, before: str, after: list[str], bounds: Parameters) -> Comparison:
    """Pages, their sizes, their text, their pictures and colours; outline, links, notes, fields, attachments, title."""
    told = {"before": f"{{in}}/{before}", "after": f"{{in}}/{after[0]}", "bounds": dict(bounds)}
    size = max(os.path.getsize(path) for path in bench.inputs.values())
    limits = timed(size, least=300, bytes_per_second=100 << 10, memory=_MEMORY)
    return bench.compared("pdf", told, limits, "pypdfium2", "pikepdf", "numpy")


def _by_ghostscript(bench: Bench, source: str, part: int, limits: ToolLimits) -> None:
    """The pages, links among them; what PDF/A needs beside them is put in afterwards, with the source's own metadata."""
    prepared = {"source": f"{{in}}/{source}", "target": "{out}/prepared.pdf"}
    outcome = bench.inside("pdf_prepare", prepared, limits, "pikepdf", is_step=True)
    if not outcome.is_good:
        raise Refused("SOURCE-UNREADABLE", last_words(outcome))
    command = ["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", f"-dPDFA={part}"]
    command += ["-dPDFACompatibilityPolicy=1", "-sColorConversionStrategy=RGB", "-dCompatibilityLevel=1.7", *_KEEPING]
    # The prologue is read from a file that is one more input.
    command += [f"--permit-file-read={_PROFILE}", "-o", "{out}/pages.pdf", "{in}/pdfa.ps", "{out}/prepared.pdf"]
    bench.must(command, limits)


def _limits(bench: Bench, source: str) -> ToolLimits:
    return timed(os.path.getsize(bench.inputs[source]), least=300, bytes_per_second=100 << 10, memory=_MEMORY)
