"""The quiz on the guideline, "luin ohjeen", and how many have done them, by unit and never by person (R120).

A person's record says how far they are, so that they can go on, and at the end only which version of the guideline they
completed and when. Whether an answer was right is kept nowhere: the explanation is the same after each.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from handlers.cards import Button, Buttons, Card, Note, Part, Text
from handlers.cited import rule
from handlers.effects import Effect, Reply, Whisper
from handlers.events import Asked, Event, Pressed
from handlers.facts import Facts, Person, Role
from handlers.phrases import phrase
from handlers.teams import managers, serves
from handlers.versions import Edition
from knowledge.quiz import Item

FEWEST = 5
"""People of whom figures are shown: of fewer a figure would tell of single ones."""
SHOWN = 40
"""Groups of a report's card; the file has all."""

START = ("koulutus", "tietotesti", "tee tietotesti", "utbildning", "kunskapstest", "gör kunskapstestet", "training",
         "quiz", "take the quiz")  # fmt: skip
TRAINING = ("koulutus", "utbildning", "training")
"""Words that mean the report where the communications team writes them."""
REPORT = ("koulutusraportti", "utbildningsrapport", "training report")
READ = (
    "luin ohjeen", "olen lukenut ohjeen", "luin someohjeen", "jag har läst anvisningen", "läst anvisningen",
    "jag läste anvisningen", "i have read the guideline", "i've read the guideline", "i’ve read the guideline",
    "i read the guideline",
)  # fmt: skip
AGAIN = ("aloita alusta", "börja om", "start again")
QUIZ = (
    "jatka testiä",
    "tee testi",
    "aloita testi",
    "fortsätt testet",
    "gör testet",
    "continue the quiz",
    "start the quiz",
)
ANSWER = re.compile(r"(?:vastaus|svar|answer) ([1-4])")


class Status(StrEnum):
    """Whether the quiz has been completed, of whatever version."""

    OPEN = "open"
    DONE = "done"


@dataclass(frozen=True)
class Record:
    """A person's training. `answered` questions of the quiz on the version `begun` are behind them.

    `completed` and `read` are versions of the guideline, "" for none, with the day (ISO 8601) of each.
    """

    key: str
    person: str
    status: Status = Status.OPEN
    begun: str = ""
    answered: int = 0
    completed: str = ""
    completed_on: str = ""
    read: str = ""
    read_on: str = ""
    version: int = 0


@dataclass(frozen=True)
class Group:
    """How many of a group of at least five have read the guideline's present version and done its quiz, in percent.

    `rest` tells that it holds what was too small to be shown by itself: of a department, its small units.
    """

    kind: Literal["unit", "department", "others", "officials"]
    department: str
    unit: str
    people: int
    read: int
    completed: int
    rest: bool = False


def own(event: Event) -> Event:
    """The event with the key of who acts: nobody reads or changes another's record, whatever a button carries."""
    return replace(event, record=key_for(event.person) if event.person else "")


def begins(event: Event) -> bool:  # noqa: ARG001 - a person has one record, under their own id
    """Never: records are not numbered."""
    return False


def key_for(person_id: str) -> str:
    """The key of a person's record."""
    return f"training/{person_id}"


def journalled(record: Record) -> Record:
    """What the journal keeps: not how far somebody is."""
    return replace(record, answered=0, begun="")


def understands(event: Asked) -> bool:
    """Whether the words are a command of the training, or answer its question."""
    words = phrase(event.text)
    return words in (*START, *REPORT, *READ, *AGAIN, *QUIZ) or bool(ANSWER.fullmatch(words))


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The reaction to an event on a person's training; the report is the communications team's."""
    action, value = _meant(event, facts)
    if action == "report":
        return record, [_report(facts)]
    if not event.record or facts.guideline is None:
        return record, [Whisper(Card("training/unknown", (Text("body"),)))]
    mine = record or Record(event.record, event.person)
    match action:
        case "quiz" | "again":
            return _asked(mine, facts, again=action == "again")
        case "answer":
            return _answered(record, mine, value, facts)
        case "read":
            return _read(mine, facts)
        case _:
            return record, [Reply(_start(mine, facts))]


def _meant(event: Event, facts: Facts) -> tuple[str, str]:
    """What is wanted, by a button or by words, and a button's value."""
    if isinstance(event, Pressed):
        return event.action.partition("/")[2], event.value
    words = phrase(event.text) if isinstance(event, Asked) else ""
    if found := ANSWER.fullmatch(words):
        return "answer", f":{found[1]}"
    if words in REPORT or (words in TRAINING and serves(facts)):
        return "report", ""
    wishes = {"read": READ, "again": AGAIN, "quiz": QUIZ}
    return next((wish for wish, known in wishes.items() if words in known), "start"), ""


# ── the quiz ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _asked(record: Record, facts: Facts, *, again: bool) -> tuple[Record, list[Effect]]:
    """The question at which the person is; a quiz of an older version, or one that is wanted again, from its start."""
    edition = _edition(facts)
    if not facts.quiz:
        return record, [Reply(Card("training/unknown", (Text("body"),)))]
    if again or record.begun != edition.name or record.answered >= len(facts.quiz):
        record = replace(record, begun=edition.name, answered=0)
    parts = (Text("asked"), *_question(record.answered, facts))
    return record, [Reply(Card("training/question", parts, _question_data(record.answered, facts)))]


def _answered(kept: Record | None, record: Record, value: str, facts: Facts) -> tuple[Record | None, list[Effect]]:
    """The explanation of the question that was answered, with the next one; of one answered before, nothing changes."""
    place, _, option = value.partition(":")
    going_on = bool(facts.quiz) and record.begun == _edition(facts).name and record.answered < len(facts.quiz)
    at = int(place) if place.isdecimal() else -1 if place else record.answered
    if at < 0 or not option.isdecimal() or not 0 < int(option) <= _options(at, facts) or at > record.answered:
        return kept, [Reply(_start(record, facts))]
    if not going_on:
        finished = place.isdecimal() and at < len(facts.quiz) and record.begun == _edition(facts).name
        return kept, [Reply(_explained(at, record, facts) if finished else _start(record, facts))]
    if at == record.answered:
        record = replace(record, answered=at + 1)
    if record.answered == len(facts.quiz):
        record = replace(
            record, status=Status.DONE, completed=record.begun, completed_on=facts.today.isoformat(),
        )  # fmt: skip
    return record, [Reply(_explained(at, record, facts))]


def _options(at: int, facts: Facts) -> int:
    return len(facts.quiz[at].said(facts.language).options) if at < len(facts.quiz) else 0


def _explained(at: int, record: Record, facts: Facts) -> Card:
    """What was right, the guideline's own words, and how it goes on: the same whatever was answered."""
    item = facts.quiz[at]
    cited = facts.passages.get(item.passage)
    said = item.said(facts.language)
    data = {
        "quiz_right": said.options[item.right - 1],
        "quiz_right_number": item.right,
        "quiz_rule": cited.short.get(facts.language, "") if cited else "",
        "quiz_before": at + 1,
    }
    parts: list[Part] = [Text("right"), *([rule(cited)] if cited else [])]
    if record.answered < len(facts.quiz):
        return Card(
            "training/question", (*parts, *_question(record.answered, facts)),
            data | _question_data(record.answered, facts),
        )  # fmt: skip
    unread = record.read != record.begun
    buttons = (Button("training/read", style="primary"),) if unread else ()
    parts += [Text("done"), Buttons((*buttons, Button("training/start")))]
    return Card("training/question", tuple(parts), data | _question_data(at, facts) | _state(record, facts))


def _question(at: int, facts: Facts) -> tuple[Part, ...]:
    buttons = tuple(
        Button("training/answer", value=f"{at}:{n}", words=f"option_{n}") for n in range(1, _options(at, facts) + 1)
    )
    return (Text("question"), Buttons(buttons), Note("private"))


def _question_data(at: int, facts: Facts) -> dict[str, object]:
    said = facts.quiz[at].said(facts.language)
    options = [*said.options, "", "", "", ""][:4]
    return {
        "quiz_number": at + 1, "quiz_count": len(facts.quiz), "quiz_question": said.question, "quiz_options": options,
        **dict.fromkeys(("training_version", "training_done", "training_read"), ""),
    }  # fmt: skip


# ── "luin ohjeen" ───────────────────────────────────────────────────────────────────────────────────────────────────


def _read(record: Record, facts: Facts) -> tuple[Record, list[Effect]]:
    """A receipt of the present version; said again it keeps its first day."""
    edition = _edition(facts)
    if record.read != edition.name:
        record = replace(record, read=edition.name, read_on=facts.today.isoformat())
    buttons = () if record.completed == edition.name else (Button("training/quiz"),)
    parts: list[Part] = [Text("body"), *([Buttons(buttons)] if buttons else [])]
    return record, [Reply(Card("training/read", tuple(parts), _state(record, facts)))]


def _start(record: Record, facts: Facts) -> Card:
    """What the training is, how far the person is, and what can be done."""
    edition = _edition(facts)
    going_on = record.begun == edition.name and 0 < record.answered < len(facts.quiz)
    done = record.completed == edition.name
    quiz = Button("training/again") if done else Button("training/quiz", value="on" if going_on else "", style="primary")
    read = () if record.read == edition.name else (Button("training/read"),)
    data = _state(record, facts) | {"quiz_at": record.answered if going_on else 0, "quiz_count": len(facts.quiz)}
    return Card("training/start", (Text("body"), Buttons((quiz, *read)), Note("private")), data)


def _state(record: Record, facts: Facts) -> dict[str, object]:
    name = _edition(facts).name
    return {
        "training_version": name,
        "training_done": record.completed_on if record.completed == name else "",
        "training_read": record.read_on if record.read == name else "",
    }


def _edition(facts: Facts) -> Edition:
    return facts.guideline or Edition("", "")


# ── the report ──────────────────────────────────────────────────────────────────────────────────────────────────────


def completion(people: Iterable[Person], records: Iterable[Record], version: str) -> tuple[Group, ...]:
    """How many have read and done the quiz on a version, by unit; elected officials apart.

    Units of fewer than five are put together in their department, and what is still fewer than five among the others.
    A group of fewer than five that is left is not shown, so that no figure tells of one person.
    """
    read, done = set(), set()
    for record in records:
        if record.read == version:
            read.add(record.person)
        if record.completed == version:
            done.add(record.person)
    units: dict[tuple[str, str], Counter[str]] = {}
    officials: Counter[str] = Counter()
    for person in people:
        ids = {person.id, *person.accounts}
        told = Counter(people=1, read=int(bool(ids & read)), completed=int(bool(ids & done)))
        group = officials if Role.ELECTED_OFFICIAL in person.roles else units.setdefault(
            (person.department, person.unit), Counter())  # fmt: skip
        group.update(told)
    return _grouped(units, officials)


def _grouped(units: dict[tuple[str, str], Counter[str]], officials: Counter[str]) -> tuple[Group, ...]:
    groups: list[Group] = []
    others: Counter[str] = Counter()
    for department in sorted({d for d, _ in units}, key=str.casefold):
        mine = {unit: count for (d, unit), count in units.items() if d == department}
        shown = {unit: count for unit, count in mine.items() if unit and count["people"] >= FEWEST}
        small: Counter[str] = Counter()
        for unit in mine.keys() - shown.keys():
            small.update(mine[unit])
        groups += [_group("unit", department, u, shown[u]) for u in sorted(shown, key=str.casefold)]
        if department and small["people"] >= FEWEST:
            groups.append(_group("department", department, "", small, rest=bool(shown)))
        else:
            others.update(small)
    groups += [_group("others", "", "", others)] if others["people"] >= FEWEST else []
    return tuple(groups + ([_group("officials", "", "", officials)] if officials["people"] >= FEWEST else []))


def _group(
    kind: Literal["unit", "department", "others", "officials"], department: str, unit: str, count: Counter[str], *,
    rest: bool = False,
) -> Group:  # fmt: skip
    people = count["people"]
    read, completed = (round(100 * count[name] / people) for name in ("read", "completed"))
    return Group(kind, department, unit, people, read, completed, rest)


def _report(facts: Facts) -> Effect:
    """The figures for the communications team; anybody else is told who has them."""
    if not serves(facts):
        return Whisper(Card("training/refused", (Text("body"), Buttons((Button("training/start"),))),
                            {"managers": managers(facts)}))  # fmt: skip
    edition = _edition(facts)
    groups = completion(facts.everybody, facts.training, edition.name)
    data = {
        "training_version": edition.name,
        "training_groups": [_told(group) for group in groups[:SHOWN]],
        "groups_left": len(groups[SHOWN:]),
        "old_years": edition.old_years,
    }
    old = (Note("old"),) if edition.is_old(facts.today) else ()
    parts = (Text("body"), Text("groups"), *old, Note("private"), Buttons((Button("training/start"),)))
    return Reply(Card("training/report", parts, data))


def _told(group: Group) -> dict[str, object]:
    return {
        "group_kind": group.kind, "department": group.department, "unit": group.unit, "people": group.people,
        "read": group.read, "completed": group.completed, "rest": group.rest,
    }  # fmt: skip


def read_by(records: Sequence[Record], version: str) -> frozenset[str]:
    """The ids of who has read a version."""
    return frozenset(record.person for record in records if record.read == version)


def passages_of(quiz: Iterable[Item]) -> tuple[str, ...]:
    """The passages that explain the questions of a quiz."""
    return tuple(item.passage for item in quiz)
