"""What the bot decides: pure, one file per flow.

A flow offers a frozen `Record` and `decide(record, event, facts) -> (record, effects)`. A record of None is not kept.
Records are numbered as they are asked, or as a flow's `begins(event)` says; a flow whose records have other keys offers
`key_of(event.record)`. What the journal is to keep less of, a flow's `journalled(record)` leaves out.
"""

from __future__ import annotations

from types import ModuleType

from handlers import curated, digest, home, meetings, questions, register, reminders
from handlers.accounts import flow as accounts
from handlers.events import (
    Asked,
    Commented,
    Elapsed,
    Entered,
    Event,
    Flagged,
    Joined,
    Pressed,
    Secured,
    Submitted,
    Unattended,
    Undelivered,
)
from handlers.facts import Facts
from handlers.incidents import flow as incidents

FLOWS: dict[str, ModuleType] = {
    "questions": questions,
    "accounts": accounts,
    "incidents": incidents,
    "meetings": meetings,
    "register": register,
    "reminders": reminders,
    "curated": curated,
    "digest": digest,
    "home": home,
}
"""Every flow by the name that its records, cards, buttons and forms begin with."""


def flow_of(event: Event, facts: Facts) -> str:
    """The flow that decides on an event: the part before the first "/"; what no flow knows, the bot itself answers."""
    if facts.person and facts.person.standing == "stranger":
        return "home"
    match event:
        case Entered():
            return "register"
        case (
            Pressed(action=name) | Submitted(form=name) | Elapsed(record=name) | Commented(record=name)
            | Undelivered(record=name) | Secured(record=name) | Unattended(record=name) | Joined(record=name)
        ):  # fmt: skip
            flow = name.split("/", 1)[0]
            return flow if flow in FLOWS else "home"
        case Flagged():
            return "incidents"
        case Asked():
            return _of_words(event, facts)
        case _:
            return "home"


def _of_words(event: Asked, facts: Facts) -> str:
    if incidents.understands(event, facts):
        return "incidents"
    if event.addressed and curated.understands(event):
        return "curated"
    if event.addressed and digest.understands(event):
        return "digest"
    if event.addressed and meetings.understands(event):
        return "meetings"
    if accounts.understands(event, facts):
        return "accounts"
    return "home" if home.understands(event, facts) else "questions"
