"""The way to a request: would the umbrella accounts do (R73–R74), what is there already (R35), and a new draft."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.accounts import drafts, pages, talking
from handlers.accounts.record import FILLING, Body, Record
from handlers.accounts.steps import UMBRELLA
from handlers.cards import Button, Buttons, Card, Part, Text
from handlers.cited import rules
from handlers.effects import Effect, Reply
from handlers.events import Event, Pressed
from handlers.facts import Facts
from handlers.teams import managers


def start(facts: Facts) -> Card:
    """The first question: would the umbrella accounts do (R73–R74)? With what the unit has already (R35)."""
    person = facts.person
    begin = Buttons((
        Button("questions/idea", style="primary"), Button("accounts/begin", value="talk"),
        Button("accounts/begin", value="form"),
    ))  # fmt: skip
    begun = [r for r in facts.requests if r.status in FILLING and person and person.bears(r.requester)]
    parts: list[Part] = [Text("umbrella"), *rules((UMBRELLA,), facts)]
    parts += [Text("existing")] if facts.unit_accounts or _pending(facts) else []
    parts += [Text("way")]
    parts += [Text("nobody")] if not drafts.supervisor_of(facts) or _without_secretary(facts) else []
    parts += [begin]
    for draft in begun[:3]:
        data = {"number": draft.number, "title": draft.answer("name"), "changed_at": draft.changed_at.isoformat()}
        parts += [Text("draft", data), Buttons((Button("accounts/resume", draft.key),))]
    return Card("accounts/start", tuple(parts), _start_data(facts))


def _start_data(facts: Facts) -> dict[str, object]:
    return {
        "accounts": [{"name": a.name, "channel": a.channel, "address": a.address} for a in facts.unit_accounts[:5]],
        "pending": [
            {"number": r.number, "name": r.answer("name"), "channel": r.answer("channel")} for r in _pending(facts)[:5]
        ],
        "supervisor": drafts.supervisor_of(facts),
        "bodies": [dict(body.names) for body in facts.chain],
        "missing": [dict(body.names) for body in _without_secretary(facts)],
        "managers": managers(facts),
        "number": "", "title": "", "changed_at": "",
    }  # fmt: skip


def _without_secretary(facts: Facts) -> list[Body]:
    """Bodies of the chain whose decisions nobody could record, as far as the person's own department tells."""
    own = facts.person.department if facts.person else ""

    def missing(body: Body) -> bool:
        department = own if body.by_department else ""
        return not (facts.people.holders(body.secretary, department) or facts.people.deputies(body.secretary, department))

    return [body for body in facts.chain if missing(body)]


def _pending(facts: Facts) -> list[Record]:
    """Requests of the person's own unit that others have sent: they may be meant (R35)."""
    unit = facts.person.unit.casefold() if facts.person else ""
    return [r for r in facts.requests if unit and r.status not in FILLING and r.answer("owner").casefold() == unit]


def begin(event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """A new draft: the first question in the conversation, or the first page of the form."""
    record = _new(event, facts, facts.source.answers if facts.source else {})
    if facts.source:
        return drafts.kept(record, facts), [*drafts.timers(facts), Reply(drafts.summary(record, facts))]
    in_forms = isinstance(event, Pressed) and event.value == "form"
    return pages.open_step(record, facts) if in_forms else talking.ask_next(record, event, facts)


def _new(event: Event, facts: Facts, answers: Mapping[str, str]) -> Record:
    return Record(
        key=event.record, requester=event.person, conversation=event.conversation,
        thread=event.thread if facts.public else "", language=facts.language, made_at=facts.now, changed_at=facts.now,
        since=facts.now, chain=facts.chain, answers=dict(answers),
    )  # fmt: skip
