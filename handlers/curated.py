"""Curated answers: what the communications team answered, kept so that it is found from then on.

```
(a question was answered) ── approve ──▶ approved ── approve (an edit), confirm ──▶ approved
                                            └── retire ──▶ retired ── restore ──▶ approved
```

A curated answer is shown under its own name and date, apart from the guideline's words. Its number is its question's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from handlers.cards import Button, Buttons, Card, Field, Form, Part, Said, Text, errors_of, excerpt
from handlers.effects import Effect, FieldErrors, Forget, Notify, OpenForm, Remind, Replace, Reply, Whisper
from handlers.events import Asked, Commented, Elapsed, Event, Pressed, Submitted
from handlers.facts import Facts
from handlers.teams import COMMUNICATIONS, managers, serves
from knowledge.curated import Curated

REVIEW_AFTER = timedelta(days=365)
"""The team is asked once a year whether an answer still holds."""
SHOWN = 5
"""Answers of a list at a time."""
LIST_COMMANDS = ("tietämys", "tietamys", "vastauspankki", "svarsbanken", "svarsbank", "answer bank", "the answer bank")


class Status(StrEnum):
    """Only an approved answer is found."""

    APPROVED = "approved"
    RETIRED = "retired"


@dataclass(frozen=True)
class Record:
    """An answer as it is kept; `question` is its title, `others` further ways to ask, `person` who approved it last."""

    key: str
    person: str
    question: str
    others: tuple[str, ...]
    answer: str
    language: str
    approved_at: datetime
    version: int = 0
    status: Status = Status.APPROVED

    @property
    def curated(self) -> Curated:
        """The answer as it is searched and shown."""
        return Curated(
            self.key, (self.question, *self.others), self.answer, self.language, self.approved_at.isoformat()
        )  # fmt: skip


TRANSITIONS = frozenset({
    (None, "approve"), (Status.APPROVED, "approve"), (Status.APPROVED, "confirm"), (Status.APPROVED, "retire"),
    (Status.RETIRED, "restore"),
})  # fmt: skip
"""Every legal move; all else shows how it stands: an old button brings nothing back that was retired."""


def key_of(record: str) -> str:
    """The key of the answer that belongs to a question's key, or to its own; a form adds `@` and the version it shows."""
    flow, _, number = record.partition("@")[0].partition("/")
    return f"curated/{number}" if flow in ("questions", "curated") else record


def understands(event: Asked) -> bool:
    """Whether the words ask for the list of curated answers."""
    return event.text.casefold().strip(" .!") in LIST_COMMANDS


def _refusal(facts: Facts) -> Whisper:
    """What anybody else is told, and whom to turn to."""
    return Whisper(Card("curated/refused", (Text("body"),), {"managers": managers(facts)}))


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The reaction to an event on a curated answer; all of it is the communications team's."""
    if isinstance(event, Elapsed):
        return _review(record, facts)
    if not serves(facts):
        return record, [_refusal(facts)]
    match event:
        case Asked() | Pressed(action="curated/list" | "curated/more"):
            return record, [Reply(_list(event, facts))]
        case Commented():
            return record, []  # colleagues talk in the thread of a review
        case Pressed(action="curated/add" | "curated/edit") if _may(record, "approve", facts):
            return record, [OpenForm(_form(event, record, facts, {}))]
        case Submitted(form="curated/edit") if _may(record, "approve", facts):
            return _approve(record, event, facts)
        case Pressed(action="curated/confirm" | "curated/restore" as action) if record and _may(
            record, action[8:], facts
        ):
            return _kept(replace(record, status=Status.APPROVED, approved_at=facts.now, person=event.person), facts)
        case Pressed(action="curated/retire") if record and _may(record, "retire", facts):
            return _retire(record, facts)
        case _:
            return record, [Whisper(_unsent(record, event, facts))]


def _may(record: Record | None, move: str, facts: Facts) -> bool:
    """Whether the move is legal; a new answer is made only of a question that was answered."""
    answered = record is not None or bool(facts.question and facts.question.reply)
    return answered and (record.status if record else None, move) in TRANSITIONS


def _unsent(record: Record | None, event: Event, facts: Facts) -> Card:
    """How it stands, for a deed that came too late; what was written is given back."""
    if record is None:
        return Card("curated/gone", (Text("body"),))
    card = _card(record, facts)
    text = event.values.get("answer", "").strip() if isinstance(event, Submitted) else ""
    return replace(card, parts=(*card.parts, Said(text, "unsent"))) if text else card


def _form(event: Event, record: Record | None, facts: Facts, given: dict[str, str]) -> Form:
    """The form with what was given, else with what is kept, else with the question and its answer."""
    asked = facts.question
    kept = {
        "question": record.question if record else asked.text if asked else "",
        "others": "\n".join(record.others) if record else "",
        "answer": record.answer if record else asked.reply if asked else "",
    }
    values = {**kept, **given}
    fields = (
        Field("question", "long", values["question"][:300], longest=300),
        Field("others", "long", values["others"], required=False, longest=1000),
        Field("answer", "long", values["answer"]),
    )
    version = record.version if record else 0
    return Form("curated/edit", f"{event.record.partition('@')[0]}@{version}", fields)


def _approve(record: Record | None, event: Submitted, facts: Facts) -> tuple[Record | None, list[Effect]]:
    seen = event.record.partition("@")[2]
    if seen.isdecimal() and int(seen) != (record.version if record else 0):
        return record, [Whisper(_unsent(record, event, facts))]
    form = _form(event, record, facts, {name: value.strip() for name, value in event.values.items()})
    values = {f.name: f.value for f in form.fields}
    if errors := errors_of(form, {**values, **event.values}):
        return record, [FieldErrors(form, errors)]
    asked = facts.question
    approved = Record(
        key=key_of(event.record),
        person=event.person,
        question=" ".join(values["question"].split()),
        others=tuple(line for line in map(str.strip, values["others"].splitlines()) if line),
        answer=values["answer"],
        language=record.language if record else asked.language if asked else facts.language,
        approved_at=facts.now,
        version=record.version if record else 0,
    )
    return _kept(approved, facts)


def _kept(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    card = _card(record, facts)
    return record, [Reply(card), Replace("review", card), Remind("review", facts.now + REVIEW_AFTER)]


def _retire(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    retired = replace(record, status=Status.RETIRED)
    card = _card(retired, facts)
    return retired, [Reply(card), Replace("review", card), Forget("review")]


def _review(record: Record | None, facts: Facts) -> tuple[Record | None, list[Effect]]:
    if record is None or record.status is Status.RETIRED:
        return record, []
    said = (Said(record.question, "question"), Said(record.answer, "answer"))
    buttons = Buttons((
        Button("curated/confirm", record.key, style="primary"),
        Button("curated/edit", record.key),
        Button("curated/retire", record.key, style="danger"),
    ))  # fmt: skip
    card = Card("curated/review", (Text("body"), *said, buttons), _data(record, facts))
    return record, [Notify(card, team=COMMUNICATIONS, slot="review"), Remind("review", facts.now + REVIEW_AFTER)]


def _card(record: Record, facts: Facts) -> Card:
    said = (Said(record.question, "question"), Said(record.answer, "answer"))
    return Card("curated/state", (Text("body"), *said, _buttons(record.key, record.status)), _data(record, facts))


def _buttons(key: str, status: Status) -> Buttons:
    if status is Status.RETIRED:
        return Buttons((Button("curated/restore", key),))
    return Buttons((Button("curated/edit", key), Button("curated/retire", key, style="danger")))


def _data(record: Record, facts: Facts) -> dict[str, object]:
    approver = facts.people.person(record.person)
    return {
        "number": record.key.partition("/")[2],
        "status": record.status.value,
        "approved_at": record.approved_at.isoformat(),
        "approver": approver.name if approver else record.person,
    }


def _list(event: Event, facts: Facts) -> Card:
    begin = int(event.value) if isinstance(event, Pressed) and event.value.isdecimal() else 0
    page = facts.curated_answers[begin : begin + SHOWN]
    parts: list[Part] = [Text("body")]
    for curated in page:
        number = curated.id.partition("/")[2]
        item = {"number": number, "title": curated.questions[0], "approved_at": curated.approved_at}
        parts += [Said(excerpt(curated.answer), "item", item), _buttons(curated.id, Status.APPROVED)]
    if facts.curated_answers[begin + SHOWN :]:
        parts.append(Buttons((Button("curated/more", "", str(begin + SHOWN)),)))
    empty: dict[str, object] = {"number": "", "title": "", "approved_at": ""}
    return Card("curated/list", tuple(parts), empty | {"count": len(facts.curated_answers)})
