"""What the bot decides: pure, one file per flow.

A flow offers a frozen `Record` and `decide(record, event, facts) -> (record, effects)`. A record of None is not kept.
Records are numbered as they are asked; a flow whose records have other keys offers `key_of(event.record)`.
"""

from __future__ import annotations

from types import ModuleType

from handlers import curated, digest, home, questions
from handlers.events import Asked, Commented, Elapsed, Event, Pressed, Submitted
from handlers.facts import Facts

FLOWS: dict[str, ModuleType] = {
    "questions": questions,
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
        case Pressed(action=name) | Submitted(form=name) | Elapsed(record=name) | Commented(record=name):
            flow = name.split("/", 1)[0]
            return flow if flow in FLOWS else "home"
        case Asked():
            return _of_words(event, facts)
        case _:
            return "home"


def _of_words(event: Asked, facts: Facts) -> str:
    if event.addressed and curated.understands(event):
        return "curated"
    if event.addressed and digest.understands(event):
        return "digest"
    return "home" if home.understands(event, facts) else "questions"
