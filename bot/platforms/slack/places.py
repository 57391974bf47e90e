"""Where something is in Slack, as the ids that the rest of the program carries without looking into them.

`slack:@person` is a person's own conversation with the bot, `slack:C1` a channel; each with `:1718.2` a thread in it. A
message is `C1:1718.2`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

PREFIX = "slack:"
PLACE = re.compile(r"slack:(?:@(?P<person>.+?)|(?P<channel>[A-Z0-9]+))(?::(?P<thread>\d+\.\d+))?")


@dataclass(frozen=True)
class Place:
    """A channel, or the own conversation of a person (by the directory's id); `thread` is "" outside of a thread."""

    channel: str = ""
    person: str = ""
    thread: str = ""

    def __str__(self) -> str:  # noqa: D105 - the form that the module speaks of
        where = f"@{self.person}" if self.person else self.channel
        return f"{PREFIX}{where}:{self.thread}" if self.thread else f"{PREFIX}{where}"

    def whole(self) -> Place:
        """The channel or conversation of a thread."""
        return replace(self, thread="")


def place_of(conversation: str) -> Place:
    """The place of an id. Raises `ValueError` for one that is not Slack's."""
    found = PLACE.fullmatch(conversation)
    if not found:
        raise ValueError(f"{conversation!r} is no conversation of Slack's")
    return Place(found["channel"] or "", found["person"] or "", found["thread"] or "")


def message_id(channel: str, timestamp: str) -> str:
    """The id of a message."""
    return f"{channel}:{timestamp}"


def parts_of(message: str) -> tuple[str, str]:
    """The channel and the time-stamp of a message's id."""
    channel, _, timestamp = message.partition(":")
    return channel, timestamp
