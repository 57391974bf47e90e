"""Who may see a case and who may handle it: decided from the record and the directory, never from what a press claims.

| | sees, writes, adds files | takes, judges, resolves | all cases, figures |
|---|---|---|---|
| reporter, whom it happened to | yes; also reopens | | own |
| supervisor who was told, their deputy when they are away | yes | | |
| IT manager and deputies | yes | yes | yes |
| who was given it to take (above, fallback), its holder | yes | yes | |
| who was added | yes | | |
| anybody who is excluded, anybody else | no | no | no |
"""

from __future__ import annotations

from collections.abc import Iterable

from handlers.facts import Facts, Person, Role
from handlers.incidents.record import HELD, Record, Status

UNSEEN = frozenset({Status.FORGOTTEN, Status.ERASED})
"""There is nothing of it any more."""


def is_manager(person: Person | None) -> bool:
    """Whether the person is the IT manager, or one of their deputies."""
    return (
        person is not None
        and person.standing == "member"
        and (Role.IT_MANAGER in person.roles or Role.IT_MANAGER in person.deputy_for)
    )


def sees(record: Record, person: Person | None, facts: Facts) -> bool:
    """Whether the person may see the case and write in it. A draft is its writer's alone."""
    if person is None or person.standing == "stranger" or record.status in UNSEEN:
        return False
    if person.bears(record.reporter):
        return True
    if record.status is Status.DRAFT or _is_excluded(record, person):
        return False
    if is_manager(person) or any(person.bears(i) for i in (record.concerned, *record.added) if i):
        return True
    return handles(record, person) or _supervises(record, person, facts)


def handles(record: Record, person: Person | None) -> bool:
    """Whether the person may take the case and decide on it."""
    if person is None or person.standing != "member" or _is_excluded(record, person):
        return False
    if record.status in UNSEEN or record.status is Status.DRAFT:
        return False
    given = (*record.told, record.holder, record.offered)
    return is_manager(person) or any(person.bears(i) for i in given if i)


def may_take_over(record: Record, person: Person) -> bool:
    """Whether who may handle a case that somebody has may take it over: it was offered, is silent, or as IT manager."""
    return (
        record.status not in HELD
        or record.stale
        or Role.IT_MANAGER in person.roles
        or bool(record.offered and person.bears(record.offered))
    )


def parties(record: Record) -> tuple[str, ...]:
    """Who meets in the case's thread: reporter, victim, supervisor, holder or whoever has it to take, who was added."""
    having = (record.holder,) if record.holder else record.told
    everybody = (record.reporter, record.concerned, record.supervisor, *having, *record.added)
    return tuple(dict.fromkeys(p for p in everybody if p and p not in record.excluded))


def allowed(record: Record, people: Iterable[Person | None]) -> tuple[Person, ...]:
    """Those of the people who are there and not excluded, each once."""
    return tuple({p.id: p for p in people if p and not _is_excluded(record, p)}.values())


def _is_excluded(record: Record, person: Person) -> bool:
    return any(person.bears(i) for i in record.excluded)


def _supervises(record: Record, person: Person, facts: Facts) -> bool:
    if not record.supervisor:
        return False
    told = facts.people.person(record.supervisor)
    return person.bears(record.supervisor) or bool(told and told.away and told.deputy and person.bears(told.deputy))
