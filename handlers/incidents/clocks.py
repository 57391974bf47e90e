"""The clocks of the law: GDPR art. 33 (72 hours) and, where a case falls under it, NIS2 (24 and 72 hours).

This is law, not guideline, and marked so wherever it is shown. The bot reminds; a person decides whether to notify.
Sources: Regulation (EU) 2016/679 art. 33(1), (3) and (5); kyberturvallisuuslaki (124/2025); tietosuoja.fi.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from handlers.cards import Field, Form, errors_of
from handlers.effects import Effect, FieldErrors, Forget, Notify, OpenForm, Remind
from handlers.events import Elapsed, Event, Pressed, Submitted
from handlers.facts import HELSINKI, Facts
from handlers.incidents import cards
from handlers.incidents.data import clock_data
from handlers.incidents.links import defanged
from handlers.incidents.record import HELD, Clock, Deed, Record, Status
from handlers.incidents.rights import handles
from handlers.incidents.routing import holders_of, speaks_at
from handlers.masking import veiled

HOURS: Mapping[str, tuple[int, ...]] = {"gdpr": (72,), "nis2": (24, 72)}
"""Hours from knowing of it until notices are due, by law."""
BEFORE = (timedelta(hours=24), timedelta(hours=6), timedelta())
"""How long before a deadline the holder is reminded."""
TIMES = "%H:%M"


def begin(record: Record, event: Pressed, facts: Facts) -> tuple[Record, list[Effect]]:
    """The form that starts a clock: when the municipality came to know, which is when it was reported unless said."""
    law = event.value
    if not handles(record, facts.person):
        return record, cards.refused("incidents/clock")
    if law not in HOURS or record.status is Status.JOINED or record.clock(law):
        return record, [cards.told(record, facts, "running") if record.clock(law) else cards.late(record, facts)[0]]
    known = (record.reported_at or facts.now).astimezone(HELSINKI)
    values = {"day": known.date().isoformat(), "time": known.strftime(TIMES)}
    return record, [OpenForm(clock_form(record, law, values))]


def clock_form(record: Record, law: str, values: Mapping[str, str]) -> Form:
    """When the municipality came to know of it, in Helsinki's time."""
    fields = (Field("day", "date", values.get("day", "")), Field("time", "text", values.get("time", ""), longest=5))
    return Form("incidents/clock", f"{record.key}@{law}", fields, {"number": record.number, "law": law})


def start(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """A clock of the law begins to run."""
    law = event.record.partition("@")[2]
    if not handles(record, facts.person):
        return record, cards.refused("incidents/clock")
    if law not in HOURS or record.status is Status.JOINED or record.clock(law):
        return record, [cards.told(record, facts, "running") if record.clock(law) else cards.late(record, facts)[0]]
    form = clock_form(record, law, event.values)
    errors = errors_of(form, event.values)
    aware = _moment(event.values.get("day", ""), event.values.get("time", ""))
    if not errors and aware is None:
        errors["time"] = "not_a_time"
    elif aware and aware > facts.now:
        errors["day"] = "in_future"
    if errors or aware is None:
        return record, [FieldErrors(form, errors)]
    return started(record, _law(law), aware, event, facts)


def started(
    record: Record, law: Literal["gdpr", "nis2"], aware: datetime, event: Event, facts: Facts
) -> tuple[Record, list[Effect]]:
    """The case with a running clock; its first reminder is set."""
    clock = Clock(law, aware, HOURS[law], event.person)
    deed = Deed(facts.now, event.person, "clock", details={"value": law})
    running = replace(
        record, clocks=(*record.clocks, clock), history=(*record.history, deed), touched_at=facts.now, stale=False
    )
    return running, [
        *cards.privately(cards.law_card(running, facts), running, facts, "document"),
        *_reminder(clock, facts),
        *_silence(running, facts),
    ]


def decide(
    record: Record, event: Event, law: str, outcome: Literal["done", "not_needed"], reason: str, facts: Facts
) -> tuple[Record, list[Effect]]:
    """A person decided: the notice was made, or is not needed, with the reason that art. 33(5) wants kept."""
    clock = record.clock(law)
    if not handles(record, facts.person):
        return record, cards.refused("incidents/noticed")
    if clock is None or clock.outcome:
        return record, [cards.told(record, facts, "decided" if clock else "no_clock")]
    made = clock.made + (outcome == "done")
    over = outcome == "not_needed" or made == len(clock.hours)
    settled = replace(
        clock, outcome=outcome if over else "", reason=defanged(veiled(reason)), decided_by=event.person,
        decided_at=facts.now, made=made,
    )  # fmt: skip
    deed = Deed(facts.now, event.person, outcome, details={"value": law})
    changed = replace(
        record, clocks=tuple(settled if c.law == law else c for c in record.clocks), history=(*record.history, deed),
        touched_at=facts.now, stale=False,
    )  # fmt: skip
    rest = [Forget(law)] if over else _reminder(settled, facts)
    return changed, [cards.told(changed, facts, outcome), *rest, *_silence(changed, facts)]


def _silence(record: Record, facts: Facts) -> list[Effect]:
    """What is done about the law is a deed too: silence begins anew."""
    return [Remind("silent", speaks_at(record, facts))] if record.status in HELD else []


def unneeded_form(record: Record, law: str, text: str = "") -> Form:
    """Why no notice is needed."""
    fields = (Field("text", "long", text, longest=1000),)
    return Form("incidents/unneeded", f"{record.key}@{law}", fields, {"number": record.number, "law": law})


def unneeded(record: Record, event: Submitted, facts: Facts) -> tuple[Record, list[Effect]]:
    """No notice is needed, for this reason."""
    law, text = event.record.partition("@")[2], event.values.get("text", "").strip()
    form = unneeded_form(record, law, text)
    if handles(record, facts.person) and (errors := errors_of(form, event.values)):
        return record, [FieldErrors(form, errors)]
    return decide(record, event, law, "not_needed", text, facts)


def remind(record: Record, event: Elapsed, facts: Facts) -> tuple[Record, list[Effect]]:
    """A deadline is near, or has passed: whoever has the case is told, until they have decided."""
    clock = record.clock(event.timer)
    if clock is None or clock.outcome or record.status is Status.ERASED:
        return record, []
    card = cards.note_card(record, facts, "deadline", late=event.late, clock=clock_data(clock, facts))
    people = holders_of(record, facts) if record.holder else record.told
    return record, [*(Notify(card, person=p, slot="note") for p in people), *_reminder(clock, facts)]


def _reminder(clock: Clock, facts: Facts) -> list[Effect]:
    """The next reminder of a clock; after the last deadline, once a day until somebody has decided."""
    moments = sorted(deadline - before for deadline in clock.pending for before in BEFORE)
    due = next((m for m in moments if m > facts.now), facts.now + timedelta(days=1))
    return [Remind(clock.law, due)]


def _law(name: str) -> Literal["gdpr", "nis2"]:
    return "nis2" if name == "nis2" else "gdpr"


def _moment(day: str, time: str) -> datetime | None:
    try:
        at = datetime.strptime(time.strip().replace(".", ":"), TIMES).time()  # noqa: DTZ007 - the zone is put in below
        return datetime.combine(date.fromisoformat(day), at, HELSINKI).astimezone(ZoneInfo("UTC"))
    except (ValueError, OverflowError):  # the year 1 begins before what a moment in UTC can be
        return None
