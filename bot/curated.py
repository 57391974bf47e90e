"""The curated answers of the store, ready to be searched; their vectors lie beside the database for a quick start."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from bot.records import CURATED
from bot.storage import Store
from handlers.curated import Status
from knowledge.curated import Curated, CuratedIndex, Match
from knowledge.guide import Guide

MOST = 2000


class CuratedAnswers:
    """Reads the store anew after `refresh`. `vectors` is a file for the questions' vectors, None for none."""

    def __init__(self, store: Store, guide: Guide, vectors: Path | None = None) -> None:
        self._store = store
        self._guide = guide
        self._file = vectors
        self._lock = threading.Lock()
        self._index: CuratedIndex | None = None
        self.all: tuple[Curated, ...] = ()
        if vectors and guide.vectors:
            guide.vectors.take(vectors)
        self.refresh()

    def catch_up(self, changes: Mapping[str, int]) -> None:
        """Read anew what another process has changed, as the store's counters tell."""
        if changes.get("curated", 0) != self._changes:
            self.refresh()

    def refresh(self) -> None:
        """Read the store again, after an answer was approved, changed or retired."""
        with self._lock:
            self._changes = self._store.changes().get("curated", 0)
            kept = self._store.records("curated", statuses=(Status.APPROVED,), limit=MOST)
            approved = tuple(CURATED.validate_json(k.data).curated for k in kept)
            if approved == self.all:
                return
            self.all, self._index = approved, self._guide.curated_index(approved)
            if self._file:
                self._index.keep(self._file)

    def find(self, question: str, context: str | None = None) -> Match | None:
        """The answer to the like of this question, or None."""
        return self._index.find(question, context) if self._index else None

    def near(self, question: str) -> tuple[Curated, ...]:
        """The answers that may be meant, for the asker to choose from."""
        return self._index.near(question) if self._index else ()

    def get(self, key: str) -> Match | None:
        """The answer of this key as a find of full score, or None where there is none any more."""
        return next((Match(c, 1.0) for c in self.all if c.id == key), None)
