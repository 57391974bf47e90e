"""Keeping an account true and alive, in one tap each: confirmed, password changed, updated, answered, followed up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from handlers.cards import Button, Field, Form, errors_of
from handlers.effects import Effect, FieldErrors, Notify, OpenForm
from handlers.events import Event, Pressed, Submitted
from handlers.facts import Facts, name_of
from handlers.refusals import cleaned, secrets_in
from handlers.register import cards
from handlers.register.record import (
    CLOSING,
    KEPT,
    TRANSITIONS,
    VERIFYING,
    Deed,
    Move,
    Record,
    Result,
    Status,
    Tick,
    may_move,
)
from handlers.register.rights import keeps, may_tick
from handlers.register.upkeep import day_of, next_confirmation, next_password
from handlers.teams import COMMUNICATIONS

LONGEST_PAUSE = 26
"""Weeks of a pause at the most: an account that rests for longer is one to end."""
RESULT = 500
"""Characters of a result."""


def noted(account: Record, event: Event, facts: Facts, move: str, text: str = "", **changes: object) -> Record:
    """The account with a deed in its history, and what the deed changed."""
    history = (*account.history, Deed(facts.now, event.person, move, text))[-KEPT:]
    changed = replace(account, history=history, **changes)  # type: ignore[arg-type]  # fields by name
    known = {i: p.name for i in changed.people if (p := facts.people.person(i))}
    return replace(changed, names={i: n for i, n in {**account.names, **known}.items() if i in changed.people})


ONCE_A_DAY = frozenset({"confirm", "password", "posted", "answered", "pause", "keep"})
"""Deeds of one press, of which the second on the same day by the same person tells nothing new."""


def repeats(before: Record, after: Record, facts: Facts) -> bool:
    """Whether a deed only says once more what the same person said today, and changes nothing but its moment."""
    if not before.history or not after.history:
        return False
    last, new = before.history[-1], after.history[-1]
    same = (last.person, last.move, last.text) == (new.person, new.move, new.text)
    return same and new.move in ONCE_A_DAY and day_of(last.at) == facts.today


def confirm(account: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """Its people are still right (R43): asked twice a year, answered in one tap."""
    confirmed = noted(account, event, facts, "confirm", confirmed_at=facts.now)
    on = next_confirmation(confirmed)
    return confirmed, [cards.told(confirmed, facts, "confirmed", on=on.isoformat() if on else "")]


def password(account: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The password was changed (R141). What it is, nobody tells the bot."""
    changed = noted(account, event, facts, "password", password_at=facts.now)
    on = next_password(changed)
    return changed, [cards.told(changed, facts, "password_changed", on=on.isoformat() if on else "")]


def posted(account: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The account was updated (R57, R96)."""
    updated = noted(account, event, facts, "posted", posted_at=facts.now, paused_until="")
    return updated, [cards.told(updated, facts, "posted")]


def answered(account: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """What was asked on the account is answered (R58, R100)."""
    updated = noted(account, event, facts, "answered", answered_at=facts.now)
    return updated, [cards.told(updated, facts, "answered")]


def pause(account: Record, event: Pressed, facts: Facts) -> tuple[Record, list[Effect]]:
    """Nobody is nudged for some weeks, three where no number is given."""
    weeks = int(event.value) if event.value.isdecimal() and 0 < int(event.value) <= LONGEST_PAUSE else 3
    until = (facts.today + timedelta(weeks=weeks)).isoformat()
    return noted(account, event, facts, "pause", until, paused_until=until), [
        cards.told(account, facts, "paused", on=until)
    ]  # fmt: skip


# ── how the goals were met ──────────────────────────────────────────────────────────────────────────────────────────


def results_form(account: Record, values: dict[str, str]) -> Form:
    """A field for each goal, with its measure (R66–R69)."""
    measured = (*account.measures, *[""] * len(account.goals))
    fields = tuple(
        Field(
            f"result_{n}", "long", values.get(f"result_{n}", ""), longest=RESULT, words="result",
            data={"goal": goal, "measure": measured[n - 1]},
        )
        for n, goal in enumerate(account.goals, start=1)
    )  # fmt: skip
    return Form("register/results", account.key, fields, {"title": account.name, "goal": "", "measure": ""})


def results(account: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Keep how the goals were met, and tell the communications team."""
    if not account.goals:
        return account, [cards.told(account, facts, "no_goals", Button("register/details", account.key))]
    given = dict(event.values)
    if "result" in given:  # typed words are one text for all goals
        given = {f"result_{n}": given["result"] for n in range(1, len(account.goals) + 1)}
    form = results_form(account, given)
    errors = secrets_in(given) or errors_of(form, given)
    if errors:
        return account, [FieldErrors(cleaned(form), errors)]
    texts = tuple(given.get(f.name, "").strip() for f in form.fields)
    told = noted(
        account, event, facts, "results", results=(*account.results, Result(facts.now, event.person, texts))[-12:]
    )
    pairs = [{"goal": g, "measure": t} for g, t in zip(account.goals, texts, strict=False)]
    news = cards.told_card(told, facts, "results_news", who=name_of(event.person, facts), pairs=pairs)
    return told, [cards.told(told, facts, "results", pairs=pairs), Notify(news, team=COMMUNICATIONS)]


# ── points that are ticked: of what makes it official, of its end ───────────────────────────────────────────────────


def tick(account: Record, event: Event, point: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """A point is done: with the fourth verifying one it is official (R70–R72), with an end's last it is closed."""
    ending = account.status is Status.CLOSING
    wanted, ticks = (CLOSING, account.closing) if ending else (VERIFYING, account.ticks)
    if point.isdecimal() and 0 < int(point[:3]) <= len(wanted):
        point = wanted[int(point) - 1]  # the number that the card gives it
    if point not in wanted or (not ending and account.request.startswith("accounts/")):
        return account, [cards.refused("gone", facts)]
    if not may_tick(point, account, facts):
        return account, [cards.refused("not_keeper" if keeps(account, facts) is False else "not_communications", facts)]
    if point in ticks:
        who, at = name_of(ticks[point].person, facts), ticks[point].at.isoformat()
        return account, [cards.told(account, facts, "ticked_already", point=point, who=who, at=at)]
    done = {**ticks, point: Tick(event.person, facts.now)}
    ticked = noted(account, event, facts, "tick", point, **{"closing" if ending else "ticks": done})
    move = Move.CLOSE if ending else Move.VERIFY
    if not all(p in done for p in wanted) or not may_move(account, move):
        return ticked, [cards.told(ticked, facts, "ticked", Button("register/checklist", account.key), point=point)]
    finished = noted(ticked, event, facts, move.value, status=TRANSITIONS[account.status, move])
    finished = finished if ending else replace(finished, official_at=facts.now)
    block = "closed" if ending else "official"
    news = Notify(cards.told_card(finished, facts, f"{block}_news"), team=COMMUNICATIONS)
    return finished, [cards.told(finished, facts, block), news]


def open_results(account: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """The form, where there are goals to follow up."""
    if not account.goals:
        return account, [cards.told(account, facts, "no_goals", Button("register/details", account.key))]
    return account, [OpenForm(results_form(account, {}))]
