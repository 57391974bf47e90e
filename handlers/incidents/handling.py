"""Handling: a named person takes a case, meets its reporter in its thread, and closes it with an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from handlers.cards import Card, Field, Form, Said, Text, errors_of, files_in
from handlers.effects import Effect, FieldErrors, Follow, Forget, Notify, OpenForm, Pass, Remind
from handlers.events import Attachment, Commented, Event, Joined, Pressed, Submitted
from handlers.facts import Facts, name_of
from handlers.incidents import cards, forms, reporting
from handlers.incidents.data import data_of
from handlers.incidents.links import defanged
from handlers.incidents.record import (
    OPEN,
    TRANSITIONS,
    Deed,
    Message,
    Move,
    Record,
    Status,
    may_move,
)
from handlers.incidents.rights import handles, may_take_over, parties
from handlers.incidents.routing import climbs_at, ladder, speaks_at
from handlers.masking import veiled

REVIEW_FIELDS = ("cause", "lessons", "actions")
REVIEW_AFTER = timedelta(hours=40)
"""Working time (five days) from the closing until the holder is reminded of the review, and between later reminders."""
KEPT_MESSAGES = 200


def take(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """A named person has it: the reporter is told who and when, and nobody is woken for it any more."""
    person = facts.person
    if person is None or not handles(record, person):
        return record, cards.refused("incidents/take")
    if not may_move(record, Move.TAKE) or person.bears(record.holder) or not may_take_over(record, person):
        return record, cards.late(record, facts)
    before = record.holder
    taken = touched(
        record, Move.TAKE, event.person, facts, details={"to": before} if before else {},
        status=TRANSITIONS[record.status, Move.TAKE], holder=event.person, offered="", level=0,
        taken_at=record.taken_at or facts.now,
    )  # fmt: skip
    news = "taken_over" if before else "taken"
    effects = [
        cards.told(taken, facts, "you_have_it"),
        *said_to(taken, event.person, news, facts, *((before,) if before else ())),
        *cards.refreshed(taken, facts),
        Forget("escalate"), Forget("offer"), Remind("silent", speaks_at(taken, facts)),
    ]  # fmt: skip
    return taken, effects


def write(record: Record, event: Submitted | Commented, facts: Facts) -> tuple[Record, list[Effect]]:
    """Words and files for the case: shown to all who meet in it, each where they see it."""
    if isinstance(event, Commented):
        spoken, text, files = True, event.text.strip(), event.files
    else:
        spoken, text, files = False, event.values.get("text", "").strip(), files_in(event.values.get("files", ""))
    if record.status not in OPEN | {Status.JOINED}:
        return record, cards.late(record, facts, unsent=text)
    if not any(c.isalnum() for c in text) and not files:
        return record, [] if spoken else [FieldErrors(form := write_form(record), errors_of(form, {"text": ""}))]
    if not spoken and len(text) > forms.LONGEST:
        return record, [FieldErrors(write_form(record, text), {"text": "too_long"})]
    return _written(record, event.person, text, files, facts)


def write_form(record: Record, text: str = "") -> Form:
    """A message to those who meet in the case, and more evidence."""
    fields = (Field("text", "long", text, longest=forms.LONGEST),
              Field("files", "files", required=False, longest=100_000))  # fmt: skip
    return Form("incidents/write", record.key, fields, {"number": record.number})


def _written(
    record: Record, person: str, text: str, files: tuple[Attachment, ...], facts: Facts
) -> tuple[Record, list[Effect]]:
    clean = defanged(veiled(text))[: forms.KEPT]
    changed, fetched = reporting.with_files(record, files, person, facts)
    handler = facts.person is not None and facts.person.bears(record.holder) and bool(record.holder)
    details = {"value": str(len(files))} if files else {}
    changed = replace(
        changed,
        messages=(*record.messages, *((Message(facts.now, person, clean),) if clean else ()))[-KEPT_MESSAGES:],
        history=(*changed.history, Deed(facts.now, person, "files" if files else "message", details=details)),
    )
    if handler:
        changed = replace(changed, touched_at=facts.now, stale=False)
    others = tuple(p for p in parties(changed) if p != person)
    said = said_card(changed, person, clean, files, facts)
    effects: list[Effect] = [cards.told(changed, facts, "veiled" if veiled(text) != text else "written"), *fetched]
    effects += follow(changed, said, others)
    if handler:
        effects.append(Remind("silent", speaks_at(changed, facts)))
    if record.leader:
        # Whoever has the case that leads the wave gets the words; the other reporters of the wave do not.
        key = f"{record.key}:{len(changed.history)}:said"
        effects.append(Pass(Joined(key, person, "", record.leader, record.key, record.reporter, clean, files, said=True)))
    return changed, effects


def said_card(record: Record, person: str, text: str, files: tuple[Attachment, ...], facts: Facts) -> Card:
    """What somebody wrote or handed in, with the part in which they speak."""
    parts = (Text("who"), *((Said(text, "words"),) if text else ()), *((Text("files"),) if files else ()))
    who = {"by": name_of(person, facts), "part": part_of(record, person)}
    names = [veiled(f.name) for f in files]
    return Card("incidents/said", parts, data_of(record, facts) | who | {"added_files": names})


def follow(record: Record, card: Card, people: tuple[str, ...]) -> list[Effect]:
    """A card to each of the people, below the message by which they know the case."""
    having = {record.holder, *record.told}
    groups = {
        "state": tuple(p for p in people if p == record.reporter),
        "supervisor": tuple(p for p in people if p == record.supervisor and p != record.reporter),
        "note": tuple(p for p in people if p not in (record.reporter, record.supervisor) and p not in having),
        "alert": tuple(p for p in people if p in having and p not in (record.reporter, record.supervisor)),
    }
    return [Follow(card, group, below, slot="said") for below, group in groups.items() if group]


def part_of(record: Record, person: str) -> str:
    """In which part somebody speaks in the case: a code."""
    if person and person in (record.holder, *record.told):
        return "handler"
    if person == record.reporter:
        return "reporter"
    return "supervisor" if person == record.supervisor else "party"


def resolve(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Closed with an outcome, which the reporter, and each reporter of its wave, is told."""
    if not handles(record, facts.person):
        return record, cards.refused("incidents/resolve")
    text = event.values.get("text", "").strip()
    if not may_move(record, Move.RESOLVE):
        return record, cards.late(record, facts, unsent=text)
    if errors := errors_of(form := resolve_form(record, text), event.values):
        return record, [FieldErrors(form, errors)]
    outcome = defanged(veiled(text))
    closed = touched(
        record, Move.RESOLVE, event.person, facts, status=Status.RESOLVED, outcome=outcome, resolved_at=facts.now,
        offered="", holder=record.holder or event.person,
    )  # fmt: skip
    card = Card("incidents/outcome", (Text("body"), Said(outcome, "outcome")), data_of(closed, facts))
    people = dict.fromkeys((closed.reporter, closed.supervisor, closed.concerned, record.holder, *closed.added))
    effects: list[Effect] = [
        cards.told(closed, facts, "resolved"),
        *follow(closed, card, tuple(p for p in people if p and p not in (event.person, *closed.excluded))),
        *(Notify(replace(card, data={**card.data, "number": t.key.rpartition("/")[2]}), person=t.reporter, slot="said")
          for t in closed.twins if t.reporter != event.person),
        *cards.refreshed(closed, facts),
        Forget("silent"), Forget("offer"), Forget("escalate"),
        Remind("review", facts.working_time.after(facts.now, REVIEW_AFTER)),
        Remind("erase", reporting.erased_at(closed, facts)),
    ]  # fmt: skip
    return closed, effects


def resolve_form(record: Record, text: str = "") -> Form:
    """What became of it, as its reporter is told."""
    return Form(
        "incidents/resolve", record.key, (Field("text", "long", text, longest=forms.LONGEST),), {"number": record.number}
    )


def reopen(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """Opened again, by its reporter or a handler: it has to be taken anew, and climbs until it is."""
    own = facts.person is not None and facts.person.bears(record.reporter)
    if not own and not handles(record, facts.person):
        return record, cards.refused("incidents/reopen")
    text = event.values.get("text", "").strip()
    if own and record.status is Status.JOINED:
        return write(record, event, facts)  # whoever has the case that leads the wave gets it; a closed one opens again
    if not may_move(record, Move.REOPEN):
        return record, cards.late(record, facts, unsent=text)
    if errors := errors_of(form := reopen_form(record, text), event.values):
        return record, [FieldErrors(form, errors)]
    return reopened(record, event.person, defanged(veiled(text)), facts, answered=True)


def reopen_form(record: Record, text: str = "") -> Form:
    """Why it is opened again."""
    return Form(
        "incidents/reopen", record.key, (Field("text", "long", text, longest=forms.LONGEST),), {"number": record.number}
    )


def reopened(record: Record, person: str, text: str, facts: Facts, *, answered: bool) -> tuple[Record, list[Effect]]:
    """The case before whoever had it, and the IT manager."""
    before = facts.people.person(record.holder)
    opened = replace(record, status=Status.REPORTED, holder="", level=0, stale=False, resolved_at=None)
    people = dict.fromkeys(p.id for p in (*((before,) if before and not before.away else ()), *ladder(opened, facts, 0)))
    opened = replace(
        opened, told=tuple(people),
        history=(*record.history, Deed(facts.now, person, Move.REOPEN, text=text)),
        messages=(*record.messages, *((Message(facts.now, person, text),) if text else ())),
    )  # fmt: skip
    effects: list[Effect] = [
        *cards.refreshed(opened, facts),  # first the old copies: the new alerts keep why they are said
        *(e for e in reporting.alerts(opened, facts, "reopened") if not (isinstance(e, Notify) and e.person == person)),
        Forget("review"), Forget("erase"), Remind("escalate", climbs_at(opened, facts)),
    ]  # fmt: skip
    if answered:
        effects = [cards.told(opened, facts, "reopened"), *effects]
    if person != record.reporter:
        effects += follow(opened, cards.note_card(opened, facts, "reopened"), (record.reporter,))
    return opened, effects


def review(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """What was learnt, after the closing."""
    if not handles(record, facts.person):
        return record, cards.refused("incidents/review")
    values = {name: event.values.get(name, "").strip() for name in REVIEW_FIELDS}
    if not may_move(record, Move.REVIEW):
        return record, cards.late(record, facts, unsent="\n".join(filter(None, values.values())))
    if errors := errors_of(form := review_form(record, values), event.values):
        return record, [FieldErrors(form, errors)]
    written = {name: defanged(veiled(text)) for name, text in values.items()}
    reviewed = touched(record, Move.REVIEW, event.person, facts, status=Status.REVIEWED, review=written)
    return reviewed, [cards.told(reviewed, facts, "reviewed"), Forget("review"), *cards.refreshed(reviewed, facts)]


def review_form(record: Record, values: Mapping[str, str]) -> Form:
    """Why it could happen, what was learnt, what is done."""
    fields = tuple(Field(n, "long", values.get(n, ""), required=n == "cause", longest=2000) for n in REVIEW_FIELDS)
    return Form("incidents/review", record.key, fields, {"number": record.number})


def split(record: Record, event: Event, facts: Facts) -> tuple[Record, list[Effect]]:
    """A report that joined another case wrongly becomes a case of its own."""
    if not handles(record, facts.person):
        return record, cards.refused("incidents/split")
    if not may_move(record, Move.SPLIT):
        return record, cards.late(record, facts)
    alone = replace(
        record, status=Status.REPORTED, leader="", history=(*record.history, Deed(facts.now, event.person, Move.SPLIT))
    )
    filed, effects = reporting.settled(alone, event.person, facts)
    shown = [Forget("erase"), *(e for e in effects if not (isinstance(e, Notify) and e.slot == "supervisor"))]
    # The case that led it is told by an event without a reporter: nothing of it is this one's any more.
    left = Pass(Joined(f"{event.key}:left", event.person, "", record.leader, record.key))
    return filed, [cards.told(filed, facts, "split"), *shown, left]


def opening(record: Record, event: Pressed, facts: Facts) -> tuple[Record, list[Effect]]:
    """The form that a button opens, for who may send it."""
    name = event.action
    person = facts.person
    may = handles(record, person)
    if name == "incidents/reopen":
        may = may or (person is not None and person.bears(record.reporter))
    if name == "incidents/write":
        open_ = record.status in OPEN | {Status.JOINED}
        return record, [OpenForm(write_form(record))] if open_ else cards.late(record, facts)
    if not may:
        return record, cards.refused(name)
    move, form = {
        "incidents/manage": (None, forms.manage_form(record, facts, {})),
        "incidents/resolve": (Move.RESOLVE, resolve_form(record)),
        "incidents/reopen": (Move.REOPEN, reopen_form(record)),
        "incidents/review": (Move.REVIEW, review_form(record, record.review)),
    }[name]
    if move and not may_move(record, move):
        return record, cards.late(record, facts)
    return record, [OpenForm(form)]


def said_to(record: Record, actor: str, what: str, facts: Facts, *more: str) -> list[Effect]:
    """What happened, to the reporter and the others who follow the case; not to who did it."""
    people = dict.fromkeys((record.reporter, record.supervisor, record.concerned, *record.added, *more))
    card = cards.note_card(record, facts, what)
    return follow(record, card, tuple(p for p in people if p and p != actor and p not in record.excluded))


def touched(
    record: Record, move: str, person: str, facts: Facts, *, text: str = "", details: Mapping[str, str] | None = None,
    **changes: object,
) -> Record:  # fmt: skip
    """The record after a deed of a handler's: silence begins anew."""
    deed = Deed(facts.now, person, move, text=text, details=dict(details or {}))
    return replace(record, history=(*record.history, deed), touched_at=facts.now, stale=False, **changes)  # type: ignore[arg-type]  # fields by name
