"""Whose turn it is: found anew each time, since people change; absence moves it, and silence only raises it (A3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from handlers.accounts.record import Body, Record, Status
from handlers.facts import Facts, Person, Role
from handlers.teams import COMMUNICATIONS

FIRST, WITH_DEPUTY, WITH_ABOVE = 2, 4, 6
"""Working days without a deed until the decider, the deputy too, and the next level and communications are reminded."""


@dataclass(frozen=True)
class Turn:
    """`whose` it is by right, who has it now (`acting`: their deputies, in their absence), and who is `above` them."""

    whose: tuple[Person, ...] = ()
    acting: tuple[Person, ...] = ()
    deputies: tuple[Person, ...] = ()
    above: tuple[Person, ...] = ()

    @property
    def moved(self) -> bool:
        """Whether somebody else has it than whose it is."""
        return bool(self.whose) and not {p.id for p in self.acting} & {p.id for p in self.whose}


def turn(record: Record, facts: Facts) -> Turn:
    """Whose turn it is to decide or to do something."""
    match record.status:
        case Status.SENT:
            return _of_the_supervisor(record, facts)
        case Status.PROPOSED if record.body:
            return _of_a_body(record, record.body, facts)
        case Status.DRAFT | Status.RETURNED:
            return _plain(record.requester, facts=facts)
        case Status.APPROVED | Status.OPENED:
            return _plain(record.answer("updater") or record.requester, facts=facts)
        case _:
            return Turn()


def acts_for(record: Record, person: Person | None, facts: Facts) -> str | None:
    """On whose behalf the person may decide now: "" on their own, a deputy for an id; None where they may not.

    Nobody decides on their own request, and who is above may where nobody else is there or the reminders have climbed.
    """
    if person is None or person.standing != "member" or person.bears(record.requester):
        return None
    found = turn(record, facts)
    first = found.whose[0].id if found.whose else ""
    if any(p.id == person.id for p in found.whose):
        return ""
    may_rise = climbed(record, facts) >= WITH_ABOVE
    may = (*found.acting, *found.deputies, *(found.above if may_rise else ()))
    return first if any(p.id == person.id for p in may) else None


def had_turn(record: Record, facts: Facts) -> bool:
    """Whether it was the turn of who acts before it moved on: they had the card, or were a deputy of who had it."""
    person, supervised = facts.person, _of_the_supervisor(record, facts)
    earlier = {*record.informed, *(p.id for p in (*supervised.whose, *supervised.deputies))}
    return person is not None and not person.bears(record.requester) and any(person.bears(i) for i in earlier)


def climbed(record: Record, facts: Facts) -> int:
    """Working days since the turn began."""
    return facts.working_time.days_between(record.since, facts.now)


def reminded(record: Record, facts: Facts) -> tuple[tuple[Person, ...], bool]:
    """Who is reminded of a decision now, and whether the communications team too."""
    found, days = turn(record, facts), climbed(record, facts)
    people = found.acting
    if days >= WITH_DEPUTY:
        people = (*people, *found.deputies)
    if days >= WITH_ABOVE:
        people = (*people, *found.above)
    return _once(people), days >= WITH_ABOVE


def _of_the_supervisor(record: Record, facts: Facts) -> Turn:
    requester = facts.people.person(record.requester)
    supervisor = facts.people.person(requester.supervisor) if requester and requester.supervisor else None
    if supervisor is None or supervisor.id == record.requester:
        return Turn()
    deputies = _known(record, [facts.people.person(supervisor.deputy)] if supervisor.deputy else [])
    above = _known(record, [facts.people.person(supervisor.supervisor)] if supervisor.supervisor else [])
    return _made(record, (supervisor,), deputies, above)


def _of_a_body(record: Record, body: Body, facts: Facts) -> Turn:
    department = department_of(record, facts) if body.by_department else ""
    holders = _known(record, facts.people.holders(body.secretary, department))
    deputies = _known(record, facts.people.deputies(body.secretary, department))
    return _made(record, holders, deputies, _above(record, facts))


def _above(record: Record, facts: Facts) -> tuple[Person, ...]:
    """The next level: the next body's secretaries, after the last one the communications manager."""
    following = record.chain[record.stage + 1 :][:1]
    if not following:
        return _known(record, facts.people.bearers(Role.COMMUNICATIONS_MANAGER))
    department = department_of(record, facts) if following[0].by_department else ""
    return _known(record, facts.people.holders(following[0].secretary, department))


def _made(record: Record, whose: tuple[Person, ...], deputies: tuple[Person, ...], above: tuple[Person, ...]) -> Turn:
    def here(people: Iterable[Person]) -> tuple[Person, ...]:
        return tuple(p for p in people if not p.away and p.id not in record.unreached)

    return Turn(whose, here(whose) or here(deputies) or here(above), here(deputies), here(above))


def _plain(*ids: str, facts: Facts) -> Turn:
    people = tuple(p for i in ids if (p := facts.people.person(i)))
    return Turn(people, people)


def _known(record: Record, people: Iterable[Person | None]) -> tuple[Person, ...]:
    """Those who are there and whose own request it is not."""
    return tuple(p for p in people if p and p.id != record.requester)


def _once(people: Iterable[Person]) -> tuple[Person, ...]:
    return tuple({p.id: p for p in people}.values())


def department_of(record: Record, facts: Facts) -> str:
    """The department that decides: as answered, else the requester's own."""
    requester = facts.people.person(record.requester)
    return record.answer("department") or (requester.department if requester else "")


def nominees(record: Record) -> dict[str, tuple[str, ...]]:
    """The people who are named, each with their parts (`updater`, `substitute`, `main`, `admins`, `producers`)."""
    parts: dict[str, tuple[str, ...]] = {}
    for part in ("updater", "substitute", "main", "admins", "producers"):
        for person in record.answer(part).split(","):
            if person:
                parts[person] = (*parts.get(person, ()), part)
    return parts


def unagreed(record: Record) -> tuple[str, ...]:
    """The responsible updater and the substitute, as far as they have not agreed: they must, before it is proposed."""
    needed = dict.fromkeys((record.answer("updater"), record.answer("substitute")))
    return tuple(p for p in needed if p and (p not in record.agreements or record.agreements[p].answer != "yes"))


def takes_part(record: Record, facts: Facts) -> bool:
    """Whether who acts may read and comment on the request: its parties, its deciders, and the communications team."""
    person = facts.person
    if person is None or person.standing != "member":
        return False
    found, supervised = turn(record, facts), _of_the_supervisor(record, facts)
    concerned = {record.requester, *record.told, *record.informed, *nominees(record), *(d.person for d in record.history)}
    concerned |= {p.id for t in (found, supervised) for p in (*t.whose, *t.acting, *t.deputies)}
    concerned |= {p.id for p in found.above}
    secretaries = {body.secretary for body in record.chain} & (person.roles | person.deputy_for)
    return person.in_team(COMMUNICATIONS) or any(person.bears(i) for i in concerned) or bool(secretaries)
