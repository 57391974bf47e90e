"""What comes by itself: the rounds that are set once and then set themselves, and the guidelines as they are today."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.records import RECORDS, VERSIONS
from bot.storage import Entry, Store
from handlers import digest, management, reminders, versions
from handlers.facts import WorkingTime
from knowledge.guide import Guide


class Rounds:
    """Sets what is not set yet."""

    def __init__(self, store: Store, guide: Guide, clock: Clock, working_time: WorkingTime) -> None:
        self._store = store
        self._guide = guide
        self._clock = clock
        self._working_time = working_time

    def begin(self) -> None:
        """Set the weekly digest, the morning's reminders and the quarter's figures."""
        now = self._clock.now()
        self._begin("digest", digest.Record(digest.KEY, now), digest.TIMER, self._working_time.next_week(now))
        morning = self._working_time.next_morning(now)
        self._begin("reminders", reminders.first(reminders.KEY, now), reminders.TIMER, morning)
        quarterly = management.next_round(self._working_time, now)
        self._begin("management", management.first(management.KEY, now), management.TIMER, quarterly)

    def _begin(self, flow: str, record: Any, timer: str, due: datetime) -> None:
        """Keep the record of what comes round by itself, and set its timer, unless it is set."""
        if self._store.has_timer(record.key, timer):
            return
        beginning = RECORDS[flow].dump_json(record).decode()
        with self._store.unit() as unit:
            if unit.load(record.key) is None:
                unit.save(record.key, record.status, "", beginning, 0, self._clock.now())
                unit.write_journal(Entry(self._clock.now(), "", "Began", record.key, "", beginning))
            unit.remind(record.key, timer, due)

    def keep_versions(self) -> None:
        """Keep each guideline as it is now, with what changed since it was kept last (R2)."""
        now = self._clock.now()
        for document in self._guide.documents:
            key = versions.key_for(document.id)
            with self._store.unit() as unit:
                kept = unit.load(key)
                before = replace(VERSIONS.validate_json(kept.data), version=kept.version) if kept else None
                record = versions.taken(before, document, now)
                if record is before:
                    continue
                unit.save(key, record.status, "", VERSIONS.dump_json(record).decode(), record.version, now)
                line = VERSIONS.dump_json(versions.journalled(record)).decode()
                unit.write_journal(Entry(now, "", "Read", key, "", line))
