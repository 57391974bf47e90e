"""Agreements on the use of accounts: those in force, and those that somebody may come to read."""

from __future__ import annotations

from bot.directory import Directory
from bot.lookups import MOST_WAITING
from bot.records import AGREEMENTS
from bot.storage import Store
from handlers.agreements.record import OPEN, Record
from handlers.facts import Person


class Agreements:
    """Finds agreements."""

    def __init__(self, store: Store, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    def open(self) -> tuple[Record, ...]:
        """The agreements that are not over, the oldest made first."""
        kept = self._store.records("agreements", statuses=tuple(sorted(OPEN)), limit=MOST_WAITING)
        return tuple(AGREEMENTS.validate_json(k.data) for k in reversed(kept))

    def of(self, person: Person | None) -> tuple[Record, ...]:
        """The person's own agreements, and those that may come to be theirs to read; the flow decides on each (R34)."""
        if person is None:
            return ()
        kept = self._store.records("agreements", limit=MOST_WAITING)
        mine = [k for k in reversed(kept) if person.bears(k.person) or self._leads(person, k.person)]
        return tuple(AGREEMENTS.validate_json(k.data) for k in mine)

    def _leads(self, person: Person, other: str) -> bool:
        supervised = self._directory.person(other)
        supervisor = self._directory.person(supervised.supervisor) if supervised else None
        return supervisor is not None and person.id in (supervisor.id, supervisor.deputy, supervisor.supervisor)
