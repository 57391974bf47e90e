"""A department's own guideline, from the proposal to its repeal (R9–R10).

The table of its life is `record.TRANSITIONS`; who may do what is decided in the module of each deed.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.accounts.cards import comment_data
from handlers.accounts.record import Comment
from handlers.cards import Card, Said, Text
from handlers.comments import KEPT, amiss, comment_form, passed_on
from handlers.effects import Effect, OpenForm, Reply, Whisper
from handlers.events import Commented, Elapsed, Event, Pressed, Submitted, Undelivered
from handlers.facts import Facts
from handlers.overlays import cards, deciding, writing
from handlers.overlays.record import FILLING, Record, Status
from handlers.overlays.rights import is_proposer, may_read, may_repeal, takes_part

__all__ = ["Record", "begins", "decide", "journalled", "key_of"]


def key_of(record: str) -> str:
    """The guideline's key; a form adds `@` and the moment or the stretch that it was opened for."""
    return record.partition("@")[0]


def begins(event: Event) -> bool:
    """Whether the event makes a new guideline."""
    if isinstance(event, Submitted):
        return event.form == "overlays/draft"
    return isinstance(event, Pressed) and event.action == "overlays/renew"


def journalled(record: Record) -> Record:
    """What the journal keeps of it: nothing of what was written in a draft, which is to be forgotten."""
    return writing.emptied(record) if record.status in (Status.DRAFT, Status.FORGOTTEN) else record


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The reaction to an event on a department's guideline."""
    match event:
        case Pressed(action="overlays/start"):
            return record, [Reply(cards.start_card(facts))]
        case Pressed(action="overlays/list"):
            return record, [Reply(cards.list_card(_readable(facts), facts))]
        case Pressed(action="overlays/begin" | "overlays/renew") | Submitted(form="overlays/draft"):
            return _begin(event, facts)
        case Elapsed() | Undelivered():
            return _of_itself(record, event, facts) if record else (record, [])
        case _ if record is None or record.status is Status.FORGOTTEN:
            return record, [cards.gone()]
        case _:
            return _of_people(record, event, facts)


def _readable(facts: Facts) -> list[Record]:
    """Those in force first, then what is on its way, each the oldest first."""
    mine = [r for r in facts.overlays if may_read(r, facts)]
    return sorted(mine, key=lambda r: r.status is not Status.ACCEPTED)


def _begin(event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    if facts.person is None or facts.person.standing != "member" or not facts.person.department:
        return None, [cards.refused(None, facts, "guest")]
    match event:
        case Submitted():
            return writing.begin(event, facts)
        case Pressed(action="overlays/renew"):
            return writing.renew(event, facts)
        case _:
            return None, [OpenForm(writing.begin_form({}, facts))]


def _of_itself(record: Record, event: Elapsed | Undelivered, facts: Facts) -> tuple[Record, list[Effect]]:
    match event:
        case Elapsed(timer=name) if name.startswith(deciding.REPLACED):
            return deciding.replaced(record, event, facts)
        case Elapsed():
            return deciding.look_again(record, facts)
        case _:
            return deciding.undelivered(record, event, facts)


def _of_people(  # noqa: C901 - a line for each deed
    record: Record, event: Event, facts: Facts
) -> tuple[Record, list[Effect]]:
    match event:
        case Commented() if not _follows(record, facts):
            return record, []  # colleagues talk in the thread
        case _ if not may_read(record, facts) and not _follows(record, facts):
            return record, [cards.refused(None, facts, "not_yours")]
        case Pressed(action="overlays/show" | "overlays/more", value=page):
            return record, [Reply(_read(record, facts, int(page) if page.isdecimal() and len(page) < 4 else 1))]
        case Pressed(action="overlays/repeal"):
            return record, deciding.open_repeal(record, facts)
        case Submitted(form="overlays/repeal"):
            return deciding.repeal(record, event, facts)
        case _ if not _follows(record, facts):
            return record, [cards.refused(None, facts, "not_yours")]
        case Pressed(action="overlays/comment"):
            return record, [OpenForm(comment_form(record, ""))]
        case Commented(text=text):
            return _comment(record, event, text.strip(), facts)
        case Submitted(form="overlays/comment", values=values):
            return _comment(record, event, values.get("text", "").strip(), facts)
        case Pressed() | Submitted() if _name(event) in OWN:
            return _own(record, event, facts)
        case _:
            return _of_others(record, event, facts)


def _follows(record: Record, facts: Facts) -> bool:
    """Whether who acts may comment on it: its proposer, and from the sending on who takes part."""
    return is_proposer(record, facts) or (record.status is not Status.DRAFT and takes_part(record, facts))


def _read(record: Record, facts: Facts, page: int) -> Card:
    return cards.read_card(
        record, facts, proposer=is_proposer(record, facts), follows=_follows(record, facts),
        repeals=may_repeal(record, facts), page=page,
    )  # fmt: skip


# ── the proposer's deeds ────────────────────────────────────────────────────────────────────────────────────────────

OWN = frozenset({"send", "take_back", "withdraw", "add", "part", "edit"})


def _name(event: Event) -> str:
    named = event.action if isinstance(event, Pressed) else event.form if isinstance(event, Submitted) else ""
    return named.partition("/")[2]


def _own(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:  # noqa: C901 - a line for each deed
    if not is_proposer(record, facts):
        return record, [cards.refused(record, facts, "not_proposer")]
    match event:
        case Pressed(action="overlays/send"):
            return deciding.send(record, event, facts)
        case Pressed(action="overlays/take_back"):
            return deciding.take_back(record, event, facts)
        case Pressed(action="overlays/withdraw"):
            return deciding.withdraw(record, event, facts)
        case Submitted(form="overlays/part"):
            return writing.write_part(record, event, facts)
        case Submitted(form="overlays/edit"):
            return writing.edit(record, event, facts)
        case Pressed() if record.status not in FILLING:
            return record, cards.late(record, facts)
        case Pressed(action="overlays/add"):
            return record, writing.open_part(record, "new")
        case Pressed(action="overlays/part", value=which):
            return record, writing.open_part(record, which)
        case Pressed(action="overlays/edit"):
            return record, [OpenForm(writing.edit_form(record, {}, facts))]
        case _:
            return record, [cards.gone()]


# ── the others' deeds ───────────────────────────────────────────────────────────────────────────────────────────────


def _of_others(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    match event:
        case Pressed(action="overlays/decide", value=seen):
            return record, deciding.open_decision(record, seen, facts)
        case Submitted(form="overlays/decide"):
            return deciding.decide(record, event, facts)
        case Pressed(action="overlays/skip", value=seen):
            return record, deciding.open_skip(record, seen, facts)
        case Submitted(form="overlays/skip"):
            return deciding.skip(record, event, facts)
        case _:
            return record, [cards.gone()]


# ── comments ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _comment(record: Record, event: Event, text: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """Kept with the guideline, shown on its cards, and told to the others: what they answer below it is kept too."""
    if (wrong := amiss(record, event, text)) is not None:
        return record, wrong
    comment = Comment(facts.now, event.person, text)
    kept = replace(record, comments=(*record.comments, comment)[-KEPT:])
    written = comment_data(comment, facts)
    card = Card(
        "overlays/commented", (Text("body"), Said(text, "comment", written)), cards.data_of(kept, facts) | written
    )
    return kept, [
        *passed_on(card, event, (record.proposer, *record.told), record.comments, facts),
        *cards.refreshed(kept, facts),
        Whisper(Card("overlays/told", (Text("commented"),), cards.data_of(kept, facts))),
    ]
