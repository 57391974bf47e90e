"""Who is who: people, supervisors, roles and deputies, read from the store and imported from a file."""

from __future__ import annotations

import re
import threading
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from bot.storage import PEOPLE, Account, Store
from bot.tables import ImportFailed, rows_of
from handlers.accounts.record import Body
from handlers.facts import Person, Role

COLUMNS = ("id", "name", "email", "unit", "department", "supervisor", "roles", "deputy_for", "away", "deputy")
REQUIRED = ("name", "email")
NEEDED_ROLES = (Role.COMMUNICATIONS_MANAGER, Role.COMMUNICATIONS_SPECIALIST, Role.IT_MANAGER)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
YES = frozenset({"1", "yes", "true", "kyllä", "x"})


@dataclass(frozen=True)
class _View:
    """The directory as it was read at one moment."""

    everybody: tuple[Person, ...]
    people: Mapping[str, Person]
    accounts: Mapping[str, Account]
    person_of: Mapping[str, str]
    gone: frozenset[str]
    departments: tuple[str, ...]
    addresses: frozenset[str]

    @classmethod
    def of(cls, accounts: Sequence[Account], chosen: Mapping[str, str], people: Iterable[Person]) -> _View:
        """Join people and accounts by the e-mail address."""
        joined = {a.email: a for a in accounts if a.email and a.standing not in ("stranger", "gone")}
        imported = tuple(people)
        ids = {p.email: p.id for p in imported}
        person_of = {a.id: a.id if a.standing == "stranger" else ids.get(a.email, a.id) for a in accounts}
        led = {person_of[a.id]: person_of.get(a.supervisor, a.supervisor) for a in accounts if a.supervisor}
        everybody = tuple(_speaking(p, joined.get(p.email), person_of, led.get(p.id, "")) for p in imported)
        outsiders = {
            a.id: _outsider(a, chosen.get(a.id, ""), led.get(a.id, "")) for a in accounts if person_of[a.id] == a.id
        }
        standings: dict[str, set[str]] = {}
        for a in accounts:
            standings.setdefault(person_of[a.id], set()).add(a.standing)
        return cls(
            everybody,
            outsiders | {p.id: p for p in everybody},
            {a.id: a for a in accounts},
            person_of,
            frozenset(person for person, found in standings.items() if found == {"gone"}),
            tuple(dict.fromkeys(p.department for p in everybody if p.department)),
            frozenset(p.email for p in everybody),
        )

    @cached_property
    def members(self) -> tuple[Person, ...]:
        """The municipality's own people."""
        return tuple(p for p in self.people.values() if p.standing == "member")

    @cached_property
    def called(self) -> Mapping[str, tuple[Person, ...]]:
        """People by their whole name and by their e-mail address, in small letters."""
        found: dict[str, list[Person]] = {}
        for person in self.members:
            for name in {person.name.casefold(), person.email.casefold()} - {""}:
                found.setdefault(name, []).append(person)
        return {name: tuple(people) for name, people in found.items()}

    @cached_property
    def _by_word(self) -> Mapping[str, Sequence[int]]:
        """The places in `members` of those in whose name a word is."""
        found: dict[str, list[int]] = {}
        for place, person in enumerate(self.members):
            for word in set(re.findall(r"\w+", person.name.casefold())):
                found.setdefault(word, []).append(place)
        return found

    @cached_property
    def _words(self) -> Sequence[str]:
        """Every word of a name, in order."""
        return sorted(self._by_word)

    def named(self, beginning: str) -> frozenset[str]:
        """The ids of those in whose name a word begins so."""
        found: set[str] = set()
        for word in self._words[bisect_left(self._words, beginning) :]:
            if not word.startswith(beginning):
                break
            found |= {self.members[place].id for place in self._by_word[word]}
        return frozenset(found)

    def of_words(self, folded: str) -> tuple[Person, ...]:
        """Those in whose name all of the words are."""
        words = set(re.findall(r"\w+", folded))
        if not words:
            return ()
        places = set.intersection(*(set(self._by_word.get(word, ())) for word in words))
        return tuple(self.members[place] for place in sorted(places))


class Directory:
    """The people of the store. Reads them anew after `refresh`, so that a change of roles counts at once.

    Who has an account on a platform but is not in the imported directory is somebody too, without a unit or roles, under
    the account's id. An account is joined with the directory by its e-mail address, unless it belongs to another
    organisation, which could claim any address.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.refresh()

    def refresh(self) -> None:
        """Read the store again; of two at once the later reading stays."""
        with self._lock:
            self._changes = self._store.changes().get(PEOPLE, 0)
            self._view = _View.of(tuple(self._store.accounts()), self._store.languages(), self._store.people())

    def catch_up(self, changes: Mapping[str, int]) -> None:
        """Read anew what another process has changed, as the store's counters tell."""
        if changes.get(PEOPLE, 0) != self._changes:
            self.refresh()

    @property
    def everybody(self) -> tuple[Person, ...]:
        """Everybody who was imported, in the order of the file."""
        return self._view.everybody

    def person(self, person_id: str) -> Person | None:
        """The person of this id, or None."""
        return self._view.people.get(person_id)

    def account(self, account_id: str) -> Account | None:
        """The account of this id as it was met last, or None."""
        return self._view.accounts.get(account_id)

    def person_of(self, account_id: str) -> str:
        """The id of the person whose account it is; an account that was never met is its own person."""
        return self._view.person_of.get(account_id, account_id)

    def accounts_of(self, person_id: str) -> tuple[Account, ...]:
        """The accounts of a person that can be reached, the one that was met last first."""
        view = self._view
        found = [a for a in view.accounts.values() if view.person_of[a.id] == person_id and a.standing != "gone"]
        return tuple(sorted(found, key=lambda a: a.checked_at, reverse=True))

    def keep(self, account: Account) -> None:
        """Remember what a platform says of an account."""
        self._store.keep_account(account)
        self.refresh()

    def bearers(self, role: str) -> tuple[Person, ...]:
        """Who bears the role now: its holders who are here, else its deputies who are here, else the holders."""
        holders = tuple(p for p in self.everybody if role in p.roles)
        present = tuple(p for p in holders if not p.away)
        deputies = tuple(p for p in self.everybody if role in p.deputy_for and not p.away)
        return present or deputies or holders

    def holders(self, role: str, department: str = "") -> tuple[Person, ...]:
        """Whose role it is, here or away; of one department where one is given."""
        return tuple(p for p in self.everybody if role in p.roles and _of(department, p))

    def deputies(self, role: str, department: str = "") -> tuple[Person, ...]:
        """Who stands in for the role's bearers: of the department where it has somebody, else of any."""
        everybody = tuple(p for p in self.everybody if role in p.deputy_for)
        return tuple(p for p in everybody if _of(department, p)) or everybody

    def find(self, text: str) -> tuple[Person, ...]:
        """Whom the text means: an id, an account's id, an e-mail address, a whole name, or the words of one."""
        wanted = text.strip().removeprefix("@")
        if found := self.person(wanted) or self.person(self.person_of(wanted)):
            return (found,) if found.standing == "member" else ()
        folded = wanted.casefold()
        return self._view.called.get(folded, ()) or self._view.of_words(folded)

    def named(self, beginning: str) -> frozenset[str]:
        """The ids of the people in whose name a word begins so (small letters)."""
        return self._view.named(beginning) if beginning else frozenset()

    def has_left(self, person_id: str) -> bool:
        """Whether the person is in the directory no more, or every account of theirs was deactivated.

        Who was met on a platform alone has left when their account is gone there.
        """
        if not self._view.everybody:
            return False  # nobody was imported yet
        return person_id not in self._view.people or person_id in self._view.gone

    @property
    def departments(self) -> tuple[str, ...]:
        """The departments that people of the directory belong to, in the order of the file."""
        return self._view.departments

    @property
    def addresses(self) -> frozenset[str]:
        """Everybody's own e-mail address."""
        return self._view.addresses

    def chain_problems(self, chain: Sequence[Body]) -> list[str]:
        """Bodies that nobody can record the decisions of, a sentence each."""
        found = []
        for body in chain:
            departments = self.departments if body.by_department else ("",)
            for department in departments:
                if self.holders(body.secretary, department) or self.deputies(body.secretary, department):
                    continue
                where = f" of {department}" if department else ""
                found.append(f"Nobody bears the role {body.secretary}{where}: requests for accounts would stop there.")
        return found

    def problems(self) -> list[str]:
        """Empty roles, roles without a deputy and people without a supervisor, a sentence each."""
        found = []
        for role in NEEDED_ROLES:
            if not any(role in p.roles for p in self.everybody):
                found.append(f"Nobody bears the role {role}: add it to a person's `roles` and import the people again.")
            elif not any(role in p.deputy_for for p in self.everybody):
                found.append(f"The role {role} has no deputy: add it to somebody's `deputy_for`.")
        found += [
            f"The supervisor of {p.name} ({p.supervisor}) is not in the directory."
            for p in self.everybody
            if p.supervisor and p.supervisor not in self._view.people
        ]
        return found


def _of(department: str, person: Person) -> bool:
    return not department or person.department.casefold() == department.casefold()


def _speaking(person: Person, account: Account | None, person_of: Mapping[str, str], supervisor: str) -> Person:
    """The person with their accounts, and with an account's language and supervisor where the import gives none."""
    accounts = frozenset(a for a, p in person_of.items() if p == person.id)
    return replace(
        person, language=person.language or (account.language if account else ""), accounts=accounts,
        supervisor=person.supervisor or supervisor,
    )  # fmt: skip


def _outsider(account: Account, chosen: str, supervisor: str) -> Person:
    standing = "guest" if account.standing == "gone" else account.standing
    return Person(
        account.id, account.name, account.email, supervisor=supervisor, language=chosen or account.language,
        standing=standing,
    )  # fmt: skip


def read_people(path: Path) -> list[Person]:
    """The people of a CSV or XLSX file with the columns of `COLUMNS`. Raises `ImportFailed` with every wrong row."""
    rows = rows_of(path)
    if missing := [c for c in REQUIRED if c not in rows[0]]:
        raise ImportFailed([f"{path}: the column {c} is missing" for c in missing])
    problems, people = [], []
    for number, row in enumerate(rows, start=2):
        wrong = _wrong(row)
        problems += [f"row {number}: {w}" for w in wrong]
        if not wrong:
            people.append(_person(row))
    problems += _clashes(people)
    if problems:
        raise ImportFailed(problems)
    return people


def _wrong(row: Mapping[str, str]) -> list[str]:
    found = [f"{column} is empty" for column in REQUIRED if not row.get(column)]
    if row.get("email") and not EMAIL.fullmatch(row["email"]):
        found.append(f"“{row['email']}” is not an e-mail address")
    for column in ("roles", "deputy_for"):
        found += [
            f"{column}: “{role}” is not a role (known: {', '.join(Role.ALL)})"
            for role in _list(row.get(column, ""))
            if role not in Role.ALL
        ]
    return found


def _clashes(people: Sequence[Person]) -> list[str]:
    ids: set[str] = set()
    emails: set[str] = set()
    problems = []
    for p in people:
        if p.id in ids or p.email in emails:
            problems.append(f"{p.name}: the id {p.id} or the address {p.email} is there twice")
        ids.add(p.id)
        emails.add(p.email)
    for column in ("supervisor", "deputy"):
        named = {p.id: getattr(p, column) for p in people if getattr(p, column)}
        problems += [f"{p.name}: the {column} {named[p.id]} is not in the file" for p in people
                     if p.id in named and named[p.id] not in ids]  # fmt: skip
        problems += [f"{p.name}: nobody is their own {column}" for p in people if named.get(p.id) == p.id]
    return problems


def _person(row: Mapping[str, str]) -> Person:
    email = row["email"].casefold()
    return Person(
        id=row.get("id") or email,
        name=row["name"],
        email=email,
        unit=row.get("unit", ""),
        department=row.get("department", ""),
        supervisor=row.get("supervisor", ""),
        roles=frozenset(_list(row.get("roles", ""))),
        deputy_for=frozenset(_list(row.get("deputy_for", ""))),
        away=row.get("away", "").casefold() in YES,
        deputy=row.get("deputy", ""),
    )


def _list(value: str) -> list[str]:
    return [item for item in re.split(r"[,;\s]+", value) if item]
