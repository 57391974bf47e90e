"""Hand-written stand-ins for what the tests do not want for real: time, a chat platform that records or fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.platforms import Abilities, Refused, Unreachable
from bot.rendering import CardShown

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # 10.00 in Helsinki, a working day


@dataclass
class FakeClock:
    """A clock that stands still until it is moved."""

    at: datetime = MONDAY

    def now(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Sent:
    """A message as the platform got it."""

    kind: str
    conversation: str
    card: CardShown
    message: str
    person: str = ""


@dataclass
class FakePlatform:
    """Records what it is told. `failures` are raised first, one for each call; `refuses` are dead conversations.

    `files` are what can be fetched, by their source; a failure of a fetch comes when half of the file was given.

    Conversations are `fake:dm:person`, `fake:team:name` and, as a thread, `fake:team:name#message`; of a platform with
    another name they begin with that.
    """

    name: str = "fake"
    abilities: Abilities = field(default_factory=lambda: Abilities(whispers=True, homes=True))
    sent: list[Sent] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    homes: dict[str, CardShown] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def direct(self, person: str) -> str:
        return f"{self.name}:dm:{person}"

    def channel(self, team: str) -> str:
        return f"{self.name}:team:{team}"

    def is_direct(self, conversation: str) -> bool:
        return conversation.startswith(f"{self.name}:dm:")

    def home(self, person: str) -> str:
        return f"{self.name}:home:{person}"

    def lane(self, conversation: str, person: str) -> str:
        return f"{conversation.partition('#')[0]} {person}"

    def root(self, conversation: str) -> str:
        return conversation.partition("#")[2]

    def below(self, conversation: str, message: str) -> str:
        return f"{conversation}#{message}" if message else conversation

    def fetch(self, source: str) -> Iterator[bytes]:
        if source not in self.files:
            raise Refused(f"{source} is gone")
        half = len(self.files[source]) // 2
        yield self.files[source][:half]
        if self.failures:
            raise self.failures.pop(0)
        yield self.files[source][half:]

    def post(self, conversation: str, card: CardShown, key: str, door: str = "") -> str:  # noqa: ARG002 - no doors
        return self._take("post", conversation, card, key)

    def whisper(self, conversation: str, person: str, card: CardShown, key: str, door: str = "") -> str:  # noqa: ARG002
        return self._take("whisper", conversation, card, key, person=person)

    def show_home(self, person: str, card: CardShown) -> None:
        self.homes[person] = card

    def update(self, conversation: str, message: str, card: CardShown) -> None:
        assert message in {s.message for s in self.sent}, "there is no such message to change"
        self._take("update", conversation, card, "", message=message)

    def _take(self, kind: str, conversation: str, card: CardShown, key: str, person: str = "", message: str = "") -> str:
        if self.failures:
            raise self.failures.pop(0)
        if conversation in self.refuses:
            raise Refused(f"{conversation} is gone")
        if key:
            self.keys.append(key)
        self.sent.append(Sent(kind, conversation, card, message or f"m{len(self.sent) + 1}", person))
        return self.sent[-1].message

    def to(self, conversation: str) -> list[Sent]:
        return [s for s in self.sent if s.conversation == conversation]


__all__ = ["MONDAY", "FakeClock", "FakePlatform", "Refused", "Sent", "Unreachable"]
