"""A trial or a project ends: it is kept on, goes on until a later day, or is closed by a checklist (R39, R62, B1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from handlers.accounts.checks import day
from handlers.cards import Button, Field, Form, errors_of
from handlers.effects import Effect, FieldErrors, Notify, Reply
from handlers.events import Event, Submitted
from handlers.facts import Facts, name_of
from handlers.refusals import cleaned, secrets_in
from handlers.register import cards
from handlers.register.keeping import noted
from handlers.register.record import TRANSITIONS, Move, Record, Status, may_move
from handlers.teams import COMMUNICATIONS

REASON = 300
"""Characters of a reason."""


def extend_form(account: Record, values: dict[str, str], facts: Facts) -> Form:
    """Until when it goes on, and why."""
    half_a_year = (facts.today + timedelta(days=182)).isoformat()
    return Form(
        "register/extend", account.key,
        (
            Field("date", "date", values.get("date", half_a_year)),
            Field("text", "long", values.get("text", ""), longest=REASON, required=False),
        ),
        {"title": account.name},
    )  # fmt: skip


def extend(account: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """The account goes on until a later day."""
    values = {name: value.strip() for name, value in event.values.items()}
    found = day(values.get("date", ""), facts.today)
    if found:
        values["date"] = found.isoformat()
    form = extend_form(account, values, facts)
    errors = secrets_in(values) or errors_of(form, values)
    if not errors and date.fromisoformat(values["date"]) <= facts.today:
        errors = {"date": "past_date"}
    if errors:
        return account, [FieldErrors(cleaned(form), errors)]
    name = "review" if account.review and not account.ends else "ends"
    changed = noted(account, event, facts, "extend", f"{values['date']} {values.get('text', '')}".strip())
    changed = replace(changed, **{name: values["date"]})  # type: ignore[arg-type]  # a field by its name
    news = cards.told_card(changed, facts, "extended_news", on=values["date"], text=values.get("text", ""),
                           who=name_of(event.person, facts))  # fmt: skip
    return changed, [cards.told(changed, facts, "extended", on=values["date"]), Notify(news, team=COMMUNICATIONS)]


def keep(account: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """A trial becomes permanent; an account that was to be closed stays after all."""
    move = Move.RESTORE if account.official_at else Move.KEEP
    if may_move(account, move):
        status = TRANSITIONS[account.status, move]
        kept = noted(account, event, facts, "keep", status=status, closing={}, review="", ends="")
    elif account.review or account.ends:
        kept = noted(account, event, facts, "keep", review="", ends="")
    else:
        return account, [cards.told(account, facts, "kept_already")]
    news = cards.told_card(kept, facts, "kept_news", who=name_of(event.person, facts))
    return kept, [cards.told(kept, facts, "kept"), Notify(news, team=COMMUNICATIONS)]


def end_form(account: Record, text: str) -> Form:
    """Why the account is closed."""
    return Form("register/end", account.key, (Field("text", "long", text, longest=REASON),), {"title": account.name})


def end(account: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """The account is on its way out: the checklist of its end begins. The guideline is silent on it."""
    if account.status is Status.CLOSING:
        return account, [Reply(cards.checklist_card(account, facts))]
    if not may_move(account, Move.END):
        return account, [cards.refused("closed", facts)]
    text = event.values.get("text", "").strip()
    form = end_form(account, text)
    errors = secrets_in(event.values) or errors_of(form, event.values)
    if errors:
        return account, [FieldErrors(cleaned(form), errors)]
    ended = noted(
        account, event, facts, "end", text, status=TRANSITIONS[account.status, Move.END], closing={}, ended_at=facts.now
    )
    removed = Button("register/tick", account.key, "list_removed")
    news = cards.told_card(ended, facts, "ended_news", removed, who=name_of(event.person, facts), text=text)
    return ended, [Reply(cards.checklist_card(ended, facts)), Notify(news, team=COMMUNICATIONS)]
