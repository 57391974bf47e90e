"""What a municipality has settled for incidents: whom to turn to where nobody is, what is kept how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MONTHS = 24
"""How long a closed case is kept where nothing else is settled, in months."""


@dataclass(frozen=True)
class Plan:
    """`fallback` are those who get a report where there is no IT manager or none is reached, by e-mail address or id.

    `call` says whom to call out of hours, `protection_officer` how the data protection officer is reached: both as they
    are shown, "" where they are not set. `retention` are months by kind; a kind that it lacks is kept for `MONTHS`.
    """

    fallback: tuple[str, ...] = ()
    call: str = ""
    protection_officer: str = ""
    retention: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def months(self, kind: str) -> int:
        """How long a closed case of the kind is kept, in months."""
        return self.retention.get(kind, MONTHS)
