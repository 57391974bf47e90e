"""Each working morning everybody who is waited for gets one message with all that waits for them, and no second that day.

What waits, each flow tells (`SOURCES`); silence decides nothing (A3). Nothing goes out at night, at weekends or on a
holiday (R33): a round that comes late waits for the next working hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from handlers.accounts.record import DECIDING
from handlers.accounts.waiting import due as requests_due
from handlers.agreements.record import DECIDING as AGREEING
from handlers.agreements.waiting import due as agreements_due
from handlers.cards import Button, Buttons, Card, Part, Text
from handlers.effects import Effect, Notify, Pass, Remind
from handlers.events import Elapsed, Event, Left
from handlers.facts import Facts
from handlers.matters import Matter
from handlers.overlays.turns import due as overlays_due
from handlers.register.upkeep import due as register_due
from handlers.versions import due as versions_due

KEY, TIMER = "reminders/daily", "morning"
SHOWN = 15
"""Matters of one message; the rest are counted."""
SOURCES: tuple[Callable[[Facts], Iterable[Matter]], ...] = (
    requests_due,
    overlays_due,
    agreements_due,
    register_due,
    versions_due,
)
"""Who tells what is due. The order is that of the message."""


@dataclass(frozen=True)
class Record:
    """When the morning round was made, and when each matter was last spoken of, by the matter and its receiver."""

    key: str
    sent_at: datetime
    spoken: Mapping[str, datetime] = field(default_factory=dict)
    version: int = 0
    status: str = "sent"
    person: str = ""


def first(key: str, now: datetime) -> Record:
    """The record before the first round."""
    return Record(key, now)


def journalled(record: Record) -> Record:
    """What the journal keeps of a round: that it was made. What was said is in the records that it speaks of."""
    return replace(record, spoken={})


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The morning round."""
    if not isinstance(event, Elapsed):
        return record, []
    record = record or first(KEY, facts.now)
    opens = facts.working_time.after(facts.now, timedelta())
    if opens > facts.now:
        return record, [Remind(TIMER, opens)]
    matters = [m for source in SOURCES for m in source(facts)]
    said = [m for m in matters if _is_due(m, record, facts)]
    still = {name: at for m in matters if (at := record.spoken.get(name := _name(m)))}
    spoken = still | {_name(m): facts.now for m in said}
    return replace(record, sent_at=facts.now, spoken=spoken), [
        *_handed_on(event, facts),
        *_messages(said, facts, late=event.late),
        Remind(TIMER, facts.working_time.next_morning(facts.now)),
    ]


def _name(matter: Matter) -> str:
    return f"{matter.id}>{matter.person or matter.team}"


def _is_due(matter: Matter, record: Record, facts: Facts) -> bool:
    """Whether a matter was not spoken of too lately, and its receiver does not have it put off or muted."""
    wishes = facts.preferences.get(matter.person)
    if wishes and (wishes.rests(facts.today) or (matter.nudge and wishes.muted)):
        return False
    last = record.spoken.get(_name(matter))
    return last is None or facts.working_time.days_between(last, facts.now) >= matter.every


def _handed_on(event: Event, facts: Facts) -> list[Effect]:
    """Requests whose turn passed to somebody else since it was given, and accounts whose people left unnoticed."""
    waiting = [r.key for r in facts.requests if r.status in DECIDING]
    waiting += [r.key for r in facts.agreements if r.status in AGREEING]
    turns: list[Effect] = [Pass(Elapsed(f"{event.key}:{key}", "", "", key, "turn")) for key in waiting]
    return turns + [
        Pass(Left(f"{event.key}:{a.key}:{person}", "", "", a.key, who=person, quiet=True))
        for a in facts.register if a.living
        for person in a.people if person not in a.left and facts.people.has_left(person)
    ]  # fmt: skip


def _messages(matters: Sequence[Matter], facts: Facts, *, late: bool) -> list[Effect]:
    """One message to each person, and one to each team."""
    of: dict[tuple[str, str], list[Matter]] = {}
    for matter in matters:
        of.setdefault((matter.person, matter.team), []).append(matter)
    return [
        Notify(_card(sorted(found, key=lambda m: m.nudge), facts, late=late), person=person, team=team)
        for (person, team), found in of.items()
    ]


def _card(matters: Sequence[Matter], facts: Facts, *, late: bool) -> Card:  # noqa: ARG001 - the shape of a card
    parts: list[Part] = [Text("head")]
    for matter in matters[:SHOWN]:
        parts.append(matter.text)
        if matter.buttons:
            parts.append(Buttons(matter.buttons))
    if matters[SHOWN:]:
        parts.append(Text("more"))
    if matters[0].person:
        nudged = any(m.nudge for m in matters)
        own = f"preferences/{matters[0].person}"
        mute = (Button("preferences/mute", own),) if nudged else ()
        parts.append(Buttons((Button("preferences/snooze", own), *mute)))
    data = {"count": len(matters), "rest": len(matters[SHOWN:]), "late": late}
    return Card("reminders/daily", tuple(parts), data)
