"""What the bot decides: pure, one file per flow.

A flow offers a frozen `Record` and `decide(record, event, facts) -> (record, effects)`. A record of None is not kept.
"""

from __future__ import annotations

from types import ModuleType

from handlers import home, questions
from handlers.events import Asked, Elapsed, Event, Pressed, Submitted
from handlers.facts import Facts

FLOWS: dict[str, ModuleType] = {
    "questions": questions,
    "home": home,
}
"""Every flow by the name that its records, cards, buttons and forms begin with."""


def flow_of(event: Event, facts: Facts) -> str:
    """The flow that decides on an event: the part before the first "/"; what no flow knows, the bot itself answers."""
    match event:
        case Pressed(action=name) | Submitted(form=name) | Elapsed(record=name):
            flow = name.split("/", 1)[0]
            return flow if flow in FLOWS else "home"
        case Asked() if home.understands(event, facts):
            return "home"
        case _:
            return "questions"
