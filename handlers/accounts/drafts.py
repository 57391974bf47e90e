"""A draft of a request: kept, looked over as a whole and sent; and forgotten where nobody goes on with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from handlers.accounts import cards, naming
from handlers.accounts.deciding import deed, hand_over, news
from handlers.accounts.findings import all_findings, unsettled
from handlers.accounts.record import Move, Record, Status, may_move
from handlers.accounts.steps import STEPS, Step, next_field, pruned
from handlers.cards import Button, Buttons, Card, Text
from handlers.effects import Effect, Forget, Notify, Remind, Reply, Tell
from handlers.events import Event
from handlers.facts import Facts

NOTICE, FORGOTTEN = timedelta(days=21), timedelta(days=30)
"""How long a draft lies untouched until its writer is told, and until it is forgotten."""
TIMERS = ("draft_notice", "draft_forget")


def kept(record: Record, facts: Facts) -> Record:
    """The draft as it is kept: touched now, without answers to what is no longer asked."""
    return replace(record, changed_at=facts.now, answers=pruned(record.answers))


def timers(facts: Facts) -> list[Effect]:
    """The draft lies untouched from now on."""
    return [Remind("draft_notice", facts.now + NOTICE), Remind("draft_forget", facts.now + FORGOTTEN)]


def supervisor_of(facts: Facts) -> str:
    """The name of the supervisor of who acts, "" where none is known."""
    person = facts.person
    found = facts.people.person(person.supervisor) if person and person.supervisor else None
    return found.name if found else ""


def step_data(record: Record, step: Step, facts: Facts) -> dict[str, object]:
    """What the words of a step need, in the conversation and on a page of the form."""
    return {
        "step": step.name,
        "step_number": step.number,
        "number": record.number,
        "sentences": [facts.passages[i].focus for i in step.cited if i in facts.passages][:2],
        "departments": list(facts.departments),
        "supervisor": supervisor_of(facts),
        "bodies": [dict(body.names) for body in record.chain],
        "goal": "",
        "current": "",
        "warned": "",
    }


# ── looked over and sent ────────────────────────────────────────────────────────────────────────────────────────────


def summary(record: Record, facts: Facts) -> Card:
    """The whole request before it is sent, with what still stands in its way."""
    key = record.key
    open_ = cards.unsettled_steps(record, facts)
    go_on = (
        (Button("accounts/send", key, style="primary"),)
        if not open_
        else (Button("accounts/talk", key, style="primary"), Button("accounts/form", key))
    )
    edit = tuple(Button("accounts/form", key, str(s.number)) for s in STEPS)
    card = cards.picture(record, facts, *go_on, Button("accounts/withdraw", key, style="danger"), heading="draft")
    parts = (*card.parts[:-1], Text("open" if open_ else "ready"), Text("edit"), Buttons(edit), *card.parts[-1:])
    return replace(card, parts=tuple(p for p in parts if p != Text("turn")), data={**card.data, "unsettled": open_})


def send(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The request goes to the supervisor; who is named in it is asked; the communications team is told."""
    if not may_move(record, Move.SEND):
        return record, cards.late(record, facts)
    if unsettled(all_findings(record.answers, facts), record.reasons) or next_field(record.answers):
        return record, [Reply(summary(record, facts))]
    still_warned = {f.name for f in all_findings(record.answers, facts) if f.warning}
    sent = replace(
        record, status=Status.SENT, round=record.round + 1, stage=0, since=facts.now, told=(), unreached=(), asking="",
        asking_why="", queue=(), chain=facts.chain,
        reasons={k: v for k, v in record.reasons.items() if k in still_warned},
        history=(*record.history, deed(record, event, facts, Move.SEND)),
    )  # fmt: skip
    named, asked = naming.ask(sent, facts)
    handed, effects = hand_over(named, facts)
    return handed, [
        *(Forget(timer) for timer in TIMERS),
        *cards.refreshed(handed, facts),
        *asked,
        *effects,
        *news(handed, facts, "made"),
        Tell(
            cards.state_card(handed, facts, "sent"), handed.requester, event.conversation, slot="state",
            language=handed.language,
        ),
    ]  # fmt: skip


# ── forgotten ───────────────────────────────────────────────────────────────────────────────────────────────────────


def notice(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """A draft has lain for a while: its writer is told when it will be forgotten."""
    if record.status is not Status.DRAFT:
        return record, []
    until = (record.changed_at + FORGOTTEN).isoformat()
    buttons = Buttons((Button("accounts/resume", record.key, style="primary"), Button("accounts/withdraw", record.key)))
    card = Card("accounts/draft", (Text("notice"), buttons), cards.data_of(record, facts) | {"until": until})
    return record, [Notify(card, person=record.requester)]


def forget(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """A draft is forgotten: what was written is no longer there."""
    if not may_move(record, Move.FORGET):
        return record, []
    card = Card("accounts/draft", (Text("forgotten"),), cards.data_of(record, facts) | {"until": ""})
    return emptied(record), [Notify(card, person=record.requester)]


def emptied(record: Record) -> Record:
    """The record without anything that was written."""
    return replace(
        record, status=Status.FORGOTTEN, answers={}, reasons={}, asking="", asking_why="", queue=(), comments=()
    )
