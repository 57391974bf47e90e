"""What decisions look at, looked up by subject, one module each. They read the store and write nothing."""

from __future__ import annotations

MOST_WAITING = 10_000
"""More than ever wait; of fewer the oldest would be hidden, which wait longest."""
MOST_OWN = 20
"""How many of their own questions, on each account of theirs, or of their own cases people see."""
