"""The management teams' meetings: what waits for the next, and its decisions recorded at once (R59). Keeps no record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from handlers.accounts import cards
from handlers.accounts.deciding import MANNERS, OUTCOMES, decision_errors, is_old, repeats
from handlers.accounts.record import Body, Record, Status
from handlers.accounts.turns import acts_for
from handlers.cards import Button, Buttons, Card, Field, Form, Note, Part, Text, errors_of
from handlers.effects import Effect, FieldErrors, OpenForm, Pass, Reply, Whisper
from handlers.events import Asked, Event, Pressed, Submitted
from handlers.facts import Facts, Person
from handlers.refusals import cleaned, secrets_in

AT_ONCE = 8
"""Requests of one form: a longer one would not be read."""
COMMANDS = ("asialista", "kokous", "johtoryhmä", "föredragningslista", "agenda", "meeting")
ASKED = (
    Field("outcome", "choice", "none", ("none", *OUTCOMES)),
    Field("section", "text", required=False, longest=40),
    Field("secured", "choice", options=("yes", "no"), required=False),
    Field("text", "long", required=False, longest=1000),
)
"""What is recorded of each request."""
PARTS = tuple(field.name for field in ASKED)


def understands(event: Asked) -> bool:
    """Whether the words ask for the agenda."""
    return event.text.casefold().strip(" .!") in COMMANDS


def records_meetings(person: Person | None, chain: Sequence[Body]) -> bool:
    """Whether the person bears, or deputises, the secretary's role of a body of the chain."""
    return person is not None and bool({b.secretary for b in chain} & (person.roles | person.deputy_for))


def waiting(facts: Facts) -> tuple[Record, ...]:
    """The requests whose outcome who acts may record, the longest waiting first."""
    mine = [r for r in facts.requests if r.status is Status.PROPOSED and acts_for(r, facts.person, facts) is not None]
    return tuple(sorted(mine, key=lambda r: r.since))


def decide(record: None, event: Event, facts: Facts) -> tuple[None, list[Effect]]:
    """The agenda, the form of a meeting, and its decisions handed on to each request."""
    match event:
        case Asked() | Pressed(action="meetings/agenda"):
            return record, [Reply(agenda(facts))]
        case Pressed(action="meetings/record"):
            return record, [OpenForm(_form(facts, {})) if waiting(facts) else Whisper(agenda(facts))]
        case Submitted(form="meetings/record", values=values):
            return record, _recorded(event, {name: value.strip() for name, value in values.items()}, facts)
        case _:
            return record, [Whisper(Card("accounts/gone", (Text("body"),)))]


def agenda(facts: Facts) -> Card:
    """What waits for the next meeting, each request with its way to be read whole."""
    found = waiting(facts)
    parts: list[Part] = [Text("head")]
    for request in found:
        data = cards.data_of(request, facts)
        row = (Button("accounts/show", request.key), Button("accounts/decide", request.key, request.moment))
        parts += [Text("item", data), Buttons(row)]
    if found:
        parts += [Buttons((Button("meetings/record", style="primary"),)), Note("print")]
    empty = dict.fromkeys(
        ("number", "title", "owner", "requester", "since", "channel", "other_channel", "absent", "body"), ""
    )
    return Card("meetings/agenda", tuple(parts), empty | {"count": len(found)})


def _form(facts: Facts, values: dict[str, str]) -> Form:
    fields = [
        Field("date", "date", values.get("date", facts.today.isoformat())),
        Field("manner", "choice", values.get("manner", "decision"), MANNERS),
    ]
    shown = [r for r in waiting(facts) if not values or f"outcome_{r.number}" in values][:AT_ONCE]
    fields += [_of_request(field, request, values) for request in shown for field in ASKED]
    # The form tells of which moment of each request it is: what was decided meanwhile is not decided once more.
    seen = ",".join(f"{r.number}={r.moment}" for r in shown)
    return Form("meetings/record", f"meetings/record@{seen}", tuple(fields), {"number": "", "title": "", "owner": ""})


def _of_request(field: Field, request: Record, values: dict[str, str]) -> Field:
    """The field as it is asked of one request: its name bears the number, its words are those of all."""
    name = f"{field.name}_{request.number}"
    data = {"number": request.number, "title": request.answer("name"), "owner": request.answer("owner")}
    return replace(field, name=name, value=values.get(name, field.value), words=field.name, data=data)


def _recorded(event: Submitted, values: dict[str, str], facts: Facts) -> list[Effect]:
    form = _form(facts, values)
    seen = dict(part.split("=", 1) for part in event.record.partition("@")[2].split(",") if "=" in part)
    current = {r.number: r for r in waiting(facts)}
    numbers = [f.name.partition("_")[2] for f in form.fields if f.name.startswith("outcome_")]
    numbers = [n for n in numbers if not _is_past(current[n], seen.get(n, ""), event, values)]
    chosen = {n: {part: values.get(f"{part}_{n}", "") for part in PARTS} for n in numbers}
    chosen = {n: v | {"date": values.get("date", ""), "manner": values.get("manner", "decision")}
              for n, v in chosen.items() if v["outcome"] in OUTCOMES}  # fmt: skip
    errors = {
        (name if name == "date" else f"{name}_{n}"): error
        for n, v in chosen.items() for name, error in decision_errors(v, facts).items()
    }  # fmt: skip
    # Fields of one request are no longer than its own form's: what fails there would be lost here.
    given = {f.name: values.get(f.name, "") for f in form.fields}
    errors |= {name: e for name, e in errors_of(form, given).items() if e == "too_long"} | secrets_in(given)
    if not numbers:
        return [Whisper(agenda(facts))]
    if not chosen and not errors:
        errors |= dict.fromkeys([f"outcome_{n}" for n in numbers[:1]] or ["date"], "nothing")
    if errors:
        return [FieldErrors(cleaned(form), errors)]
    passed = [Pass(_decision(event, f"accounts/{n}@{seen.get(n, '')}", v)) for n, v in chosen.items()]
    done = [{"number": n, "outcome": v["outcome"], "section": v["section"]} for n, v in chosen.items()]
    return [*passed, Reply(Card("meetings/recorded", (Text("body"),), {"done": done, "date": values["date"]}))]


def _is_past(request: Record, seen: str, event: Event, values: dict[str, str]) -> bool:
    """Whether what the form says of the request was recorded already, by this form or after it was opened."""
    said = {"date": values.get("date", ""), "section": values.get(f"section_{request.number}", "")}
    return is_old(request, seen) or repeats(request, event, said)


def _decision(event: Submitted, record: str, values: dict[str, str]) -> Submitted:
    return Submitted(f"{event.key}:{record}", event.person, event.conversation, record, "accounts/decide", values)
