"""Sent, decided by each body, in force, replaced and repealed: by the rules that requests are decided by (R10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from handlers.accounts import deciding as requests
from handlers.accounts.cards import names_of
from handlers.accounts.deciding import OUTCOMES, REASON, decision_errors, is_old, seen_of
from handlers.accounts.turns import acts_for, turn
from handlers.cards import Field, Form, errors_of
from handlers.effects import Effect, FieldErrors, Forget, Notify, OpenForm, Pass, Remind, Reply, Tell
from handlers.events import Elapsed, Event, Submitted, Undelivered
from handlers.facts import Facts, Role
from handlers.overlays import cards
from handlers.overlays.record import TRANSITIONS, Move, Record, Status, may_move
from handlers.overlays.rights import is_proposer, may_repeal
from handlers.overlays.writing import emptied
from handlers.refusals import cleaned, secrets_in
from handlers.teams import COMMUNICATIONS

TIMER = "turn"
"""Wakes a guideline that waits for a body each working morning: whose turn it is may have changed."""
REPLACED = "replaced:"
"""What the timer is called that tells a guideline which one took its place. No person's deed can be one."""


def moved(record: Record, event: Event, facts: Facts, move: Move, text: str = "", **details: str) -> Record:
    """The record after a move, which must be a legal one; the turn begins anew."""
    done = requests.deed(record.request, event, facts, move, text, **details)
    return replace(
        record, status=TRANSITIONS[record.status, move], since=facts.now, changed_at=facts.now, told=(), unreached=(),
        history=(*record.history, done),
    )  # fmt: skip


# ── sending ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def send(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """To the department's management team, with what it was cut to before the proposer's eyes."""
    if not may_move(record, Move.SEND):
        return record, cards.late(record, facts)
    if cards.missing(record):
        return record, [cards.refused(record, facts, "incomplete")]
    if not facts.chain:
        return record, [cards.refused(record, facts, "nobody_decides")]
    sent = moved(record, event, facts, Move.SEND)
    sent = replace(sent, round=record.round + 1, stage=0, chain=facts.chain)
    handed, effects = hand_over(sent, facts)
    return handed, [
        *effects,
        *cards.refreshed(handed, facts),
        *_news(handed, facts, "sent"),
        Remind(TIMER, facts.working_time.next_morning(facts.now)),
        Tell(cards.state_card(handed, facts, "sent"), event.person, event.conversation, slot="state"),
    ]


def hand_over(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Give it to whose turn it is and who has not got it; where nobody is there, say so to who can mend it."""
    acting = turn(record.request, facts).acting
    new = [p for p in acting if p.id not in record.told]
    effects: list[Effect] = [Notify(cards.decider_card(record, facts), person=p.id, slot="decider") for p in new]
    if not acting:
        card = cards.nobody_card(record, facts)
        effects.append(Notify(card, team=COMMUNICATIONS))
        effects += [Notify(card, person=p.id) for p in facts.people.bearers(Role.ADMINISTRATOR)]
    told = (*record.told, *(p.id for p in new))
    return replace(record, told=told, informed=tuple(dict.fromkeys((*record.informed, *told)))), effects


def look_again(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Whose turn it is may have changed since it was given: people come, leave and go away. By night it waits (R33)."""
    if record.status is not Status.PROPOSED:
        return record, []
    opens = facts.working_time.after(facts.now, timedelta())
    if opens > facts.now:
        return record, [Remind(TIMER, opens)]
    again: list[Effect] = [Remind(TIMER, facts.working_time.next_morning(facts.now))]
    acting = turn(record.request, facts).acting
    if acting and all(p.id in record.told for p in acting):
        return record, again
    handed, effects = hand_over(record, facts)
    if handed.told == record.told:
        return handed, [*effects, *again]
    return handed, [*effects, *cards.refreshed(handed, facts), _tell(handed, facts, "moved"), *again]


def undelivered(record: Record, event: Undelivered, facts: Facts) -> tuple[Record, list[Effect]]:
    """A decider could not be reached: the turn moves, and the proposer knows."""
    if event.slot != "decider" or event.receiver not in record.told or event.receiver in record.unreached:
        return record, []
    return look_again(replace(record, unreached=(*record.unreached, event.receiver)), facts)


# ── the bodies ──────────────────────────────────────────────────────────────────────────────────────────────────────


def stands(record: Record, seen: str, facts: Facts, unsent: str = "") -> list[Effect]:
    """What stands in the way of a decision: not theirs, too late, or seen as it was before; empty where nothing does."""
    if record.body is None or is_old(record.request, seen):
        return cards.late(record, facts, unsent)
    if acts_for(record.request, facts.person, facts) is None:
        if is_proposer(record, facts):
            return [cards.refused(record, facts, "own", unsent)]
        if facts.person and any(facts.person.bears(i) for i in record.informed):
            return cards.late(record, facts, unsent)
        return [cards.refused(record, facts, "not_decider", unsent)]
    return []


def decide_form(record: Record, seen: str, values: dict[str, str], facts: Facts) -> Form:
    """A body's decision: what, of which meeting, in which section."""
    fields = (
        Field("outcome", "choice", values.get("outcome", ""), OUTCOMES),
        Field("date", "date", values.get("date", facts.today.isoformat())),
        Field("section", "text", values.get("section", ""), required=False, longest=40),
        Field("text", "long", values.get("text", ""), required=False, longest=REASON),
    )
    data = {"number": record.number, "body": names_of(record.body), "title": record.title}
    return Form("overlays/decide", f"{record.key}@{seen}", fields, data)


def open_decision(record: Record, seen: str, facts: Facts) -> list[Effect]:
    """The form of the decision, for whose turn it is."""
    return stands(record, seen, facts) or [OpenForm(decide_form(record, seen or record.moment, {}, facts))]


def decide(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """The secretary records what the body decided."""
    values = {name: value.strip() for name, value in event.values.items()}
    if trouble := stands(record, seen_of(event), facts, values.get("text", "")):
        return record, trouble
    if requests.repeats(record.request, event, values):
        return record, cards.late(record, facts)
    form = decide_form(record, seen_of(event) or record.moment, values, facts)
    # Resources are secured for an account (R60); a guideline needs none.
    errors = errors_of(form, values) | decision_errors(values | {"secured": "yes"}, facts) | secrets_in(values)
    if errors:
        return record, [FieldErrors(cleaned(form), errors)]
    moves = {"postponed": Move.POSTPONE, "returned": Move.RETURN, "rejected": Move.REJECT}
    move = moves.get(values["outcome"], _onward_move(record))
    details = {name: values.get(name, "") for name in ("date", "section")}
    decided = moved(record, event, facts, move, values.get("text", ""), **details)
    match move:
        case Move.POSTPONE:
            waiting = replace(decided, since=record.since, told=record.told)
            return waiting, [*cards.refreshed(waiting, facts), _tell(waiting, facts, "postponed"),
                             cards.told(waiting, facts, "postponed")]  # fmt: skip
        case Move.RETURN | Move.REJECT:
            return _gave_back(decided, facts)
        case _:
            return _onward(decided, event, facts, "recorded", values["date"])


def _onward_move(record: Record) -> Move:
    return Move.APPROVE if record.stage + 1 < len(record.chain) else Move.CONCLUDE


def _gave_back(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    what = record.status.value
    return record, [
        *cards.refreshed(record, facts),
        *_news(record, facts, what),
        _tell(record, facts, what),
        Forget(TIMER),
        cards.told(record, facts, what),
    ]


def _onward(record: Record, event: Event, facts: Facts, what: str, day: str) -> tuple[Record, list[Effect]]:
    """To the next body; past the last one it is in force, under the day of that acceptance."""
    onward = replace(record, stage=record.stage + 1)
    if onward.status is not Status.ACCEPTED:
        handed, effects = hand_over(onward, facts)
        return handed, [*cards.refreshed(handed, facts), *effects, *_news(handed, facts, what),
                        _tell(handed, facts, what), cards.told(handed, facts, what)]  # fmt: skip
    accepted = replace(onward, accepted_on=day)
    return accepted, [
        *cards.refreshed(accepted, facts),
        *_news(accepted, facts, "accepted"),
        _tell(accepted, facts, "accepted"),
        *([_takes_its_place(accepted, accepted.replaces, event)] if accepted.replaces else []),
        Forget(TIMER),
        cards.told(accepted, facts, "accepted"),
    ]


# ── an exception from the chain ─────────────────────────────────────────────────────────────────────────────────────


def open_skip(record: Record, seen: str, facts: Facts) -> list[Effect]:
    """The form in which a body is passed by."""
    if record.body is None or is_old(record.request, seen):
        return cards.late(record, facts)
    if not requests.may_skip(record.request, facts):
        return [cards.refused(record, facts, "not_skipped")]
    return [OpenForm(_skip_form(record, seen or record.moment, ""))]


def _skip_form(record: Record, seen: str, text: str) -> Form:
    data = {"number": record.number, "body": names_of(record.body)}
    return Form("overlays/skip", f"{record.key}@{seen}", (Field("text", "long", text, longest=REASON),), data)


def skip(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """An exception from the chain, with its reason, of which the communications team gets a copy (A1)."""
    text, move = event.values.get("text", "").strip(), _onward_move(record)
    if record.body is None or is_old(record.request, seen_of(event)):
        return record, cards.late(record, facts, text)
    if not requests.may_skip(record.request, facts):
        return record, [cards.refused(record, facts, "not_skipped", text)]
    form = _skip_form(record, seen_of(event) or record.moment, text)
    if errors := errors_of(form, event.values) | secrets_in(event.values):
        return record, [FieldErrors(cleaned(form), errors)]
    passed = moved(record, event, facts, move, text)
    passed = replace(passed, history=(*passed.history[:-1], replace(passed.history[-1], move="skip")))
    onward, effects = _onward(passed, event, facts, "skipped", facts.today.isoformat())
    copies = _news(onward, facts, "skipped") if onward.status is Status.ACCEPTED else []
    return onward, [*copies, *effects]


# ── in force ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _takes_its_place(record: Record, older: str, event: Event) -> Effect:
    return Pass(Elapsed(f"{event.key}:{older}", "", "", older, f"{REPLACED}{record.key}"))


def replaced(record: Record, event: Elapsed, facts: Facts) -> tuple[Record, list[Effect]]:
    """A newer version was accepted. Where another one took this one's place meanwhile, it is that one that gives way."""
    newer = event.timer.removeprefix(REPLACED)
    if record.replaced_by and record.replaced_by != newer:
        return record, [Pass(Elapsed(f"{event.key}>", "", "", record.replaced_by, event.timer))]
    if not may_move(record, Move.REPLACE) or record.key == newer:
        return record, []
    old = replace(moved(record, event, facts, Move.REPLACE), replaced_by=newer)
    return old, [*cards.refreshed(old, facts), _tell(old, facts, "replaced")]


def open_repeal(record: Record, facts: Facts) -> list[Effect]:
    """The form in which a guideline is repealed."""
    return _not_repealed(record, facts) or [OpenForm(_repeal_form(record, ""))]


def _repeal_form(record: Record, text: str) -> Form:
    data = {"number": record.number, "title": record.title}
    return Form("overlays/repeal", record.key, (Field("text", "long", text, longest=REASON),), data)


def _not_repealed(record: Record, facts: Facts, text: str = "") -> list[Effect]:
    if not may_repeal(record, facts):
        return [cards.refused(record, facts, "not_repealer", text)]
    return [] if may_move(record, Move.REPEAL) else cards.late(record, facts, text)


def repeal(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """It is not in force any more, from this moment, with a reason."""
    text = event.values.get("text", "").strip()
    if trouble := _not_repealed(record, facts, text):
        return record, trouble
    form = _repeal_form(record, text)
    if errors := errors_of(form, event.values) | secrets_in(event.values):
        return record, [FieldErrors(cleaned(form), errors)]
    ended = moved(record, event, facts, Move.REPEAL, text)
    told = [] if is_proposer(record, facts) else [_tell(ended, facts, "repealed")]
    return ended, [*cards.refreshed(ended, facts), *_news(ended, facts, "repealed"), *told,
                   cards.told(ended, facts, "repealed")]  # fmt: skip


# ── the proposer's own ──────────────────────────────────────────────────────────────────────────────────────────────


def take_back(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The proposer goes on writing; who was deciding decides on the new round."""
    if not may_move(record, Move.TAKE_BACK):
        return record, cards.late(record, facts)
    taken = moved(record, event, facts, Move.TAKE_BACK)
    return taken, [*cards.refreshed(taken, facts), Forget(TIMER), Reply(cards.draft_card(taken, facts))]


def withdraw(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The proposal ends; a draft is forgotten at once."""
    if not may_move(record, Move.WITHDRAW):
        return record, cards.late(record, facts)
    ended = moved(record, event, facts, Move.WITHDRAW)
    if ended.status is Status.FORGOTTEN:
        return emptied(ended), [cards.told(emptied(ended), facts, "forgotten")]
    return ended, [
        *cards.refreshed(ended, facts),
        *_news(ended, facts, "withdrawn"),
        Forget(TIMER),
        cards.told(ended, facts, "withdrawn"),
    ]


def _tell(record: Record, facts: Facts, what: str) -> Effect:
    return Notify(cards.state_card(record, facts, what), person=record.proposer, slot="state")


def _news(record: Record, facts: Facts, what: str) -> list[Effect]:
    return [Notify(cards.news_card(record, facts, what), team=COMMUNICATIONS, slot="news")]
