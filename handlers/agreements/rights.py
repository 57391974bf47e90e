"""Whose turn an agreement is and who may see it: the two who agree, and who stands in for the supervisor. Nobody else."""

from __future__ import annotations

from handlers.accounts.turns import FIRST, WITH_ABOVE, WITH_DEPUTY, Turn
from handlers.agreements.record import DECIDING, Record, Status
from handlers.facts import Facts, Person


def supervised(record: Record, facts: Facts) -> Turn:
    """The requester's supervisor, who acts for them now, and the level above; found anew each time."""
    return _led(facts.people.person(record.requester), facts, record.unreached)


def _led(requester: Person | None, facts: Facts, unreached: tuple[str, ...] = ()) -> Turn:
    """Who leads somebody; nobody leads themselves."""

    def other(person_id: str) -> Person | None:
        person = facts.people.person(person_id) if person_id else None
        return None if person is None or requester is None or person.bears(requester.id) else person

    def here(person: Person | None) -> tuple[Person, ...]:
        return (person,) if person and not person.away and person.id not in unreached else ()

    supervisor = other(requester.supervisor) if requester else None
    if supervisor is None:
        return Turn()
    deputies, above = here(other(supervisor.deputy)), here(other(supervisor.supervisor))
    return Turn((supervisor,), here(supervisor) or deputies or above, deputies, above)


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
    """Who besides the requester may read it and decide on it now, by id: who leads the requester now (`leads`).

    While a decision waits also those to whom the reminders have climbed: the deputy, then who is above.
    """
    found = supervised(record, facts)
    days = climbed(record, facts) if record.status in DECIDING else 0
    risen = (*(found.deputies if days >= WITH_DEPUTY else ()), *(found.above if days >= WITH_ABOVE else ()))
    return frozenset(p.id for p in (*found.whose, *found.acting, *risen))


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
    """Whether the person leads the requester now: as their supervisor, or standing in for one who is away (R34)."""
    found = _led(requester, facts)
    return any(p.id == person.id for p in (*found.whose, *found.acting))
