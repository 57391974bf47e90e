"""The register in memory: read once, then only what changed, so that a search looks at no database."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.records import ACCOUNTS
from bot.storage import Store
from handlers.register.index import Accounts
from handlers.register.record import Record

OVERLAP = timedelta(minutes=5)
"""More than clocks of several machines differ, and than a decision takes."""
BEGINNING = datetime.min.replace(tzinfo=UTC)


class Registered:
    """The accounts of the store, by name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._accounts: dict[str, Record] = {}
        self._sorted = Accounts()
        self._until = BEGINNING
        self._changes: int | None = None

    def all(self) -> Accounts:
        """Every account, as it is in the store now."""
        with self._lock:
            changes = self._store.changes().get("register")
            if changes is not None and changes == self._changes:
                return self._sorted
            # Of several processes one may keep, a little later, what it dated a little earlier.
            since = self._until if changes is None or self._until == BEGINNING else self._until - OVERLAP
            changed = self._store.records_since("register", since)
            self._changes = changes
            fresh = [k for k in changed if k.key not in self._accounts or self._accounts[k.key].version != k.version]
            for kept in fresh:
                self._accounts[kept.key] = replace(ACCOUNTS.validate_json(kept.data), version=kept.version)
            if changed:
                # What is kept in the same moment later is read again: its version tells whether it is new.
                self._until = max(self._until, *(k.updated_at for k in changed))
            if fresh:
                self._sorted = Accounts(sorted(self._accounts.values(), key=lambda a: (a.name.casefold(), a.key)))
            return self._sorted
