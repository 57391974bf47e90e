"""The weekly digest to the communications team: what was asked, not found, not helpful, and what waits; without names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.cards import Button, Buttons, Card, Note, Part, Text
from handlers.effects import Effect, Notify, Remind, Reply, Whisper
from handlers.events import Asked, Elapsed, Event
from handlers.facts import Digest, Facts
from handlers.teams import COMMUNICATIONS, managers, serves

KEY = "digest/communications"
TIMER = "weekly"
COMMANDS = ("kooste", "viikkokooste", "sammandrag", "veckosammandrag", "digest", "weekly digest")


@dataclass(frozen=True)
class Record:
    """When the last digest was sent: the next one begins there."""

    key: str
    sent_at: datetime
    person: str = ""
    status: str = "sent"
    version: int = 0


def key_of(record: str) -> str:  # noqa: ARG001 - there is one digest, whatever the event was about
    """The key of the one record of this flow."""
    return KEY


def understands(event: Asked) -> bool:
    """Whether the words ask for the digest."""
    return event.text.casefold().strip(" .!") in COMMANDS


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """Send the digest when its time has come, and show what has gathered to whoever of the team asks."""
    if isinstance(event, Elapsed):
        sent = replace(record, sent_at=facts.now) if record else Record(KEY, facts.now)
        next_one = Remind(TIMER, facts.working_time.next_week(facts.now))
        return sent, [Notify(_card(facts), team=COMMUNICATIONS), next_one]
    if not serves(facts):
        return record, [Whisper(Card("digest/refused", (Text("body"),), {"managers": managers(facts)}))]
    return record, [Reply(_card(facts))]


def _card(facts: Facts) -> Card:
    digest = facts.digest or Digest("", "", 0)
    waiting = [
        {"number": q.record.partition("/")[2], "text": q.text, "sent_at": q.sent_at, "handler": q.handler}
        for q in facts.waiting
    ]
    data: dict[str, object] = {
        "since": digest.since, "until": digest.until, "asked": digest.asked, "waiting": waiting,
        **{name: _rows(getattr(digest, name)) for name in ("silent", "suggested", "unhelpful", "passages")},
    }  # fmt: skip
    parts: list[Part] = [Text("body")]
    for name in ("waiting", "silent", "unhelpful", "suggested", "passages"):
        if data[name]:
            parts.append(Text(name))
    parts += [Buttons((Button("curated/list"),)), Note("privacy")]
    return Card("digest/weekly", tuple(parts), data)


def _rows(counted: tuple[tuple[str, int], ...]) -> list[dict[str, object]]:
    return [{"text": text, "count": count} for text, count in counted]
