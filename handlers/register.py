"""The register of accounts (R42): what a request became when its account was opened. Written by the requests' flow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from handlers.events import Entered, Event

if TYPE_CHECKING:  # facts hold accounts of the register, so that this module comes before them
    from handlers.effects import Effect
    from handlers.facts import Facts


class Status(StrEnum):
    """Whether an account is verified (R70–R72)."""

    OPEN = "open"
    OFFICIAL = "official"


@dataclass(frozen=True)
class Record:
    """An account: `request` is the key of the request that it came from, people are ids of the directory.

    `named_at` is when the communications manager was told who may post in the organisation's name (R25), `own_names` who
    agreed to post under their own (R77).
    """

    key: str
    status: Status
    name: str
    channel: str
    address: str
    owner: str
    department: str
    request: str
    updater: str
    substitute: str
    admins: tuple[str, ...]
    producers: tuple[str, ...]
    mailbox: str
    rhythm: str
    opened_at: datetime | None
    named_at: datetime | None
    main: str = ""
    own_names: tuple[str, ...] = ()
    official_at: datetime | None = None
    review: str = ""
    ends: str = ""
    version: int = 0

    @property
    def person(self) -> str:
        """Who is responsible for it."""
        return self.updater


def key_of(record: str) -> str:
    """The key in the register of a request's key: a number of its own kind, apart from accounts that had no request."""
    flow, _, number = record.partition("/")
    return f"register/r{number}" if flow == "accounts" else record


def decide(record: Record | None, event: Event, facts: Facts) -> tuple[Record | None, list[Effect]]:  # noqa: ARG001
    """Keep the account as its request tells it."""
    if not isinstance(event, Entered):
        return record, []
    account = {**event.account, "status": Status(str(event.account["status"]))}
    entered = Record(key=key_of(event.record), request=event.record, **account)  # type: ignore[arg-type]
    return replace(entered, version=record.version if record else 0), []
