"""Many reads at a time, straight from the device into our memory: io_submit(2) over files opened with O_DIRECT.

One call hands all of them to the kernel, which joins those of neighbouring blocks into one request to the device; one more waits
for them. For small files that is a fraction of what a read of its own costs each, and nothing passes through the page cache.
"""

import ctypes
import errno
import mmap
import os
import sys
from collections import deque
from collections.abc import Sequence

DEPTH = 32
BUFFER_BYTES = 2 << 20
BLOCK = 4096

# io_setup, io_destroy, io_submit, io_getevents
_NUMBERS = {"x86_64": (206, 207, 209, 208), "aarch64": (0, 1, 2, 4)}
_REQUEST_WORDS = 8  # struct iocb of linux/aio_abi.h: 64 bytes
_EVENT_WORDS = 4  # struct io_event: 32 bytes
_syscall = ctypes.CDLL(None, use_errno=True).syscall
_syscall.restype = ctypes.c_long


class DirectReads:
    """A queue of up to DEPTH reads into a buffer of BUFFER_BYTES, `view`. For one thread at a time.

    OSError (ENOSYS, EPERM, EAGAIN) where the kernel has no such thing, refuses it, or has given out all it has.
    """

    def __init__(self) -> None:
        self._context = ctypes.c_ulong(0)
        numbers = _NUMBERS.get(os.uname().machine)
        # The requests are laid out as a 64-bit little-endian machine wants them.
        if numbers is None or sys.byteorder != "little" or sys.maxsize < 1 << 32:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
        setup, self._destroy, self._submit, self._wait = map(ctypes.c_long, numbers)
        self._buffer = mmap.mmap(-1, BUFFER_BYTES)
        self.view = memoryview(self._buffer)
        self._start = ctypes.addressof(ctypes.c_char.from_buffer(self._buffer))
        requests = (ctypes.c_uint64 * (_REQUEST_WORDS * DEPTH))()
        events = (ctypes.c_int64 * (_EVENT_WORDS * DEPTH))()
        first = ctypes.addressof(requests)
        self._listed = (ctypes.c_uint64 * DEPTH)(*(first + 8 * _REQUEST_WORDS * index for index in range(DEPTH)))
        self._requests, self._events = memoryview(requests).cast("B").cast("Q"), memoryview(events).cast("B").cast("q")
        for index in range(DEPTH):
            self._requests[_REQUEST_WORDS * index] = index  # comes back with the event
        self._event_address = ctypes.c_void_p(ctypes.addressof(events))
        if _syscall(setup, ctypes.c_uint(DEPTH), ctypes.byref(self._context)) < 0:
            raise _failure()

    def read(self, descriptors: Sequence[int], counts: Sequence[int]) -> Sequence[int]:
        """Read the beginning of each file into the buffer, one behind the other.

        A count is how many bytes to ask for: whole blocks, as O_DIRECT demands. For each file the bytes that were read, fewer
        at its end, or -errno.
        """
        words = self._requests
        place, at = self._start, 0
        for descriptor, count in zip(descriptors, counts, strict=True):
            words[at + 2] = descriptor << 32  # above the operation's number: 0, a read
            words[at + 3] = place
            words[at + 4] = count
            place += count
            at += _REQUEST_WORDS
        results = [-errno.EAGAIN] * len(counts)
        # Not all need be taken: what is left is not read.
        waiting = _syscall(self._submit, self._context, ctypes.c_long(len(counts)), self._listed)
        while waiting > 0:
            least = ctypes.c_long(waiting)
            done = _syscall(self._wait, self._context, least, least, self._event_address, None)
            if done < 0:
                if ctypes.get_errno() == errno.EINTR:
                    continue
                # Never to be found reading into its buffer by somebody else.
                self.close()
                break
            for at in range(0, _EVENT_WORDS * done, _EVENT_WORDS):
                results[self._events[at]] = self._events[at + 2]
            waiting -= done
        return results

    @property
    def is_closed(self) -> bool:
        return not self._context.value

    def close(self) -> None:
        """Waits for what is under way. Idempotent."""
        context, self._context = self._context, ctypes.c_ulong(0)
        if context.value:
            _syscall(self._destroy, context)

    def __del__(self) -> None:
        self.close()


class DirectQueues:
    """Queues that are used again: the kernel takes its time to take one back. Safe to call from several threads."""

    def __init__(self) -> None:
        self._idle: deque[DirectReads] = deque()

    def take(self) -> DirectReads | None:
        """None where there are none to be had."""
        try:
            return self._idle.pop()
        except IndexError:
            pass
        try:
            return DirectReads()
        except OSError:
            return None

    def give_back(self, queue: DirectReads) -> None:
        """For the next one who wants it."""
        if not queue.is_closed:
            self._idle.append(queue)


def _failure() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
