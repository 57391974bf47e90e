"""The accounts of the register with what a search needs of them, worked out once for as long as none of them changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType

from handlers.register.addresses import place_of
from handlers.register.record import Record
from knowledge.lookalikes import skeleton

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


class Accounts(tuple[Record, ...]):
    """Accounts by name, in the order in which they were given."""

    @classmethod
    def of(cls, accounts: Iterable[Record]) -> Accounts:
        """The same accounts; what was worked out of them before is used again."""
        return accounts if isinstance(accounts, Accounts) else cls(accounts)

    def prepared(self) -> Accounts:
        """The same, with everything worked out now: for the start, so that the first who asks does not wait."""
        for name in self.by_name:
            skeleton(name)
        _ = self.texts, self.by_place, self.by_person, self.on_hosts
        return self

    @cached_property
    def living(self) -> tuple[Record, ...]:
        """Those that are there."""
        return tuple(a for a in self if a.living)

    @cached_property
    def texts(self) -> tuple[tuple[Record, str], ...]:
        """The living ones, each with all of its words that anybody may read, a space before each."""
        return tuple((a, _words(a.name, a.channel, a.address, a.owner, a.department)) for a in self.living)

    @cached_property
    def by_place(self) -> Mapping[str, Record]:
        """Accounts by their address, the same for all ways of writing it."""
        return {place_of(a.address, a.channel).whole: a for a in reversed(self)}

    @cached_property
    def by_name(self) -> Mapping[str, tuple[Record, ...]]:
        """Accounts by what an eye takes for their name."""
        found: dict[str, list[Record]] = {}
        for account in self:
            found.setdefault(place_of(account.address, account.channel).name, []).append(account)
        return {name: tuple(accounts) for name, accounts in found.items() if name}

    @cached_property
    def on_hosts(self) -> tuple[Record, ...]:
        """The living ones that are on a host of their own, a blog for example."""
        places = ((a, place_of(a.address, a.channel)) for a in self.living)
        return tuple(a for a, place in places if place.host and not place.service)

    @cached_property
    def by_person(self) -> Mapping[str, tuple[Record, ...]]:
        """The living accounts in which a person has a part, by the person's id."""
        found: dict[str, list[Record]] = {}
        for account in self.living:
            for person in account.people:
                found.setdefault(person, []).append(account)
        return {person: tuple(accounts) for person, accounts in found.items()}


@lru_cache(maxsize=65_536)
def _words(name: str, channel: str, *others: str) -> str:
    """All words of an account; of its channel also the common other words. Of one that did not change they are kept."""
    told = " ".join((name, channel, CHANNELS.get(channel, ""), *others)).casefold()
    return " " + " ".join(re.findall(r"[\w@]+", told))
