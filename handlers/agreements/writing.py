"""The requester's side: asked for, changed and sent again, gone on with, withdrawn; and ended by either."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from handlers.accounts.deciding import seen_of
from handlers.accounts.record import Comment, Deed
from handlers.agreements import cards
from handlers.agreements.deciding import hand_over, moved
from handlers.agreements.forms import NEAR, agreement_errors, agreement_form, kind_of, text_form
from handlers.agreements.record import IN_FORCE, OPEN, Kind, Move, Record, may_move
from handlers.agreements.rights import had_turn, is_own, sees, supervised
from handlers.cards import Card, Field, Said, Text, errors_of
from handlers.comments import KEPT
from handlers.effects import Effect, FieldErrors, Notify, OpenForm, Reply, Whisper
from handlers.events import Commented, Event, Pressed, Submitted
from handlers.facts import Facts
from handlers.refusals import cleaned, secrets_in
from handlers.register.record import months_after


def begin(event: Pressed, facts: Facts) -> list[Effect]:
    """The form of a kind; for words, which have no window that it could open in, the kind's card with the way to it."""
    if facts.person is None or facts.person.standing != "member":
        return [cards.refused(None, facts, "guest")]
    if event.value not in set(Kind):
        return [Reply(cards.choose_card(facts))]
    kind = Kind(event.value)
    return [Reply(cards.kind_card(kind, facts)) if event.spoken else OpenForm(agreement_form(kind, {}, facts))]


def send_new(event: Submitted, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """A new agreement goes to the supervisor."""
    if facts.person is None or facts.person.standing != "member":
        return None, [cards.refused(None, facts, "guest")]
    kind, values = kind_of(event.values), _values(event)
    if kind is None:
        return None, [Reply(cards.choose_card(facts))]
    if event.spoken:  # words that name no review mean the one that the form would offer
        values = {"review": months_after(facts.today, NEAR).isoformat(), **values}
    form = agreement_form(kind, values, facts)
    if errors := agreement_errors(form, kind, values, facts):
        return None, [FieldErrors(cleaned(form), errors)]
    answers = _answers(form.fields, values)
    if same := _same(kind, answers, facts):
        return None, [Whisper(cards.own_page(same, facts))]
    record = Record(
        event.record, event.person, kind, event.conversation, facts.now, facts.now, answers=answers, round=1,
        history=(Deed(facts.now, event.person, Move.SEND),),
    )  # fmt: skip
    return _onward(record, facts, "sent")


def _same(kind: Kind, answers: dict[str, str], facts: Facts) -> Record | None:
    """The agreement of one's own that says the same and is not over: sent twice, it is asked for once."""
    mine = (r for r in facts.agreements if is_own(r, facts) and r.status in OPEN)
    return next((r for r in mine if r.kind is kind and dict(r.answers) == answers), None)


def change(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The form with what is proposed, to be changed and sent again."""
    if trouble := _stands(record, Move.SEND, facts):
        return record, trouble
    if event.spoken:
        return record, [Reply(cards.own_page(record, facts), slot="own")]
    return record, [OpenForm(agreement_form(record.kind, record.answers, facts, record))]


def send_again(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Sent again, changed: before the supervisor anew. What is in force stays until the change is approved."""
    values = {**record.answers, **_values(event)} if event.spoken else _values(event)
    if trouble := _stands(record, Move.SEND, facts, seen_of(event), values.get("purpose", "")):
        return record, trouble
    form = agreement_form(record.kind, values, facts, record)
    if errors := agreement_errors(form, record.kind, values, facts):
        return record, [FieldErrors(cleaned(form), errors)]
    sent = moved(record, event, facts, Move.SEND)
    return _onward(replace(sent, answers=_answers(form.fields, values), round=record.round + 1), facts, "sent")


def go_on(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """Gone on with as it is: the supervisor confirms it with one press."""
    if trouble := _stands(record, Move.CONTINUE, facts):
        return record, trouble
    review = months_after(facts.today, NEAR).isoformat()
    renewed = moved(record, event, facts, Move.CONTINUE)
    answers = {**record.terms, "review": review}
    return _onward(replace(renewed, answers=answers, round=record.round + 1), facts, "renewing")


def withdraw(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """What was asked is taken back; what is in force stays so."""
    if trouble := _stands(record, Move.WITHDRAW, facts):
        return record, trouble
    withdrawn = moved(record, event, facts, Move.WITHDRAW)
    if withdrawn.status in IN_FORCE:
        withdrawn = replace(withdrawn, answers=record.terms)
    return withdrawn, [*cards.refreshed(withdrawn, facts), cards.told(withdrawn, facts, "withdrawn")]


def _onward(record: Record, facts: Facts, what: str) -> tuple[Record, list[Effect]]:
    # Copies before the supervisor are renewed first, so that the new card comes below them as it is.
    handed, effects = hand_over(record, facts)
    own = Reply(cards.state_card(handed, facts, what), slot="")
    return handed, [*(cards.refreshed(handed, facts) if record.round > 1 else []), *effects, own]


# ── both ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def end(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """Either ends an agreement, with or without a reason; the other one is told."""
    text = event.values.get("text", "").strip() if isinstance(event, Submitted) else ""
    if not sees(record, facts):
        return record, cards.late(record, facts, text) if had_turn(record, facts) else [cards.gone()]
    if not may_move(record, Move.END):
        return record, cards.late(record, facts, text)
    form = text_form(record, "end", text, required=False)
    if isinstance(event, Pressed) and not event.spoken:
        return record, [OpenForm(form)]
    values = event.values if isinstance(event, Submitted) else {}
    if errors := errors_of(form, values) | secrets_in(values):
        return record, [FieldErrors(cleaned(form), errors)]
    ended = moved(record, event, facts, Move.END, text)
    told = Notify(cards.state_card(ended, facts, "ended"), person=record.requester, slot="state")
    others = [Notify(cards.page_card(ended, facts), person=p.id) for p in supervised(ended, facts).acting]
    return ended, [
        *cards.refreshed(ended, facts), *(others if is_own(record, facts) else [told]),
        cards.told(ended, facts, "ended"),
    ]  # fmt: skip


def comment(record: Record, event: Commented | Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Kept with the agreement, shown on its cards, and told to the other party."""
    text = (event.text if isinstance(event, Commented) else event.values.get("text", "")).strip()
    if isinstance(event, Commented) and not any(c.isalnum() for c in text):
        return record, []
    form = text_form(record, "comment", text)
    if errors := errors_of(form, {"text": text}) | secrets_in({"text": text}):
        shown = Card("agreements/comment", (Text(f"error_{errors['text']}"),), form.data)
        return record, [Reply(shown) if isinstance(event, Commented) else FieldErrors(cleaned(form), errors)]
    kept = replace(record, comments=(*record.comments, Comment(facts.now, event.person, text))[-KEPT:])
    data = cards.data_of(kept, facts) | {"by": facts.person.name if facts.person else "", "at": facts.now.isoformat()}
    card = Card("agreements/commented", (Text("body"), Said(text, "comment")), data)
    others = dict.fromkeys((record.requester, *record.told, *(p.id for p in supervised(record, facts).acting)))
    return kept, [
        *(Notify(card, person=p, slot="comment") for p in others if p != event.person),
        *cards.refreshed(kept, facts),
        Whisper(Card("agreements/told", (Text("commented"),), cards.data_of(kept, facts))),
    ]


# ── what was written ────────────────────────────────────────────────────────────────────────────────────────────────


def _stands(record: Record, move: Move, facts: Facts, seen: str = "", unsent: str = "") -> list[Effect]:
    """What stands in the way of the requester's move; empty where nothing does."""
    if not is_own(record, facts):
        return [cards.refused(record, facts, "not_own", unsent) if sees(record, facts) else cards.gone()]
    if not may_move(record, move) or (seen.isdecimal() and int(seen) != record.round):
        return cards.late(record, facts, unsent)
    return []


def _values(event: Submitted) -> dict[str, str]:
    return {name: value.strip() for name, value in event.values.items()}


def _answers(fields: Iterable[Field], values: dict[str, str]) -> dict[str, str]:
    return {f.name: values.get(f.name, "") for f in fields}
