"""How much looking into files may take."""

from dataclasses import dataclass
from typing import Final

from preservation.domain.tools import ToolLimits

PATIENCE: Final = 10
"""How many times its processor time a file may take of time: for a machine that has much else to do, and slow disks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationLimits:
    """`seconds` of processor time are for one file, and one more for each `bytes_per_second` of it.

    `memory_bytes` are for one process; `media_seconds` is time for decoding one recording from its beginning to its end.
    """

    seconds: int = 60
    bytes_per_second: int = 4 << 20
    memory_bytes: int = 2 << 30
    media_seconds: int = 3600
    batch_files: int = 64
    said_bytes: int = 32 << 20

    def seconds_for(self, size: int) -> int:
        return self.seconds + size // self.bytes_per_second

    def of_batch(self, seconds: int) -> ToolLimits:
        """`seconds` are those of all its files together."""
        return ToolLimits(
            seconds=PATIENCE * (seconds + 30),
            cpu_seconds=seconds + 30,
            memory_bytes=self.memory_bytes,
            file_bytes=1 << 20,
            written_bytes=64 << 20,
            processes=4,
            said_bytes=self.said_bytes,
        )

    def of_program(self, size: int) -> ToolLimits:
        seconds = self.seconds_for(size)
        return ToolLimits(
            seconds=PATIENCE * seconds,
            cpu_seconds=2 * seconds,
            memory_bytes=self.memory_bytes,
            file_bytes=256 << 20,
            written_bytes=1 << 30,
            processes=16,
            said_bytes=8 << 20,
        )

    def of_media(self) -> ToolLimits:
        return ToolLimits(
            seconds=self.media_seconds,
            cpu_seconds=8 * self.media_seconds,
            memory_bytes=self.memory_bytes,
            file_bytes=1 << 20,
            written_bytes=64 << 20,
            processes=16,
            said_bytes=8 << 20,
        )
