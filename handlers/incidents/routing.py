"""Who gets a case (R145–R147, A6): the IT manager always, at once; then up, day and night, until somebody has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from handlers.facts import Facts, Person, Role
from handlers.incidents.record import Record, Route, Severity, Status
from handlers.incidents.rights import allowed

ESCALATES = {
    Severity.HIGH: timedelta(minutes=10), Severity.NORMAL: timedelta(minutes=15), Severity.LOW: timedelta(minutes=60),
}  # fmt: skip
"""Real time until a case that nobody has taken climbs a level, and is said again; day and night."""
OFTEN, SELDOM = 4, timedelta(minutes=60)
"""How often it is said in a row before the time between doubles, and the most that this time becomes."""
TOP = 2
"""The highest level: IT manager, deputies, those above them. From there it is said again and again."""
SILENT_HIGH = timedelta(hours=2)
"""Real time without a deed of its holder until an urgent case is spoken of."""
SILENT = {Severity.NORMAL: timedelta(hours=4), Severity.LOW: timedelta(hours=16)}
"""The same in working time for the others, and for one that waits for somebody else."""


def supervisor_of(record: Record, facts: Facts) -> Person | None:
    """Who is told as the supervisor: of whom it happened to, else of the reporter; the deputy where they are away."""
    for person_id in (record.concerned, record.reporter):
        person = facts.people.person(person_id) if person_id else None
        supervisor = facts.people.person(person.supervisor) if person and person.supervisor else None
        if supervisor is None:
            continue
        deputy = facts.people.person(supervisor.deputy) if supervisor.away and supervisor.deputy else None
        for acting in allowed(record, [deputy, supervisor]):
            if acting.id not in (record.reporter, record.concerned):
                return acting
    return None


def excluded_by(record: Record, facts: Facts) -> tuple[str, ...]:
    """Who never sees the case, where the supervisor is part of it: they themselves, of the reporter and the victim."""
    if record.route is not Route.NOT_SUPERVISOR:
        return ()
    people = [facts.people.person(i) for i in (record.reporter, record.concerned) if i]
    named = [p.supervisor for p in people if p and p.supervisor]
    return tuple(dict.fromkeys(i for i in named if i not in (record.reporter, record.concerned)))


def ladder(record: Record, facts: Facts, level: int) -> tuple[Person, ...]:
    """Who is given the case at a level: IT manager; deputies too; those above too. Whoever was not reached is left out.

    Where nobody is left, it goes further at once: to the deputies, to those above, to the fallback list, at last to the
    administrators.
    """
    for reached in range(level, TOP + 1):
        if people := _reachable(record, _steps(record, facts, reached)):
            return people
    fallback = [p for name in facts.plan.fallback for p in facts.people.find(name)[:1]]
    return _reachable(record, fallback) or _reachable(record, facts.people.holders(Role.ADMINISTRATOR))


def holders_of(record: Record, facts: Facts) -> tuple[str, ...]:
    """Who has the case: its holder, and the IT manager's level too where the holder is away or gone."""
    holder = facts.people.person(record.holder)
    if holder and not holder.away and holder.id not in record.unreached:
        return (holder.id,)
    return tuple(dict.fromkeys((*((record.holder,) if holder else ()), *(p.id for p in ladder(record, facts, 1)))))


def is_fallback(record: Record, facts: Facts) -> bool:
    """Whether neither the IT manager nor a deputy is among those who have the case to take."""
    known = {p.id for p in (*facts.people.holders(Role.IT_MANAGER), *facts.people.deputies(Role.IT_MANAGER))}
    return not known & {p.id for p in ladder(record, facts, 0)}


def _steps(record: Record, facts: Facts, level: int) -> list[Person | None]:
    holders, deputies = facts.people.holders(Role.IT_MANAGER), facts.people.deputies(Role.IT_MANAGER)
    people: list[Person | None] = [facts.people.person(record.offered)] if record.offered else []
    people += list(facts.people.bearers(Role.IT_MANAGER))
    if level >= 1:
        people += [*holders, *deputies]
    if level >= TOP:
        people += [facts.people.person(p.supervisor) for p in holders if p.supervisor]
        people += [p for name in facts.plan.fallback for p in facts.people.find(name)[:1]]
    return people


def _reachable(record: Record, people: Sequence[Person | None]) -> tuple[Person, ...]:
    return tuple(p for p in allowed(record, people) if p.id not in record.unreached and p.standing == "member")


def climbs_at(record: Record, facts: Facts) -> datetime:
    """When a case that nobody takes climbs next, or is said again (UTC): ever more seldom, but once an hour at least."""
    last = record.history[-1] if record.history else None
    said = int(last.details.get("times", "1")) if last and last.move == "escalate" else 0
    waited: timedelta = ESCALATES[record.severity] * int(2 ** min(max(said - OFTEN, 0), 3))
    return facts.now + min(waited, SELDOM)


def speaks_at(record: Record, facts: Facts) -> datetime:
    """When a case whose holder does nothing is spoken of next (UTC)."""
    if record.status is Status.WAITING:
        return facts.working_time.after(facts.now, SILENT[Severity.LOW])
    if record.severity is Severity.HIGH:
        return facts.now + SILENT_HIGH
    return facts.working_time.after(facts.now, SILENT[record.severity])


def out_of_hours(facts: Facts) -> bool:
    """Whether it is not working time now."""
    return facts.working_time.after(facts.now, timedelta()) != facts.now
