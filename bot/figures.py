"""Management's figures: the store is read once and counted (R41).

Earlier quarters are counted from the records' own dates; what is undone, only as it is now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median

import structlog
from pydantic import ValidationError

from bot.records import INCIDENTS, REQUESTS, TRAINING
from bot.storage import Store
from handlers.accounts.record import DECIDING
from handlers.accounts.record import Move as RequestMove
from handlers.accounts.record import Record as Request
from handlers.accounts.turns import department_of
from handlers.agreements.record import IN_FORCE
from handlers.facts import Facts, Person, Role
from handlers.incidents.record import PERSONAL
from handlers.incidents.record import Move as CaseMove
from handlers.incidents.record import Record as Incident
from handlers.management import NONE, Figures, Period, Quarter, Row, protected
from handlers.masking import FEWEST
from handlers.register.record import Move as AccountMove
from handlers.register.record import Record as Account
from handlers.register.record import Status
from handlers.register.upkeep import dues, is_quiet
from handlers.training import FEWEST as FEWEST_PEOPLE
from handlers.training import read_by

EARLIER = 4
"""Quarters that are told besides the one that is asked for."""
MOST = 1_000_000
"""More records than there are."""
UNDONE = ("left", "confirm", "password", "thin", "results", "ending")
"""What is due of accounts and is told by department."""
COUNTED = ("accounts", "official", "new", "closed", "quiet", *UNDONE, "sent", "approved", "rejected", "waiting")
"""What a department's row counts plainly."""
log = structlog.get_logger()


@dataclass
class _Tally:
    """What has been counted of a department, of a quarter or of the whole municipality."""

    counts: Counter[str] = field(default_factory=Counter)
    minutes: list[float] = field(default_factory=list)

    @property
    def median(self) -> int:
        """The median of the minutes, `NONE` of none."""
        return round(median(self.minutes)) if self.minutes else NONE


class _Departments:
    """Tallies by department, whatever the capitals of its name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = {name.casefold(): name for name in names}
        self.tallies = {name: _Tally() for name in names}

    def of(self, name: str) -> _Tally:
        """The tally of a department; "" is a department too."""
        known = self._names.setdefault(name.strip().casefold(), name.strip())
        return self.tallies.setdefault(known, _Tally())


def figures_of(store: Store, facts: Facts, quarter: Quarter, everybody: Iterable[Person]) -> Figures:
    """The figures of a quarter and the four before it, as the store has them now."""
    quarters = _back_from(quarter)
    departments, total, kinds = _Departments(facts.departments), _Tally(), Counter[str]()
    periods = {q: _Tally() for q in quarters}
    for account in facts.register:
        _count_account(account, facts, quarter, periods, (departments.of(account.department), total))
    for request in _requests(store, quarters[0]):
        _count_request(request, quarter, periods, (departments.of(department_of(request, facts)), total))
    for case in _cases(store, quarters[0]):
        _count_case(case, quarter, periods, (departments.of(_department(case.reporter, facts)), total), kinds)
    for kept in store.records("agreements", statuses=tuple(sorted(IN_FORCE)), limit=MOST):
        for tally in (departments.of(_department(kept.person, facts)), total):
            tally.counts["agreements"] += 1
    _count_readers(store, facts, everybody, departments, total)
    watched, changed = total.counts["watched"], total.counts["locked"]
    return Figures(
        quarter, _row("", total), tuple(_rows(departments)),
        tuple(sorted(((k, n) for k, n in kinds.items() if k not in PERSONAL), key=lambda item: (-item[1], item[0]))),
        sum(kinds[k] for k in PERSONAL),
        tuple(_period(q, tally) for q, tally in periods.items()),
        _percent(watched - total.counts["confirm"], watched), _percent(changed - total.counts["password"], changed),
    )  # fmt: skip


def _back_from(quarter: Quarter) -> tuple[Quarter, ...]:
    found = [quarter]
    for _ in range(EARLIER):
        found.insert(0, found[0].before)
    return tuple(found)


# ── what is counted ─────────────────────────────────────────────────────────────────────────────────────────────────


def _count_account(
    account: Account, facts: Facts, quarter: Quarter, periods: Mapping[Quarter, _Tally], tallies: tuple[_Tally, ...]
) -> None:
    begun, closed = account.begun, _closed_at(account)
    names = []
    if account.living:
        names += ["accounts", *(["official"] if account.status is Status.OFFICIAL else [])]
        names += [d.name for d in dues(account, facts) if d.name in UNDONE]
        names += ["quiet"] if is_quiet(account, facts) else []
        if account.status is not Status.CLOSING:
            names += ["locked", *(["watched"] if not account.umbrella else [])]
    names += ["new"] if quarter.holds(begun) else []
    names += ["closed"] if quarter.holds(closed) else []
    for tally in tallies:
        tally.counts.update(set(names))
    for q, tally in periods.items():
        tally.counts.update(_in_quarter(account, q, begun, closed))


def _in_quarter(account: Account, quarter: Quarter, begun: datetime | None, closed: datetime | None) -> Iterator[str]:
    """What an account was at a quarter's end, and whether it began or was closed in it."""
    if (begun is None or begun < quarter.ends) and (closed is None or closed >= quarter.ends):
        yield "accounts"
        if account.official_at is not None and account.official_at < quarter.ends:
            yield "official"
        elif account.official_at is None and account.status is Status.OFFICIAL:
            yield "official"  # by the guideline itself: the municipality's common accounts
    if quarter.holds(begun):
        yield "new"
    if quarter.holds(closed):
        yield "closed"


def _closed_at(account: Account) -> datetime | None:
    """When an account was closed, None where it is there; one whose closing is not in its history never was there."""
    if account.status is not Status.CLOSED:
        return None
    closed = next((d.at for d in reversed(account.history) if d.move == AccountMove.CLOSE), None)
    return closed or account.begun


def _count_request(
    request: Request, quarter: Quarter, periods: Mapping[Quarter, _Tally], tallies: tuple[_Tally, ...]
) -> None:
    moments = _moments(request)
    for tally in tallies:
        tally.counts["waiting"] += request.status in DECIDING
        tally.counts.update(name for name, at in moments if quarter.holds(at))
    for q, tally in periods.items():
        tally.counts.update(name for name, at in moments if q.holds(at))


def _moments(request: Request) -> list[tuple[str, datetime]]:
    """When a request was sent first, and when it was approved or rejected: each such decision, as it was made."""
    first = next((d.at for d in request.history if d.move == RequestMove.SEND), None)
    outcomes = {RequestMove.CONCLUDE.value: "approved", RequestMove.REJECT.value: "rejected"}
    decided = [(outcomes[d.move], d.at) for d in request.history if d.move in outcomes]
    return [*([("sent", first)] if first else []), *decided]


def _count_case(
    case: Incident, quarter: Quarter, periods: Mapping[Quarter, _Tally], tallies: tuple[_Tally, _Tally],
    kinds: Counter[str],
) -> None:  # fmt: skip
    """A case in the municipality's figures and, unless it is against a person, in its reporter's department's."""
    wanted = [tally for q, tally in periods.items() if q.holds(case.reported_at)]
    if quarter.holds(case.reported_at):
        kinds[case.kind.value] += 1
        wanted += [tallies[1]] if case.kind in PERSONAL else tallies
    taken = next((d.at for d in case.history if d.move == CaseMove.TAKE), None)
    for tally in wanted:
        tally.counts["incidents"] += 1
        if taken and case.reported_at:
            tally.minutes.append((taken - case.reported_at).total_seconds() / 60)


def _count_readers(
    store: Store, facts: Facts, everybody: Iterable[Person], departments: _Departments, total: _Tally
) -> None:
    """Who has read the guideline's present version, of those whom it binds: elected officials are apart."""
    version = facts.guideline.name if facts.guideline else ""
    records = store.records("training", limit=MOST) if version else ()
    readers = read_by([TRAINING.validate_json(k.data) for k in records], version)
    for person in everybody if version else ():
        if Role.ELECTED_OFFICIAL in person.roles:
            continue
        read = person.id in readers or not readers.isdisjoint(person.accounts)
        for tally in (departments.of(person.department), total):
            tally.counts["people"] += 1
            tally.counts["readers"] += read


# ── what is read ────────────────────────────────────────────────────────────────────────────────────────────────────


def _requests(store: Store, since: Quarter) -> Iterator[Request]:
    """The requests that wait, and those that changed since: what did not was not decided on since either."""
    waiting = store.records("accounts", statuses=tuple(sorted(DECIDING)), limit=MOST)
    kept = {k.key: k for k in (*waiting, *store.records_since("accounts", since.begins))}
    return (REQUESTS.validate_json(k.data) for k in kept.values())


def _cases(store: Store, since: Quarter) -> Iterator[Incident]:
    """The incidents that changed since. One that cannot be read is said in the log and left out."""
    for kept in store.records_since("incidents", since.begins):
        try:
            yield INCIDENTS.validate_json(kept.data)
        except ValidationError:
            log.error("an incident cannot be read", record=kept.key)


def _department(person_id: str, facts: Facts) -> str:
    person = facts.people.person(person_id) if person_id else None
    return person.department if person else ""


# ── rows ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _rows(departments: _Departments) -> Iterator[Row]:
    """A row for each department by name, what is of none at the end; few incidents and agreements are not told."""
    found = {name: t for name, t in departments.tallies.items() if name or t.counts.total()}
    told = {what: protected({n: t.counts[what] for n, t in found.items()}) for what in ("incidents", "agreements")}
    for name in sorted(found, key=lambda n: (not n, n.casefold())):
        yield _row(name, found[name], told["incidents"][name], told["agreements"][name])


def _row(name: str, tally: _Tally, incidents: int | None = None, agreements: int | None = None) -> Row:
    counts = tally.counts
    cases = counts["incidents"] if incidents is None else incidents
    minutes = tally.median if incidents is None or (cases >= FEWEST and len(tally.minutes) >= FEWEST) else NONE
    return Row(
        name, **{what: counts[what] for what in COUNTED}, incidents=cases, minutes=minutes,
        agreements=counts["agreements"] if agreements is None else agreements,
        read=_percent(counts["readers"], counts["people"]) if counts["people"] >= FEWEST_PEOPLE else NONE,
    )  # fmt: skip


def _period(quarter: Quarter, tally: _Tally) -> Period:
    names = ("accounts", "official", "new", "closed", "sent", "approved", "rejected", "incidents")
    return Period(quarter, **{name: tally.counts[name] for name in names}, minutes=tally.median)


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else NONE
