"""Ports for servers of the tests that must be told one beforehand."""

from __future__ import annotations

import random
import socket
from contextlib import suppress

RANGE = range(20_000, 32_000)
"""Below those that the system gives to outgoing connections, one of which could take a port before its server does."""


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    for port in random.sample(RANGE, 1000):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError(f"no port of {RANGE} is free")
