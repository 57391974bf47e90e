"""Who may post in the organisation's name: named by the account's owner, told to the communications manager (R23–R25).

People who leave raise their accounts: their password is to be changed, and somebody named in their place (R43, R141).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from handlers.accounts.entering import entered
from handlers.accounts.steps import Asking
from handlers.cards import Button, Buttons, Card, Field, Form, Text
from handlers.effects import Effect, FieldErrors, Notify, Pass
from handlers.events import Event, Left, Pressed, Submitted
from handlers.facts import Facts, Role, name_of
from handlers.refusals import cleaned, secrets_in
from handlers.register import cards
from handlers.register.keeping import noted
from handlers.register.record import PEOPLE, Record
from handlers.register.rights import keeper_of
from handlers.register.upkeep import name_in
from handlers.teams import COMMUNICATIONS

ASKED = (
    Asking("updater", "person"),
    Asking("main", "person", required=False),
    Asking("substitute", "person", required=False),
    Asking("admins", "people", required=False),
    Asking("producers", "people", required=False),
)
"""The parts that are named. A missing substitute or second administrator is no error: it is an alarm (R54, R56, R65)."""


SHOWN = 10
"""Accounts that a message on somebody who left names; more are counted."""


def people_form(account: Record, values: Mapping[str, str], facts: Facts) -> Form:
    """The people as they are, without those who have left."""
    fields = tuple(
        Field(a.name, "people" if a.type == "people" else "person", values.get(a.name, _now(account, a.name, facts)),
              required=a.required, longest=2000)
        for a in ASKED
    )  # fmt: skip
    return Form("register/people", account.key, fields, {"title": account.name})


def people(account: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Name its people anew. A form that names only some parts leaves the others as they are."""
    given = {a.name: event.values.get(a.name, _now(account, a.name, facts)) for a in ASKED}
    read = {a.name: entered(a, given[a.name], facts) for a in ASKED}
    errors = secrets_in(given) or {name: wrong for name, (_, wrong) in read.items() if wrong}
    kept = {name: value for name, (value, _) in read.items()}
    if not errors and kept["substitute"] and kept["substitute"] == kept["updater"]:
        errors = {"substitute": "same_person"}
    if errors:
        return account, [FieldErrors(cleaned(people_form(account, given, facts)), errors)]
    return _named(account, event, kept, facts)


def change_part(account: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Typed words: name somebody to a part, or take them out of all (`nimeä 12 sijainen: …`, `poista 12: …`)."""
    part, text = event.values.get("part", ""), event.values.get("who", "")
    found, wrong = entered(Asking("updater", "person"), text, facts)
    if wrong:
        return account, [FieldErrors(people_form(account, {}, facts), {"updater": wrong})]
    kept = {p: _now(account, p, facts) for p in PEOPLE}
    if part in ("admins", "producers"):
        kept[part] = ",".join(dict.fromkeys(filter(None, (*kept[part].split(","), found))))
    elif part in PEOPLE:
        kept[part] = found
    else:
        kept = {p: ",".join(i for i in value.split(",") if i != found) for p, value in kept.items()}
    if not kept["updater"]:
        return account, [FieldErrors(people_form(account, {}, facts), {"updater": "missing"})]
    return _named(account, event, kept, facts)


def decline(account: Record, event: Pressed, facts: Facts) -> tuple[Record, list[Effect]]:
    """A named person does not take their part: they are taken out, and who answers for the account names another."""
    person = facts.person
    if person is None or not any(person.bears(p) for p in account.people):
        return account, [cards.refused("gone", facts)]
    out = without(account, person.id)
    declined = noted(out, event, facts, "decline")
    keeper = keeper_of(declined, facts)
    card = cards.told_card(declined, facts, "declined_news", Button("register/people", account.key), who=person.name)
    told = Notify(card, person=keeper.id) if keeper else Notify(card, team=COMMUNICATIONS)
    manager = _to_the_manager(declined, event, facts, [], [person.id])
    return declined, [cards.told(declined, facts, "declined"), told, *manager]


def left(account: Record, event: Left, facts: Facts) -> tuple[Record, list[Effect]]:
    """Somebody of it has left the house: said at once to who answers for it now (R43)."""
    if not facts.people.has_left(event.who):
        return replace(account, left=tuple(p for p in account.left if p != event.who)), []  # they are back
    if event.who not in account.people or event.who in account.left or not account.living:
        return account, []
    raised = noted(account, event, facts, "left", event.who, left=(*account.left, event.who), forced_at=facts.now)
    if _is_quiet(event, facts):
        return raised, []
    keeper = keeper_of(raised, facts)
    buttons = (Button("register/people", account.key, style="primary"), Button("register/password", account.key))
    card = cards.told_card(raised, facts, "left_news", *buttons, who=name_in(account, event.who, facts),
                           parts=list(account.parts(event.who)))  # fmt: skip
    return raised, [Notify(card, person=keeper.id)] if keeper else []


def spread(event: Left, facts: Facts) -> list[Effect]:
    """Somebody who left, handed on to every account in which they have a part; communications get one message of all."""
    back = not facts.people.has_left(event.who)
    accounts = [a for a in facts.register if event.who in a.people and (event.who in a.left) == back and a.living]
    raised: list[Effect] = [Pass(replace(event, key=f"{event.key}:{a.key}", record=a.key)) for a in accounts]
    if back or not accounts or _is_quiet(event, facts):
        return raised
    shown = [
        {"name": a.name, "channel": a.channel, "address": a.address, "alone": keeper_of(a, facts) is None}
        for a in accounts[:SHOWN]
    ]  # fmt: skip
    who = next((a.names[event.who] for a in accounts if event.who in a.names), name_of(event.who, facts))
    data = {"who": who, "accounts": shown, "rest": len(accounts[SHOWN:])}
    card = Card("register/left", (Text("body"), Buttons((Button("register/overdue"),))), data)
    return [*raised, Notify(card, team=COMMUNICATIONS)]


def _is_quiet(event: Left, facts: Facts) -> bool:
    """Whether the next morning's message speaks of it: nobody is woken for it (R33)."""
    return event.quiet or facts.working_time.after(facts.now, timedelta()) > facts.now


def without(account: Record, person: str) -> Record:
    """The account without a person in any part."""
    changes: dict[str, object] = {p: "" for p in ("updater", "main", "substitute") if getattr(account, p) == person}
    changes |= {p: tuple(i for i in getattr(account, p) if i != person) for p in ("admins", "producers")}
    return replace(account, **changes)  # type: ignore[arg-type]  # fields by name


def _now(account: Record, part: str, facts: Facts) -> str:
    value = getattr(account, part)
    named = (value,) if isinstance(value, str) else value
    return ",".join(p for p in named if p and not facts.people.has_left(p))


def _named(account: Record, event: Event, kept: Mapping[str, str], facts: Facts) -> tuple[Record, list[Effect]]:
    several = {p: tuple(filter(None, kept[p].split(","))) for p in ("admins", "producers")}
    one = {p: kept[p] for p in ("updater", "main", "substitute")}
    changed = replace(account, **one, **several)  # type: ignore[arg-type]  # fields by name
    added = [p for p in changed.people if p not in account.people]
    removed = [p for p in account.people if p not in changed.people]
    if changed == account:
        return account, [cards.told(account, facts, "people_same", Button("register/confirm", account.key))]
    line = "; ".join(filter(None, (
        f"+ {', '.join(name_of(p, facts) for p in added)}" if added else "",
        f"– {', '.join(name_of(p, facts) for p in removed)}" if removed else "",
    )))  # fmt: skip
    changed = noted(
        changed, event, facts, "people", line, confirmed_at=facts.now, named_at=facts.now,
        own_names=tuple(p for p in changed.own_names if p in changed.people),
        left=tuple(p for p in account.left if p in changed.people),
        forced_at=facts.now if removed else account.forced_at,
    )  # fmt: skip
    password = (Button("register/password", account.key),) if removed else ()
    block = "people_changed_password" if removed else "people_changed"
    return changed, [
        cards.told(changed, facts, block, *password),
        *_to_the_manager(changed, event, facts, added, removed),
        *to_the_named(account, changed, event, facts),
    ]


def _to_the_manager(account: Record, event: Event, facts: Facts, added: list[str], removed: list[str]) -> list[Effect]:
    """The naming, to the communications manager with the time (R25); receipt by them or their deputy."""
    card = cards.told_card(
        account, facts, "people_news", Button("register/show", account.key), who=name_of(event.person, facts),
        at=facts.now.isoformat(), added=[name_of(p, facts) for p in added],
        removed=[name_of(p, facts) for p in removed],
    )  # fmt: skip
    bearers = facts.people.bearers(Role.COMMUNICATIONS_MANAGER) or facts.people.bearers(Role.ADMINISTRATOR)
    # The manager who did it knows it: the reply is theirs.
    return [Notify(card, person=p.id) for p in bearers if p.id != event.person]


def to_the_named(before: Record | None, account: Record, event: Event, facts: Facts) -> list[Effect]:
    """Who has new parts hears of it, and may decline; who has none any more too. `before` is None for a new account."""
    who = name_of(event.person, facts)
    effects: list[Effect] = []
    for person in account.people:
        fresh = [p for p in account.parts(person) if before is None or p not in before.parts(person)]
        if fresh and person != event.person:
            decline_it = Button("register/decline", account.key)
            card = cards.told_card(account, facts, "named", decline_it, who=who, parts=fresh)
            effects.append(Notify(card, person=person))
    for person in before.people if before else ():
        if person not in account.people and person != event.person and not facts.people.has_left(person):
            effects.append(Notify(cards.told_card(account, facts, "unnamed", who=who), person=person))
    return effects
