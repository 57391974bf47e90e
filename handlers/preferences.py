"""How a person wants to be reminded: put off for a week, or without what only helps along (`torkku`, `mykistä`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from handlers.cards import Button, Buttons, Card, Text
from handlers.effects import Effect, Reply, Whisper
from handlers.events import Asked, Event, Pressed, press_of

if TYPE_CHECKING:  # facts hold people's wishes, so that this module comes before them
    from handlers.facts import Facts

SNOOZE = timedelta(days=7)
COMMANDS = {
    "snooze": ("torkku", "torkuta", "muistuta myöhemmin", "snooza", "påminn senare", "snooze", "remind me later"),
    "mute": ("mykistä", "mykistä muistutukset", "tysta", "tysta påminnelser", "mute", "mute reminders"),
    "unmute": (
        "poista mykistys", "muistuta taas", "slå på påminnelser", "påminn igen", "unmute", "remind me again",
    ),
}  # fmt: skip
"""The words that do what a button of the morning's message does."""


@dataclass(frozen=True)
class Record:
    """A person's wishes: `muted` leaves out nudges, and until the day `until` (ISO 8601) nothing is reminded of."""

    key: str
    person: str
    muted: bool = False
    until: str = ""
    version: int = 0
    status: str = "kept"

    def rests(self, today: date) -> bool:
        """Whether all reminders are put off today."""
        return bool(self.until) and today < date.fromisoformat(self.until)


def typed(event: Asked) -> Event | None:
    """The press that the words stand for, None where they put no reminders off."""
    words = event.text.casefold().strip(" .!")
    wish = next((name for name, known in COMMANDS.items() if words in known), "")
    return press_of(event, f"preferences/{event.person}", f"preferences/{wish}") if wish and event.person else None


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """Change a person's own wishes, and say what comes of it."""
    own = f"preferences/{event.person}"
    if not isinstance(event, Pressed) or not event.person or event.record != own:
        return record, [Whisper(Card("preferences/unknown", (Text("body"),)))]
    wishes = record or Record(own, event.person)
    match event.action:
        case "preferences/snooze":
            until = (facts.today + SNOOZE).isoformat()
            return replace(wishes, until=until), [_told("snoozed", until=until)]
        case "preferences/mute":
            return replace(wishes, muted=True), [_told("muted", Button("preferences/unmute", own))]
        case "preferences/unmute":
            return replace(wishes, muted=False, until=""), [_told("unmuted")]
        case _:
            return record, [Whisper(Card("preferences/unknown", (Text("body"),)))]


def _told(block: str, *buttons: Button, until: str = "") -> Effect:
    parts = (Text(block), *((Buttons(buttons),) if buttons else ()))
    return Reply(Card("preferences/told", parts, {"until": until}))
