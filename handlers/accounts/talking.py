"""The request in the conversation: asked field by field, with the guideline's own sentences before each step."""

from __future__ import annotations

from dataclasses import replace

from handlers.accounts import cards, drafts
from handlers.accounts.entering import entered
from handlers.accounts.findings import Finding, findings, unsettled
from handlers.accounts.record import Record
from handlers.accounts.steps import (
    REASON,
    STEPS,
    Asking,
    Step,
    asking_of,
    completed,
    fields_of,
    next_field,
    proposed,
    step_of,
    young,
)
from handlers.cards import Button, Buttons, Card, Note, Part, Text
from handlers.cited import rules
from handlers.effects import Effect, Notify, Reply, Tell, Whisper
from handlers.events import Event, Pressed, Submitted
from handlers.facts import Facts, name_of
from handlers.masking import secret_in


def resume(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The draft as it is, with both ways to go on; in words it goes on at once."""
    if event.spoken:
        return ask_next(record, event, facts)
    return record, [Reply(drafts.summary(record, facts))]


def ask_next(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """The next question in the conversation, or the summary where all is answered."""
    name = record.queue[0] if record.queue else next_field(record.answers)
    asking = asking_of(name, record.answers) if name else None
    moved = replace(record, asking=name, asking_why="", conversation=event.conversation)
    if asking is None:
        done = replace(moved, asking="", queue=())
        return drafts.kept(done, facts), [*drafts.timers(facts), *_shown(drafts.summary(done, facts), done, event, facts)]
    card = question(moved, *asking, facts)
    return drafts.kept(moved, facts), [*drafts.timers(facts), *_shown(card, moved, event, facts)]


def _shown(card: Card, record: Record, event: Event, facts: Facts) -> list[Effect]:
    """The card where the person acts; in their own conversation too, or only there, where words are heard only there."""
    if facts.public and not event.thread:
        elsewhere = Card("accounts/told", (Text("elsewhere"),), cards.data_of(record, facts))
        return [Whisper(elsewhere), Notify(card, person=event.person)]
    return [Tell(card, event.person, event.conversation)] if event.window else [Reply(card)]


def question(record: Record, step: Step, asking: Asking, facts: Facts, trouble: str = "") -> Card:
    """One question: a step's first one opens with the guideline's own sentences."""
    words = asking.words or asking.name
    data = drafts.step_data(record, step, facts) | {"goal": asking.goal}
    first = asking.name == (step.fields[0].name if step.fields else "measure_1")
    parts: list[Part] = [Text(trouble)] if trouble else []
    if not trouble:
        parts += [Text("step"), *rules(step.cited, facts)[:2]] if first else []
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
        return ", ".join(name_of(i, facts) for i in value.split(","))
    return value


# ── what is answered ────────────────────────────────────────────────────────────────────────────────────────────────


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
    data = drafts.step_data(record, step, facts)
    buttons = Buttons((Button("accounts/change", record.key, asking.name), Button("accounts/pause", record.key)))
    card = Card("accounts/step", (Text(f"warning_{trouble.name}"), Text("why"), buttons), data)
    return drafts.kept(warned, facts), [*drafts.timers(facts), Reply(card)]


def _again(record: Record, step: Step, asking: Asking, trouble: str, facts: Facts) -> Effect:
    return Reply(question(record, step, asking, facts, trouble))


def _reason(record: Record, event: Event, text: str, facts: Facts) -> tuple[Record, list[Effect]]:
    secret = secret_in(text)
    if secret or sum(c.isalnum() for c in text) < 3:
        asked = Text(f"error_secret_{secret}" if secret else "why")
        return record, [Reply(Card("accounts/step", (asked,), drafts.step_data(record, STEPS[0], facts)))]
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
