"""The time and what must be new, from the operating system."""

import os
import threading
import time
import uuid
from datetime import UTC, datetime


class SystemClock:
    """ports.Clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemMinter:
    """ports.Minter. Identifiers are UUIDs of version 7 (RFC 9562, 5.7), with a counter in `rand_a` (6.2, method 1)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def urn(self) -> str:
        random = int.from_bytes(os.urandom(8)) & ((1 << 62) - 1)
        with self._lock:
            # Milliseconds and counter are one number that only grows: a full counter runs into the next millisecond.
            self._last = max(self._last + 1, (time.time_ns() // 1_000_000) << 12)
            stamp = self._last
        value = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0b10 << 62 | random
        return f"urn:uuid:{uuid.UUID(int=value)}"

    def salt(self) -> bytes:
        return os.urandom(32)
