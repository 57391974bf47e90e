"""How often one person is answered: who floods the bot is told so politely, once a minute, and takes no time of others'.

Only questions count. Reports of incidents, approvals, presses and forms are never held back, however many they are.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta
from enum import Enum

WINDOW = timedelta(minutes=1)
MOST_PEOPLE = 1000
"""People who are remembered before those who were quiet for a minute are forgotten."""


class Verdict(Enum):
    """What becomes of a question."""

    ANSWERED = "answered"
    TOLD = "told"
    """It is not answered, and its sender is told so."""
    PASSED = "passed"
    """It is not answered; its sender was told so within this minute."""


class Pace:
    """Counts each person's questions of the last minute; `most` of them are answered, 0 for no limit.

    It is kept in memory: a start anew forgives, and of several processes each counts for itself.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._asked: dict[str, deque[datetime]] = {}
        self._told: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def of(self, person: str, now: datetime) -> Verdict:
        """Count a question that somebody asks at `now`, and say what becomes of it."""
        if not self._most:
            return Verdict.ANSWERED
        with self._lock:
            self._forget(now)
            asked = self._asked.setdefault(person, deque(maxlen=self._most))
            while asked and not _recent(asked[0], now):
                asked.popleft()
            if len(asked) < self._most:
                asked.append(now)
                return Verdict.ANSWERED
            if person in self._told and _recent(self._told[person], now):
                return Verdict.PASSED
            self._told[person] = now
            return Verdict.TOLD

    def _forget(self, now: datetime) -> None:
        if len(self._asked) > MOST_PEOPLE:
            self._asked = {p: asked for p, asked in self._asked.items() if asked and _recent(asked[-1], now)}
            self._told = {p: at for p, at in self._told.items() if _recent(at, now)}


def _recent(moment: datetime, now: datetime) -> bool:
    """Whether a moment is within a minute of now; a clock that was put back makes nobody wait for it."""
    return abs(now - moment) < WINDOW
