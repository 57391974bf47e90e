"""The proposer writes: title, department, basis, and the text in stretches that a form can hold (R9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from handlers.cards import Field, Form, errors_of
from handlers.effects import Effect, FieldErrors, OpenForm, Reply
from handlers.events import Event, Pressed, Submitted
from handlers.facts import Facts
from handlers.overlays import cards
from handlers.overlays.record import BASES, FILLING, LONGEST, PART, Record, Status
from handlers.overlays.rights import may_read
from handlers.refusals import cleaned, secrets_in

NEW = "overlays/new"
"""The key in a form of a guideline that is not kept yet."""
TITLE = 120


def begin_form(values: Mapping[str, str], facts: Facts) -> Form:
    """A new guideline: what it is called, whose it is, what it rests on, and the text or its first stretch."""
    text = Field("text", "long", values.get("text", ""), required=False, longest=PART)
    return Form("overlays/draft", NEW, (*_about(values, facts), text), {"longest": LONGEST})


def edit_form(record: Record, values: Mapping[str, str], facts: Facts) -> Form:
    """The same of one that is being written, without its text."""
    kept = {"title": record.title, "department": record.department, "basis": record.basis}
    return Form("overlays/edit", record.key, _about({**kept, **values}, facts), {"number": record.number})


def _about(values: Mapping[str, str], facts: Facts) -> tuple[Field, ...]:
    own = facts.person.department if facts.person else ""
    departments = tuple(facts.departments)
    return (
        Field("title", "text", values.get("title", ""), longest=TITLE),
        Field("department", "choice", values.get("department", own), departments, names={d: d for d in departments}),
        Field("basis", "choice", values.get("basis", ""), BASES),
    )


def part_form(record: Record, which: str, text: str) -> Form:
    """A stretch of the text: `which` is its number, or "new" for one more at the end."""
    field = Field("text", "long", text, required=which == "new", longest=PART)
    data = {"number": record.number, "which": which, "left": LONGEST - len(record.text)}
    return Form("overlays/part", f"{record.key}@{which}.{record.version}", (field,), data)


def begin(event: Submitted, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """A new draft. The same words sent twice make one."""
    values = {name: value.strip() for name, value in event.values.items()}
    if event.spoken and facts.person:
        values = {"department": facts.person.department, "basis": ""} | values
    form = begin_form(values, facts)
    errors = errors_of(form, values) | secrets_in(values)
    if event.spoken:
        # Words cannot choose: what is missing is asked on the card. They may be longer than a field.
        errors = {n: e for n, e in errors.items() if n != "basis" and not (n == "text" and e == "too_long")}
        errors |= {"text": "too_long"} if len(values.get("text", "")) > LONGEST else {}
    if errors:
        return None, [FieldErrors(cleaned(form), errors)]
    if same := next((r for r in facts.overlays if _is_same(r, values, facts)), None):
        return None, [Reply(cards.draft_card(same, facts))]
    draft = replace(
        _fresh(event, facts), title=values.get("title", ""), department=values.get("department", ""),
        basis=values.get("basis", ""), text=values.get("text", ""),
    )  # fmt: skip
    return draft, [Reply(cards.draft_card(draft, facts))]


def renew(event: Pressed, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """A draft of an accepted guideline's next version: the accepted one stays in force until this one is accepted."""
    source = next((r for r in facts.overlays if r.key == event.value and r.status is Status.ACCEPTED), None)
    if source is None or not may_read(source, facts):
        return None, [cards.gone()]
    mine = (r for r in facts.overlays if r.replaces == source.key and r.status in FILLING)
    if begun := next((r for r in mine if facts.person and facts.person.bears(r.proposer)), None):
        return None, [Reply(cards.draft_card(begun, facts))]
    draft = replace(
        _fresh(event, facts), title=source.title, department=source.department, basis=source.basis, text=source.text,
        replaces=source.key,
    )  # fmt: skip
    return draft, [Reply(cards.draft_card(draft, facts))]


def _fresh(event: Event, facts: Facts) -> Record:
    return Record(
        event.record, event.person, event.conversation, facts.language, facts.now, facts.now, facts.now, facts.chain
    )


def _is_same(record: Record, values: Mapping[str, str], facts: Facts) -> bool:
    own = facts.person is not None and facts.person.bears(record.proposer)
    same = all(getattr(record, n) == values.get(n, "") for n in ("title", "department", "text"))
    return own and record.status is Status.DRAFT and same


def open_part(record: Record, which: str) -> list[Effect]:
    """The form of a stretch, with what stands there."""
    stretches = record.parts
    if which == "new":
        return [OpenForm(part_form(record, which, ""))]
    if not which.isdecimal() or not 0 < int(which) <= len(stretches):
        return [cards.gone()]
    return [OpenForm(part_form(record, which, stretches[int(which) - 1]))]


def write_part(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Put a stretch in its place or at the end; an empty one takes its place away."""
    which, _, seen = event.record.partition("@")[2].partition(".")
    text = event.values.get("text", "").strip()
    stretches = list(record.parts)
    if (seen.isdecimal() and int(seen) != record.version) or record.status not in FILLING:
        return record, cards.late(record, facts, text)
    if which != "new" and (not which.isdecimal() or not 0 < int(which) <= len(stretches)):
        return record, [cards.gone()]
    form = part_form(record, which, text)
    errors = errors_of(form, event.values) | secrets_in(event.values)
    if event.spoken and errors.get("text") == "too_long":
        errors = {}
    whole = "\n\n".join([*stretches, text] if which == "new" else _placed(stretches, int(which), text))
    if not errors and len(whole) > LONGEST:
        errors = {"text": "too_much"}
    if errors:
        return record, [FieldErrors(cleaned(form), errors)]
    return _kept(record, facts, text=whole)


def _placed(stretches: list[str], place: int, text: str) -> list[str]:
    return [part for part in (*stretches[: place - 1], text, *stretches[place:]) if part]


def edit(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Title, department and basis; what words do not name stays."""
    if record.status not in FILLING:
        return record, cards.late(record, facts)
    given = {name: value.strip() for name, value in event.values.items() if name in ("title", "department", "basis")}
    if department := given.get("department"):
        known = {d.casefold(): d for d in facts.departments}
        given["department"] = known.get(department.casefold(), department)
    form = edit_form(record, given, facts)
    named = {f.name: f.value for f in form.fields}
    errors = errors_of(form, named) | secrets_in(given)
    if event.spoken:
        errors = {n: e for n, e in errors.items() if n in given}
    if errors:
        return record, [FieldErrors(cleaned(form), errors)]
    return _kept(record, facts, **named)


def _kept(record: Record, facts: Facts, **changes: str) -> tuple[Record, list[Effect]]:
    kept = replace(record, changed_at=facts.now, **changes)  # type: ignore[arg-type]  # fields of text by name
    return kept, [Reply(cards.draft_card(kept, facts))]


def emptied(record: Record) -> Record:
    """Without what was written."""
    return replace(record, title="", text="", basis="")
