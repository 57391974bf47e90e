"""Who may see and do what in the register: accounts are everybody's to read, the people in them theirs who need them."""

from __future__ import annotations

from handlers.facts import Facts, Person, Role
from handlers.register.record import OF_COMMUNICATIONS, PEOPLE, Record
from handlers.teams import serves

ADMINISTERING = ("updater", "main", "substitute", "admins")
"""The parts whose bearers answer for the account; a producer only posts."""


def keeps(account: Record, facts: Facts) -> bool:
    """Whether who acts may keep the account's facts true: its responsible people, their supervisor, communications."""
    person = facts.person
    if person is None or person.standing != "member":
        return False
    own = any(person.bears(p) for part in ADMINISTERING for p in _named(account, part))
    return own or serves(facts) or _supervises(person, account, facts)


def sees_people(account: Record, facts: Facts) -> bool:
    """Whether who acts needs to know who may post there (R23): those in it, its unit and department, who leads them.

    So do the communications team, which keeps the list (R42), and the IT manager.
    """
    person = facts.person
    if person is None or person.standing != "member":
        return False
    if any(person.bears(p) for p in account.people) or keeps(account, facts):
        return True
    if Role.IT_MANAGER in person.roles | person.deputy_for:
        return True
    unit = bool(person.unit) and person.unit.casefold() == account.owner.casefold()
    return unit or (bool(person.department) and person.department.casefold() == account.department.casefold())


def may_tick(point: str, account: Record, facts: Facts) -> bool:
    """The points about the municipality's own list are the communications team's (R71); all else the keepers'."""
    return serves(facts) if point in OF_COMMUNICATIONS else keeps(account, facts)


def names_turn(account: Record, facts: Facts) -> bool:
    """Whether who acts may hand over the turn to answer: everybody who posts on the account (R107)."""
    person = facts.person
    if person is None or person.standing != "member":
        return False
    return any(person.bears(p) for p in account.people) or keeps(account, facts)


def keeper_of(account: Record, facts: Facts) -> Person | None:
    """Who is asked about the account now: the first of its responsible people who is here; None for nobody.

    A common account of the municipality is the communications team's (R74).
    """
    if account.umbrella:
        return None
    ids = [p for part in ("main", "updater", "substitute", "admins") for p in _named(account, part)]
    people = [p for i in ids if (p := facts.people.person(i)) and not facts.people.has_left(i)]
    return next((p for p in people if not p.away), next(iter(people), None))


def holders(account: Record, facts: Facts) -> tuple[str, ...]:
    """Who still holds administrator's rights: named ones who have not left (R54, R65)."""
    named = dict.fromkeys((*_named(account, "updater"), *_named(account, "main"), *account.admins))
    return tuple(p for p in named if not facts.people.has_left(p))


def substitute_of(account: Record, facts: Facts) -> str:
    """The agreed substitute (R56), "" where there is none or they have left."""
    return account.substitute if account.substitute and not facts.people.has_left(account.substitute) else ""


def _named(account: Record, part: str) -> tuple[str, ...]:
    assert part in PEOPLE  # noqa: S101 - a name in the code, not input
    value = getattr(account, part)
    return (value,) if isinstance(value, str) and value else tuple(value)


def _supervises(person: Person, account: Record, facts: Facts) -> bool:
    led = (facts.people.person(p) for part in ADMINISTERING for p in _named(account, part))
    return any(p.supervisor == person.id or _deputises(person, p, facts) for p in led if p and p.supervisor)


def _deputises(person: Person, led: Person, facts: Facts) -> bool:
    supervisor = facts.people.person(led.supervisor)
    return supervisor is not None and supervisor.deputy == person.id
