"""Wakes timers and sends what the outbox holds: retried, in order per conversation, nothing given up silently."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import structlog

from bot.app import CARDS, Bot
from bot.platforms import Platform, Refused, Unreachable, platform_of
from bot.rendering import Renderer
from bot.storage import Outgoing, Timer
from handlers.events import Elapsed

LATE = timedelta(minutes=1)
FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(minutes=10)
TRIES_OF_A_BROKEN_ONE = 5
IDLE = 30.0
"""Seconds that the worker sleeps at the most, so that a moved clock or a missed wake is made good."""

log = structlog.get_logger()


class Sender:
    """The one worker of a process. `run_once` does all that is due now; `start` goes on in a thread until `stop`."""

    def __init__(self, bot: Bot, renderer: Renderer) -> None:
        self._bot = bot
        self._renderer = renderer
        self._woken = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work in the background."""
        self._bot.wake = self._woken.set
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is being done and end."""
        self._stopping = True
        self._woken.set()
        if self._thread:
            self._thread.join(timeout=10)

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
                due = self._bot.store.next_due()
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
        messages = self._bot.store.due_messages(self._bot.clock.now())
        for message in messages:
            self._send(message)
        return len(messages)

    def _send(self, outgoing: Outgoing) -> None:
        store, content = self._bot.store, outgoing.content
        platform = self._bot.platforms.get(platform_of(content.conversation))
        try:
            if platform is None:
                raise Refused(f"there is no platform for {content.conversation}")
            sent = self._deliver(platform, outgoing)
        except Refused as refusal:
            log.error("message given up", message=outgoing.id, reason=str(refusal))
            store.mark_failed(outgoing.id, str(refusal), None)
        except Unreachable as problem:
            wait = timedelta(seconds=problem.retry_after) if problem.retry_after else _backoff(outgoing.attempts)
            store.mark_failed(outgoing.id, str(problem), self._bot.clock.now() + wait)
        except Exception as problem:
            # One message that cannot be made holds only its own conversation, and that not for ever.
            log.exception("message failed", message=outgoing.id, incident=uuid4().hex[:8])
            given_up = outgoing.attempts + 1 >= TRIES_OF_A_BROKEN_ONE
            retry = None if given_up else self._bot.clock.now() + _backoff(outgoing.attempts)
            store.mark_failed(outgoing.id, repr(problem), retry)
        else:
            store.mark_sent(outgoing.id, sent, self._bot.clock.now())

    def _deliver(self, platform: Platform, outgoing: Outgoing) -> str:
        content = outgoing.content
        card = self._renderer.card(CARDS.validate_json(content.card), content.language)
        key = f"outbox:{outgoing.id}"
        match content.kind:
            case "post":
                return platform.post(content.conversation, card, key)
            case "whisper":
                return platform.whisper(content.conversation, content.person, card, key)
            case "update":
                if not outgoing.message:
                    raise Refused("the post that it changes was never sent")
                platform.update(content.conversation, outgoing.message, card)
                return outgoing.message


def _backoff(attempts: int) -> timedelta:
    return min(FIRST_RETRY * int(2 ** min(attempts, 20)), LONGEST_RETRY)
