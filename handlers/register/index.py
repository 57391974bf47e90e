"""The accounts of the register with what a search needs of them, worked out once for as long as none of them changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType

from handlers.register.record import Record, handle_of, place_of

CHANNELS: Mapping[str, str] = MappingProxyType({
    "facebook": "facebook fb face feisbuk",
    "twitter": "twitter x twiitti",
    "instagram": "instagram insta ig",
    "youtube": "youtube yt tube",
    "blog": "blogi blog blogg",
    "whatsapp": "whatsapp wa",
    "snapchat": "snapchat snap snäppi",
})  # fmt: skip
"""Other words for the channels (R13)."""
HOSTS: Mapping[str, str] = MappingProxyType({
    "facebook.com": "facebook", "fb.com": "facebook", "fb.me": "facebook",
    "twitter.com": "twitter", "x.com": "twitter",
    "instagram.com": "instagram", "instagr.am": "instagram",
    "youtube.com": "youtube", "youtu.be": "youtube",
    "snapchat.com": "snapchat", "whatsapp.com": "whatsapp", "wa.me": "whatsapp",
    "tiktok.com": "tiktok", "linkedin.com": "linkedin", "threads.net": "threads", "bsky.app": "bluesky",
})  # fmt: skip
"""Services by the hosts of their addresses; the first of each stands for all."""
FIRST_HOST = {service: host for host, service in reversed(tuple(HOSTS.items()))}


class Accounts(tuple[Record, ...]):
    """Accounts by name, in the order in which they were given."""

    @classmethod
    def of(cls, accounts: Iterable[Record]) -> Accounts:
        """The same accounts; what was worked out of them before is used again."""
        return accounts if isinstance(accounts, Accounts) else cls(accounts)

    @cached_property
    def living(self) -> tuple[Record, ...]:
        """Those that are there."""
        return tuple(a for a in self if a.living)

    @cached_property
    def texts(self) -> tuple[tuple[Record, str], ...]:
        """The living ones, each with all of its words that anybody may read, a space before each."""
        return tuple((a, _words(a)) for a in self.living)

    @cached_property
    def by_place(self) -> Mapping[str, Record]:
        """Accounts by their address, the same for all ways of writing it."""
        return {canonical(a.address): a for a in reversed(self)}

    @cached_property
    def by_handle(self) -> Mapping[str, tuple[Record, ...]]:
        """Accounts by their name on a service."""
        found: dict[str, list[Record]] = {}
        for account in self:
            found.setdefault(handle_of(account.address), []).append(account)
        return {handle: tuple(accounts) for handle, accounts in found.items() if handle}

    @cached_property
    def by_person(self) -> Mapping[str, tuple[Record, ...]]:
        """The living accounts in which a person has a part, by the person's id."""
        found: dict[str, list[Record]] = {}
        for account in self.living:
            for person in account.people:
                found.setdefault(person, []).append(account)
        return {person: tuple(accounts) for person, accounts in found.items()}


def canonical(address: str) -> str:
    """The address with one host for each service, without what follows a question mark."""
    place = re.split(r"[?#]", place_of(address))[0].rstrip("/")
    host, slash, path = place.partition("/")
    return f"{FIRST_HOST.get(HOSTS.get(host, ''), host)}{slash}{path}"


def service_of(address: str) -> str:
    """The service that an address is of, "" for a handle and for a place of another kind."""
    return HOSTS.get(place_of(address).partition("/")[0], "")


def _words(account: Record) -> str:
    """All words of an account; of its channel also the common other words."""
    told = (account.name, account.channel, CHANNELS.get(account.channel, ""), account.address, account.owner)
    return " " + " ".join(re.findall(r"[\w@]+", " ".join((*told, account.department)).casefold()))
