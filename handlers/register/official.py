""" "Onko tämä tili virallinen?": what the register says of an address or a handle (R38, R42, R145)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from handlers.accounts.record import DECIDING, LIVING
from handlers.accounts.record import Record as Request
from handlers.register.index import Accounts, canonical, service_of
from handlers.register.record import Record, Status, handle_of
from knowledge.lookalikes import Likeness, likeness

Finding = Literal["official", "unverified", "closing", "closed", "requested", "alike", "elsewhere", "unknown"]
ADDRESS = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[^\W\d_]{2,}(?:/[^\s<>|,]*)?|(?<![\w.])@[\w.\-]{2,60}", re.IGNORECASE)
"""A web address or a handle in what somebody wrote or pasted."""


@dataclass(frozen=True)
class Verdict:
    """What is known of an address: `account` is the register's own that it is, or that it looks like, and how (`why`)."""

    place: str
    finding: Finding
    account: Record | None = None
    why: Likeness = ""


def addresses_in(text: str) -> list[str]:
    """The addresses and handles in a text, each once; an e-mail address is none."""
    found = (m[0].rstrip(".,;:!?)”\"'") for m in ADDRESS.finditer(re.sub(r"\S+@\S+\.\S+", " ", text)))
    return list(dict.fromkeys(f for f in found if f))


def verdict(address: str, register: Iterable[Record], requests: Iterable[Request] = ()) -> Verdict:
    """What the register says of an address. Only a verified account is official; one that is on its way says so."""
    accounts = Accounts.of(register)
    place, service, handle = canonical(address), service_of(address), handle_of(address)
    if same := _same(accounts, place, service, handle):
        return Verdict(place, STATUSES[same.status], same)
    alike = [(a, why) for name, why in _alike(handle, accounts) for a in accounts.by_handle[name] if a.living]
    alike += _false_hosts(place, service, accounts)
    if alike:
        # Of several that it is as like to, the one on the same service is the one that is meant to be taken for.
        account, why = min(alike, key=lambda found: (RANK.index(found[1]), service_of(found[0].address) != service))
        return Verdict(place, "elsewhere" if why == "same" else "alike", account, why)
    if any(_is_wanted(r, handle) for r in requests):
        return Verdict(place, "requested")
    return Verdict(place, "unknown")


RANK: tuple[Likeness, ...] = ("same", "letters", "spelling", "added")
"""The likenesses, the nearest first."""
PREFERRED = (Status.OFFICIAL, Status.OPEN, Status.CLOSING, Status.CLOSED)
STATUSES: Mapping[Status, Finding] = MappingProxyType({
    Status.OFFICIAL: "official", Status.OPEN: "unverified", Status.CLOSING: "closing", Status.CLOSED: "closed",
})  # fmt: skip


def _same(accounts: Accounts, place: str, service: str, handle: str) -> Record | None:
    """The account of this very address; a handle alone means every account of this name, a verified one first."""
    if place in accounts.by_place:
        return accounts.by_place[place]
    named = [
        a for a in accounts.by_handle.get(handle, ()) if service in ("", service_of(a.address) or a.channel)
    ]  # fmt: skip
    return min(named, key=lambda a: PREFERRED.index(a.status), default=None)


def _alike(handle: str, accounts: Accounts) -> list[tuple[str, Likeness]]:
    """The names of accounts that a name is like, and how."""
    return [(name, why) for name in accounts.by_handle if (why := likeness(handle, name))] if handle else []


def _false_hosts(place: str, service: str, accounts: Accounts) -> list[tuple[Record, Likeness]]:
    """Accounts on hosts of their own, a blog for example, whose host this one only looks like."""
    if service or place.startswith("@") or not place:
        return []
    host = place.partition("/")[0]
    found: list[tuple[Record, Likeness]] = []
    for account in accounts.living:
        own = canonical(account.address).partition("/")[0]
        why = likeness(host.rpartition(".")[0], own.rpartition(".")[0]) if not service_of(account.address) else ""
        if why and why != "same":
            found.append((account, why))
    return found


def _is_wanted(request: Request, handle: str) -> bool:
    """Whether an account of this name is asked for."""
    name = request.answer("name")
    return request.status in DECIDING | LIVING and bool(handle) and likeness(handle, re.sub(r"\W", "", name)) in (
        "same", "letters",
    )  # fmt: skip
