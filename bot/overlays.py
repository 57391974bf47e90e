"""The accepted guidelines of departments: from the store into the guide, while the bot runs and when it starts (R10)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import structlog
from pydantic import ValidationError

from bot.records import OVERLAYS
from bot.rendering import day
from bot.storage import Store
from handlers.overlays.record import KEPT, Record, Status
from knowledge.guide import Guide
from knowledge.proposed import Proposed, document

MOST = 1000
log = structlog.get_logger()


class Overlays:
    """Has `guide` find what is accepted in `store`, anew after `refresh`. `vectors` is a file for the texts' vectors."""

    def __init__(self, store: Store, guide: Guide, vectors: Path | None = None) -> None:
        self._store = store
        self._guide = guide
        self._file = vectors
        self._lock = threading.Lock()
        self._accepted: tuple[Proposed, ...] = ()
        if vectors and guide.vectors:
            guide.vectors.take(vectors)
        self.refresh()

    def catch_up(self, changes: Mapping[str, int]) -> None:
        """Read anew what another process has changed, as the store's counters tell."""
        if changes.get("overlays", 0) != self._changes:
            self.refresh()

    def refresh(self) -> None:
        """Read the store again, after one was accepted, replaced or repealed."""
        with self._lock:
            self._changes = self._store.changes().get("overlays", 0)
            accepted = tuple(r.proposed for r in self._read((Status.ACCEPTED,)))
            if accepted == self._accepted:
                return
            self._guide.take([document(_dated(proposed)) for proposed in accepted])
            self._accepted = accepted
            if self._file:
                self._guide.keep_own(self._file)

    def living(self) -> tuple[Record, ...]:
        """Those that are written, decided on or in force, the oldest made first."""
        return self._read(KEPT)

    def _read(self, statuses: tuple[Status, ...]) -> tuple[Record, ...]:
        found = []
        for kept in reversed(self._store.records("overlays", statuses=statuses, limit=MOST)):
            try:
                found.append(OVERLAYS.validate_json(kept.data))
            except ValidationError:
                log.error("a department's guideline cannot be read", record=kept.key)
        return tuple(found)


def _dated(proposed: Proposed) -> Proposed:
    """With the version as guidelines write theirs: the day of the acceptance, in Finnish."""
    return Proposed(proposed.number, proposed.title, proposed.department, day(proposed.version, "fi"), proposed.text)
