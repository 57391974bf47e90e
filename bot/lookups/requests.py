"""Requests for accounts: the one that somebody fills in, and those that are somebody's turn."""

from __future__ import annotations

from dataclasses import replace

from bot.lookups import MOST_WAITING
from bot.records import REQUESTS
from bot.storage import Store
from handlers.accounts.record import FILLING, OPEN, Record, Status
from handlers.accounts.typed import Draft
from handlers.events import Asked, Event, Pressed
from handlers.facts import Facts


class Requests:
    """Finds requests for accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def draft(self, event: Asked, *, public: bool) -> Draft | None:
        """The person's own request that they have open in this conversation, None where they have none.

        One that was begun where others see, but in no thread, goes on in the person's own conversation.
        """
        kept = self._store.newest_in("accounts", event.conversation, event.person) if event.person else None
        if event.person and not public and (kept is None or kept.status not in FILLING):
            kept = next(iter(self._store.records("accounts", event.person, tuple(FILLING), limit=1)), None)
        record = REQUESTS.validate_json(kept.data) if kept else None
        if record is None or record.status not in FILLING or record.requester != event.person:
            return None
        return Draft(record.key, record.asking)

    def sent_in(self, conversation: str) -> tuple[str, str] | None:
        """The request that was made in this thread and sent from it, with the slot of its card, None where none was."""
        kept = self._store.newest_in("accounts", conversation, "")
        if kept is None or kept.status in (*FILLING, Status.FORGOTTEN):
            return None
        record = REQUESTS.validate_json(kept.data)
        return (kept.key, "decider") if record.thread == conversation else None

    def concerning(self, event: Event, name: str, facts: Facts) -> Facts:
        """With what a button or a form of this name looks at."""
        if name == "accounts/copy" and isinstance(event, Pressed):
            kept = self._store.record(event.value) if event.value.startswith("accounts/") else None
            source = REQUESTS.validate_json(kept.data) if kept else None
            own = source and facts.person and facts.person.bears(source.requester)
            return replace(facts, source=source if own else None)
        return replace(facts, requests=self.open()) if name.startswith("meetings/") else facts

    def open(self) -> tuple[Record, ...]:
        """The requests that are somebody's turn, the oldest made first."""
        kept = self._store.records("accounts", statuses=tuple(sorted(OPEN)), limit=MOST_WAITING)
        return tuple(REQUESTS.validate_json(k.data) for k in reversed(kept))
