"""For how long what is kept is kept, and what is left of it afterwards.

An incident has its own time (`handlers/incidents/escalation.py`), by its kind; this is about all else. A legal hold
stops everything that was written since a month before the incident, wherever it lies: it may be needed as proof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from handlers.accounts import record as accounts
from handlers.agreements import record as agreements
from handlers.incidents.record import Record as Incident
from handlers.masking import masked
from handlers.overlays import record as overlays
from handlers.questions import record as questions

DAYS: Mapping[str, int] = MappingProxyType({
    "questions": 90,
    "requests": 1825,
    "agreements": 730,
    "messages": 365,
    "letters": 60,
    "chat": 90,
    "events": 30,
    "accounts": 180,
    "files": 30,
    "leavers": 180,
    "journal": 1825,
})  # fmt: skip
"""Days for which each kind is kept, counted from its last change; the municipality sets others."""
FEWEST_DAYS = 7
"""Platforms deliver again for hours, and a week's work is looked back on: nothing goes sooner."""
BEFORE_HELD = timedelta(days=30)
"""How long before an incident's report what is needed as proof may have begun."""


SOMEBODY = "someone:"
"""How the name begins that stands for somebody who is told of no more: another each night, so that nothing is linked."""


@dataclass(frozen=True)
class Ending:
    """A flow's records that are over: in which statuses, and what is left of one when its time is over."""

    kind: str
    statuses: tuple[str, ...]
    left: Callable[[Any, str], Any]


def question_left(record: questions.Record, nobody: str) -> questions.Record:
    """The question without who asked, where, and what tells of people: it still shows what people want to know."""
    return replace(
        record, asker=nobody, conversation="", thread="", text=masked(record.text), remark=masked(record.remark),
        sent_text=masked(record.sent_text), reply=masked(record.reply), drafts=(), named=False,
        taken_by="", replied_by="",
    )  # fmt: skip


def request_left(record: accounts.Record, nobody: str) -> accounts.Record:
    """The request that came to nothing: for what account, and when it ended; neither who nor why."""
    kept = {name: value for name, value in record.answers.items() if name in ("name", "channel", "owner", "department")}
    return replace(
        record, requester=nobody, conversation="", thread="", answers=kept, reasons={}, told=(), informed=(),
        unreached=(), agreements={}, own_names=(), own_names_asked=(), comments=(), ticks={},
        history=tuple(replace(deed, person="", text="", on_behalf="") for deed in record.history),
    )  # fmt: skip


def agreement_left(record: agreements.Record, nobody: str) -> agreements.Record:
    """The agreement that is over: of which kind, and when it ended."""
    return replace(
        record, requester=nobody, conversation="", answers={}, terms={}, content={}, agreed_by="", told=(), informed=(),
        unreached=(), comments=(), history=tuple(replace(deed, person="", text="") for deed in record.history),
    )  # fmt: skip


def guideline_left(record: overlays.Record, nobody: str) -> overlays.Record:
    """The proposal of a department's guideline that came to nothing: its title, and when it ended."""
    return replace(
        record, proposer=nobody, conversation="", text="", told=(), informed=(), unreached=(), comments=(),
        history=tuple(replace(deed, person="", text="", on_behalf="") for deed in record.history),
    )  # fmt: skip


OVER: Mapping[str, Ending] = MappingProxyType({
    "questions": Ending("questions", (questions.Status.ASKED, questions.Status.REPLIED), question_left),
    "accounts": Ending(
        "requests",
        (accounts.Status.REJECTED, accounts.Status.WITHDRAWN, accounts.Status.FORGOTTEN),
        request_left,
    ),
    "agreements": Ending(
        "agreements", tuple(s for s in agreements.Status if s not in agreements.OPEN), agreement_left
    ),
    "overlays": Ending(
        "requests",
        (overlays.Status.REJECTED, overlays.Status.WITHDRAWN, overlays.Status.FORGOTTEN),
        guideline_left,
    ),
})  # fmt: skip
"""What ends, by flow. What lives on (the register, a department's guideline, curated answers) is kept while it lives."""
OF_A_PERSON = ("preferences", "training")
"""Flows whose records are a person's own: they go when the person has left the house."""


@dataclass(frozen=True)
class Limits:
    """Until when things are removed now: what changed before `limit(kind)` goes."""

    now: datetime
    days: Mapping[str, int]
    held_since: datetime | None = None

    def limit(self, kind: str) -> datetime:
        """The moment before which a kind is removed: its days ago, or before what a legal hold keeps."""
        aged = self.now - timedelta(days=self.days.get(kind, DAYS[kind]))
        return min(aged, self.held_since) if self.held_since else aged


def held_since(incidents: Iterable[Incident]) -> datetime | None:
    """Since when a legal hold keeps everything, None where there is none."""
    begun = [(i.reported_at or i.made_at) - BEFORE_HELD for i in incidents if i.hold]
    return min(begun, default=None)


def problems(days: Mapping[str, int]) -> list[str]:
    """What is wrong with the days that a municipality sets, a sentence each."""
    found = [f"“{kind}” is nothing that is kept (known: {', '.join(DAYS)})" for kind in sorted(set(days) - set(DAYS))]
    return found + [f"{kind}: at least {FEWEST_DAYS} days" for kind, n in sorted(days.items()) if n < FEWEST_DAYS]
