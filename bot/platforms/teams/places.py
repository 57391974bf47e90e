"""Where something is in Teams, as the ids that the rest of the program carries without looking into them.

`teams:@person` is a person's own chat with the bot, `teams:19:…@thread.tacv2` a channel or a chat of several; with
`;messageid=1718` a thread in a channel. A message is the Connector's conversation id, a bar and the activity's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

PREFIX = "teams:"
PLACE = re.compile(r"teams:(?:@(?P<person>[^;|]+)|(?P<chat>[^@;|][^;|]*))(?:;messageid=(?P<thread>[^;|]+))?")


@dataclass(frozen=True)
class Place:
    """A channel or chat, or the own chat of a person (by the directory's id); `thread` is "" outside of a thread."""

    chat: str = ""
    person: str = ""
    thread: str = ""

    def __str__(self) -> str:  # noqa: D105 - the form that the module speaks of
        where = f"@{self.person}" if self.person else self.chat
        return f"{PREFIX}{where};messageid={self.thread}" if self.thread else f"{PREFIX}{where}"

    def whole(self) -> Place:
        """The channel or chat of a thread."""
        return replace(self, thread="")


def place_of(conversation: str) -> Place:
    """The place of an id. Raises `ValueError` for one that is not of Teams."""
    found = PLACE.fullmatch(conversation)
    if not found:
        raise ValueError(f"{conversation!r} is no conversation of Teams")
    return Place(found["chat"] or "", found["person"] or "", found["thread"] or "")


def message_id(chat: str, activity: str) -> str:
    """The id of a message; of one in a thread the channel's is enough."""
    return f"{chat.partition(';')[0]}|{activity}"


def parts_of(message: str) -> tuple[str, str]:
    """The Connector's conversation id and the activity's id of a message."""
    chat, _, activity = message.rpartition("|")
    return chat, activity
