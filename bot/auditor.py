"""The auditor: each minute it looks whether every open incident has a holder or a timer, and whether timers still fire.

It stands beside the worker that fires timers, so that a worker that is stuck is noticed too. A heartbeat file is touched
after each look: a monitor of the administrator's may watch its age.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import structlog

from bot.app import Bot
from bot.clock import Clock
from bot.failures import noted
from handlers.events import Unattended
from handlers.incidents.record import HELD, Status

EVERY = 60.0
"""Seconds between two looks."""
STUCK = timedelta(minutes=3)
"""How long a timer may be due and not have fired before the worker is said to be stuck."""
log = structlog.get_logger()


class Auditor:
    """Looks at the store; what it finds goes to the flow as an event, so that mending and telling are one transaction."""

    def __init__(self, bot: Bot, clock: Clock, heartbeat: Path | None = None) -> None:
        self._bot = bot
        self._clock = clock
        self._heartbeat = heartbeat
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look each minute, in the background."""
        self._thread = threading.Thread(target=self._run, name="auditor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; a look that is under way is finished."""
        self._stopped.set()
        if self._thread:
            self._thread.join(timeout=10)

    def look(self) -> list[str]:
        """Look once. Gives the keys of the cases that nothing would have woken; each is woken now, and told of."""
        now = self._clock.now()
        found = list(self._bot.store.unattended("incidents", (Status.REPORTED,), tuple(sorted(HELD))))
        for key in found:
            log.error("an open incident had no timer", record=key)
            try:
                self._bot.handle(Unattended(f"audit:{key}:{now.isoformat()}", "", "", key))
            except Exception as problem:  # noqa: BLE001 - one case that cannot be read must not hide the others
                noted(problem, "auditor", record=key)
        late = self._bot.store.overdue(now - STUCK)
        if late:
            log.error("timers do not fire", overdue=len(late), oldest=late[0].due.isoformat())
        elif self._heartbeat:
            self._heartbeat.touch()
        return found

    def _run(self) -> None:
        while not self._stopped.wait(EVERY):
            try:
                self.look()
            except Exception as problem:  # noqa: BLE001 - the auditor must outlive whatever one look met
                noted(problem, "auditor")
