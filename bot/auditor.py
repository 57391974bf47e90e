"""The auditor: each minute it looks whether what changed stands as its journal tells, whether every open incident has a
holder or a timer, whether timers still fire, and whether messages still go out (docs/reliability.md, I3–I7).

It stands beside the worker that fires timers, so that a worker that is stuck is noticed too. A heartbeat file is touched
after each look: a monitor of the administrator's may watch its age.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic

import structlog

from bot.app import Bot
from bot.clock import Clock
from bot.failures import noted
from bot.invariants import broken_since
from bot.storage import PEOPLE
from handlers.events import Unattended
from handlers.incidents.record import HELD, Status

EVERY = 60.0
"""Seconds between two looks."""
STUCK = timedelta(minutes=3)
"""How long a timer may be due and not have fired before the worker is said to be stuck."""
LONG = timedelta(minutes=10)
"""How long a message may wait before it is spoken of."""
OVERLAP = timedelta(minutes=5)
"""What is looked at again of the time before the last look: a record's moment is that of its event, not of its commit."""
log = structlog.get_logger()


class Auditor:
    """Looks at the store; what it finds goes to the flow as an event, so that mending and telling are one transaction.

    `beat` is the monotonic moment at which the last look began, 0 before the first; `breaches` counts what did not hold
    of records that changed since the start: each is a line in the log, and stops the heartbeat for some looks.
    `nightly` is called after each look by the process that leads: it knows itself whether its hour has come.
    """

    def __init__(self, bot: Bot, clock: Clock, heartbeat: Path | None = None) -> None:
        self._bot = bot
        self._clock = clock
        self._heartbeat = heartbeat
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._leads = bot.store.leads()
        self._people = bot.store.changes().get(PEOPLE, 0)
        self._looked = clock.now()
        self._told: set[str] = set()
        self.beat = 0.0
        self.breaches = 0
        self.nightly: Callable[[], None] = lambda: None

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
        found = self._unattended() if self._takes_the_lead() else []
        for key in found:
            log.error("an open incident had no timer", record=key)
            try:
                self._bot.handle(Unattended(f"audit:{key}:{now.isoformat()}", "", "", key))
            except Exception as problem:  # noqa: BLE001 - one case that cannot be read must not hide the others
                noted(problem, "auditor", record=key)
        waiting = self._bot.store.waiting_since()
        if waiting and now - waiting > LONG:
            log.error("messages wait", minutes=int((now - waiting).total_seconds() // 60))
        late = self._bot.store.overdue(now - STUCK)
        if late:
            log.error("timers do not fire", overdue=len(late), oldest=late[0].due.isoformat())
        if not self._breached(now) and not late and self._heartbeat:
            self._heartbeat.touch()
        return found

    def _breached(self, now: datetime) -> int:
        """How many of the records that changed since the last look are not what their journal tells."""
        found = broken_since(self._bot.store, min(now, self._looked) - OVERLAP) if self._leads else []
        for told in found:
            log.error("what is kept does not hold", found=told)
        self.breaches += len(set(found) - self._told)
        self._told, self._looked = set(found), now
        return len(found)

    def _takes_the_lead(self) -> bool:
        """Whether this process leads; what comes by itself is begun by who has taken the place of another."""
        led, self._leads = self._leads, self._bot.store.leads()
        if self._leads and not led:
            log.info("this process leads now")
            self._bot.begin()
        people, self._people = self._people, self._bot.store.changes().get(PEOPLE, 0)
        if self._leads and people != self._people:
            self._bot.look_for_leavers()  # the directory may have been imported beside the processes that serve
        return self._leads

    def _unattended(self) -> list[str]:
        return list(self._bot.store.unattended("incidents", (Status.REPORTED,), tuple(sorted(HELD))))

    def _run(self) -> None:
        self.beat = monotonic()
        while not self._stopped.wait(EVERY):
            self.beat = monotonic()
            try:
                self.look()
            except Exception as problem:  # noqa: BLE001 - the auditor must outlive whatever one look met
                noted(problem, "auditor")
            try:
                if self._leads:
                    self.nightly()
            except Exception as problem:  # noqa: BLE001 - what grew old can go another night, and the looks go on
                noted(problem, "nightly round")
