"""What is seen of several processes on one PostgreSQL while they are killed in turn, and what is owed afterwards."""

from __future__ import annotations

import itertools
import re
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence

from bot.storage.postgres import PostgresStore

PATIENCE = 240.0
"""Seconds within which something that is awaited happens, or the test fails."""
MOMENT = 0.1
"""Seconds between two looks."""
WAITS = "sent_at is null and dead_at is null"
FIRED = "select record from journal where event = 'Elapsed' and record like 'incidents/%%'"
NEVER = threading.Event()


def until(done: Callable[[], object], look: Callable[[], None], why: Callable[[], object]) -> None:
    """Wait until `done()`; `look` is called meanwhile, and `why` says what went wrong where it never is."""
    for _ in range(int(PATIENCE / MOMENT)):
        look()
        if done():
            return
        NEVER.wait(MOMENT)
    raise AssertionError(f"not done: {why()}")


def not_kept_once(store: PostgresStore, keys: Collection[str]) -> dict[str, int]:
    """The events of which not exactly one record bears the key in its words, and how many do."""
    known = set(keys)
    kept = [k.data for flow in ("questions", "incidents") for k in store.records(flow, limit=20 * len(known))]
    bears = Counter(key for data in kept for key in known & set(re.findall(r"\w+", data)))
    return {key: bears[key] for key in known if bears[key] != 1}


def fired_once(store: PostgresStore, timers: int) -> bool:
    """Whether as many records as have a timer were told that it elapsed, each once."""
    times = Counter(store._rows(FIRED))
    return len(times) == timers and set(times.values()) == {1}


def hands(led: Sequence[str], killed: Collection[str]) -> int:
    """Through how many hands the lead went; each had it once, and lost it only by being killed."""
    turns = [name for name, _ in itertools.groupby(led)]
    assert len(turns) == len(set(turns))
    assert set(turns[:-1]) <= set(killed)
    return len(turns)
