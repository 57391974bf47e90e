"""What stories told in Slack and in Teams have in common: a store to look into, and time that passes as it does."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from bot.storage import Store
from tests.fakes import FakeClock


class Chat(Protocol):
    """A bot in a chat service, with the clock that stands still until it is moved."""

    store: Store
    clock: FakeClock

    def settle(self) -> None:
        """Send all that is due."""


def runs(house: Chat, **by: float) -> None:
    """Let time pass as it does: every timer fires when it is due, in its order."""
    end = house.clock.now() + timedelta(**by)
    while (due := house.store.next_timer()) is not None and due <= end:
        house.clock.at = max(due, house.clock.now())
        house.settle()
    house.clock.at = max(end, house.clock.now())
    house.settle()
