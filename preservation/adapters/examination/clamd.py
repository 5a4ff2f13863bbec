"""A running clamd, asked through its socket (clamd(8), COMMANDS): descriptors are passed, so that it needs no right to the files.

Before its first use a clamd is tried out on an archive with a password and on a file beyond every limit. One that calls them
clean would call files clean that nobody looked into.
"""

import os
import re
import socket
import threading
from collections.abc import Sequence
from typing import Final

from preservation.adapters.examination.look import plain
from preservation.errors import Unavailable, could_not

_SECONDS: Final = 1800.0
_MAX_ANSWER: Final = 1 << 16
_ANSWER: Final = re.compile(r"[^:]*: (.*)")
# A ZIP with one member of twelve bytes that needs a password: no more than its headers say so.
_LOCKED: Final = (
    b"PK\3\4\x14\0\1\0\0\0\0\0!\0\0\0\0\0\x18\0\0\0\x0c\0\0\0\1\0\0\0a" + bytes(24)
    + b"PK\1\2\x14\0\x14\0\1\0\0\0\0\0!\0\0\0\0\0\x18\0\0\0\x0c\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0a"
    + b"PK\5\6\0\0\0\0\1\0\1\0/\0\0\x007\0\0\0\0\0"
)  # fmt: skip
_BEYOND: Final = 5 << 30
"""No clamd takes files of so many bytes: its own numbers end at 4 GiB."""


class Clamd:
    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._is_tried = False

    def scan(self, paths: Sequence[str]) -> list[str | None]:
        with self._lock:
            if not self._is_tried:
                self._try()
                self._is_tried = True
        return [self._scan(path) for path in paths]

    def version(self) -> str:
        return self._ask(b"zVERSION\0", None)

    def _scan(self, path: str) -> str | None:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise could_not(f"{path} cannot be scanned", error) from error
        try:
            return self._verdict(descriptor)
        finally:
            os.close(descriptor)

    def _verdict(self, descriptor: int) -> str | None:
        said = self._ask(b"zFILDES\0", descriptor)
        found = _ANSWER.fullmatch(said)
        verdict = found.group(1) if found else ""
        if verdict in ("OK", "Empty file"):
            return None
        if verdict.endswith(" FOUND"):
            return plain(verdict.removesuffix(" FOUND"))
        raise Unavailable(f"clamd could not scan a file: {plain(said) or 'no answer'}")

    def _ask(self, command: bytes, descriptor: int | None) -> str:
        """One connection for one question: it is what FILDES is for."""
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(_SECONDS)
                connection.connect(self._path)
                connection.sendall(command)
                if descriptor is not None:
                    socket.send_fds(connection, [b"\0"], [descriptor])
                answer = bytearray()
                while not answer.endswith(b"\0") and (part := connection.recv(4096)):
                    answer += part
                    if len(answer) > _MAX_ANSWER:
                        raise Unavailable("clamd says too much")
        except OSError as error:
            raise could_not(f"clamd at {self._path}", error) from error
        return answer.decode("utf-8", "replace").strip("\0\r\n ")

    def _try(self) -> None:
        for content, size, option in ((_LOCKED, len(_LOCKED), "AlertEncrypted"), (b"", _BEYOND, "AlertExceedsMax")):
            descriptor = os.memfd_create("trial")
            try:
                os.write(descriptor, content)
                os.ftruncate(descriptor, size)
                os.lseek(descriptor, 0, os.SEEK_SET)
                if self._verdict(descriptor) is None:
                    raise Unavailable(
                        f"clamd calls files clean that it cannot look into: set {option} to yes in clamd.conf"
                    )
            finally:
                os.close(descriptor)
