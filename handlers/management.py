"""Management's view (R41, R52): each quarter a digest by department, in numbers and never in names.

The round comes on the first working morning of January, April, July and October and tells of the quarter that ended; the
same can be asked for at any time, of the running quarter or of an earlier one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from handlers.cards import Button, Buttons, Card, Note, Part, Text
from handlers.effects import Effect, Notify, Remind, Reply, Whisper
from handlers.events import Asked, Elapsed, Event, Pressed, Submitted
from handlers.facts import HELSINKI, Facts, Person, WorkingTime
from handlers.masking import FEWEST
from handlers.phrases import phrase
from handlers.teams import COMMUNICATIONS, managers

KEY, TIMER = "management/digest", "quarter"
SHOWN = 12
"""Departments of one message."""
FEW, UNTOLD, NONE = -1, -2, -1
"""What stands for a number that is not told: fewer than three; kept for another's sake; there is none."""
COMMANDS = (
    "johdon kooste", "neljännesvuosikooste", "neljänneskooste", "ledningens sammandrag", "kvartalssammandrag",
    "management digest", "quarterly digest",
)  # fmt: skip
WORDS = re.compile(rf"(?:{'|'.join(COMMANDS)})(?: ([1-4])/(2\d{{3}}))?(?: (\d{{1,3}}))?")
VALUE = re.compile(r"(2\d{3})-([1-4]):(\d{1,3})")


@dataclass(frozen=True, order=True)
class Quarter:
    """A quarter of a year, in Finland's time; `number` is 1–4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter of a day."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def name(self) -> str:
        """As it is kept and as buttons carry it: 2026-4."""
        return f"{self.year}-{self.number}"

    @property
    def following(self) -> Quarter:
        """The next quarter."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def before(self) -> Quarter:
        """The quarter before."""
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    @cached_property
    def begins(self) -> datetime:
        """Its first moment (UTC)."""
        return datetime(self.year, 3 * self.number - 2, 1, tzinfo=HELSINKI).astimezone(UTC)

    @cached_property
    def ends(self) -> datetime:
        """The first moment after it (UTC)."""
        return self.following.begins

    def holds(self, moment: datetime | None) -> bool:
        """Whether a moment is of this quarter."""
        return moment is not None and self.begins <= moment < self.ends


@dataclass(frozen=True)
class Row:
    """The figures of a department, or of the whole municipality; `name` is "" for what is of no department.

    What is undone and what waits are counted as they are now; `new`, `closed`, `sent`, `approved`, `rejected`,
    `incidents` and `minutes` (the median until one was taken) are the quarter's. A department's `incidents` and
    `agreements` are `FEW` where there are fewer than three, `UNTOLD` where they would tell another department's few.
    `read` is the percentage of people who have read the guideline; it and `minutes` are `NONE` where there is none.
    """

    name: str = ""
    accounts: int = 0
    official: int = 0
    new: int = 0
    closed: int = 0
    quiet: int = 0
    left: int = 0
    confirm: int = 0
    password: int = 0
    thin: int = 0
    results: int = 0
    ending: int = 0
    sent: int = 0
    approved: int = 0
    rejected: int = 0
    waiting: int = 0
    incidents: int = 0
    minutes: int = NONE
    agreements: int = 0
    read: int = NONE


@dataclass(frozen=True)
class Period:
    """The municipality's figures of a quarter; accounts are those at its end, of the running one those now."""

    quarter: Quarter
    accounts: int = 0
    official: int = 0
    new: int = 0
    closed: int = 0
    sent: int = 0
    approved: int = 0
    rejected: int = 0
    incidents: int = 0
    minutes: int = NONE


@dataclass(frozen=True)
class Figures:
    """All figures of a quarter: `total` is the municipality's, `departments` have its parts.

    `kinds` are incidents by kind, but for threats and harassment, which are counted together in `personal` and belong to
    no department's figures. `periods` are the quarter and the four before it, the oldest first. `confirmed` and `changed`
    are the percentages of accounts whose people are confirmed and whose password is changed, `NONE` of no accounts.
    """

    quarter: Quarter
    total: Row = Row()
    departments: tuple[Row, ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    personal: int = 0
    periods: tuple[Period, ...] = ()
    confirmed: int = NONE
    changed: int = NONE


@dataclass(frozen=True)
class Record:
    """Of which quarter the last digest told (`2026-4`, "" before the first one), and when it was sent."""

    key: str
    sent_at: datetime
    told: str = ""
    version: int = 0
    status: str = "sent"
    person: str = ""


def first(key: str, now: datetime) -> Record:
    """The record before the first digest."""
    return Record(key, now)


def key_of(record: str) -> str:  # noqa: ARG001 - there is one digest, whatever the event was about
    """The key of the one record of this flow."""
    return KEY


def next_round(working_time: WorkingTime, now: datetime) -> datetime:
    """The first working morning of a quarter that is still to come (UTC): this quarter's, else the next one's."""
    this = Quarter.of(now.astimezone(HELSINKI).date())
    mornings = (working_time.next_morning(q.begins - timedelta(hours=12)) for q in (this, this.following))
    return next(morning for morning in mornings if morning > now)


def protected(counts: Mapping[str, int]) -> dict[str, int]:
    """The counts by department as they may be told beside their sum (`FEW`, `UNTOLD`).

    Where the sum would give away what a few stands for – it is one department's alone, or all of them have two – the
    smallest number that is told is not told either.
    """
    told = {name: count if count >= FEWEST else FEW for name, count in counts.items()}
    few = [counts[name] for name in told if told[name] == FEW]
    open_ = sorted((count, name) for name, count in told.items() if count != FEW)
    if open_ and sum(few) and (len(few) == 1 or sum(few) == len(few) * (FEWEST - 1)):
        told[open_[0][1]] = UNTOLD
    return told


def understands(event: Asked) -> bool:
    """Whether the words ask for the digest."""
    return not event.intent and WORDS.fullmatch(phrase(event.text)) is not None


def concerns(event: Event) -> bool:
    """Whether the event is of this flow, so that figures are needed."""
    match event:
        case Asked():
            return event.addressed and understands(event)
        case Pressed(action=name) | Submitted(form=name) | Elapsed(record=name):
            return name.startswith("management/")
        case _:
            return False


def quarter_of(event: Event, today: date) -> Quarter:
    """The quarter that an event is about: of the round the one that ended, else the one that is asked for or runs."""
    running = Quarter.of(today)
    if isinstance(event, Elapsed):
        return running.before
    asked, _ = _wish(event)
    return asked if asked and asked < running else running


def may_see(person: Person | None, management: Sequence[str]) -> bool:
    """Whether somebody may see the figures: the communications team, and those whom the settings name."""
    if person is None or person.standing != "member":
        return False
    return person.in_team(COMMUNICATIONS) or person.email.casefold() in {m.strip().casefold() for m in management}


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """Send the digest when its time has come, and show how the quarter stands to whoever may see it and asks."""
    if isinstance(event, Elapsed):
        return _round(record or first(KEY, facts.now), facts)
    if not may_see(facts.person, facts.management):
        return record, [Whisper(Card("management/refused", (Text("body"),), {"managers": managers(facts)}))]
    figures = facts.figures or Figures(quarter_of(event, facts.today))
    return record, [Reply(digest_card(figures, facts, _wish(event)[1]))]


def _round(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """The digest of the quarter that ended, once; one that comes late waits for the next working hour (R33)."""
    opens = facts.working_time.after(facts.now, timedelta())
    if opens > facts.now:
        return record, [Remind(TIMER, opens)]
    again = Remind(TIMER, next_round(facts.working_time, facts.now))
    if facts.figures is None or record.told == facts.figures.quarter.name:
        return record, [again]
    told = replace(record, sent_at=facts.now, told=facts.figures.quarter.name)
    card = digest_card(facts.figures, facts)
    named = [Notify(card, person=p.id) for p in _named(facts) if not p.in_team(COMMUNICATIONS)]
    return told, [Notify(digest_card(facts.figures, facts, for_team=True), team=COMMUNICATIONS), *named, again]


def _named(facts: Facts) -> Iterator[Person]:
    """Those whom the settings name and the directory knows, each once."""
    found = {p.id: p for address in facts.management if (p := _person(address, facts))}
    yield from found.values()


def _person(address: str, facts: Facts) -> Person | None:
    wanted = address.strip().casefold()
    return next((p for p in facts.people.find(wanted) if p.email.casefold() == wanted), None)


def _wish(event: Event) -> tuple[Quarter | None, int]:
    """The quarter that is asked for, None for the running one, and the page of its departments, from 1."""
    if isinstance(event, Asked) and (found := WORDS.fullmatch(phrase(event.text))):
        number, year, page = found.groups()
    elif isinstance(event, Pressed) and (found := VALUE.fullmatch(event.value)):
        year, number, page = found.groups()
    else:
        return None, 1
    return Quarter(int(year), int(number)) if number else None, max(1, int(page or 1))


# ── the card ────────────────────────────────────────────────────────────────────────────────────────────────────────


def digest_card(figures: Figures, facts: Facts, page: int = 1, *, for_team: bool = False) -> Card:
    """The quarter in words, short enough for one message: the municipality, then twelve departments at a time."""
    begin = SHOWN * (page - 1)
    if begin >= len(figures.departments):
        begin = 0
    shown, rest = figures.departments[begin : begin + SHOWN], len(figures.departments[begin + SHOWN :])
    parts: list[Part] = [Text("head")]
    if begin == 0:
        parts += [Text("undone"), Text("requests"), Text("incidents"), Text("shares")]
    parts += [Text("department", {"row": asdict(row)}) for row in shown]
    further = begin // SHOWN + 2 if rest else 0
    parts += [Text("rest", {"further": further})] if rest else []
    if begin == 0 and any(_told(p) for p in figures.periods[:-1]):
        parts.append(Text("history"))
    parts += [Buttons(_buttons(figures.quarter, further)), Note("privacy")]
    if for_team and (missing := sum(_person(address, facts) is None for address in facts.management)):
        parts.append(Note("unknown", {"count": missing}))
    return Card("management/digest", tuple(parts), _data(figures, facts, rest))


def _buttons(quarter: Quarter, further: int) -> tuple[Button, ...]:
    more = (Button("management/more", value=f"{quarter.name}:{further}", style="primary"),) if further else ()
    return (*more, Button("management/earlier", value=f"{quarter.before.name}:1"))


def _data(figures: Figures, facts: Facts, rest: int) -> dict[str, object]:
    last_day = (figures.quarter.ends - timedelta(hours=12)).astimezone(HELSINKI).date()
    return {
        "quarter_number": figures.quarter.number,
        "quarter_year": figures.quarter.year,
        "quarter_from": figures.quarter.begins.astimezone(HELSINKI).date().isoformat(),
        "quarter_to": min(last_day, facts.today).isoformat(),
        "running": figures.quarter == Quarter.of(facts.today),
        "total": asdict(figures.total),
        "row": asdict(Row()),
        "kinds": [{"kind": kind, "count": count} for kind, count in figures.kinds],
        "personal": figures.personal,
        "shares": {"confirmed": figures.confirmed, "changed": figures.changed, "read": figures.total.read},
        "earlier": [_period(p) for p in reversed(figures.periods[:-1]) if _told(p)],
        "rest": rest,
        "further": 0,
        "count": 0,
    }  # fmt: skip


def _told(period: Period) -> bool:
    """Whether there was anything at all in a quarter."""
    return bool(period.accounts or period.closed or period.sent or period.incidents)


def _period(period: Period) -> dict[str, object]:
    number, year = period.quarter.number, period.quarter.year
    return asdict(period) | {"quarter": period.quarter.name, "number": number, "year": year}
