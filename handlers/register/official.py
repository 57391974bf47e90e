""" "Onko tämä tili virallinen?": what the register says of an address or a handle (R38, R42, R145)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from handlers.accounts.record import DECIDING, LIVING
from handlers.accounts.record import Record as Request
from handlers.register.addresses import HOSTS, Place, place_of
from handlers.register.index import Accounts
from handlers.register.record import Record, Status
from knowledge.lookalikes import Likeness, likeness

Finding = Literal[
    "official", "unverified", "closing", "closed", "requested", "alike", "elsewhere", "unknown", "own_site", "no_service"
]
Why = Literal["", "same", "letters", "spelling", "added", "host"]
RANK: tuple[Why, ...] = ("host", "same", "letters", "spelling", "added")
"""How an address is like an account's, the most suspicious first."""
PREFERRED = (Status.OFFICIAL, Status.OPEN, Status.CLOSING, Status.CLOSED)
STATUSES: Mapping[Status, Finding] = MappingProxyType({
    Status.OFFICIAL: "official", Status.OPEN: "unverified", Status.CLOSING: "closing", Status.CLOSED: "closed",
})  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """What is known of an address: `account` is the register's own that it is, or that it looks like, and how (`why`)."""

    place: str
    finding: Finding
    account: Record | None = None
    why: Why = ""


def verdict(
    address: str, register: Iterable[Record], requests: Iterable[Request] = (), domains: Iterable[str] = ()
) -> Verdict:
    """What the register says of an address. Only the very address of a verified account is official.

    `domains` are the municipality's own: what is there is its site, where no account of the register is.
    """
    accounts, place = Accounts.of(register), place_of(address)
    if same := _same(place, accounts):
        return Verdict(place.whole, STATUSES[same.status], same)
    if place.host and any(f".{place.host}".endswith(f".{domain.casefold()}") for domain in domains):
        return Verdict(place.whole, "own_site")
    if alike := _alike(place, accounts):
        # Of several that it is as like to, the one on the same service is the one that it is to be taken for.
        account, why = min(alike, key=lambda found: (RANK.index(found[1]), _service(found[0]) != place.service))
        return Verdict(place.whole, "elsewhere" if why == "same" else "alike", account, why)
    if any(_is_wanted(r, place.name) for r in requests):
        return Verdict(place.whole, "requested")
    return Verdict(place.whole, "unknown" if place.service or place.is_handle else "no_service")


def _same(place: Place, accounts: Accounts) -> Record | None:
    """The account of this very address; a handle alone means the accounts of this name, a verified one first."""
    if place.is_handle:
        named = [a for a in accounts.by_name.get(place.name, ()) if _place(a).service or _place(a).is_handle]
        return min(named, key=lambda a: PREFERRED.index(a.status), default=None)
    return accounts.by_place.get(place.whole)


def _alike(place: Place, accounts: Accounts) -> list[tuple[Record, Why]]:
    """The living accounts that an address is like, by its name or by its host."""
    found: list[tuple[Record, Why]] = []
    service = _feigned(place.host) if not place.service else ""
    for name, named in accounts.by_name.items():
        why: Why | Likeness = likeness(place.name, name) if place.name else ""
        if why:
            found += [(a, "host" if service and service == _service(a) else why) for a in named if a.living]
    return found + [(a, "host") for a in accounts.on_hosts if _is_like(place.host, _place(a).host)]


def _feigned(host: str) -> str:
    """The service whose host this one only looks like: other letters, a slip, or the true host as a part of it."""
    for true, service in HOSTS.items():
        label, own = host.rpartition(".")[0], true.rpartition(".")[0]
        if f"{true}." in host or host.endswith(f"-{true}") or (len(own) > 4 and own in host):
            return service
        if len(own) > 4 and likeness(label, own) in ("letters", "spelling"):
            return service
    return ""


def _is_like(host: str, own: str) -> bool:
    return bool(host) and host != own and likeness(host.rpartition(".")[0], own.rpartition(".")[0]) in (
        "letters", "spelling",
    )  # fmt: skip


def _place(account: Record) -> Place:
    return place_of(account.address, account.channel)


def _service(account: Record) -> str:
    return _place(account).service


def _is_wanted(request: Request, name: str) -> bool:
    """Whether an account of this name is asked for."""
    wanted = re.sub(r"\W", "", request.answer("name"))
    return request.status in DECIDING | LIVING and bool(name) and likeness(name, wanted) in ("same", "letters")
