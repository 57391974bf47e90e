"""Wakes timers and sends what the outbox holds: retried, in order per conversation, nothing given up silently.

Each platform's pace is kept for what shares a lane (a channel's messages, or one person's whispers), and a lane that the
platform asked to spare is left alone for as long as it said. Conversations of different lanes do not wait for each other.
"""

from __future__ import annotations

import builtins
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import uuid4

import structlog

from bot.addressing import CARDS
from bot.app import Bot
from bot.platforms import Platform, Refused, Unreachable, platform_of
from bot.rendering import Renderer
from bot.storage import Dead, Outgoing, Timer
from handlers.events import Elapsed

LATE = timedelta(minutes=1)
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=10)
TRIES_OF_A_BROKEN_ONE = 5
IDLE = 30.0
"""Seconds that the worker sleeps at the most, so that a moved clock or a missed wake is made good."""
AT_ONCE = 4
"""Messages that are on their way at the same time, each in a lane of its own."""

log = structlog.get_logger()


class Sender:
    """The one worker of a process. `run_once` does all that is due now; `start` goes on in a thread until `stop`."""

    def __init__(self, bot: Bot, renderer: Renderer) -> None:
        self._bot = bot
        self._renderer = renderer
        self._woken = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._free: dict[str, datetime] = {}
        self._pool: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Begin to work in the background."""
        self._bot.wake = self._woken.set
        self._pool = ThreadPoolExecutor(AT_ONCE, "sending")
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being done and end."""
        self._stopping = True
        self._woken.set()
        if self._thread:
            self._thread.join(timeout=10)
        if self._pool:
            self._pool.shutdown()

    def wake(self) -> None:
        """There may be something to do: a new message, or another time."""
        self._woken.set()

    def run_once(self) -> int:
        """Fire due timers and send due messages until nothing is due. Gives how many of both there were."""
        done = 0
        while worked := self._timers() + self._messages():
            done += worked
        return done

    def _run(self) -> None:
        while not self._stopping:
            seconds = FIRST_RETRY.total_seconds()
            try:
                self.run_once()
                due = self._next_due()
                seconds = IDLE if due is None else (due - self._bot.clock.now()).total_seconds()
            except Exception:
                # The outermost loop: the worker must outlive whatever one round met, a store that is away included.
                log.exception("sender", incident=uuid4().hex[:8])
            self._woken.wait(timeout=min(max(seconds, 0.05), IDLE))
            self._woken.clear()

    def _timers(self) -> int:
        now = self._bot.clock.now()
        timers = self._bot.store.due_timers(now)
        for timer in timers:
            self._fire(timer, late=now - timer.due > LATE)
        return len(timers)

    def _fire(self, timer: Timer, *, late: bool) -> None:
        key = f"timer:{timer.record}:{timer.name}:{timer.due.isoformat()}"
        try:
            self._bot.handle(Elapsed(key, "", "", timer.record, timer.name, timer.due, late=late))
        except Exception:
            # One broken record must not hold up everybody's reminders and messages.
            log.exception("timer failed", record=timer.record, timer=timer.name, incident=uuid4().hex[:8])
            with self._bot.store.unit() as unit:
                unit.remind(timer.record, timer.name, self._bot.clock.now() + LONGEST_RETRY)

    def _messages(self) -> int:
        """Send the first message of each conversation whose lane is free; of a lane only the oldest."""
        now = self._bot.clock.now()
        self._free = {lane: free for lane, free in self._free.items() if free > now}
        sendable: dict[str, Outgoing] = {}
        for message in self._bot.store.due_messages(now):
            lane = self._lane(message)
            if lane not in self._free:
                sendable.setdefault(lane, message)
        for _ in (self._pool or builtins).map(self._send, sendable.values()):  # one by one where nothing was started
            pass
        return len(sendable)

    def _next_due(self) -> datetime | None:
        """When there is something to do again: a timer or a message falls due, or the lane of one that is due is free."""
        now = self._bot.clock.now()
        lanes = {self._lane(m) for m in self._bot.store.due_messages(now)}
        moments: Iterable[datetime | None] = (self._bot.store.next_due(after=now), *map(self._free.get, lanes))
        return min((moment for moment in moments if moment), default=None)

    def _lane(self, outgoing: Outgoing) -> str:
        content = outgoing.content
        platform = self._bot.platforms.get(platform_of(content.conversation))
        whispered_to = content.person if content.kind == "whisper" else ""
        return platform.lane(content.conversation, whispered_to) if platform else content.conversation

    def _send(self, outgoing: Outgoing) -> None:
        store, content = self._bot.store, outgoing.content
        platform = self._bot.platforms.get(platform_of(content.conversation))
        try:
            if platform is None:
                raise Refused(f"there is no platform for {content.conversation}")
            sent = self._deliver(platform, outgoing)
        except Refused as refusal:
            if content.kind == "home":
                # A view that cannot be shown holds nothing that is lost: it is made anew at the next change.
                log.warning("home view refused", person=content.person, reason=str(refusal))
                store.mark_sent(outgoing.id, "", self._bot.clock.now())
                return
            log.error("message given up", message=outgoing.id, reason=str(refusal))
            self._give_up(outgoing, str(refusal))
        except Unreachable as problem:
            wait = timedelta(seconds=problem.retry_after) if problem.retry_after else _backoff(outgoing.attempts)
            until = self._bot.clock.now() + wait
            if problem.retry_after:
                self._free[self._lane(outgoing)] = until
            store.mark_failed(outgoing.id, str(problem), until)
        except Exception as problem:
            # One message that cannot be made holds only its own conversation, and that not for ever.
            log.exception("message failed", message=outgoing.id, incident=uuid4().hex[:8])
            if outgoing.attempts + 1 >= TRIES_OF_A_BROKEN_ONE:
                self._give_up(outgoing, repr(problem))
            else:
                store.mark_failed(outgoing.id, repr(problem), self._bot.clock.now() + _backoff(outgoing.attempts))
        else:
            now = self._bot.clock.now()
            store.mark_sent(outgoing.id, sent, now)
            if content.kind != "home" and platform.abilities.pace:
                self._free[self._lane(outgoing)] = now + platform.abilities.pace

    def _give_up(self, outgoing: Outgoing, reason: str) -> None:
        self._bot.store.mark_failed(outgoing.id, reason, None)
        self._bot.given_up(Dead(outgoing.id, outgoing.content, reason, self._bot.clock.now()))

    def _deliver(self, platform: Platform, outgoing: Outgoing) -> str:
        content = outgoing.content
        if content.kind == "home":
            return self._renew_home(platform, outgoing)
        card = self._renderer.card(CARDS.validate_json(content.card), content.language)
        key = f"outbox:{outgoing.id}"
        match content.kind:
            case "post":
                return platform.post(content.conversation, card, key, content.door)
            case "whisper":
                return platform.whisper(content.conversation, content.person, card, key, content.door)
            case "update":
                if not outgoing.message:
                    raise Refused("the post that it changes was never sent")
                platform.update(content.conversation, outgoing.message, card)
                return outgoing.message

    def _renew_home(self, platform: Platform, outgoing: Outgoing) -> str:
        if not self._bot.store.superseded(outgoing.id):
            card, language = self._bot.home(outgoing.content.person)
            platform.show_home(outgoing.content.person, self._renderer.card(card, language))
        return ""


def _backoff(attempts: int) -> timedelta:
    return min(FIRST_RETRY * int(2 ** min(attempts, 20)), LONGEST_RETRY)
