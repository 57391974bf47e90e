"""Handing over the turn to answer: who posted answers the comments, or sees to it that somebody else does (R107)."""

from __future__ import annotations

from dataclasses import replace

from handlers.cards import Button, Field, Form, errors_of
from handlers.effects import Effect, FieldErrors, Notify
from handlers.events import Pressed, Submitted
from handlers.facts import Facts, name_of
from handlers.refusals import cleaned, secrets_in
from handlers.register import cards
from handlers.register.keeping import noted
from handlers.register.record import Record, Turn
from handlers.register.rights import names_turn

TEXT = 300
"""Characters of what the turn is about."""


def form(account: Record, values: dict[str, str], facts: Facts) -> Form:
    """To whom of the account's people, and what it is about."""
    others = [p for p in account.people if not facts.people.has_left(p) and not (facts.person and facts.person.bears(p))]
    names = {p: name_of(p, facts) for p in others}
    return Form(
        "register/hand_over", account.key,
        (
            Field("taker", "choice", values.get("taker", ""), tuple(others), names=names),
            Field("text", "long", values.get("text", ""), longest=TEXT, required=False),
        ),
        {"title": account.name},
    )  # fmt: skip


def hand_over(account: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Ask another of the account's people to answer; until they say yes it stays with the giver."""
    if not names_turn(account, facts):
        return account, [cards.refused("not_keeper", facts)]
    values = {name: value.strip() for name, value in event.values.items()}
    asked = form(account, values, facts)
    if values.get("taker") not in asked.fields[0].options:  # typed words name the person
        found = [p.id for p in facts.people.find(values.get("taker", "")) if p.id in asked.fields[0].options]
        values["taker"] = found[0] if len(found) == 1 else ""
        asked = form(account, values, facts)
    errors = secrets_in(values) or errors_of(asked, values)
    if errors:
        return account, [FieldErrors(cleaned(asked), errors)]
    turn = Turn(facts.now, event.person, values["taker"], values.get("text", ""))
    given = noted(account, event, facts, "hand_over", values["taker"], turn=turn)
    name, taker = name_of(event.person, facts), name_of(turn.taker, facts)
    buttons = (
        Button("register/take_turn", account.key, style="primary"), Button("register/refuse_turn", account.key)
    )  # fmt: skip
    card = cards.told_card(given, facts, "turn_offered", *buttons, who=name, text=turn.text)
    return given, [cards.told(given, facts, "turn_given", taker=taker), Notify(card, person=turn.taker)]


def answer(account: Record, event: Pressed, facts: Facts, *, yes: bool) -> tuple[Record, list[Effect]]:
    """The asked person takes the turn, or cannot; the giver hears of it."""
    turn, person = account.turn, facts.person
    if turn is None or person is None or not person.bears(turn.taker):
        return account, [cards.refused("gone", facts)]
    if turn.answer:
        return account, [cards.told(account, facts, "turn_answered")]
    said = replace(turn, answer="yes" if yes else "no")
    kept = noted(account, event, facts, "take_turn" if yes else "refuse_turn", turn=said)
    block = "turn_taken" if yes else "turn_refused"
    again = () if yes else (Button("register/hand_over", account.key),)
    news = cards.told_card(kept, facts, f"{block}_news", *again, who=person.name, text=turn.text)
    return kept, [cards.told(kept, facts, block), Notify(news, person=turn.giver)]
