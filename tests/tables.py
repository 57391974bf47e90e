"""Rows of the tables that say what is allowed: who does what in which state, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Row:
    """In these states the event is these roles', and leads to `after`; None: where it is. `reads`: changes nothing."""

    states: tuple[str, ...]
    event: str
    roles: frozenset[str]
    after: StrEnum | None = None
    move: StrEnum | None = None
    reads: bool = False


def row(
    states: str | tuple[str, ...], event: str, roles: str, after: StrEnum | None = None, move: StrEnum | None = None, *,
    reads: bool = False,
) -> Row:  # fmt: skip
    return Row((states,) if isinstance(states, str) else states, event, frozenset(roles.split()), after, move, reads)
