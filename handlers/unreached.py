"""Work whose bearer no platform reaches: it is told to the communications team, once, so that somebody takes it up.

Requests, agreements, guidelines and incidents know themselves whose turn comes next.
"""

from __future__ import annotations

from handlers.cards import Card, Text
from handlers.effects import Notify
from handlers.events import Undelivered
from handlers.facts import Facts
from handlers.teams import COMMUNICATIONS

SLOT = "unreached"
"""The slot of the notice: one that cannot be delivered itself is not told of again."""


def told(event: Undelivered, facts: Facts, matter: str, *, number: str = "", named: bool = True) -> list[Notify]:
    """The notice of a `matter`: `reply` to the question `number`, `duties` of the morning, or of the account `number`.

    Not `named` is who wanted to stay unnamed to the communications team.
    """
    if event.slot == SLOT:
        return []
    person = facts.people.person(event.receiver) if named else None
    data = {"matter": matter, "number": number, "name": person.name if person else ""}
    return [Notify(Card("home/unreached", (Text("body"),), data), team=COMMUNICATIONS, slot=SLOT)]
