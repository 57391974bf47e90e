"""The decisions: the supervisor's proposal with content, then each body of the chain by its secretary (R40, R49–R60)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from handlers.accounts import cards
from handlers.accounts.checks import hours
from handlers.accounts.record import DECIDING, TRANSITIONS, Deed, Move, Record, Status, may_move
from handlers.accounts.turns import acts_for, had_turn, turn, unagreed
from handlers.cards import Card, Field, Form, Text, errors_of
from handlers.effects import Effect, FieldErrors, Notify
from handlers.events import Event, Submitted, Undelivered
from handlers.facts import Facts, Role
from handlers.refusals import cleaned, secrets_in
from handlers.teams import COMMUNICATIONS

REASON = 1000
"""Characters of a reason or of what is missing."""
OUTCOMES = ("approved", "postponed", "returned", "rejected")
MANNERS = ("decision", "policy")
"""The bodies decide each account, or lay down a policy that it rests on: the guideline says both (A2)."""


def deed(record: Record, event: Event, facts: Facts, move: str, text: str = "", **details: str) -> Deed:
    """A line of the request's history; a deputy's names whose turn it was."""
    behalf = acts_for(record, facts.person, facts) or "" if record.status in DECIDING else ""
    body = record.body
    names = {f"body_{code}": name for code, name in body.names.items()} if body else {}
    return Deed(facts.now, event.person, move, text, body.id if body else "", behalf, {**names, **details})


def moved(record: Record, event: Event, facts: Facts, move: Move, text: str = "", **details: str) -> Record:
    """The record after a move, which must be a legal one; the turn begins anew."""
    return replace(
        record, status=TRANSITIONS[record.status, move], since=facts.now, told=(), unreached=(),
        history=(*record.history, deed(record, event, facts, move, text, **details)),
    )  # fmt: skip


def stands(record: Record, move: Move, seen: str, facts: Facts, unsent: str = "") -> list[Effect]:
    """What stands in the way of a decision: not theirs, too late, or seen as it was before; empty where nothing does.

    `seen` is the moment of the card that was pressed (`Record.moment`), "" for words, which mean the present one.
    """
    if not may_move(record, move) or is_old(record, seen):
        return cards.late(record, facts, unsent)
    if acts_for(record, facts.person, facts) is None:
        if had_turn(record, facts):
            return cards.late(record, facts, unsent)
        own = facts.person is not None and facts.person.bears(record.requester)
        return [cards.refused(record, facts, "own_request" if own else "not_decider", unsent)]
    return []


def is_old(record: Record, seen: str) -> bool:
    """Whether a card was made in an earlier round, or before an earlier body decided."""
    round_, _, stage = seen.partition(".")
    return (round_.isdecimal() and int(round_) != record.round) or (stage.isdecimal() and int(stage) != record.stage)


# ── the supervisor ──────────────────────────────────────────────────────────────────────────────────────────────────


def propose_form(record: Record, seen: str, values: dict[str, str]) -> Form:
    """The proposal's content: the hours reserved, the substitute agreed, how it is led (R49–R52, R56)."""
    a = record.answers
    led = values.get("led", f"{a.get('leader', '')}, {a.get('meeting', '')}".strip(", "))
    fields = (
        Field("hours", "text", values.get("hours", a.get("hours", "")), longest=40),
        Field("reserved", "choice", values.get("reserved", ""), ("yes", "no")),
        Field("tasks", "choice", values.get("tasks", a.get("tasks", "weekly")), ("weekly", "daily")),
        Field("substitute", "choice", values.get("substitute", ""), ("yes", "no")),
        Field("led", "long", led, longest=REASON),
    )  # fmt: skip
    return Form("accounts/propose", f"{record.key}@{seen}", fields, {"number": record.number})


def propose(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """The supervisor's proposal goes to the first body; with none in the chain, it is the decision."""
    move = Move.PROPOSE if record.chain else Move.CONCLUDE
    seen, values = seen_of(event), dict(event.values)
    if event.spoken and not values.get("hours"):
        values["hours"] = record.answer("hours")  # words that name no hours mean those that were asked for
    if trouble := stands(record, move, seen, facts, values.get("led", "")):
        return record, trouble
    if unagreed(record):
        return record, [cards.refused(record, facts, "unagreed", values.get("led", ""))]
    form = propose_form(record, seen, values)
    errors = errors_of(form, values) | secrets_in(values)
    if values.get("hours") and hours(values["hours"]) is None:
        errors["hours"] = "not_hours"
    errors |= {name: f"not_{name}" for name in ("reserved", "substitute") if values.get(name) == "no"}
    if errors:
        return record, [FieldErrors(cleaned(form), errors)]
    details = {name: values[name].strip() for name in ("hours", "tasks", "led")}
    proposed = moved(record, event, facts, Move.PROPOSE, **details)
    proposed = replace(proposed, stage=0, status=TRANSITIONS[record.status, move])
    return _onward(proposed, facts, "proposed")


def _onward(record: Record, facts: Facts, what: str) -> tuple[Record, list[Effect]]:
    """To whose turn it is now; the requester, the team and who acted are told."""
    handed, effects = hand_over(record, facts)
    if handed.status is Status.APPROVED:
        effects += _begin_going_live(handed, facts)
    return handed, [
        *cards.refreshed(handed, facts),
        *effects,
        *news(handed, facts, "decided" if handed.status is Status.APPROVED else what),
        tell(handed, facts, "approved" if handed.status is Status.APPROVED else what),
        cards.told(handed, facts, what),
    ]


def _begin_going_live(record: Record, facts: Facts) -> list[Effect]:
    """The checklist, to the responsible updater and to who asked for the account."""
    card = cards.checklist_card(record, facts)
    people = dict.fromkeys((record.answer("updater"), record.requester))
    return [Notify(card, person=p, slot="checklist") for p in people if p]


# ── given back, turned down ─────────────────────────────────────────────────────────────────────────────────────────


def reason_form(record: Record, name: str, seen: str, text: str) -> Form:
    """What is missing, or why not, in the decider's words."""
    field = Field("text", "long", text, longest=REASON)
    return Form(f"accounts/{name}", f"{record.key}@{seen}", (field,), {"number": record.number})


def give_back(record: Record, event: Submitted, facts: Facts, move: Move) -> tuple[Record, list[Effect]]:
    """Return a request with what is missing, or reject it with a reason."""
    text = event.values.get("text", "").strip()
    if trouble := stands(record, move, seen_of(event), facts, text):
        return record, trouble
    if record.status is not Status.SENT:
        return record, [cards.refused(record, facts, "by_meeting", text)]
    form = reason_form(record, move.value, seen_of(event), text)
    if errors := errors_of(form, event.values) | secrets_in(event.values):
        return record, [FieldErrors(cleaned(form), errors)]
    return gave_back(moved(record, event, facts, move, text), facts)


def gave_back(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """The requester reads the reason; the team is told where it was a decision."""
    what = record.status.value
    return record, [
        *cards.refreshed(record, facts),
        *news(record, facts, "decided" if record.status is Status.REJECTED else "returned"),
        tell(record, facts, what),
        cards.told(record, facts, what),
    ]


# ── the bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────


def decide_form(record: Record, seen: str, values: dict[str, str], facts: Facts) -> Form:
    """A body's decision: what, of which meeting, in which section, and that the resources are secured (R59–R60)."""
    today = facts.today.isoformat()
    fields = (
        Field("outcome", "choice", values.get("outcome", ""), OUTCOMES),
        Field("manner", "choice", values.get("manner", "decision"), MANNERS),
        Field("date", "date", values.get("date", today)),
        Field("section", "text", values.get("section", ""), required=False, longest=40),
        Field("secured", "choice", values.get("secured", ""), ("yes", "no"), required=False),
        Field("text", "long", values.get("text", ""), required=False, longest=REASON),
    )
    data = {"number": record.number, "body": cards.names_of(record.body), "title": record.answer("name")}
    return Form("accounts/decide", f"{record.key}@{seen}", fields, data)


def decision_errors(values: dict[str, str], facts: Facts) -> dict[str, str]:
    """What is wrong with a decision as it was recorded, by field."""
    outcome = values.get("outcome", "")
    errors: dict[str, str] = {}
    try:
        if date.fromisoformat(values.get("date", "")) > facts.today:
            errors["date"] = "future"
    except ValueError:
        errors["date"] = "not_a_date"
    if outcome in ("approved", "rejected") and not any(c.isalnum() for c in values.get("section", "")):
        errors["section"] = "no_section"
    if outcome == "approved" and values.get("secured") != "yes":
        errors["secured"] = "not_secured"
    if outcome in ("returned", "rejected") and not any(c.isalnum() for c in values.get("text", "")):
        errors["text"] = "no_reason"
    return errors


def decide(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """The secretary records what the body decided."""
    values = {name: value.strip() for name, value in event.values.items()}
    move = {"postponed": Move.POSTPONE, "returned": Move.RETURN, "rejected": Move.REJECT}.get(
        values.get("outcome", ""), _onward_move(record)
    )
    if trouble := _not_recorded(record, move, event, values, facts):
        return record, trouble
    if repeats(record, event, values):
        return record, cards.late(record, facts)
    form = decide_form(record, seen_of(event), values, facts)
    errors = {n: e for n, e in errors_of(form, values).items() if n not in ("manner", "secured")}
    if errors := errors | decision_errors(values, facts) | secrets_in(values):
        return record, [FieldErrors(cleaned(form), errors)]
    details = {n: values.get(n, "") for n in ("date", "section", "manner", "secured")}
    decided = moved(record, event, facts, move, values.get("text", ""), **details)
    match move:
        case Move.POSTPONE:
            decided = replace(decided, since=record.since, told=record.told)
            return decided, [
                *cards.refreshed(decided, facts),
                tell(decided, facts, "postponed"),
                cards.told(decided, facts, "postponed"),
            ]
        case Move.RETURN | Move.REJECT:
            return gave_back(decided, facts)
        case _:
            return _onward(replace(decided, stage=record.stage + 1), facts, "recorded")


def repeats(record: Record, event: Event, values: dict[str, str]) -> bool:
    """Whether the same person wrote the same decision a moment ago: said twice, it does not decide for the next body."""
    last = record.last(Move.APPROVE)
    return (
        last is not None and last is record.history[-1] and last.person == event.person
        and all(last.details.get(name, "") == values.get(name, "") for name in ("date", "section"))
    )  # fmt: skip


def _onward_move(record: Record) -> Move:
    return Move.APPROVE if record.stage + 1 < len(record.chain) else Move.CONCLUDE


def _not_recorded(record: Record, move: Move, event: Event, values: dict[str, str], facts: Facts) -> list[Effect]:
    """As `stands`; but what the supervisor may not decide a body's form does not decide either."""
    if record.body is None:
        return stands(record, Move.POSTPONE, seen_of(event), facts, values.get("text", ""))
    return stands(record, move, seen_of(event), facts, values.get("text", ""))


def skip_form(record: Record, seen: str, text: str) -> Form:
    """Why a body is passed by."""
    field = Field("text", "long", text, longest=REASON)
    data = {"number": record.number, "body": cards.names_of(record.body)}
    return Form("accounts/skip", f"{record.key}@{seen}", (field,), data)


def may_skip(record: Record, facts: Facts) -> bool:
    """Whether the chain lets who acts pass the present body by; nobody on their own request (A1)."""
    person, body = facts.person, record.body
    if person is None or body is None or not body.skipped_by or person.bears(record.requester):
        return False
    return body.skipped_by in person.roles | person.deputy_for


def skip(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """An exception from the chain, with its reason, of which the communications team gets a copy (A1)."""
    text, move = event.values.get("text", "").strip(), _onward_move(record)
    if record.body is None or is_old(record, seen_of(event)):
        return record, cards.late(record, facts, text)
    if not may_skip(record, facts):
        return record, [cards.refused(record, facts, "not_skipped", text)]
    form = skip_form(record, seen_of(event), text)
    if errors := errors_of(form, event.values) | secrets_in(event.values):
        return record, [FieldErrors(cleaned(form), errors)]
    skipped = moved(record, event, facts, move, text)
    skipped = replace(
        skipped, stage=record.stage + 1, history=(*skipped.history[:-1], replace(skipped.history[-1], move="skip"))
    )
    return _onward(skipped, facts, "skipped")


# ── the requester's own ─────────────────────────────────────────────────────────────────────────────────────────────


def take_back(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The requester goes on writing; who was deciding is told by the card, and decides on the new round."""
    if not may_move(record, Move.TAKE_BACK):
        return record, cards.late(record, facts)
    taken = moved(record, event, facts, Move.TAKE_BACK)
    return taken, cards.refreshed(taken, facts)


def withdraw(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The request ends; a draft is forgotten at once."""
    if not may_move(record, Move.WITHDRAW):
        return record, cards.late(record, facts)
    was_sent = record.status is not Status.DRAFT
    withdrawn = moved(record, event, facts, Move.WITHDRAW)
    told = news(withdrawn, facts, "withdrawn") if was_sent else []
    return withdrawn, [
        *(cards.refreshed(withdrawn, facts) if was_sent else []),
        *told,
        cards.told(withdrawn, facts, "withdrawn", empty=not was_sent),
    ]


# ── handing over ────────────────────────────────────────────────────────────────────────────────────────────────────


def hand_over(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Give the request to whose turn it is and who has not got it; where nobody is there, say so to who can mend it."""
    if record.status not in DECIDING:
        return record, []
    acting = turn(record, facts).acting
    new = [p for p in acting if p.id not in record.told]
    effects: list[Effect] = [Notify(cards.decider_card(record, facts), person=p.id, slot="decider") for p in new]
    if record.thread and not record.informed and acting:
        from_thread = cards.decider_card(record, facts)
        effects.append(Notify(from_thread, conversation=record.thread, slot="decider"))
    if not acting:
        card = Card("accounts/nobody", (Text("body"),), cards.data_of(record, facts))
        effects.append(Notify(card, team=COMMUNICATIONS))
        effects += [Notify(card, person=p.id) for p in facts.people.bearers(Role.ADMINISTRATOR)]
    told = (*record.told, *(p.id for p in new))
    return replace(record, told=told, informed=tuple(dict.fromkeys((*record.informed, *told)))), effects


def look_again(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Whose turn it is may have changed since it was given: people come, leave and go away."""
    if record.status not in DECIDING:
        return record, []
    acting = turn(record, facts).acting
    if acting and all(p.id in record.told for p in acting):
        return record, []
    handed, effects = hand_over(record, facts)
    if handed.told == record.told:
        return handed, effects
    return handed, [*effects, *cards.refreshed(handed, facts), tell(handed, facts, "moved")]


def undelivered(record: Record, event: Undelivered, facts: Facts) -> tuple[Record, list[Effect]]:
    """A decider could not be reached: the turn moves, and the requester knows."""
    if event.slot != "decider" or event.receiver not in record.told or event.receiver in record.unreached:
        return record, []
    return look_again(replace(record, unreached=(*record.unreached, event.receiver)), facts)


def tell(record: Record, facts: Facts, what: str) -> Effect:
    """Tell the requester what happened and whose turn it is now."""
    return Notify(cards.state_card(record, facts, what), person=record.requester, slot="state")


def news(record: Record, facts: Facts, what: str) -> list[Effect]:
    """Tell the communications team."""
    slot = "live" if what == "live" else "news"
    return [Notify(cards.news_card(record, facts, what), team=COMMUNICATIONS, slot=slot)]


def seen_of(event: Event) -> str:
    """The round of the card that a form was opened from."""
    return event.record.partition("@")[2]
