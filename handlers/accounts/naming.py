"""The people who are named in a request: asked, and free to say no (R50, R56, R77)."""

from __future__ import annotations

from dataclasses import replace

from handlers.accounts import cards
from handlers.accounts.opening import entered
from handlers.accounts.record import FILLING, Agreement, Record, Status
from handlers.accounts.steps import OWN_NAMES, people_in
from handlers.accounts.turns import nominees
from handlers.cards import Button, Buttons, Card, Note, Text
from handlers.cited import rules
from handlers.effects import Effect, Notify, Replace, Reply
from handlers.events import Event
from handlers.facts import Facts, name_of

OVER = frozenset({Status.REJECTED, Status.WITHDRAWN, Status.FORGOTTEN})


def ask(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Ask everybody who was not asked about their parts yet; who names themselves has agreed."""
    effects: list[Effect] = []
    agreements = {p: a for p, a in record.agreements.items() if p in nominees(record)}
    for person, parts in nominees(record).items():
        before = agreements.get(person)
        if person == record.requester:
            agreements[person] = Agreement(facts.now, "yes", facts.now, parts)
        elif before is None or before.answer == "no" or not set(parts) <= set(before.parts):
            agreements[person] = Agreement(facts.now, parts=parts)
            asked = replace(record, agreements=agreements)
            effects.append(Notify(named_card(asked, person, facts), person=person, slot=f"named:{person}"))
    record = replace(record, agreements=agreements)
    private = [p for p in people_in(record.answers, "own_name_people") if p not in record.own_names_asked]
    effects += [Notify(consent_card(record, p, facts), person=p, slot=f"consent:{p}") for p in private]
    return replace(record, own_names_asked=(*record.own_names_asked, *private)), effects


def named_card(record: Record, person: str, facts: Facts) -> Card:
    """What somebody is asked to take on, and what they said."""
    found = record.agreements.get(person)
    answer = found.answer if found else ""
    data = cards.data_of(record, facts) | {"parts": list(nominees(record).get(person, ())), "answer": answer}
    buttons = (Button("accounts/accept", record.key, style="primary"), Button("accounts/decline", record.key))
    row = (Buttons(buttons),) if not answer and record.status not in OVER else ()
    return Card("accounts/named", (Text("body"), Text("answer"), *row), data)


def agree(record: Record, event: Event, facts: Facts, *, yes: bool) -> tuple[Record, list[Effect]]:
    """A named person takes their part, or not; the requester is told, and who decides sees it on the card."""
    person = event.person
    if person not in record.agreements or person not in nominees(record):
        return record, [cards.refused(None, facts, "not_named")]
    if record.status in (*OVER, *FILLING):
        return record, cards.late(record, facts)
    before = record.agreements[person]
    if before.answer == ("yes" if yes else "no"):
        return record, [cards.told(record, facts, "agreed_already")]
    said = replace(before, answer="yes" if yes else "no", at=facts.now)
    agreements = {**record.agreements, person: said}
    agreed = replace(record, agreements=agreements)
    card = named_card(agreed, person, facts)
    data = {"who": name_of(person, facts)}
    note = cards.state_card(agreed, facts, "agreed" if yes else "declined")
    effects: list[Effect] = [Replace(f"named:{person}", card), *cards.refreshed(agreed, facts)]
    if not yes or not cards.data_of(agreed, facts)["waits_for"]:
        card_told = replace(note, data={**note.data, **data})
        effects.append(Notify(card_told, person=record.requester))
    return agreed, [*effects, cards.told(agreed, facts, "accepted" if yes else "declined")]


# ── names of one's own ──────────────────────────────────────────────────────────────────────────────────────────────


def consent_card(record: Record, person: str, facts: Facts) -> Card:
    """The private question whether one's own name may be used; nobody is obliged (R77).

    The button of a refusal names no request, and its answer neither: that somebody refused is to be seen nowhere.
    """
    agreed = person in record.own_names
    yes, no = Button("accounts/consent", record.key, style="primary"), Button("consents/refuse")
    buttons = (Button("accounts/unconsent", record.key),) if agreed else (yes, no)
    data = cards.data_of(record, facts) | {"agreed": agreed}
    parts = (Text("body"), *rules((OWN_NAMES,), facts), Note("private"), Buttons(buttons))
    return Card("accounts/consent", parts, data)


def consent(record: Record, event: Event, facts: Facts, *, yes: bool) -> tuple[Record, list[Effect]]:
    """Who agrees is kept; who refuses is not, so that nobody can see who did and who has only not answered (R77)."""
    person = event.person
    if person not in record.own_names_asked:
        return record, [cards.refused(None, facts, "not_named")]
    others = tuple(p for p in record.own_names if p != person)
    given = replace(record, own_names=(*others, person) if yes else others)
    card = consent_card(given, person, facts)
    changed = given.own_names != record.own_names
    effects: list[Effect] = [Replace(f"consent:{person}", card)] if changed else []
    effects += [Replace("decider", cards.decider_card(given, facts))] if changed else []
    effects += [entered(given, event)] if changed and given.opened_at else []
    return given, [*effects, Reply(Card("accounts/consent", (Text("yes" if yes else "no"),), card.data))]


def unreachable(record: Record, receiver: str, facts: Facts) -> list[Effect]:
    """A named person cannot be reached: the requester is to name another, or to reach them in another way."""
    card = cards.state_card(record, facts, "named_unreached")
    told = replace(card, data={**card.data, "who": name_of(receiver, facts)})
    return [Notify(told, person=record.requester)]
