"""What a chat platform is to the bot: a translator of events and cards, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from bot.rendering import CardShown


class Refused(RuntimeError):
    """The platform will never take this message (a conversation that is gone): it becomes a dead letter."""


class Unreachable(RuntimeError):
    """The platform did not take the message now; `retry_after` seconds is its own wish, or None."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotLetIn(Unreachable):
    """The platform does not take the bot's token, or a right is missing: it waits until the administrator mends it."""


@dataclass(frozen=True)
class Abilities:
    """What a platform can do; the bot chooses by this, never by a platform's name.

    `whispers`: messages that one person of a conversation sees; `homes`: a view per person beside the conversations;
    `overhears`: words among others that do not name the bot; `seeks`: it finds people whom the bot never met; `pace`: the
    least time between two messages that share a lane.
    """

    whispers: bool
    homes: bool = False
    overhears: bool = True
    seeks: bool = True
    pace: timedelta = timedelta()


class Platform(Protocol):
    """A chat platform. Ids that it gives out begin with its `name` and a colon; only it takes them apart."""

    name: str
    abilities: Abilities

    def direct(self, person: str) -> str:
        """The conversation of the bot and this person alone."""
        ...

    def channel(self, team: str) -> str:
        """The conversation of a team, "" where it has none here."""
        ...

    def is_direct(self, conversation: str) -> bool:
        """Whether the conversation is one person's own with the bot, so that nobody else sees it."""
        ...

    def home(self, person: str) -> str:
        """The name under which a person's home view is sent to, in order with itself."""
        ...

    def lane(self, conversation: str, person: str) -> str:
        """What shares a pace with it: messages for all of a channel, or whispers to one `person`, "" for all."""
        ...

    def root(self, conversation: str) -> str:
        """The id of the message that the conversation is the thread of, "" where it is no thread."""
        ...

    def below(self, conversation: str, message: str) -> str:
        """The conversation that is the thread of a posted message of a conversation.

        The conversation itself where the platform has no threads, or `message` is "".
        """
        ...

    def fetch(self, source: str) -> Iterator[bytes]:
        """The bytes of a file that somebody sent. Raises `Refused`, `Unreachable`, also on the way through them."""
        ...

    def post(self, conversation: str, card: CardShown, key: str, door: str = "") -> str:
        """Post a card and give the message's id. `key` is the same on a second try. Raises `Refused`, `Unreachable`."""
        ...

    def update(self, conversation: str, message: str, card: CardShown) -> None:
        """Change a posted message. Raises `Refused`, `Unreachable`."""
        ...

    def whisper(self, conversation: str, person: str, card: CardShown, key: str, door: str = "") -> str:
        """Show a card to one person in a conversation. Raises `Refused`, `Unreachable`."""
        ...

    def show_home(self, person: str, card: CardShown) -> None:
        """Renew a person's home view. Raises `Refused`, `Unreachable`."""
        ...


Platforms = Mapping[str, Platform]
PLATFORMS: Sequence[str] = ("slack", "teams", "web")
"""The platforms that exist, by the name of their package, in the order in which they are tried to reach somebody."""


def platform_of(identifier: str) -> str:
    """The platform's name in an id such as `web:dm:7`."""
    return identifier.partition(":")[0]
