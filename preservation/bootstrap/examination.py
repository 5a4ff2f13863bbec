"""What looks into files and what scans them for viruses on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from preservation.adapters.examination.clamav import ClamScanner
from preservation.adapters.examination.examiner import FencedExaminer
from preservation.bootstrap.fences import tool_fence
from preservation.ports.examination import Examiner, VirusScanner
from preservation.settings import Settings

DEBIAN_EPUBCHECK: Final = Path("/usr/share/java/epubcheck.jar")


@contextmanager
def examiner(settings: Settings, scratch: Path | None = None) -> Iterator[Examiner]:  # noqa: ARG001 (as the others)
    """Processes are started when files are examined. `scratch` is not needed: nothing is written."""
    jar = settings.epubcheck_jar or (str(DEBIAN_EPUBCHECK) if DEBIAN_EPUBCHECK.is_file() else None)
    found = FencedExaminer(
        tool_fence(settings), lanes=settings.examination_lanes, epubcheck=jar, verapdf=settings.verapdf or None
    )
    try:
        yield found
    finally:
        found.close()


def virus_scanner(settings: Settings, scratch: Path | None = None) -> VirusScanner | None:
    """ClamAV. Whether it is asked at all is the policy's decision; without signatures it is Unavailable when it is."""
    shown = replace(settings, tool_folders=(*settings.tool_folders, settings.clamav_database))
    return ClamScanner(
        tool_fence(shown), database=settings.clamav_database, clamd=settings.clamd_socket or None, scratch=scratch
    )
