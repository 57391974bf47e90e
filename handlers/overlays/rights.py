"""Who may do what with a department's guideline."""

from __future__ import annotations

from handlers.accounts.turns import turn
from handlers.facts import Facts, Person
from handlers.overlays.record import Record, Status
from handlers.teams import COMMUNICATIONS


def is_proposer(record: Record, facts: Facts) -> bool:
    """Whether who acts has written it."""
    return facts.person is not None and facts.person.bears(record.proposer)


def takes_part(record: Record, facts: Facts) -> bool:
    """Whether who acts may follow it from proposal to decision: proposer, deciders, the communications team."""
    person = facts.person
    if person is None or person.standing != "member":
        return False
    found = turn(record.request, facts)
    concerned = {record.proposer, *record.informed, *record.told, *(d.person for d in record.history)}
    concerned |= {p.id for p in (*found.whose, *found.acting, *found.deputies, *found.above)}
    return person.in_team(COMMUNICATIONS) or any(person.bears(i) for i in concerned) or _records(record, person, facts)


def may_read(record: Record, facts: Facts) -> bool:
    """Whether who acts may read it: an accepted one all of the department, else who takes part; a draft its writer."""
    if record.status is Status.DRAFT:
        return is_proposer(record, facts)
    return takes_part(record, facts) or (record.status is Status.ACCEPTED and of_department(record, facts.person))


def of_department(record: Record, person: Person | None) -> bool:
    """Whether it is the guideline of the person's own department."""
    return person is not None and person.standing == "member" and person.department == record.department


def may_repeal(record: Record, facts: Facts) -> bool:
    """The secretary of the department's management team, or a deputy, and the communications team."""
    person = facts.person
    if person is None or person.standing != "member":
        return False
    return person.in_team(COMMUNICATIONS) or _records(record, person, facts, only_own=True)


def _records(record: Record, person: Person, facts: Facts, *, only_own: bool = False) -> bool:
    """Whether the person records decisions of a body of the chain; `only_own`: of one that each department has."""
    for body in record.chain:
        if only_own and not body.by_department:
            continue
        department = record.department if body.by_department else ""
        people = (*facts.people.holders(body.secretary, department), *facts.people.deputies(body.secretary, department))
        if any(p.id == person.id for p in people):
            return True
    return False
