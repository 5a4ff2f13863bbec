"""The fenced process: `python -P -m` this module, with files as arguments and questions about them on standard input.

It looks at one file after the other. Each has a timer whose signal ends the process; so does an answer that had no memory
left. Whoever asked goes on behind that file with a new process.
"""

import os
import signal
import struct
import sys
import warnings
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO, Final

import pikepdf
import pypdfium2
from lxml import etree

from preservation.adapters.examination.answers import Answer, Question, pack_answer, pack_start, unpack_questions
from preservation.adapters.examination.limits import PATIENCE
from preservation.adapters.examination.look import Look
from preservation.adapters.examination.readers.archives import look_at_gzip, look_at_tar, look_at_zip
from preservation.adapters.examination.readers.epub import look_at_epub
from preservation.adapters.examination.readers.flac import look_at_flac
from preservation.adapters.examination.readers.images import look_at_image
from preservation.adapters.examination.readers.jpeg2000 import look_at_jpeg2000
from preservation.adapters.examination.readers.messages import look_at_eml, look_at_mbox
from preservation.adapters.examination.readers.office_packages import look_at_odf, look_at_ooxml
from preservation.adapters.examination.readers.ole import look_at_msg, look_at_ole
from preservation.adapters.examination.readers.pdf import look_at_pdf
from preservation.adapters.examination.readers.riff import look_at_aiff, look_at_wave
from preservation.adapters.examination.readers.rtf import look_at_rtf
from preservation.adapters.examination.readers.source import Source
from preservation.adapters.examination.readers.text import look_at_csv, look_at_html, look_at_json, look_at_text
from preservation.adapters.examination.readers.warc import look_at_warc
from preservation.adapters.examination.readers.xml_files import look_at_xml
from preservation.domain.content_kinds import Family, kind_of_family

READERS: Final[Mapping[Family, Callable[[Source, Look], None]]] = {
    Family.RASTER: look_at_image,
    Family.JPEG2000: look_at_jpeg2000,
    Family.PDF: look_at_pdf,
    Family.WAVE: look_at_wave,
    Family.AIFF: look_at_aiff,
    Family.FLAC: look_at_flac,
    Family.OOXML: look_at_ooxml,
    Family.ODF: look_at_odf,
    Family.OLE: look_at_ole,
    Family.RTF: look_at_rtf,
    Family.EPUB: look_at_epub,
    Family.EML: look_at_eml,
    Family.MBOX: look_at_mbox,
    Family.MSG: look_at_msg,
    Family.ZIP: look_at_zip,
    Family.TAR: look_at_tar,
    Family.GZIP: look_at_gzip,
    Family.WARC: look_at_warc,
    Family.XML: look_at_xml,
    Family.HTML: look_at_html,
    Family.CSV: look_at_csv,
    Family.JSON: look_at_json,
    Family.TEXT: look_at_text,
}
_SIGNATURES: Final[Mapping[str, Family]] = {
    "png": Family.RASTER,
    "jpeg": Family.RASTER,
    "gif": Family.RASTER,
    "tiff": Family.RASTER,
    "webp": Family.RASTER,
    "bmp": Family.RASTER,
    "jpeg2000": Family.JPEG2000,
    "pdf": Family.PDF,
    "wave": Family.WAVE,
    "aiff": Family.AIFF,
    "flac": Family.FLAC,
    "matroska": Family.MATROSKA,
    "ole": Family.OLE,
    "zip": Family.ZIP,
    "gzip": Family.GZIP,
    "7z": Family.SEVEN_ZIP,
    "warc": Family.WARC,
    "tar": Family.TAR,
    "rtf": Family.RTF,
}
# What the libraries raise for files that nobody thought of. It is neither a fault of the file nor of anything else that is known.
_RAISED: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    UnboundLocalError,
    struct.error,
    zlib.error,
    etree.LxmlError,
    pikepdf.PdfError,
    pypdfium2.PdfiumError,
)


def look_at(path: str, question: Question) -> Answer:
    """Raises MemoryError, after which this process is not to be used."""
    source = Source(path, question.puid, question.mime, question.suffix)
    family = question.family
    if family is Family.OTHER:
        family = _SIGNATURES.get(source.signature, Family.OTHER)
    look = Look(kind_of_family(family))
    look.add("size", source.size, "bytes")
    reader = READERS.get(family)
    if reader is not None:
        try:
            reader(source, look)
        except _RAISED as problem:
            look.unsure("TOOL-FAILED", f"{type(problem).__name__}: {problem}")
    elif source.size == 0:
        look.note("EMPTY-FILE")
    return Answer(family, look.examination())


def serve(paths: list[str], questions: list[Question], answers: BinaryIO) -> None:
    for number, (path, question) in enumerate(zip(paths, questions, strict=True)):
        answers.write(pack_start(number))
        answers.flush()
        _give(question.seconds)
        try:
            answer = look_at(path, question)
        except MemoryError:
            answer = _out_of_memory(question)
            answers.write(pack_answer(number, answer))
            answers.flush()
            return
        _give(0)
        answers.write(pack_answer(number, answer))
        answers.flush()


def _give(seconds: int) -> None:
    """Of processor time, so that a machine with much else to do gives the same answers; of time, a multiple."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE * seconds)


def _out_of_memory(question: Question) -> Answer:
    look = Look(kind_of_family(question.family))
    look.unsure("TOOL-OUT-OF-MEMORY", "needs more memory than the policy gives")
    return Answer(question.family, look.examination())


def _take_output() -> BinaryIO:
    """Standard output for ourselves: whatever a library prints goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return answers


def main() -> int:
    questions = unpack_questions(sys.stdin.buffer.read())
    for timer in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(timer, signal.SIG_DFL)
    warnings.simplefilter("ignore")
    serve(sys.argv[1:], questions, _take_output())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
