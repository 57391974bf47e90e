"""The writing of a request: started, asked about step by step or in forms, looked over and sent; forgotten, or copied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from handlers.accounts import cards, naming
from handlers.accounts.deciding import deed, hand_over, news
from handlers.accounts.record import FILLING, Body, Move, Record, Status, may_move
from handlers.accounts.steps import (
    DOCUMENT,
    REASON,
    STEPS,
    WARNINGS,
    Asking,
    Finding,
    Step,
    all_findings,
    asking_of,
    completed,
    entered,
    field_of,
    fields_of,
    findings,
    next_field,
    proposed,
    pruned,
    step_of,
    unsettled,
    young,
)
from handlers.cards import Button, Buttons, Card, Field, Form, Note, Part, Text
from handlers.effects import Effect, FieldErrors, Forget, Notify, OpenForm, Remind, Reply, Tell, Whisper
from handlers.events import Event, Pressed, Submitted
from handlers.facts import Facts
from handlers.masking import secret_in
from handlers.teams import managers

NOTICE, FORGOTTEN = timedelta(days=21), timedelta(days=30)
"""How long a draft lies untouched until its writer is told, and until it is forgotten."""
DRAFT_TIMERS = ("draft_notice", "draft_forget")


def start(facts: Facts) -> Card:
    """The first question: would the umbrella accounts do (R73–R74)? With what the unit has already (R35)."""
    passages = (f"{DOCUMENT}/channels/umbrella-posts",)
    person = facts.person
    begin = Buttons((
        Button("questions/idea", style="primary"), Button("accounts/begin", value="talk"),
        Button("accounts/begin", value="form"),
    ))  # fmt: skip
    drafts = [r for r in facts.requests if r.status in FILLING and person and person.bears(r.requester)]
    parts: list[Part] = [Text("umbrella"), *cards.quotes(passages, facts)]
    parts += [Text("existing")] if facts.unit_accounts or _pending(facts) else []
    parts += [Text("way")]
    parts += [Text("nobody")] if not _supervisor(facts) or _without_secretary(facts) else []
    parts += [begin]
    for draft in drafts[:3]:
        data = {"number": draft.number, "title": draft.answer("name"), "changed_at": draft.changed_at.isoformat()}
        parts += [Text("draft", data), Buttons((Button("accounts/resume", draft.key),))]
    return Card("accounts/start", tuple(parts), _start_data(facts))


def _start_data(facts: Facts) -> dict[str, object]:
    return {
        "accounts": [{"name": a.name, "channel": a.channel, "address": a.address} for a in facts.unit_accounts[:5]],
        "pending": [
            {"number": r.number, "name": r.answer("name"), "channel": r.answer("channel")} for r in _pending(facts)[:5]
        ],
        "supervisor": _supervisor(facts),
        "bodies": [dict(body.names) for body in facts.chain],
        "missing": [dict(body.names) for body in _without_secretary(facts)],
        "managers": managers(facts),
        "number": "", "title": "", "changed_at": "",
    }  # fmt: skip


def _supervisor(facts: Facts) -> str:
    person = facts.person
    found = facts.people.person(person.supervisor) if person and person.supervisor else None
    return found.name if found else ""


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


# ── begun, resumed, copied ──────────────────────────────────────────────────────────────────────────────────────────


def begin(event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """A new draft: the first question in the conversation, or the first page of the form."""
    record = _new(event, facts, facts.source.answers if facts.source else {})
    if facts.source:
        return _kept(record, facts), [*_draft_timers(facts), Reply(summary(record, facts))]
    in_forms = isinstance(event, Pressed) and event.value == "form"
    return _paged(record, facts) if in_forms else ask_next(record, event, facts)


def _new(event: Event, facts: Facts, answers: Mapping[str, str]) -> Record:
    return Record(
        key=event.record, requester=event.person, conversation=event.conversation,
        thread=event.thread if facts.public else "", language=facts.language, made_at=facts.now, changed_at=facts.now,
        since=facts.now, chain=facts.chain, answers=dict(answers),
    )  # fmt: skip


def resume(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The draft as it is, with both ways to go on; in words it goes on at once."""
    if event.spoken:
        return ask_next(record, event, facts)
    return record, [Reply(summary(record, facts))]


def ask_next(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The next question in the conversation, or the summary where all is answered."""
    name = record.queue[0] if record.queue else next_field(record.answers)
    asking = asking_of(name, record.answers) if name else None
    moved = replace(record, asking=name, asking_why="", conversation=event.conversation)
    if asking is None:
        done = replace(moved, asking="", queue=())
        return _kept(done, facts), [*_draft_timers(facts), *_shown(summary(done, facts), done, event, facts)]
    return _kept(moved, facts), [*_draft_timers(facts), *_shown(question(moved, *asking, facts), moved, event, facts)]


def _shown(card: Card, record: Record, event: Event, facts: Facts) -> list[Effect]:
    """The card where the person acts; in their own conversation too, or only there, where words are heard only there."""
    if facts.public and not event.thread:
        elsewhere = Card("accounts/told", (Text("elsewhere"),), cards.data_of(record, facts))
        return [Whisper(elsewhere), Notify(card, person=event.person)]
    return [Tell(card, event.person, event.conversation)] if event.window else [Reply(card)]


def _kept(record: Record, facts: Facts) -> Record:
    return replace(record, changed_at=facts.now, answers=pruned(record.answers))


def _draft_timers(facts: Facts) -> list[Effect]:
    return [Remind("draft_notice", facts.now + NOTICE), Remind("draft_forget", facts.now + FORGOTTEN)]


# ── the conversation ────────────────────────────────────────────────────────────────────────────────────────────────


def question(record: Record, step: Step, asking: Asking, facts: Facts, trouble: str = "") -> Card:
    """One question: a step's first one opens with the guideline's own sentences."""
    words = asking.words or asking.name
    data = _step_data(record, step, facts) | {"goal": asking.goal}
    first = asking.name == (step.fields[0].name if step.fields else "measure_1")
    parts: list[Part] = [Text(trouble)] if trouble else []
    if not trouble:
        parts += [Text("step"), *cards.quotes(_ids(step), facts)] if first else []
    parts += [Text(f"{words}_label"), Note(f"{words}_help")]
    if asking.name == "why_channel" and young(record.answers):
        parts.append(Note("young"))
    buttons = [
        Button("accounts/answer", record.key, f"{asking.name}:{option}", words=f"{words}_{option}")
        for option in asking.options
    ]
    current = record.answers.get(asking.name) or proposed(asking.name, record.answers, facts)
    if current and not asking.options:
        parts.append(Text("current", {"current": _readable(asking, current, facts)}))
        buttons.append(Button("accounts/answer", record.key, f"{asking.name}:{current}"))
    if not asking.required:
        buttons.append(Button("accounts/skip_field", record.key, asking.name))
    ways = (Button("accounts/form", record.key, step.name), Button("accounts/pause", record.key))
    rows = [Buttons(tuple(buttons))] if buttons else []
    return Card("accounts/step", (*parts, *rows, Buttons(ways)), data)


def _readable(asking: Asking, value: str, facts: Facts) -> str:
    if asking.type in ("person", "people"):
        return ", ".join(cards.name_of(i, facts) for i in value.split(","))
    return value


def _ids(step: Step) -> tuple[str, ...]:
    return tuple(f"{DOCUMENT}/steps/{name}" for name in step.passages)


def _step_data(record: Record, step: Step, facts: Facts) -> dict[str, object]:
    cited = [facts.passages[i] for i in _ids(step) if i in facts.passages]
    return {
        "step": step.name,
        "step_number": step.number,
        "number": record.number,
        "sentences": [c.focus for c in cited][:2],
        "rules": [dict(c.short) for c in cited][:2],
        "departments": list(facts.departments),
        "supervisor": _supervisor(facts),
        "bodies": [dict(body.names) for body in record.chain],
        "goal": "",
        "current": "",
        "warned": "",
    }


def answer(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """An answer to the question that is asked, in words or by one of its buttons."""
    name, _, raw = event.values.get("answer", "").partition(":")
    if record.asking_why and name == record.asking:
        return _reason(record, event, raw.strip(), facts)
    found = asking_of(name, record.answers)
    if found is None:
        return record, [cards.gone()]
    step, asking = found
    value, problem = entered(asking, raw, facts)
    if problem:
        return record, [_again(record, step, asking, f"error_{problem}", facts)]
    answered = replace(record, answers={**record.answers, name: value}, queue=_without(record, name))
    answered = replace(answered, answers=completed(answered.answers, facts))
    if trouble := _finding_of(name, step, answered, facts):
        return _troubled(record, answered, event, step, asking, trouble, facts)
    return ask_next(answered, event, facts)


def _without(record: Record, name: str) -> tuple[str, ...]:
    return tuple(n for n in record.queue if n != name)


def _finding_of(name: str, step: Step, record: Record, facts: Facts) -> Finding | None:
    found = unsettled(findings(step, record.answers, facts), record.reasons)
    return next((f for f in found if f.field == name), None)


def _troubled(
    record: Record, answered: Record, event: Event, step: Step, asking: Asking, trouble: Finding, facts: Facts
) -> tuple[Record, list[Effect]]:
    """What blocks is not kept; what the guideline only advises against is, when a reason comes."""
    if not trouble.warning:
        return record, [_again(record, step, asking, f"error_{trouble.name}", facts)]
    warned = replace(answered, asking=asking.name, asking_why=trouble.name, conversation=event.conversation)
    data = _step_data(record, step, facts)
    buttons = Buttons((Button("accounts/change", record.key, asking.name), Button("accounts/pause", record.key)))
    card = Card("accounts/step", (Text(f"warning_{trouble.name}"), Text("why"), buttons), data)
    return _kept(warned, facts), [*_draft_timers(facts), Reply(card)]


def _again(record: Record, step: Step, asking: Asking, trouble: str, facts: Facts) -> Effect:
    return Reply(question(record, step, asking, facts, trouble))


def _reason(record: Record, event: Event, text: str, facts: Facts) -> tuple[Record, list[Effect]]:
    secret = secret_in(text)
    if secret or sum(c.isalnum() for c in text) < 3:
        card = Card(
            "accounts/step", (Text(f"error_secret_{secret}" if secret else "why"),), _step_data(record, STEPS[0], facts)
        )
        return record, [Reply(card)]
    reasons = {**record.reasons, record.asking_why: text[:REASON]}
    return ask_next(replace(record, reasons=reasons, asking_why=""), event, facts)


def change(record: Record, event: Pressed, facts: Facts) -> tuple[Record, list[Effect]]:
    """Ask a field again, or all of a step."""
    step = step_of(event.value)
    names = [f.name for f in fields_of(step, record.answers) if f.when(record.answers)] if step else [event.value]
    if not all(asking_of(name, record.answers) for name in names):
        return record, [cards.gone()]
    return ask_next(replace(record, queue=tuple(names), asking_why=""), event, facts)


def back(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """Ask the question before the one that is asked."""
    answered = list(record.answers)
    before = answered[answered.index(record.asking) - 1] if record.asking in answered[1:] else (answered or [""])[-1]
    if not before:
        return ask_next(record, event, facts)
    return ask_next(replace(record, queue=(before, *record.queue)), event, facts)


def skip_field(record: Record, event: Event, name: str, facts: Facts) -> tuple[Record, list[Effect]]:
    """Leave a field empty that may be."""
    found = asking_of(name or record.asking, record.answers)
    if found is None:
        return record, [cards.gone()]
    if found[1].required:
        return record, [_again(record, *found, "error_missing", facts)]
    answered = replace(
        record, answers=completed({**record.answers, found[1].name: ""}, facts), queue=_without(record, found[1].name)
    )
    if trouble := _finding_of(found[1].name, found[0], answered, facts):
        return _troubled(record, answered, event, *found, trouble, facts)
    return ask_next(answered, event, facts)


def pause(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """Stop asking; all is kept."""
    paused = replace(record, asking="", asking_why="", queue=())
    return paused, [cards.told(paused, facts, "paused")]


# ── the forms ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _paged(record: Record, facts: Facts, step: Step = STEPS[0]) -> tuple[Record, list[Effect]]:
    # What the conversation asks stays asked: who closes the form again goes on there.
    return _kept(record, facts), [*_draft_timers(facts), OpenForm(page(record, step, facts))]


def open_page(record: Record, event: Pressed, facts: Facts) -> tuple[Record, list[Effect]]:
    """A page of the form; in words its questions are asked one by one instead, as no form can open there."""
    step = step_of(event.value) or _first_open(record, facts)
    if event.spoken:
        return change(record, replace(event, value=step.name), facts)
    return _paged(record, facts, step)


def _first_open(record: Record, facts: Facts) -> Step:
    """The first step that is not answered or in which something is wrong."""
    waiting = asking_of(next_field(record.answers), record.answers)
    numbers = [int(str(n["number"])) for n in cards.unsettled_steps(record, facts)]
    return min(
        [*(STEPS[n - 1] for n in numbers), *([waiting[0]] if waiting else [])], key=lambda s: s.number, default=STEPS[0]
    )


def page(record: Record, step: Step, facts: Facts, warned: tuple[Finding, ...] = ()) -> Form:
    """A step as a page of the form; where a warning stands, with a field for the reason."""
    fields = [field_of(f, record.answers, facts) for f in fields_of(step, record.answers)]
    names = dict.fromkeys((*(f.name for f in warned), *_reasoned(step, record, facts)))
    why = [
        Field(f"why_{name}", "long", record.reasons.get(name, ""), required=False, longest=REASON, words=f"why_{name}")
        for name in names
    ]
    data = _step_data(record, step, facts) | {"warned": warned[0].name if warned else ""}
    return Form("accounts/step", f"{record.key}@{step.name}", (*fields, *why), data)


def _reasoned(step: Step, record: Record, facts: Facts) -> list[str]:
    """The warnings of a step that were passed with a reason: it stays before the eyes, to be changed."""
    return [f.name for f in findings(step, record.answers, facts) if f.warning and record.reasons.get(f.name)]


def submit_page(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """A page as it was sent: errors at their fields, warnings with a field for the reason, else kept and onwards."""
    step = step_of(event.record.partition("@")[2])
    if step is None:
        return record, [cards.gone()]
    answers, reasons = dict(record.answers), dict(record.reasons)
    errors: dict[str, str] = {}
    for asking in fields_of(step, record.answers):
        answers[asking.name], problem = entered(asking, event.values.get(asking.name, ""), facts)
        if problem and problem != "missing":
            errors[asking.name] = problem
    for name, text in event.values.items():
        if name.removeprefix("why_") in WARNINGS:
            reasons[name.removeprefix("why_")] = text.strip()[:REASON]
            if secret_in(text):
                errors[name] = f"secret_{secret_in(text)}"
                reasons[name.removeprefix("why_")] = ""
    given = replace(record, answers=completed(answers, facts), reasons={k: v for k, v in reasons.items() if v})
    return _paged_on(record, given, step, errors, event, facts)


def _paged_on(
    record: Record, given: Record, step: Step, errors: dict[str, str], event: Submitted, facts: Facts
) -> tuple[Record, list[Effect]]:
    found = findings(step, given.answers, facts)
    errors = {f.field: f.name for f in reversed(found) if not f.warning} | errors
    if errors:
        return record, [FieldErrors(_as_written(page(given, step, facts), event, errors), errors)]
    open_warnings = unsettled(found, given.reasons)
    if open_warnings:
        return _kept(given, facts), [*_draft_timers(facts), OpenForm(page(given, step, facts, open_warnings))]
    answered = record.asking in {f.name for f in fields_of(step, given.answers)}
    kept = _kept(replace(given, asking="", asking_why="", queue=()) if answered else given, facts)
    following = STEPS[step.number :][:1]
    if following and next_field(kept.answers):
        return kept, [*_draft_timers(facts), OpenForm(page(kept, following[0], facts))]
    return kept, [*_draft_timers(facts), Reply(summary(kept, facts))]


def _as_written(form: Form, event: Submitted, errors: Mapping[str, str]) -> Form:
    """The form with what was written, but for what must not be kept anywhere."""
    fields = tuple(
        f if errors.get(f.name, "").startswith("secret_") else replace(f, value=event.values.get(f.name, f.value))
        for f in form.fields
    )
    return replace(form, fields=fields)


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
        *(Forget(timer) for timer in DRAFT_TIMERS),
        *cards.refreshed(handed, facts),
        *asked,
        *effects,
        *news(handed, facts, "made"),
        Tell(
            cards.state_card(handed, facts, "sent"), handed.requester, event.conversation, slot="state",
            language=handed.language,
        ),
    ]  # fmt: skip


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
