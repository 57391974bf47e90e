"""The websocket of Socket Mode breaks in every way: it is made anew within seconds; what comes again is taken once."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from bot.platforms.slack.service import SocketService
from tests.slack.fake import FakeSlack
from tests.slack.test_transport import acked, envelope
from tests.slack.world import SlackWorld

pytestmark = pytest.mark.slow

SILENT = "Miten some-tili suljetaan?"
SOON = 5
"""Seconds within which a broken connection is there again."""
HALF_OPEN = 10
"""Seconds within which a connection that is dead without a word is made anew."""


class Wire:
    """A wire between the bot and Slack, which can be cut, and can go silent."""

    def __init__(self, to: str) -> None:
        self._to = (str(urlsplit(to).hostname), int(urlsplit(to).port or 0))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._ends: list[tuple[socket.socket, socket.socket]] = []
        self._silent: set[int] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._to)
                self._ends.append((near, far))
                for source, drain in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, drain), daemon=True).start()

    def _carry(self, source: socket.socket, drain: socket.socket) -> None:
        source.settimeout(0.05)  # none waits in the kernel for long: it would keep a closed descriptor open
        with suppress(OSError):
            while (data := self._read(source)) != b"":
                if data and id(source) not in self._silent:
                    drain.sendall(data)
            drain.shutdown(socket.SHUT_WR)

    def _read(self, source: socket.socket) -> bytes | None:
        """What came, None where nothing did."""
        with suppress(TimeoutError):
            return source.recv(65536)
        return None

    def cut(self) -> None:
        """Reset every connection: the bot reads RST."""
        for near, far in self._ends:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            near.close()
            far.close()
        self._ends.clear()

    def hang_up(self) -> None:
        """End every connection without the websocket's own farewell: the bot reads the end of the stream."""
        for ends in self._ends:
            for end in ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def go_silent(self) -> None:
        """Carry nothing any more over the connections that there are, in neither direction, and say nothing of it."""
        self._silent |= {id(end) for ends in self._ends for end in ends}

    def end(self) -> None:
        self._listener.close()
        self.cut()


@pytest.fixture
def wire(fake: FakeSlack) -> Iterator[Wire]:
    made = Wire(fake.address)
    direct, fake.address = fake.address, made.address
    yield made
    fake.address = direct
    made.end()


@pytest.fixture
def connected(world: SlackWorld, wire: Wire) -> Iterator[SlackWorld]:
    """The bot with a websocket over the wire."""
    service = SocketService(world.app.bolt, "xapp-1", f"{wire.address}api/")
    known = len(world.slack.sockets)
    service.start()
    world.slack.wait(lambda: len(world.slack.sockets) > known, 20)
    yield world
    service.stop()


def is_taken_once_on_a_new_connection(world: SlackWorld, first: object, seconds: float) -> None:
    """Slack delivers what was never acknowledged again, and once more; on the new connection both are acknowledged."""
    world.slack.wait(lambda: bool(world.slack.sockets) and world.slack.sockets[-1] is not first, seconds)
    body = world.message("UEMP", SILENT)
    for number in (1, 2):
        world.slack.send(envelope(number, body, retry_attempt=number))
        world.slack.wait(lambda number=number: acked(world, number), 20)
    assert len(world.store.records("questions")) == 1


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
def test_a_connection_that_slack_is_about_to_end_is_made_anew(connected: SlackWorld, reason: str) -> None:
    first = connected.slack.sockets[-1]
    connected.slack.hang_up({"type": "disconnect", "reason": reason, "debug_info": {"host": "x"}})
    is_taken_once_on_a_new_connection(connected, first, SOON)


def test_a_connection_that_is_reset_is_made_anew(connected: SlackWorld, wire: Wire) -> None:
    first = connected.slack.sockets[-1]
    wire.cut()
    is_taken_once_on_a_new_connection(connected, first, SOON)


@pytest.mark.slow
@pytest.mark.parametrize("dies", [Wire.go_silent, Wire.hang_up])
def test_a_connection_that_is_dead_without_a_word_is_made_anew(
    connected: SlackWorld, wire: Wire, dies: Callable[[Wire], None]
) -> None:
    first = connected.slack.sockets[-1]
    dies(wire)
    is_taken_once_on_a_new_connection(connected, first, HALF_OPEN)
