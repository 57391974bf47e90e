"""What of the register is due: to be confirmed, changed, updated, followed up or ended. Pure; looked at each morning.

A duty is repeated until it is done; a nudge only helps along what the unit itself promised. What stays undone is counted
for the communications team.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from handlers.cards import Button, Text
from handlers.facts import HELSINKI, Facts, Role
from handlers.matters import Matter
from handlers.register.record import (
    CLOSING,
    OF_COMMUNICATIONS,
    RHYTHMS,
    VERIFYING,
    Record,
    Status,
    months_after,
)
from handlers.register.rights import holders, keeper_of, substitute_of
from handlers.teams import COMMUNICATIONS

HALF_YEAR, YEAR = 6, 12
"""Months after which its people are confirmed, and after which goals are followed up (R43, R66)."""
ENDING = timedelta(days=30)
"""How long before its last day an account's end is spoken of (R39, R62)."""
LATE = timedelta(days=30)
"""After so long a duty that nobody did is told to the communications team too."""
QUIET = timedelta(days=60)
"""After so long without an update an account counts as quiet (R57, R96)."""
WEEKLY, FORTNIGHTLY = 5, 10
"""Working days between two reminders of the same matter."""
DUTIES = ("left", "confirm", "password", "thin", "results", "ending", "closing", "verify")
"""What can be due of an account and is a duty, the most pressing first; `posting` and `answers` are nudges."""


@dataclass(frozen=True)
class Due:
    """Something that is due of an account since a day; `detail` says more: a trial or an end, which point is open."""

    name: str
    since: date
    detail: str = ""


def dues(account: Record, facts: Facts) -> tuple[Due, ...]:
    """All that is due of an account today, duties first. Of one that is closed nothing is."""
    if account.status is Status.CLOSED:
        return ()
    if account.status is Status.CLOSING:
        return tuple(_closing(account, facts))
    found = [
        *_left(account, facts), *_confirm(account, facts), *_password(account, facts), *_thin(account, facts),
        *_results(account, facts), *_ending(account, facts), *_verify(account, facts), *_posting(account, facts),
    ]  # fmt: skip
    return tuple(found)


def due(facts: Facts) -> Iterator[Matter]:
    """The morning's matters: of each account for who is responsible, and what was left undone, for communications."""
    late: Counter[str] = Counter()
    for account in facts.register:
        keeper = keeper_of(account, facts)
        for found in dues(account, facts):
            if is_late(found, facts) or (keeper is None and found.name in DUTIES):
                late[found.name] += 1
            if keeper is not None and found.detail not in OF_COMMUNICATIONS:
                yield _matter(account, found, keeper.id, facts)
    yield from _of_the_team(late, facts)


def is_late(found: Due, facts: Facts) -> bool:
    """Whether a duty has been due for so long that communications hear of it; who left and too few people are at once."""
    if found.name not in DUTIES:
        return False
    return found.name in ("left", "thin") or found.detail in OF_COMMUNICATIONS or facts.today - found.since >= LATE


def people_of(account: Record, facts: Facts) -> list[dict[str, object]]:
    """Everybody in an account as cards show them: `name`, `parts`, `left`."""
    return [
        {"name": name_in(account, i, facts), "parts": list(account.parts(i)), "left": facts.people.has_left(i)}
        for i in account.people
    ]  # fmt: skip


def name_in(account: Record, person_id: str, facts: Facts) -> str:
    """The name of somebody in an account, as the directory has it, else as the account remembers it."""
    person = facts.people.person(person_id)
    return person.name if person else account.names.get(person_id, person_id)


def is_quiet(account: Record, facts: Facts) -> bool:
    """Whether nobody has said for two months that the account was updated, and no pause was asked for."""
    since = day_of(account.posted_at or account.begun)
    return account.living and not _rests(account, facts) and since is not None and facts.today - since >= QUIET


def next_confirmation(account: Record) -> date | None:
    """The day on which its people are to be confirmed next (R43)."""
    since = day_of(account.confirmed_at or account.begun)
    return months_after(since, HALF_YEAR) if since else None


def next_password(account: Record) -> date | None:
    """The day by which the password is to be changed next (R141); at once where somebody who knew it left."""
    changed = account.password_at
    if account.forced_at and (changed is None or changed < account.forced_at):
        return day_of(account.forced_at)
    since = day_of(changed or account.begun)
    return months_after(since, account.password_months) if since else None


def _matter(account: Record, found: Due, keeper: str, facts: Facts) -> Matter:
    duty = found.name in DUTIES
    data: dict[str, object] = {
        "number": account.number, "title": account.name, "since": found.since.isoformat(), "detail": found.detail,
        "answer_days": account.answer_days, "people": people_of(account, facts) if found.name == "confirm" else [],
    }  # fmt: skip
    # `since` is part of what it is: a new round of the same duty is a new matter.
    name = f"{account.key}#{found.name}{found.detail}@{found.since.isoformat() if duty else ''}"
    every = {"left": 2, "thin": FORTNIGHTLY, "verify": FORTNIGHTLY}.get(found.name, WEEKLY)
    return Matter(name, Text(found.name, data), keeper, "", _buttons(account, found), every, not duty)


def _buttons(account: Record, found: Due) -> tuple[Button, ...]:
    key = account.key
    people = Button("register/people", key)
    match found.name:
        case "confirm":
            return (Button("register/confirm", key, style="primary"), people)
        case "password":
            return (Button("register/password", key, style="primary"),)
        case "left" | "thin":
            return (people,)
        case "results":
            return (Button("register/results", key),)
        case "ending":
            keep = (Button("register/keep", key),) if found.detail == "review" else ()
            return (Button("register/extend", key), *keep, Button("register/end", key, style="danger"))
        case "posting":
            return (
                Button("register/posted", key, style="primary"), Button("register/answered", key),
                Button("register/pause", key, "3"),
            )  # fmt: skip
        case "answers":
            return (Button("register/answered", key, style="primary"), Button("register/pause", key, "3"))
        case _:
            return (Button("register/show", key),)


def _of_the_team(late: Counter[str], facts: Facts) -> Iterator[Matter]:
    """One line for communications on all that stays undone, and the passwords also for the IT manager (R141)."""
    if late.total():
        counts = [{"name": name, "count": late[name]} for name in DUTIES if late[name]]
        text = Text("overdue", {"counts": counts})
        yield Matter("register#overdue", text, team=COMMUNICATIONS, buttons=(Button("register/overdue"),), every=WEEKLY)
    if late["password"]:
        text = Text("overdue", {"counts": [{"name": "password", "count": late["password"]}]})
        for person in facts.people.bearers(Role.IT_MANAGER):
            yield Matter("register#passwords", text, person.id, buttons=(Button("register/overdue"),), every=FORTNIGHTLY)
    if facts.published and facts.published.differs(facts.register):
        text = Text("drift", {"count": len(facts.published.difference(facts.register))})
        yield Matter("register#drift", text, team=COMMUNICATIONS, buttons=(Button("published/show"),), every=WEEKLY)


# ── what each is due for ────────────────────────────────────────────────────────────────────────────────────────────


def _left(account: Record, facts: Facts) -> Iterator[Due]:
    """People who are gone still stand in it (R43)."""
    gone = tuple(p for p in account.people if facts.people.has_left(p))
    if gone:
        yield Due("left", day_of(account.forced_at) or facts.today)


def _confirm(account: Record, facts: Facts) -> Iterator[Due]:
    on = next_confirmation(account)
    if on and facts.today >= on and not account.umbrella:
        yield Due("confirm", on)


def _password(account: Record, facts: Facts) -> Iterator[Due]:
    on = next_password(account)
    if on and facts.today >= on:
        yield Due("password", on)


def _thin(account: Record, facts: Facts) -> Iterator[Due]:
    """Fewer than two administrators, or no substitute: an alarm before anybody leaves (R54, R56, R65)."""
    if account.umbrella:
        return
    begun = day_of(account.begun) or facts.today
    if len(holders(account, facts)) < 2:
        yield Due("thin", begun, "admins")
    elif not substitute_of(account, facts):
        yield Due("thin", begun, "substitute")


def _results(account: Record, facts: Facts) -> Iterator[Due]:
    """Goals are followed up after 6 and 12 months, then once a year (R66)."""
    begun = day_of(account.opened_at)
    if begun is None or not account.goals:
        return
    told = day_of(account.results[-1].at) if account.results else None
    passed = [on for on in _milestones(begun, facts.today) if on <= facts.today]
    if passed and (told is None or told < passed[-1]):
        yield Due("results", passed[-1])


def _milestones(begun: date, today: date) -> list[date]:
    years = max(1, today.year - begun.year + 1)
    return [months_after(begun, HALF_YEAR), *(months_after(begun, YEAR * n) for n in range(1, years + 1))]


def _ending(account: Record, facts: Facts) -> Iterator[Due]:
    """A project's last day or a trial's day of review draws near (R39, R62)."""
    for name in ("ends", "review"):
        on = getattr(account, name)
        if on and facts.today >= date.fromisoformat(on) - ENDING:
            yield Due("ending", date.fromisoformat(on), name)
            return


def _closing(account: Record, facts: Facts) -> Iterator[Due]:
    own = [p for p in CLOSING if p not in account.closing and p not in OF_COMMUNICATIONS]
    on = day_of(account.ended_at) or facts.today
    if own:
        yield Due("closing", on)
    elif "list_removed" not in account.closing:
        yield Due("closing", on, "list_removed")


def _verify(account: Record, facts: Facts) -> Iterator[Due]:
    """An account that came in without a request is verified too (R70–R72); one with a request has its own checklist."""
    if account.status is not Status.OPEN or account.request.startswith("accounts/"):
        return
    on = day_of(account.begun) or facts.today
    own = [p for p in VERIFYING if p not in account.ticks and p not in OF_COMMUNICATIONS]
    if own:
        yield Due("verify", on)
    elif "list_link" not in account.ticks:
        yield Due("verify", on, "list_link")


def _posting(account: Record, facts: Facts) -> Iterator[Due]:
    """As the unit promised: updated in its rhythm (R57, R96), answered in its time (R58, R100); asked once a week."""
    if _rests(account, facts) or account.umbrella:
        return
    posted, answered = day_of(account.posted_at or account.begun), day_of(account.answered_at or account.begun)
    if posted and account.rhythm and facts.today - posted >= RHYTHMS[account.rhythm]:
        yield Due("posting", posted)
    elif answered and facts.today - answered >= max(RHYTHMS["weekly"], timedelta(days=account.answer_days)):
        yield Due("answers", answered)


def _rests(account: Record, facts: Facts) -> bool:
    return bool(account.paused_until) and facts.today < date.fromisoformat(account.paused_until)


def day_of(moment: datetime | None) -> date | None:
    """The day in Finland of a moment."""
    return moment.astimezone(HELSINKI).date() if moment else None
