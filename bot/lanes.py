"""Which messages may go now: each platform's pace, what it asked for, and whether it answers at all.

A lane is what shares a pace: a channel's messages, or one person's whispers. Of a lane one message is under way at a
time, and a lane that was asked to wait is left alone for as long as it was said; asked of two at a time, all of the
platform is. A platform that does not answer in several lanes is away: it is left alone too, and tried a little later.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.clock import Clock

FIRST_RETRY = timedelta(seconds=2)
LONGEST_RETRY = timedelta(seconds=30)
"""Between two tries at the most: what waited is on its way within a minute of the platform's being there again."""
LONGEST_HOLD = timedelta(minutes=10)
"""How long anything is left alone at the most; platforms ask for a minute or so."""
AT_ONCE = 4
"""Messages that are on their way at the same time, each in a lane of its own."""


@dataclass
class Silence:
    """What a platform did not take since it last took a message, and until when it is left alone for that."""

    lanes: set[str] = field(default_factory=set)
    tries: int = 0
    until: datetime | None = None


class Lanes:
    """The lanes of all platforms, by name; several workers may ask at once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._under_way: set[str] = set()
        self._held: dict[str, datetime] = {}
        self._spared: dict[str, datetime] = {}
        self._asked: dict[str, tuple[str, datetime]] = {}
        self._silent: dict[str, Silence] = {}

    def taken(self) -> set[str]:
        """The lanes in which nothing may go now."""
        now = self._clock.now()
        with self._lock:
            # A clock that was put back leaves a lane held far in the future: nothing is held for so long on purpose.
            for kept in (self._held, self._spared):
                for name in [n for n, until in kept.items() if not now < until <= now + LONGEST_HOLD]:
                    del kept[name]
            return self._under_way | set(self._held)

    def enter(self, lane: str) -> bool:
        """Have a message under way; False where as many are as may be."""
        with self._lock:
            if len(self._under_way) >= AT_ONCE:
                return False
            self._under_way.add(lane)
            return True

    def leave(self, lane: str) -> None:
        """The message is not under way any more."""
        with self._lock:
            self._under_way.discard(lane)

    def hold(self, lane: str, until: datetime) -> None:
        """Leave a lane alone, for `LONGEST_HOLD` at the most."""
        with self._lock:
            self._held[lane] = min(until, self._clock.now() + LONGEST_HOLD)

    def spare(self, lane: str, platform: str, until: datetime) -> None:
        """Leave a lane alone; where the platform asks it of a second lane meanwhile, all of the platform is meant."""
        now = self._clock.now()
        until = min(until, now + LONGEST_HOLD)
        with self._lock:
            other, waits = self._asked.get(platform, ("", now))
            if other not in ("", lane) and waits > now:
                self._spared[platform] = max(until, waits)
            self._asked[platform] = lane, until
            self._held[lane] = until

    def missed(self, lane: str, platform: str) -> None:
        """A platform did not take a message; it is left alone where as many lanes met that as are tried at once."""
        with self._lock:
            silence = self._silent.setdefault(platform, Silence())
            silence.lanes.add(lane)
            silence.tries += 1
            if len(silence.lanes) >= AT_ONCE:
                silence.until = self._clock.now() + backoff(silence.tries // AT_ONCE - 1)

    def answered(self, platform: str) -> None:
        """A platform took a message: it is there."""
        with self._lock:
            self._silent.pop(platform, None)

    def resting(self) -> dict[str, datetime]:
        """The platforms that are left alone, and until when: they asked for it, or they do not answer."""
        now = self._clock.now()
        with self._lock:
            silent = [(name, s.until) for name, s in self._silent.items() if s.until]
            # The later of two reasons counts, which is the one that stands last.
            kept = sorted([*self._spared.items(), *silent], key=lambda pair: pair[1])
            return {name: until for name, until in kept if now < until <= now + LONGEST_HOLD}

    def freed(self) -> list[datetime]:
        """When what is left alone is free again."""
        with self._lock:
            held = list(self._held.values())
        return held + list(self.resting().values())


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many tries: twice as long each time, `LONGEST_RETRY` at the most."""
    return min(FIRST_RETRY * int(2 ** min(attempts, 20)), LONGEST_RETRY)
