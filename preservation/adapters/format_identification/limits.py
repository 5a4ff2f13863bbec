"""How much time and memory an engine may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one engine process. Seconds, bytes.

    A batch may take `base_seconds` and a second for every `bytes_per_second` of its files, though no more than
    `most_seconds` for those. Siegfried reads a file to its end as long as a signature could still match, at some 200 MB/s,
    so a file of more than about 60 GB may use up the default; it is then judged by its first and last `window_bytes`.
    `memory_bytes` bounds the process's private writable memory (RLIMIT_DATA; RLIMIT_AS does not suit a Go runtime).
    """

    start_seconds: float = 60.0
    base_seconds: float = 30.0
    bytes_per_second: int = 10 * 1024 * 1024
    most_seconds: float = 300.0
    memory_bytes: int = 2 * 1024**3
    window_bytes: int = 16 * 1024**2

    def seconds_for(self, size: int) -> float:
        """How long a batch of so many bytes may take."""
        return self.base_seconds + min(size / self.bytes_per_second, self.most_seconds)
