"""The request in forms: a page a step, with the errors at their fields, and a field for the reason where one is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from handlers.accounts import cards, drafts, talking
from handlers.accounts.entering import entered
from handlers.accounts.findings import WARNINGS, Finding, findings, unsettled
from handlers.accounts.record import Record
from handlers.accounts.steps import (
    REASON,
    STEPS,
    Step,
    asking_of,
    completed,
    field_of,
    fields_of,
    next_field,
    step_of,
)
from handlers.cards import Field, Form
from handlers.effects import Effect, FieldErrors, OpenForm, Reply
from handlers.events import Pressed, Submitted
from handlers.facts import Facts
from handlers.masking import secret_in


def open_step(record: Record, facts: Facts, step: Step = STEPS[0]) -> tuple[Record, list[Effect]]:
    """The page of a step, the first one where none is named."""
    # What the conversation asks stays asked: who closes the form again goes on there.
    return drafts.kept(record, facts), [*drafts.timers(facts), OpenForm(page(record, step, facts))]


def open_page(record: Record, event: Pressed, facts: Facts) -> tuple[Record, list[Effect]]:
    """A page of the form; in words its questions are asked one by one instead, as no form can open there."""
    step = step_of(event.value) or _first_open(record, facts)
    if event.spoken:
        return talking.change(record, replace(event, value=step.name), facts)
    return open_step(record, facts, step)


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
    data = drafts.step_data(record, step, facts) | {"warned": warned[0].name if warned else ""}
    return Form("accounts/step", f"{record.key}@{step.name}", (*fields, *why), data)


def _reasoned(step: Step, record: Record, facts: Facts) -> list[str]:
    """The warnings of a step that were passed with a reason: it stays before the eyes, to be changed."""
    return [f.name for f in findings(step, record.answers, facts) if f.warning and record.reasons.get(f.name)]


def submit(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
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
    return _onward(record, given, step, errors, event, facts)


def _onward(
    record: Record, given: Record, step: Step, errors: dict[str, str], event: Submitted, facts: Facts
) -> tuple[Record, list[Effect]]:
    found = findings(step, given.answers, facts)
    errors = {f.field: f.name for f in reversed(found) if not f.warning} | errors
    if errors:
        return record, [FieldErrors(_as_written(page(given, step, facts), event, errors), errors)]
    open_warnings = unsettled(found, given.reasons)
    if open_warnings:
        return drafts.kept(given, facts), [*drafts.timers(facts), OpenForm(page(given, step, facts, open_warnings))]
    answered = record.asking in {f.name for f in fields_of(step, given.answers)}
    kept = drafts.kept(replace(given, asking="", asking_why="", queue=()) if answered else given, facts)
    following = STEPS[step.number :][:1]
    if following and next_field(kept.answers):
        return kept, [*drafts.timers(facts), OpenForm(page(kept, following[0], facts))]
    return kept, [*drafts.timers(facts), Reply(drafts.summary(kept, facts))]


def _as_written(form: Form, event: Submitted, errors: Mapping[str, str]) -> Form:
    """The form with what was written, but for what must not be kept anywhere."""
    fields = tuple(
        f if errors.get(f.name, "").startswith("secret_") else replace(f, value=event.values.get(f.name, f.value))
        for f in form.fields
    )
    return replace(form, fields=fields)
