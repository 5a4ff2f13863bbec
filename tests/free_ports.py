"""Ports that nobody listens on now, and that no connection is given while a server that has one is down."""

import random
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000
_TRIES = 1000


def free_ports(count: int) -> Sequence[int]:
    """Different ones: all are held until the last was found.

    They lie below those that the kernel gives to outgoing connections: a server that is killed and started again would find
    its port taken by one, for as long as that lasts.
    """
    below = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 0
    if below <= _LOWEST:
        # A kernel that gives any port away.
        below = 32_768
    rng = random.SystemRandom()
    with ExitStack() as stack:
        ports: list[int] = []
        for _ in range(_TRIES):
            if len(ports) == count:
                return ports
            port = rng.randrange(_LOWEST, below)
            held = stack.enter_context(socket.socket())
            try:
                held.bind(("127.0.0.1", port))
            except OSError:
                continue
            ports.append(port)
    raise OSError("no port is free")


def free_port() -> int:
    """One of them."""
    [port] = free_ports(1)
    return port
