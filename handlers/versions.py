"""What changed when a guideline got a new version, by section and in the guideline's own words (R1–R2).

When the bot starts, each guideline is compared with the one that was kept: what is new, removed or changed is kept with
it. The very first one is kept and announces nothing. Who keeps an account is asked to read a new version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from handlers.cards import Button, Buttons, Card, Note, Part, Quote, Said, Text
from handlers.effects import Effect, Reply
from handlers.events import Asked, Event, Pressed
from handlers.facts import Facts
from handlers.matters import Matter
from handlers.phrases import phrase
from handlers.teams import serves
from knowledge.document import Document, plain

COMMANDS = (
    "mikä muuttui", "mitä muuttui", "mikä on muuttunut", "ohjeen muutokset", "versio", "ohjeen versio",
    "vad har ändrats", "vad ändrades", "ändringar i anvisningen", "anvisningens version", "what changed",
    "what has changed", "changes in the guideline", "version", "guideline version",
)  # fmt: skip
MORE = re.compile(r"(?:muutokset|ändringar|changes) ([1-9]\d{0,3})")
SHOWN = 6
"""Changes of a card: each may quote two passages."""
EVERY = 5
"""Working days between two reminders to read a new version."""
DAY = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b|\b(\d{4})-(\d{2})-(\d{2})\b")


@dataclass(frozen=True)
class Edition:
    """The common guideline as it is now: its title and version, and after how many years it is old (R1)."""

    title: str
    name: str
    old_years: int = 5

    @property
    def dated(self) -> date | None:
        """The newest day that the version names, None where it names none."""
        return max((day for found in DAY.finditer(self.name) if (day := _day(found))), default=None)

    def is_old(self, today: date) -> bool:
        """Whether the guideline's newest day is more than so many years ago."""
        dated = self.dated
        if dated is None:
            return False
        years = today.year - dated.year - ((today.month, today.day) < (dated.month, dated.day))
        return years >= self.old_years


@dataclass(frozen=True)
class Kept:
    """A passage as it stood: its id, its words and its heading."""

    id: str
    text: str
    heading: str


@dataclass(frozen=True)
class Change:
    """A passage that is new, removed or changed; `before` and `after` are its words, "" where it was not there."""

    kind: Literal["new", "removed", "changed"]
    passage: str
    heading: str
    before: str
    after: str


@dataclass(frozen=True)
class Record:
    """A guideline as it was read last, and how it differs from the version before, `earlier` ("" for the first).

    `base` are the passages of the version before: what is mended later within one version is compared with it too.
    `edition` counts what was announced.
    """

    key: str
    title: str
    name: str
    passages: tuple[Kept, ...]
    since: datetime
    department: str = ""
    earlier: str = ""
    base: tuple[Kept, ...] = ()
    changes: tuple[Change, ...] = ()
    edition: int = 0
    version: int = 0
    status: str = "kept"
    person: str = ""


def begins(event: Event) -> bool:  # noqa: ARG001 - a record is made when the bot starts
    """Never: records are not numbered."""
    return False


def key_for(document: str) -> str:
    """The key of a guideline's record."""
    return f"versions/{document}"


def journalled(record: Record) -> Record:
    """What the journal keeps: which version came when and what changed, not the whole text twice."""
    return replace(record, passages=(), base=())


def taken(record: Record | None, document: Document, now: datetime) -> Record:
    """The record of a guideline as it is read now; the same record where nothing is different."""
    passages = tuple(
        Kept(p.id, plain(p.text), " › ".join(document.paragraph_of[p.id].heading[1:])) for p in document.passages.values()
    )
    fresh = Record(
        key_for(document.id), document.title, document.version, passages, now, document.department or ""
    )  # fmt: skip
    if record is None:
        return fresh
    if record.name == document.version and record.passages == passages:
        return record
    mended = record.name == document.version and bool(record.edition)
    base = record.base if mended else record.passages
    earlier = record.earlier if mended else record.name
    return replace(
        fresh, earlier=earlier, base=base, changes=tuple(_changes(base, passages)), edition=record.edition + 1,
        version=record.version,
    )  # fmt: skip


def _changes(before: Sequence[Kept], after: Sequence[Kept]) -> list[Change]:
    """What differs, by section in the order of the guideline; what only got another name or place does not."""
    old, new = {k.id: k for k in before}, {k.id: k for k in after}
    same = {k.text for k in before} & {k.text for k in after}
    found = [
        Change("changed" if k.id in old else "new", k.id, k.heading, old[k.id].text if k.id in old else "", k.text)
        for k in after
        if (k.id in old and old[k.id].text != k.text) or (k.id not in old and k.text not in same)
    ]
    found += [
        Change("removed", k.id, k.heading, k.text, "") for k in before if k.id not in new and k.text not in same
    ]  # fmt: skip
    order = {heading: n for n, heading in enumerate(dict.fromkeys(k.heading for k in (*after, *before)))}
    return sorted(found, key=lambda change: order[change.heading])


def understands(event: Asked) -> bool:
    """Whether the words ask what changed, or which version it is."""
    words = phrase(event.text)
    return words in COMMANDS or bool(MORE.fullmatch(words))


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """Show what changed, to anybody; nothing is changed by asking."""
    return record, [Reply(_card(_first(event), facts))]


def _first(event: Event) -> int:
    """The place (from 0) of the first change that is to be shown."""
    if isinstance(event, Asked) and (found := MORE.fullmatch(phrase(event.text))):
        return int(found[1]) - 1
    return int(event.value) if isinstance(event, Pressed) and event.value.isdecimal() else 0


def mine(facts: Facts) -> tuple[Record, ...]:
    """The guidelines that concern who acts: the common one, and their department's own after it."""
    department = facts.person.department.casefold() if facts.person else ""
    seen = (r for r in facts.versions if not r.department or r.department.casefold() == department)
    return tuple(sorted(seen, key=lambda r: (bool(r.department), r.key)))


def _card(first: int, facts: Facts) -> Card:
    guidelines = mine(facts)
    changes = [(record, change) for record in guidelines for change in record.changes]
    parts: list[Part] = [Text("guideline", _told(record)) for record in guidelines]
    page = changes[first : first + SHOWN]
    heading = ""
    for number, (record, change) in enumerate(page, start=first + 1):
        if change.heading != heading:
            heading = change.heading
            parts.append(Text("section", {"version_section": heading or record.title}))
        parts += _shown(number, record, change)
    following = first + SHOWN
    buttons = (Button("versions/more", value=str(following)),) if changes[following:] else ()
    edition = facts.guideline
    read = (Button("training/read"), Button("training/quiz")) if edition else ()
    old = (Note("old"),) if edition and serves(facts) and edition.is_old(facts.today) else ()
    empty = {"version_title": "", "version_name": "", "version_before": "", "version_since": "", "version_changes": 0,
             "version_section": "", "version_change": ""}  # fmt: skip
    data = empty | {"old_years": edition.old_years if edition else 0}
    return Card("versions/show", (*parts, *old, Buttons((*buttons, *read))), data)


def _told(record: Record) -> dict[str, object]:
    return {
        "version_title": record.title, "version_name": record.name, "version_before": record.earlier,
        "version_since": record.since.isoformat(), "version_changes": len(record.changes),
    }  # fmt: skip


def _shown(number: int, record: Record, change: Change) -> Iterator[Part]:
    """A change: what it is, what the guideline says now, and what it said before."""
    yield Text("change", {"version_change": change.kind})
    if change.after:
        yield Quote(
            change.after, change.after, record.title, change.heading, record.name, change.passage, number,
            record.department,
        )  # fmt: skip
    if change.before:
        yield Said(change.before, "before", {"version_change": change.kind})


def due(facts: Facts) -> Iterable[Matter]:
    """Who keeps an account and has not said that they read the new version of the common guideline."""
    edition = facts.guideline
    new = next((r for r in facts.versions if not r.department and r.edition and edition and r.name == edition.name), None)
    if new is None:
        return
    read = {r.person for r in facts.training if r.read == new.name}
    text = Text("new_version", {"version_title": new.title, "version_name": new.name})
    buttons = (Button("versions/show"), Button("training/read", style="primary"))
    for person in keepers(facts):
        if person not in read:
            yield Matter(f"{new.key}@{new.edition}", text, person=person, buttons=buttons, every=EVERY)


def keepers(facts: Facts) -> list[str]:
    """Everybody who has a part in an account that is there, once each."""
    found: dict[str, None] = {}
    for account in facts.register:
        if account.living:
            found |= dict.fromkeys(account.people)
    return list(found)


def _day(found: re.Match[str]) -> date | None:
    day, month, year, iso_year, iso_month, iso_day = found.groups()
    try:
        return date(int(year or iso_year), int(month or iso_month), int(day or iso_day))
    except ValueError:
        return None
