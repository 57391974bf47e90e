"""What is counted for who watches over the machine: numbers alone, by platform, kind and outcome; nobody is named.

Each bot has a registry of its own. Counting takes some microseconds of an event; what the store holds is read when the
figures are fetched (prometheus.io, instrumentation).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import wraps
from pathlib import Path
from time import monotonic, perf_counter
from typing import Protocol, TypeVar

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.clock import Clock
from bot.platforms import PLATFORMS, platform_of
from bot.storage import Store
from handlers.events import Event

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5)
"""The bounds of the histogram: Slack waits three seconds, a client of Teams five."""
Observe = Callable[[Event, str, str, float], None]
"""Told of an event: its flow, "handled", "again" (a second delivery) or "failed", and the seconds that it took."""
log = structlog.get_logger()


class Told(Protocol):
    """What came of an event, as far as it is counted."""

    @property
    def flow(self) -> str:
        """The flow that decided."""
        ...

    @property
    def again(self) -> bool:
        """Whether it had been handled before."""
        ...


class Observed(Protocol):
    """What handles events and tells of each."""

    observe: Observe


Me = TypeVar("Me", bound=Observed)
Done = TypeVar("Done", bound=Told)


def observed(handle: Callable[[Me, Event], Done]) -> Callable[[Me, Event], Done]:
    """Tell `observe` what came of each event, and how long it took until it was on disk."""

    @wraps(handle)
    def timed(me: Me, event: Event) -> Done:
        begun = perf_counter()
        try:
            done = handle(me, event)
        except BaseException:
            me.observe(event, "", "failed", perf_counter() - begun)
            raise
        me.observe(event, done.flow, "again" if done.again else "handled", perf_counter() - begun)
        return done

    return timed


def logged(event: Event, flow: str, outcome: str, seconds: float) -> None:
    """A line for each event: which, by whom it was decided, what came of it, how long; no word of what it says."""
    log.info(
        "event", id=_id_of(event), kind=type(event).__name__, platform=_origin(event), flow=flow, outcome=outcome,
        ms=round(seconds * 1000, 1),
    )  # fmt: skip


class Metrics:
    """The counters of a process, and the page of them all."""

    def __init__(self, store: Store, clock: Clock, backed_up: Path | None = None) -> None:
        self._registry = CollectorRegistry()
        self._events = Counter(
            "someopas_events", "Events by platform, type and outcome", ["platform", "type", "outcome"],
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "someopas_acknowledgement_seconds", "From an event's arrival to its commit", ["platform"], buckets=SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._sends = Counter(
            "someopas_sends", "Messages tried, by platform, kind and outcome", ["platform", "kind", "outcome"],
            registry=self._registry,
        )  # fmt: skip
        self._rounds = Gauge(
            "someopas_seconds_since_round", "Since a worker's last round", ["worker"], registry=self._registry
        )  # fmt: skip
        self._broken = Gauge(
            "someopas_broken_invariants", "Records that differ from their journal, since the start",
            registry=self._registry,
        )  # fmt: skip
        self._unread = Gauge(
            "someopas_unread_questions", "Times that the dense model had enough to do, since the start",
            registry=self._registry,
        )  # fmt: skip
        self._registry.register(_Kept(store, clock, backed_up))

    def event(self, event: Event, flow: str, outcome: str, seconds: float) -> None:
        """Count an event, and write its line in the log."""
        origin = _origin(event)
        self._events.labels(origin, type(event).__name__, outcome).inc()
        if outcome != "failed":
            self._seconds.labels(origin).observe(seconds)
        logged(event, flow, outcome, seconds)

    def send(self, conversation: str, kind: str, outcome: str) -> None:
        """Count a message that was tried: sent, later (tried again), refused, or broken."""
        self._sends.labels(_known(conversation), kind, outcome).inc()

    def beating(self, worker: str, last: Callable[[], float]) -> None:
        """Show how long a worker's last round is ago; `last` is a moment of the monotonic clock."""
        self._rounds.labels(worker).set_function(lambda: monotonic() - last())

    def breaching(self, breaches: Callable[[], int]) -> None:
        """Show how many of the records that changed were not what their journal tells (docs/reliability.md, I3, I4)."""
        self._broken.set_function(breaches)

    def unread(self, times: Callable[[], int]) -> None:
        """Show how often a question was looked at by characters alone, as the dense model had enough to do."""
        self._unread.set_function(times)

    def page(self) -> bytes:
        """All figures, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Kept(Collector):
    """Figures of what the store holds, read when they are asked for."""

    def __init__(self, store: Store, clock: Clock, backed_up: Path | None) -> None:
        self._store = store
        self._clock = clock
        self._backed_up = backed_up

    def describe(self) -> list[Metric]:
        """Nothing beforehand: the store is not asked when the registry is made."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The figures of now."""
        now, held = self._clock.now(), self._store.backlog()
        oldest = self._store.waiting_since()
        yield _gauge("someopas_outbox_waiting", "Messages that wait", held.waiting)
        yield _gauge("someopas_outbox_oldest_seconds", "Since the oldest waiting message was made", _age(oldest, now))
        yield _gauge("someopas_outbox_dead", "Messages given up and not let be", held.dead)
        yield _gauge("someopas_outbox_held", "Messages held since a restore", held.held)
        yield _gauge("someopas_timers_overdue", "Timers that are due and have not fired", len(self._store.overdue(now)))
        yield _gauge("someopas_journal_lines", "Lines of the journal", held.journal)
        if self._backed_up and self._backed_up.exists():
            age = max(0.0, now.timestamp() - self._backed_up.stat().st_mtime)
            yield _gauge("someopas_backup_age_seconds", "Since the last backup by `someopas backup`", age)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0


def _known(identifier: str) -> str:
    """The platform of an id, by a name out of a fixed list: a label is never what somebody else wrote."""
    name = platform_of(identifier)
    return name if name in PLATFORMS else "other"


def _origin(event: Event) -> str:
    return _known(event.conversation) if event.conversation else "none"


def _id_of(event: Event) -> str:
    """The event's key; where somebody's id stands in it, a digest of it."""
    people = (event.person, getattr(event, "who", ""))
    if "@" in event.key or any(person and person in event.key for person in people):
        return hashlib.sha256(event.key.encode()).hexdigest()[:16]
    return event.key
