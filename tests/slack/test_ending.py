"""The end of Socket Mode: what is under way is acknowledged first, what comes meanwhile is left for its next delivery."""

from __future__ import annotations

import threading

from bot.platforms.slack.service import SocketService
from tests.slack.test_transport import LONG_ENOUGH, SILENT, acked, envelope
from tests.slack.world import SlackWorld


def connected_to(world: SlackWorld) -> SocketService:
    service = SocketService(world.app.bolt, "xapp-1", f"{world.slack.address}api/")
    known = len(world.slack.sockets)
    service.start()
    world.slack.wait(lambda: len(world.slack.sockets) > known, LONG_ENOUGH)
    return service


def under_way(service: SocketService, number: int) -> None:
    """Wait until so many envelopes are worked on."""
    with service._changed:
        assert service._changed.wait_for(lambda: service._under_way == number, LONG_ENOUGH)


def ends(service: SocketService) -> threading.Thread:
    """Begin to end it, and return when it takes nothing more."""
    thread = threading.Thread(target=service.stop)
    thread.start()
    with service._changed:
        assert service._changed.wait_for(lambda: service._ending, LONG_ENOUGH)
    return thread


def test_what_is_under_way_is_acknowledged_and_what_comes_meanwhile_is_not(world: SlackWorld) -> None:
    world.says("UEMP", "apua")  # so that nothing is asked of Slack before the commit
    first, second = world.message("UEMP", SILENT), world.message("UEMP", "kieli")
    service = connected_to(world)
    with world.store.unit():  # the writer is busy: the first waits for it
        world.slack.send(envelope(901, first))
        under_way(service, 1)
        ending = ends(service)
        world.slack.send(envelope(902, second))
    ending.join(LONG_ENOUGH)
    assert not ending.is_alive()
    world.slack.wait(lambda: acked(world, 901), LONG_ENOUGH)
    assert len(world.store.records("questions")) == 1
    assert not acked(world, 902), "Slack delivers it again, to the next process"
    assert not service.connected()


def test_a_connection_on_which_nothing_is_under_way_ends_at_once(world: SlackWorld) -> None:
    service = connected_to(world)
    assert service.connected()
    ending = ends(service)
    ending.join(LONG_ENOUGH)
    assert not ending.is_alive()
    assert not service.connected()
