"""A question about the guideline, its answer, and the hand-off to the communications team.

The table of its life is `record.TRANSITIONS`; what its asker does is `answering`, what the team does `handing_on`.
"""

from __future__ import annotations

from handlers.effects import Effect
from handlers.events import Asked, Commented, Elapsed, Event, Pressed, Submitted, Undelivered
from handlers.facts import Facts
from handlers.questions import answering, cards, handing_on
from handlers.questions.record import Record

__all__ = ["Record", "begins", "decide"]


def begins(event: Event) -> bool:
    """Whether the event makes a new question: asked, or an idea for the umbrella accounts."""
    return isinstance(event, Asked) or (isinstance(event, Submitted) and event.form == handing_on.IDEA)


def decide(  # noqa: C901 - the table of the flow: a line for each event it knows
    record: Record | None, event: Event, facts: Facts
) -> tuple[Record | None, list[Effect]]:
    """The reaction to an event on a question; see the module for its life."""
    match event:
        case Asked():
            return answering.asked(event, facts)
        case Pressed(action="questions/idea"):
            return None, [handing_on.open_idea(event.record, facts)]
        case Submitted(form="questions/idea"):
            return handing_on.idea(event, facts)
        case _ if record is None:
            return None, [] if isinstance(event, Undelivered) else [cards.gone()]
        case Pressed(action="questions/show", value=passage):
            return answering.show(record, passage, facts)
        case Pressed(action="questions/curated"):
            return answering.show_curated(record, facts)
        case Pressed(action="questions/feedback", value=value):
            return answering.rate(record, value, event.said, facts)
        case Pressed(action="questions/share"):
            return answering.share(record, facts)
        case Commented(slot="team" | "chase"):
            return handing_on.comment(record, event, facts)
        case Pressed(action="questions/confirm", value=draft):
            return handing_on.confirm(record, event, draft, facts)
        case Pressed(action="questions/send"):
            return record, [handing_on.open_send(record, facts)]
        case Submitted(form="questions/send"):
            return handing_on.send(record, event, facts)
        case Pressed(action="questions/take"):
            return handing_on.take(record, event, facts)
        case Pressed(action="questions/reply", value=draft):
            return record, [handing_on.open_reply(record, event, draft, facts)]
        case Submitted(form="questions/reply", values=values):
            return handing_on.reply(record, event, values.get("text", "").strip(), facts)
        case Elapsed(timer="chase"):
            return handing_on.chase(record, event, facts)
        case Undelivered():
            return record, handing_on.undelivered(record, event, facts)
        case _:
            return record, [cards.gone()]
