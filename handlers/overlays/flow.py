"""A department's own guideline, from the proposal to its repeal (R9–R10).

The table of its life is `record.TRANSITIONS`; who may do what is decided in the module of each deed.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.accounts.cards import comment_data
from handlers.accounts.record import Comment
from handlers.cards import Card, Field, Form, Said, Text, errors_of
from handlers.effects import Effect, FieldErrors, Notify, OpenForm, Reply, Whisper
from handlers.events import Commented, Elapsed, Event, Pressed, Submitted, Undelivered
from handlers.facts import Facts
from handlers.masking import secret_in
from handlers.overlays import cards, deciding, writing
from handlers.overlays.record import FILLING, Record, Status
from handlers.overlays.turns import is_proposer, may_read, may_repeal, takes_part
from handlers.teams import COMMUNICATIONS

__all__ = ["Record", "begins", "decide", "journalled", "key_of"]
LONGEST, KEPT_COMMENTS = 1000, 50


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
            return record, [OpenForm(_comment_form(record, ""))]
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


def _comment_form(record: Record, text: str) -> Form:
    return Form(
        "overlays/comment", record.key, (Field("text", "long", text, longest=LONGEST),), {"number": record.number}
    )


def _comment(record: Record, event: Event, text: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """Kept with the guideline, shown on its cards, and told to the others: what they answer below it is kept too."""
    if isinstance(event, Commented) and not any(c.isalnum() for c in text):
        return record, []
    form = _comment_form(record, "" if secret_in(text) else text)
    errors = errors_of(form, {"text": text})
    if secret := secret_in(text):
        errors["text"] = f"secret_{secret}"
    if errors:
        shown = Card("overlays/comment", (Text(f"error_{errors['text']}"),), form.data)
        return record, [Reply(shown) if isinstance(event, Commented) else FieldErrors(form, errors)]
    comment = Comment(facts.now, event.person, text)
    kept = replace(record, comments=(*record.comments, comment)[-KEPT_COMMENTS:])
    data = cards.data_of(kept, facts) | comment_data(comment, facts)
    card = Card("overlays/commented", (Text("body"), Said(text, "comment", comment_data(comment, facts))), data)
    others = dict.fromkeys(p for p in (record.proposer, *record.told) if p != event.person)
    commented = any(_of_the_team(c.person, facts) for c in record.comments) and not _of_the_team(event.person, facts)
    return kept, [
        *(Notify(card, person=p, slot="comment") for p in others),
        *([Notify(card, team=COMMUNICATIONS, slot="comment")] if commented else []),
        *cards.refreshed(kept, facts),
        Whisper(Card("overlays/told", (Text("commented"),), cards.data_of(kept, facts))),
    ]


def _of_the_team(person_id: str, facts: Facts) -> bool:
    person = facts.people.person(person_id)
    return person is not None and person.in_team(COMMUNICATIONS)
