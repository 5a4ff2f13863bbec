"""The programs that conversions and comparisons use: what they are for, their packages, their versions."""

import importlib.metadata
import re
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from preservation.domain.tools import ToolDescription, ToolLimits, ToolState
from preservation.errors import Unavailable
from preservation.ports.tools import ToolFence

_LIMITS: Final = ToolLimits(seconds=30, cpu_seconds=30, said_bytes=1 << 16)
_VERSION: Final = re.compile(r"(\d+(?:\.\d+)+)")
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


# A module for Perl, which is there wherever Debian is.
OUTLOOK_READER: Final = "Email::Outlook::Message"


@dataclass(frozen=True, slots=True)
class Program:
    """`asking` are the arguments that make it say its version, which is the first dotted number in the answer."""

    name: str
    package: str
    asking: tuple[str, ...]
    purpose: str
    without: str


@dataclass(frozen=True, slots=True)
class Library:
    """A Python library that runs inside the fence."""

    name: str
    purpose: str


PROGRAMS: Final = (
    Program("vips", "libvips-tools", ("--version",), "converts images", "images are not migrated"),
    Program("tiffcp", "libtiff-tools", (), "rewrites TIFF", "TIFF is not migrated to TIFF"),
    Program(
        "exiftool",
        "libimage-exiftool-perl",
        ("-ver",),
        "brings over what an image says of itself",
        "images that say where they come from are not migrated",
    ),
    Program(
        "gs",
        "ghostscript",
        ("--version",),
        "PDF to PDF/A",
        "PDF is not migrated to PDF/A, but for pages that are images",
    ),
    Program(
        "soffice",
        "libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui",
        ("--version",),
        "converts office documents",
        "office documents are not migrated",
    ),
    Program("flac", "flac", ("--version",), "WAV and AIFF to FLAC", "sound is not migrated to FLAC"),
    Program(
        "ffmpeg", "ffmpeg", ("-version",), "converts video, decodes sound", "video is not migrated, sound not compared"
    ),
    Program("ffprobe", "ffmpeg", ("-version",), "reads what sound and video are", "sound and video are not compared"),
    Program(
        OUTLOOK_READER,
        "libemail-outlook-message-perl",
        (),
        "compares Outlook messages",
        "Outlook messages are not compared, and so not migrated",
    ),
    Program("iconv", "libc-bin", ("--version",), "legacy texts to UTF-8", "texts in legacy encodings are not migrated"),
)
LIBRARIES: Final = (
    Library("pikepdf", "writes PDF/A metadata; pages that are images"),
    Library("pillow", "compares images"),
    Library("pypdfium2", "compares PDF pages"),
    Library("numpy", "compares images"),
    Library("lxml", "compares office documents"),
    Library("olefile", "MSG to EML; compares documents of Word before 2007"),
    Library("xlrd", "compares Excel sheets before 2007"),
)


class Versions:
    """Asks each program once. Safe to call from several threads."""

    def __init__(self, fence: ToolFence) -> None:
        self._fence = fence
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}

    def of(self, name: str) -> ToolDescription:
        """A program's or library's. Raises Unavailable if a program is not installed."""
        library = next((one for one in LIBRARIES if one.name == name), None)
        if library is not None:
            return ToolDescription(name, _library_version(name) or "")
        with self._lock:
            if name not in self._known:
                self._known[name] = self._asked(name)
            return ToolDescription(name, self._known[name])

    def states(self) -> Sequence[ToolState]:
        """Every program and library, whether it is here or not."""
        found = [ToolState(one.name, self._here(one.name), one.package, one.purpose, one.without) for one in PROGRAMS]
        found += [
            ToolState(one.name, _library_version(one.name), "", one.purpose, "nothing of that is compared")
            for one in LIBRARIES
        ]
        return found

    def _here(self, name: str) -> str | None:
        if name != OUTLOOK_READER and shutil.which(name, path=_PATH) is None:
            return None
        try:
            return self.of(name).version
        except Unavailable:
            return None

    def _asked(self, name: str) -> str:
        if name == "perl":
            return self._said(["perl", "-e", 'printf "%vd", $^V'])
        if name == OUTLOOK_READER:
            outcome = self._fence.run(["perl", f"-M{name}", "-e", f"print ${name}::VERSION"], limits=_LIMITS)
            if not outcome.is_good:
                raise Unavailable(f"{name} is not installed")
            return outcome.out.decode("ascii", "replace")
        program = next(one for one in PROGRAMS if one.name == name)
        return self._said([name, *program.asking])

    def _said(self, command: Sequence[str]) -> str:
        outcome = self._fence.run(command, limits=_LIMITS)
        found = _VERSION.search((outcome.out + b"\n" + outcome.err).decode("utf-8", "replace"))
        return found[1] if found else "unknown"


def _library_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
