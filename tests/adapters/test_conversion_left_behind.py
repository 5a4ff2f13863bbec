"""What a tool leaves in its folder is never followed from there: links and pipes are no inputs of the next run."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from preservation.adapters.conversion.converter import ToolConverter
from preservation.adapters.fence.system import SystemFence
from preservation.domain.conversions import Sameness
from preservation.domain.examinations import FileToExamine
from preservation.domain.tools import ToolEnd, ToolLimits, ToolOutcome
from tests.compound_files import Message, outlook_message

pytestmark = pytest.mark.tools

LEFT = ("other.eml", "back.txt", "before.raw", "after.raw", "before.txt")


class _LeavesThings:
    """A fence in which every program of others leaves a link or a pipe instead of doing its work."""

    def __init__(self, kind: str, secret: Path) -> None:
        self._fence = SystemFence()
        self._kind = kind
        self._secret = secret
        self.shown: list[str] = []

    @property
    def strength(self) -> str:
        return self._fence.strength

    def run(
        self,
        command: Sequence[str],
        *,
        inputs: Mapping[str, str] | None = None,
        folder: str | None = None,
        limits: ToolLimits,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
    ) -> ToolOutcome:
        self.shown += [path for path in (inputs or {}).values() if os.path.basename(path) in LEFT]
        if command[0] == sys.executable or folder is None:
            return self._fence.run(
                command, inputs=inputs, folder=folder, limits=limits, stdin=stdin, environment=environment
            )
        for name in LEFT:
            place = Path(folder) / name
            if self._kind == "link":
                place.unlink(missing_ok=True)
                place.symlink_to(self._secret)
            elif not place.exists():
                os.mkfifo(place)
        return ToolOutcome(ToolEnd.EXITED, 0, b"", b"", 0.0)


@pytest.mark.parametrize(
    ("recipe", "kind"),
    [
        ("msg-to-eml", "link"),
        ("msg-to-eml", "pipe"),
        ("text-to-utf8", "link"),
        ("image-to-tiff", "link"),
        ("document-to-odt", "link"),
    ],
)
def test_a_link_or_pipe_that_a_tool_leaves_is_no_input_of_the_next(tmp_path: Path, recipe: str, kind: str) -> None:
    name, puid = {
        "msg-to-eml": ("a.msg", "x-fmt/430"),
        "text-to-utf8": ("a.txt", "x-fmt/111"),
        "image-to-tiff": ("a.tif", "fmt/353"),
        "document-to-odt": ("a.rtf", "fmt/45"),
    }[recipe]
    (tmp_path / "secret").write_bytes(b"never told")
    source = tmp_path / name
    if recipe == "msg-to-eml":
        source.write_bytes(outlook_message(Message("Báo cáo", "Kính gửi", to=("an@luutru.example",))))
    elif recipe == "image-to-tiff":
        made = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=8x8", "-frames:v", "1"]
        subprocess.run([*made, "-pix_fmt", "rgb48le", str(source)], check=True)
    else:
        source.write_bytes(b"{\\rtf1 text}")
    fence = _LeavesThings(kind, tmp_path / "secret")

    answer = ToolConverter(fence).compare(
        recipe,
        FileToExamine(str(source), puid),
        [FileToExamine(str(source), None)],
        {"encoding": "tcvn"} if recipe == "text-to-utf8" else {},
    )

    assert answer.sameness is Sameness.UNKNOWN
    assert fence.shown == []
