"""What the bot decides: pure, a file or a folder per flow.

A flow offers a frozen `Record` and `decide(record, event, facts) -> (record, effects)`. A record of None is not kept.
Records are numbered as they are asked, or as a flow's `begins(event)` says; a flow whose records have other keys offers
`key_of(event.record)`; one whose records are each a person's own offers `own(event)`, the event with the key of who acts.
What the journal is to keep less of, a flow's `journalled(record)` leaves out.
"""

from __future__ import annotations

from types import ModuleType

from handlers import (
    curated,
    digest,
    management,
    meetings,
    permits,
    preferences,
    published,
    reminders,
    replies,
    selfcheck,
    training,
    versions,
)
from handlers.accounts import flow as accounts
from handlers.agreements import flow as agreements
from handlers.agreements import names as consents
from handlers.events import (
    Asked,
    Commented,
    Consented,
    Elapsed,
    Entered,
    Event,
    Flagged,
    Joined,
    Left,
    Pressed,
    Secured,
    Submitted,
    Unattended,
    Undelivered,
)
from handlers.facts import Facts
from handlers.home import flow as home
from handlers.incidents import flow as incidents
from handlers.overlays import flow as overlays
from handlers.questions import flow as questions
from handlers.register import flow as register

FLOWS: dict[str, ModuleType] = {
    "questions": questions,
    "accounts": accounts,
    "incidents": incidents,
    "agreements": agreements,
    "consents": consents,
    "meetings": meetings,
    "overlays": overlays,
    "register": register,
    "published": published,
    "reminders": reminders,
    "preferences": preferences,
    "curated": curated,
    "digest": digest,
    "management": management,
    "selfcheck": selfcheck,
    "replies": replies,
    "permits": permits,
    "training": training,
    "versions": versions,
    "home": home,
}
"""Every flow by the name that its records, cards, buttons and forms begin with."""
HELP = ("selfcheck", "replies", "permits", "training", "versions")
"""The flows that help in daily work. Their words are commands, each a whole phrase."""


def flow_of(event: Event, facts: Facts) -> str:
    """The flow that decides on an event: the part before the first "/"; what no flow knows, the bot itself answers."""
    if facts.person and facts.person.standing == "stranger":
        return "home"
    match event:
        case Entered() | Left():
            return "register"
        case (
            Pressed(action=name) | Submitted(form=name) | Elapsed(record=name) | Commented(record=name)
            | Undelivered(record=name) | Secured(record=name) | Unattended(record=name) | Joined(record=name)
            | Consented(record=name)
        ):  # fmt: skip
            flow = name.split("/", 1)[0]
            return flow if flow in FLOWS else "home"
        case Flagged():
            return "incidents"
        case Asked():
            return _of_words(event, facts)
        case _:
            return "home"


def help_of(event: Asked) -> str:
    """The flow of `HELP` whose words these are, "" for none."""
    if event.intent or not event.addressed:
        return ""
    return next((name for name in HELP if FLOWS[name].understands(event)), "")


def _of_words(event: Asked, facts: Facts) -> str:
    if incidents.understands(event, facts):
        return "incidents"
    if helper := help_of(event):
        return helper
    if event.addressed and curated.understands(event):
        return "curated"
    if event.addressed and digest.understands(event):
        return "digest"
    if event.addressed and management.understands(event):
        return "management"
    if event.addressed and meetings.understands(event):
        return "meetings"
    if accounts.understands(event, facts):
        return "accounts"
    if register.understands(event, facts):
        return "register"
    return "home" if home.understands(event, facts) else "questions"
