"""What systemd is told: that the bot is ready, still goes round, and ends (systemd.io, sd_notify(3))."""

from __future__ import annotations

import socket
from contextlib import suppress

READY, ALIVE, STOPPING = "READY=1", "WATCHDOG=1", "STOPPING=1"


def notify(address: str, state: str) -> None:
    """Tell the service manager that listens at `address`, a path or an abstract name with "@"; "" tells nobody.

    A manager that is gone is no reason to stop.
    """
    if address:
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
