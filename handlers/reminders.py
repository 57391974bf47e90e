"""Each working morning everybody who is waited for gets one message with all that waits for them, and no second that day.

What waits, each flow tells (`SOURCES`); silence decides nothing (A3). Nothing goes out at night, at weekends or on a
holiday (R33): a round that comes late waits for the next working hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from handlers import unreached
from handlers.accounts.record import DECIDING
from handlers.accounts.waiting import due as requests_due
from handlers.agreements.record import DECIDING as AGREEING
from handlers.agreements.waiting import due as agreements_due
from handlers.cards import Button, Buttons, Card, Part, Text
from handlers.effects import Effect, Notify, Pass, Remind
from handlers.events import Elapsed, Event, Left, Undelivered
from handlers.facts import Facts
from handlers.matters import Matter
from handlers.overlays.waiting import due as overlays_due
from handlers.register.upkeep import due as register_due
from handlers.versions import due as versions_due

KEY, TIMER = "reminders/daily", "morning"
SHOWN = 15
"""Matters of one message; the rest are counted, and told the next morning."""
UNREACHED, AGAIN = "unreached>", timedelta(days=7)
"""How the note of somebody who is not reached begins, and after how long it is said again."""
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
    if isinstance(event, Undelivered) and record:
        return _unreached(record, event, facts)
    if not isinstance(event, Elapsed):
        return record, []
    record = record or first(KEY, facts.now)
    opens = facts.working_time.after(facts.now, timedelta())
    if opens > facts.now:
        return record, [Remind(TIMER, opens)]
    matters = [m for source in SOURCES for m in source(facts)]
    said = _shown([m for m in matters if _is_due(m, record, facts)], record)
    still = {name: at for m in matters if (at := record.spoken.get(name := _name(m)))}
    still |= {name: at for name, at in record.spoken.items() if name.startswith(UNREACHED) and facts.now - at < AGAIN}
    spoken = still | {_name(m): facts.now for found, _ in said.values() for m in found}
    return replace(record, sent_at=facts.now, spoken=spoken), [
        *_handed_on(event, facts),
        *(_message(to, found, rest, late=event.late) for to, (found, rest) in said.items()),
        Remind(TIMER, facts.working_time.next_morning(facts.now)),
    ]


def _unreached(record: Record, event: Undelivered, facts: Facts) -> tuple[Record, list[Effect]]:
    """Somebody's message did not arrive: the communications team is told, once a week of each."""
    name = f"{UNREACHED}{event.receiver}"
    if name in record.spoken and facts.now - record.spoken[name] < AGAIN:
        return record, []
    notices = unreached.told(event, facts, "duties")
    return (replace(record, spoken={**record.spoken, name: facts.now}), [*notices]) if notices else (record, [])


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
    """Requests whose turn passed to somebody else since it was given, and accounts whose people left or came back."""
    waiting = [r.key for r in facts.requests if r.status in DECIDING]
    waiting += [r.key for r in facts.agreements if r.status in AGREEING]
    turns: list[Effect] = [Pass(Elapsed(f"{event.key}:{key}", "", "", key, "turn")) for key in waiting]
    return turns + [
        Pass(Left(f"{event.key}:{a.key}:{person}", "", "", a.key, who=person, quiet=True))
        for a in facts.register if a.living
        for person in a.people if (person in a.left) != facts.people.has_left(person)
    ]  # fmt: skip


Receiver = tuple[str, str]
"""A person's id, or a team."""


def _shown(matters: Sequence[Matter], record: Record) -> dict[Receiver, tuple[Sequence[Matter], int]]:
    """What each receiver is told today, and how many more there are: those wait for the next morning.

    Duties come first, of them what was never spoken of or the longest ago, so that nothing is passed over for good.
    """
    of: dict[Receiver, list[Matter]] = {}
    for matter in matters:
        of.setdefault((matter.person, matter.team), []).append(matter)
    never = datetime.min.replace(tzinfo=UTC)
    for found in of.values():
        found.sort(key=lambda m: (m.nudge, record.spoken.get(_name(m), never)))
    return {to: (found[:SHOWN], len(found[SHOWN:])) for to, found in of.items()}


def _message(to: Receiver, matters: Sequence[Matter], rest: int, *, late: bool) -> Effect:
    """The one message of the morning."""
    person, team = to
    return Notify(_card(matters, rest, late=late), person=person, team=team)


def _card(matters: Sequence[Matter], rest: int, *, late: bool) -> Card:
    parts: list[Part] = [Text("head")]
    for matter in matters:
        parts.append(matter.text)
        if matter.buttons:
            parts.append(Buttons(matter.buttons))
    if rest:
        parts.append(Text("more"))
    if matters[0].person:
        own = f"preferences/{matters[0].person}"
        mute = (Button("preferences/mute", own),) if any(m.nudge for m in matters) else ()
        parts.append(Buttons((Button("preferences/snooze", own), *mute)))
    return Card("reminders/daily", tuple(parts), {"count": len(matters) + rest, "rest": rest, "late": late})
