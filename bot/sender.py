"""Wakes timers and sends what the outbox holds: retried, in order per conversation, nothing given up silently.

Of a lane (`bot.lanes`) one message is under way at a time: a slow one holds up its own lane and none of the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic

import structlog
from pydantic import TypeAdapter

from bot.addressing import CARDS
from bot.app import Bot
from bot.evidence import EvidenceStore, TooLarge
from bot.failures import noted
from bot.lanes import AT_ONCE, FIRST_RETRY, LONGEST_HOLD, Lanes, backoff
from bot.platforms import NotLetIn, Platform, Refused, Unreachable, platform_of
from bot.rendering import Renderer
from bot.storage import Dead, Message, Outgoing, Timer
from handlers.events import Attachment, Elapsed, Secured

LATE = timedelta(minutes=1)
BROKEN_RETRY = timedelta(minutes=10)
"""Until a timer or a lost file whose record cannot be read is tried again."""
TRIES_OF_A_BROKEN_ONE = 5
IDLE = 30.0
"""Seconds that the worker sleeps at the most, so that a moved clock or a missed wake is made good."""
UNFINISHED = timedelta(days=1)
"""After which a file that was begun to be put by, and never ended, is taken away."""
ATTACHMENT = TypeAdapter(Attachment)
SETTLING = 2.0
"""Seconds that are waited at most until all that is due was sent."""
PORTION = 100
"""Messages that are read at a time, to find some whose lanes are free."""

log = structlog.get_logger()


class Sender:
    """The one worker of a process. `run_once` does all that is due now; `start` goes on in a thread until `stop`.

    `evidence` is where files are put by; without it each that is to be fetched is given up. `beat` is the monotonic
    moment of the last round, 0 before the first; `troubles` says, by platform, what the administrator is to mend;
    `observe` is told of each message that was tried: its conversation, its kind and what came of it.
    """

    def __init__(self, bot: Bot, renderer: Renderer, evidence: EvidenceStore | None = None) -> None:
        self._bot = bot
        self._renderer = renderer
        self._evidence = evidence
        self._woken = threading.Event()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._lanes = Lanes(bot.clock)
        self._sent = threading.Condition()
        self.beat = 0.0
        self.troubles: dict[str, str] = {}
        self.observe: Callable[[str, str, str], None] = lambda *_: None

    def start(self) -> None:
        """Begin to work in the background."""
        self._bot.wake = self._woken.set
        if self._evidence:
            self._evidence.sweep(self._bot.clock.now() - UNFINISHED)
        self._pool = ThreadPoolExecutor(AT_ONCE, "sending")
        self._thread = threading.Thread(target=self._run, name="sender", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the messages that are under way, at most `AT_ONCE`, and end; the others wait on disk."""
        self._stopping = True
        self._woken.set()
        if self._thread:
            self._thread.join(timeout=10)
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def wake(self) -> None:
        """There may be something to do: a new message, or another time."""
        self._woken.set()

    def fire_due(self) -> None:
        """Fire what is due at this moment of the clock: for a clock that is moved by hand, step by step."""
        self._timers()

    def settle(self) -> None:
        """Wait, at most two seconds, until the worker has sent what is due now: for a clock that is moved by hand.

        So each message bears the time at which it would have come.
        """
        self.wake()
        if self._thread:
            with self._sent:
                self._sent.wait_for(lambda: not self._bot.store.due_messages(self._bot.clock.now(), limit=1), SETTLING)

    def run_once(self) -> int:
        """Fire due timers and send due messages until nothing is due. Gives how many of both there were."""
        done = 0
        while worked := self._timers() + sum(self._send(*pair) for pair in self._sendable()):
            done += worked
        return done

    def _run(self) -> None:
        while not self._stopping:
            seconds = FIRST_RETRY.total_seconds()
            self.beat = monotonic()
            try:
                self._timers()
                self._hand_out()
                due = self._next_due()
                seconds = IDLE if due is None else (due - self._bot.clock.now()).total_seconds()
            except Exception as problem:  # noqa: BLE001 - the worker must outlive whatever one round met
                noted(problem, "sender")
            self._woken.wait(timeout=min(max(seconds, 0.05), IDLE))
            self._woken.clear()

    # ── timers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _timers(self) -> int:
        if not self._bot.store.leads():
            return 0  # another process wakes them
        now = self._bot.clock.now()
        timers = self._bot.store.due_timers(now)
        for timer in timers:
            self._fire(timer, late=now - timer.due > LATE)
        return len(timers)

    def _fire(self, timer: Timer, *, late: bool) -> None:
        key = f"timer:{timer.record}:{timer.name}:{timer.due.isoformat()}"
        try:
            self._bot.handle(Elapsed(key, "", "", timer.record, timer.name, timer.due, late=late))
        except Exception as problem:  # noqa: BLE001 - one broken record must not hold up everybody's reminders
            noted(problem, "timer failed", record=timer.record, timer=timer.name)
            with self._bot.store.unit() as unit:
                unit.remind(timer.record, timer.name, self._bot.clock.now() + BROKEN_RETRY)

    # ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _sendable(self) -> Iterator[tuple[str, Outgoing]]:
        """The oldest due message of each lane that is free and has none under way."""
        now, last, taken = self._bot.clock.now(), 0, self._lanes.taken()
        while due := self._bot.store.due_messages(now, limit=PORTION, beyond=last, without=self._lanes.resting()):
            for message in due:
                lane = self._lane(message)
                if lane not in taken:
                    taken.add(lane)
                    yield lane, message
            last = due[-1].id

    def _hand_out(self) -> None:
        """Send as many messages at once as there are workers; each that is done wakes the worker for the next."""
        assert self._pool is not None  # noqa: S101 - `start` made it
        for lane, message in self._sendable():
            if self._stopping or not self._lanes.enter(lane):
                return
            self._pool.submit(self._send_and_tell, lane, message)

    def _send_and_tell(self, lane: str, message: Outgoing) -> None:
        try:
            self._send(lane, message)
        finally:
            self._lanes.leave(lane)
            with self._sent:
                self._sent.notify_all()
            self._woken.set()

    def _next_due(self) -> datetime | None:
        """When there may be something to do again: a timer or a message falls due, or what was left alone is free."""
        due = self._bot.store.next_due(after=self._bot.clock.now())
        return min((moment for moment in (due, *self._lanes.freed()) if moment), default=None)

    def _rests(self, outgoing: Outgoing) -> bool:
        return platform_of(outgoing.content.conversation) in self._lanes.resting()

    def _lane(self, outgoing: Outgoing) -> str:
        content = outgoing.content
        platform = self._bot.platforms.get(platform_of(content.conversation))
        try:
            whispered_to = content.person if content.kind == "whisper" else ""
            return platform.lane(content.conversation, whispered_to) if platform else content.conversation
        except ValueError:
            return content.conversation  # no place that the platform knows: what is sent there is refused, alone

    def _send(self, lane: str, outgoing: Outgoing) -> bool:
        """Send a message and keep what came of it; False where it was not this worker's to send any more.

        Never raises: it must not stop what else is under way.
        """
        try:
            if self._rests(outgoing) or not self._bot.store.take(outgoing.id):
                return False
            self._try(lane, outgoing)
        except Exception as problem:  # noqa: BLE001 - the store is away: what was sent may be sent once more
            noted(problem, "what came of a message was not kept", outbox=outgoing.id)
            self._lanes.hold(lane, self._bot.clock.now() + FIRST_RETRY)
        return True

    def _try(self, lane: str, outgoing: Outgoing) -> None:
        store, content = self._bot.store, outgoing.content
        try:
            sent = self._deliver(outgoing)
        except Refused as refusal:
            self._tried(content, "refused")
            self._refused(outgoing, str(refusal))
        except Unreachable as problem:
            self._tried(content, "later", problem)
            asked = min(problem.retry_after or 0.0, LONGEST_HOLD.total_seconds())
            wait = timedelta(seconds=asked) if asked else backoff(outgoing.attempts)
            until = self._bot.clock.now() + wait
            if problem.retry_after:
                self._lanes.spare(lane, platform_of(content.conversation), until)
            elif content.kind != "fetch":  # a file may be missed for a reason of our own, such as a full disk
                self._lanes.missed(lane, platform_of(content.conversation))
            store.mark_failed(outgoing.id, str(problem), until)
        except Exception as problem:  # noqa: BLE001 - a message that cannot be made holds its own conversation, not for ever
            self._tried(content, "broken")
            noted(problem, "message failed", outbox=outgoing.id)
            if outgoing.attempts + 1 >= TRIES_OF_A_BROKEN_ONE:
                self._refused(outgoing, type(problem).__name__)
            else:
                until = self._bot.clock.now() + backoff(outgoing.attempts)
                store.mark_failed(outgoing.id, type(problem).__name__, until)
        else:
            self._tried(content, "sent")
            if sent:  # else there was nothing to ask the platform for, such as a view that is made anew later
                self._lanes.answered(platform_of(content.conversation))
            now = self._bot.clock.now()
            store.mark_sent(outgoing.id, sent, now)
            pace = self._bot.platforms[platform_of(content.conversation)].abilities.pace
            if pace and content.kind not in ("home", "fetch"):
                self._lanes.hold(lane, now + pace)

    def _tried(self, content: Message, outcome: str, problem: Unreachable | None = None) -> None:
        """Tell what came of a message; a platform that does not let the bot in is in trouble until it takes one again."""
        self.observe(content.conversation, content.kind, outcome)
        platform = platform_of(content.conversation)
        if isinstance(problem, NotLetIn):
            self.troubles[platform] = str(problem)
        elif outcome == "sent" and content.kind != "home":
            self.troubles.pop(platform, None)

    def _refused(self, outgoing: Outgoing, reason: str) -> None:
        now = self._bot.clock.now()
        if outgoing.content.kind == "home":
            # A view that cannot be shown holds nothing that is lost: it is made anew at the next change.
            log.warning("home view refused", outbox=outgoing.id)
            self._bot.store.mark_sent(outgoing.id, "", now)
            return
        if outgoing.content.kind == "fetch":
            self._lost(outgoing, reason)
            return
        log.error("message given up", outbox=outgoing.id, reason=reason)
        self._bot.store.give_up(outgoing.id, reason, now)
        self._bot.given_up(Dead(outgoing.id, outgoing.content, reason, now))

    def _lost(self, outgoing: Outgoing, reason: str) -> None:
        """A file that cannot be had: the flow tells people, and where the flow cannot, it is told again later."""
        log.warning("file given up", outbox=outgoing.id, reason=reason)
        now, content = self._bot.clock.now(), outgoing.content
        try:
            source = ATTACHMENT.validate_json(content.card).source
            self._bot.handle(Secured(f"secured:{outgoing.id}:lost", "", "", content.record, source))
        except Exception as problem:  # noqa: BLE001 - a record that is broken must not have its file tried all the time
            noted(problem, "a lost file was not told", outbox=outgoing.id)
            self._bot.store.mark_failed(outgoing.id, type(problem).__name__, now + BROKEN_RETRY)
        else:
            self._bot.store.mark_sent(outgoing.id, "", now)

    def _deliver(self, outgoing: Outgoing) -> str:
        content = outgoing.content
        platform = self._bot.platforms.get(platform_of(content.conversation))
        if platform is None:
            raise Refused("there is no such platform here")
        if content.kind == "home":
            return self._renew_home(platform, outgoing)
        if content.kind == "fetch":
            return self._secure(platform, outgoing)
        if content.kind == "update" and not outgoing.message:
            return ""  # its post was given up; when that is sent again, its last change is sent after it
        card = self._renderer.card(CARDS.validate_json(content.card), content.language)
        key = f"outbox:{outgoing.id}"
        match content.kind:
            case "post":
                return platform.post(content.conversation, card, key, content.door)
            case "reply":
                below = platform.below(content.conversation, outgoing.message)
                return platform.post(below, card, key, content.door)
            case "whisper":
                return platform.whisper(content.conversation, content.person, card, key, content.door)
            case "update":
                platform.update(content.conversation, outgoing.message, card)
                return outgoing.message

    def _secure(self, platform: Platform, outgoing: Outgoing) -> str:
        """Put a file by, then let the flow know: after a crash between the two it is fetched again, to the same name."""
        source = ATTACHMENT.validate_json(outgoing.content.card).source
        if self._evidence is None:
            raise Refused("there is no place for files here")
        try:
            sha256, size = self._evidence.keep(self._while_going_on(platform.fetch(source)))
        except TooLarge as problem:
            raise Refused(str(problem)) from problem
        except OSError as problem:
            # The disk is full or away, which somebody mends: the file waits on its platform meanwhile.
            raise Unreachable(f"the file was not put by: {type(problem).__name__}") from problem
        self._bot.handle(Secured(f"secured:{outgoing.id}", "", "", outgoing.content.record, source, sha256, size))
        return ""

    def _while_going_on(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes of a file, until the worker is to end: then it is fetched anew after the next start."""
        for chunk in chunks:
            if self._stopping:
                raise Unreachable("the process ends")
            yield chunk

    def _renew_home(self, platform: Platform, outgoing: Outgoing) -> str:
        if not self._bot.store.superseded(outgoing.id):
            card, language = self._bot.home(outgoing.content.person)
            platform.show_home(outgoing.content.person, self._renderer.card(card, language))
        return ""
