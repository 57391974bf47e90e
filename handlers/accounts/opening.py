"""After the decision: the account is opened, each ticks the points that are theirs, and it is official (R70–R72)."""

from __future__ import annotations

import re
from dataclasses import replace

from handlers.accounts import cards
from handlers.accounts.checks import lines
from handlers.accounts.deciding import deed, news, tell
from handlers.accounts.record import TRANSITIONS, Move, Record, Status, Tick, may_move
from handlers.accounts.steps import measures
from handlers.cards import Card, Field, Form, Text, errors_of, excerpt, stamp
from handlers.effects import Effect, FieldErrors, Notify, Pass, Reply
from handlers.events import Entered, Event, Submitted
from handlers.facts import Facts, Role, name_of
from handlers.refusals import cleaned, secrets_in
from handlers.register.record import VERIFYING
from handlers.teams import serves

PLAIN = ("owner", "department", "updater", "substitute", "mailbox", "rhythm", "main", "review", "ends")
"""Answers that the register keeps as they are."""
ADDRESS = re.compile(r"(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:[/?#]\S*)?|@[\w.]{2,60}")
"""A web address or a handle."""


def may_open(record: Record, facts: Facts) -> bool:
    """Whether who acts is to open the account and to tick the unit's points."""
    person = facts.person
    ids = {record.requester, record.answer("updater"), record.answer("substitute"), *record.answer("admins").split(",")}
    return person is not None and any(person.bears(i) for i in ids if i)


def may_tick(point: str, record: Record, facts: Facts) -> bool:
    """The link on the municipality's list is the communications team's (R71); all else the unit's."""
    return serves(facts) if point == "list_link" else may_open(record, facts)


def open_form(record: Record, address: str) -> Form:
    """The address of the account, once it is there."""
    return Form("accounts/open", record.key, (Field("address", "text", address, longest=200),), {"number": record.number})


def open_account(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """The account is there: it enters the register with its people, and the naming goes to the communications manager."""
    address = event.values.get("address", "").strip()
    if not may_open(record, facts):
        return record, [cards.refused(record, facts, "not_keeper", address)]
    if not may_move(record, Move.OPEN):
        return record, cards.late(record, facts, address)
    form = open_form(record, address)
    if secrets := secrets_in(event.values):
        return record, [FieldErrors(cleaned(form), secrets)]
    errors = errors_of(form, event.values)
    if not errors and not ADDRESS.fullmatch(address):
        errors = {"address": "not_an_address"}
    if errors:
        return record, [FieldErrors(form, errors)]
    opened = replace(
        record, status=TRANSITIONS[record.status, Move.OPEN], address=address, opened_at=facts.now, named_at=facts.now,
        since=facts.now, history=(*record.history, deed(record, event, facts, Move.OPEN, address)),
    )  # fmt: skip
    return opened, [
        entered(opened, event),
        *_named(opened, facts),
        *cards.refreshed(opened, facts),
        *news(opened, facts, "live"),
        *([] if opened.requester == event.person else [tell(opened, facts, "opened")]),
        Reply(cards.checklist_card(opened, facts), slot="checklist"),
    ]


def tick(record: Record, event: Event, point: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """A point of the checklist is done; with the fourth verifying one the account is official."""
    if point not in cards.wanted(record):
        return record, [cards.gone()]
    if record.status not in (Status.OPENED, Status.OFFICIAL):
        return record, cards.late(record, facts)
    if not may_tick(point, record, facts):
        return record, [cards.refused(record, facts, "not_communications" if point == "list_link" else "not_keeper")]
    if point in record.ticks:
        return record, [cards.told(record, facts, "ticked_already", **_tick_data(record, point, facts))]
    ticked = replace(
        record, ticks={**record.ticks, point: Tick(event.person, facts.now)},
        history=(*record.history, deed(record, event, facts, "tick", point)),
    )  # fmt: skip
    if record.status is Status.OPENED and all(p in ticked.ticks for p in VERIFYING):
        return _official(ticked, event, facts)
    return ticked, [
        *cards.refreshed(ticked, facts),
        cards.told(ticked, facts, "ticked", **_tick_data(ticked, point, facts)),
    ]


def _official(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    official = replace(
        record, status=TRANSITIONS[record.status, Move.VERIFY], official_at=facts.now, since=facts.now,
        history=(*record.history, deed(record, event, facts, Move.VERIFY)),
    )  # fmt: skip
    people = dict.fromkeys((record.requester, record.answer("updater")))
    card = cards.state_card(official, facts, "official")
    return official, [
        entered(official, event),
        *cards.refreshed(official, facts),
        *news(official, facts, "official"),
        *(Notify(card, person=p) for p in people if p and p != event.person),
        cards.told(official, facts, "official"),
    ]


def _tick_data(record: Record, point: str, facts: Facts) -> dict[str, object]:
    tick = record.ticks[point]
    return {"point": point, "who": name_of(tick.person, facts), "at": tick.at.isoformat()}


def _named(record: Record, facts: Facts) -> list[Effect]:
    """Who may post in the organisation's name, to the communications manager, with the time (R24–R25)."""
    data = cards.data_of(record, facts) | cards.answers_of(record, facts) | {"named_at": stamp(record.named_at)}
    card = Card("accounts/naming", (Text("body"),), data)
    bearers = facts.people.bearers(Role.COMMUNICATIONS_MANAGER) or facts.people.bearers(Role.ADMINISTRATOR)
    return [Notify(card, person=p.id) for p in bearers]


def entered(record: Record, event: Event) -> Effect:
    """The account as the register is to keep it."""
    a = record.answers
    account = {
        "status": "official" if record.status is Status.OFFICIAL else "open",
        "name": a.get("name", ""),
        "channel": a.get("other_channel") or a.get("channel", ""),
        "address": record.address,
        **{name: a.get(name, "") for name in PLAIN},
        **{name: lines(a.get(name, "").replace(",", "\n")) for name in ("admins", "producers")},
        "purpose": excerpt(a.get("need", ""), 200),
        "plan": a.get("plan", ""),
        "goals": tuple(goal for goal, _ in measures(a)),
        "measures": tuple(measure for _, measure in measures(a)),
        "ticks": {p: {"person": t.person, "at": t.at} for p, t in record.ticks.items() if p in VERIFYING},
        "own_names": record.own_names,
        "opened_at": record.opened_at,
        "named_at": record.named_at,
        "official_at": record.official_at,
    }
    return Pass(Entered(f"{event.key}:register", event.person, "", record.key, account))
