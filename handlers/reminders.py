"""Each working morning who is waited for is reminded, in one message a day and person; silence decides nothing (A3).

Reminders climb with working days: the decider; the deputy too; the next level and the communications team. Where the
turn passed to somebody else since it was given, the request is handed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from handlers.accounts import cards
from handlers.accounts.record import DECIDING, Status
from handlers.accounts.record import Record as Request
from handlers.accounts.turns import FIRST, climbed, reminded
from handlers.cards import Button, Buttons, Card, Part, Text
from handlers.effects import Effect, Notify, Pass, Remind
from handlers.events import Elapsed, Event
from handlers.facts import Facts
from handlers.teams import COMMUNICATIONS

KEY, TIMER = "reminders/daily", "morning"
EVERY = 2
"""Working days between two reminders of the same matter."""
SHOWN = 15
"""Matters of one message; the rest are counted."""


@dataclass(frozen=True)
class Record:
    """When the morning round was made, and of each matter (its request, round and stage) on which day it was reminded."""

    key: str
    sent_at: datetime
    reminded: Mapping[str, int] = field(default_factory=dict)
    version: int = 0
    status: str = "sent"
    person: str = ""


def first(key: str, now: datetime) -> Record:
    """The record before the first round."""
    return Record(key, now)


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The morning round."""
    if not isinstance(event, Elapsed):
        return record, []
    record = record or first(KEY, facts.now)
    due = {m: r for r in facts.requests if (m := _matter(r)) and _is_due(r, record, facts)}
    days = {m: climbed(r, facts) for r in facts.requests if (m := _matter(r)) in due}
    still = {m: d for m, d in record.reminded.items() if m in {_matter(r) for r in facts.requests}}
    sent = replace(record, sent_at=facts.now, reminded={**still, **days})
    return sent, [
        *_handed_on(event, facts),
        *_messages(due, facts, late=event.late),
        Remind(TIMER, facts.working_time.next_morning(facts.now)),
    ]


def _matter(request: Request) -> str:
    return f"{request.key}@{request.round}.{request.stage}.{request.status.value}"


def _is_due(request: Request, record: Record, facts: Facts) -> bool:
    """Whether a matter has waited long enough, and was not spoken of too lately. A draft has its own notice."""
    if request.status is Status.DRAFT:
        return False
    days = climbed(request, facts)
    return days >= FIRST and days - record.reminded.get(_matter(request), 0) >= EVERY


def _handed_on(event: Event, facts: Facts) -> list[Effect]:
    return [
        Pass(Elapsed(f"{event.key}:{r.key}", "", "", r.key, "turn")) for r in facts.requests if r.status in DECIDING
    ]  # fmt: skip


def _messages(due: Mapping[str, Request], facts: Facts, *, late: bool) -> list[Effect]:
    """One message to each person, and one to the communications team."""
    of_person: dict[str, list[tuple[Request, str]]] = {}
    of_team: list[tuple[Request, str]] = []
    for request in due.values():
        people, team = reminded(request, facts)
        for person in people:
            of_person.setdefault(person.id, []).append((request, "turn"))
        for person_id in _unanswered(request):
            of_person.setdefault(person_id, []).append((request, "named"))
        of_team += [(request, "turn")] if team else []
    told: list[Effect] = [Notify(_card(matters, facts, late=late), person=p) for p, matters in of_person.items()]
    return told + ([Notify(_card(of_team, facts, late=late), team=COMMUNICATIONS)] if of_team else [])


def _unanswered(request: Request) -> list[str]:
    """Named people who have not said whether they take their part. Consent to one's name is never asked twice (R77)."""
    if request.status not in DECIDING:
        return []
    return [person for person, agreement in request.agreements.items() if not agreement.answer]


def _card(matters: list[tuple[Request, str]], facts: Facts, *, late: bool) -> Card:
    parts: list[Part] = [Text("head")]
    for request, why in matters[:SHOWN]:
        parts.append(Text(why, {**cards.data_of(request, facts), "days": climbed(request, facts)}))
        parts.append(Buttons((Button("accounts/show", request.key),)))
    if matters[SHOWN:]:
        parts.append(Text("more"))
    data = {"count": len(matters), "rest": len(matters[SHOWN:]), "late": late}
    return Card("reminders/daily", tuple(parts), data)
