"""Whose turn an agreement is and who may see it: the two who agree, and the supervisor's deputies. Nobody else."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.accounts.turns import FIRST, WITH_ABOVE, WITH_DEPUTY, Turn
from handlers.agreements.record import DECIDING, Record, Status
from handlers.facts import Facts, Person


def supervised(record: Record, facts: Facts) -> Turn:
    """The requester's supervisor, who acts for them now, and the level above; found anew each time."""
    requester = facts.people.person(record.requester)
    supervisor = _other(record, requester.supervisor if requester else "", facts)
    if supervisor is None:
        return Turn()
    deputy = _other(record, supervisor.deputy, facts)
    above = _other(record, supervisor.supervisor, facts)
    here, deputies, higher = (_here(record, p) for p in (supervisor, deputy, above))
    return Turn((supervisor,), here or deputies or higher, deputies, higher)


def turn(record: Record, facts: Facts) -> Turn:
    """Whose turn it is: the supervisor's to decide, the requester's to go on, nobody's where all is well."""
    if record.status in DECIDING:
        return supervised(record, facts)
    requester = facts.people.person(record.requester)
    if record.status is Status.RETURNED and requester:
        return Turn((requester,), (requester,))
    return Turn()


def is_own(record: Record, facts: Facts) -> bool:
    """Whether it is the agreement of who acts."""
    return facts.person is not None and facts.person.bears(record.requester)


def acts_for(record: Record, facts: Facts) -> str | None:
    """On whose behalf who acts may decide now: "" on their own, a deputy for an id; None where they may not.

    Nobody decides on their own; who is above may where nobody else is there or the reminders have climbed.
    """
    person = facts.person
    if person is None or person.standing != "member" or is_own(record, facts):
        return None
    if person.id not in readers(record, facts):
        return None
    whose = supervised(record, facts).whose
    return "" if any(p.id == person.id for p in whose) else whose[0].id


def readers(record: Record, facts: Facts) -> frozenset[str]:
    """Who besides the requester may read it and decide on it now, by id."""
    found = supervised(record, facts)
    may_rise = record.status in DECIDING and climbed(record, facts) >= WITH_ABOVE
    may = (*found.whose, *found.acting, *found.deputies, *(found.above if may_rise else ()))
    return frozenset(p.id for p in may)


def sees(record: Record, facts: Facts) -> bool:
    """Whether who acts may read the agreement: its requester, and whoever may decide on it."""
    return is_own(record, facts) or acts_for(record, facts) is not None


def had_turn(record: Record, facts: Facts) -> bool:
    """Whether who acts was ever given it: they are told what became of their turn, not what is agreed."""
    return facts.person is not None and any(facts.person.bears(i) for i in record.informed)


def climbed(record: Record, facts: Facts) -> int:
    """Working days since the turn began."""
    return facts.working_time.days_between(record.since, facts.now)


def reminded(record: Record, facts: Facts) -> tuple[Person, ...]:
    """Who is reminded now: whose turn it is after two working days, the deputy too after four, then who is above."""
    found, days = turn(record, facts), climbed(record, facts)
    people = found.acting if days >= FIRST else ()
    if days >= WITH_DEPUTY:
        people = (*people, *found.deputies)
    if days >= WITH_ABOVE:
        people = (*people, *found.above)
    return tuple({p.id: p for p in people}.values())


def leads(person: Person, requester: Person | None, facts: Facts) -> bool:
    """Whether the person leads the requester now: as their supervisor, or as the deputy of one who is away (R34)."""
    supervisor = facts.people.person(requester.supervisor) if requester and requester.supervisor else None
    if requester is None or supervisor is None or person.id == requester.id:
        return False
    return person.id == supervisor.id or (supervisor.away and person.id == supervisor.deputy)


def _other(record: Record, person_id: str, facts: Facts) -> Person | None:
    """The person, unless it is their own agreement."""
    person = facts.people.person(person_id) if person_id else None
    return None if person is None or person.bears(record.requester) else person


def _here(record: Record, *people: Person | None) -> tuple[Person, ...]:
    return tuple(p for p in _known(people) if not p.away and p.id not in record.unreached)


def _known(people: Iterable[Person | None]) -> Iterable[Person]:
    return (p for p in people if p)
