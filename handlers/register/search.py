"""Accounts by words: a unit, a platform, a person, an address; in Finnish with its endings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from handlers.facts import Facts
from handlers.register.index import Accounts
from handlers.register.record import Record
from handlers.register.rights import sees_people

EMPTY = frozenset(re.findall(
    r"\w+",
    "tili tilit tilejä tiliä tilin tilillä tileistä sometili sometilit kuka kenellä ketkä saa voi päivittää julkaista "
    "julkaisee ylläpitää oikeudet oikeus rekisteri luettelo kunnan kaikki missä mikä mitkä mitä on onko meidän "
    "ja n ssa ssä lla llä "
    "konto konton vem får publicera uppdatera alla på i och kommunens har "
    "who may can post account accounts the all of register list which what is our",
))  # fmt: skip
"""Words that ask, and tell no account from another."""


ENDING = re.compile(r"(?<=\w{4})(?:i?s[st][aä]|i?l[lt][aä]|i?lle|iin|seen|(?:i|j|d|tt)en|n|t|[aä])$")
"""Endings of Finnish cases."""


def find(words: str, facts: Facts) -> tuple[Record, ...]:
    """The living accounts that all words fit, by name; without words all of them.

    A person's name finds the accounts in which they have a part, for whoever may see who has.
    """
    accounts, wanted = Accounts.of(facts.register), terms(words)
    if not wanted:
        return () if re.search(r"\w", words) else accounts.living
    beginnings = [f" {term}" for term in wanted]
    found = tuple(a for a, text in accounts.texts if all(b in text for b in beginnings))
    return found or _of_person(words, accounts, facts) or _of_people(wanted, accounts, facts)


def terms(words: str) -> tuple[str, ...]:
    """The words that tell accounts apart, each cut to what its inflected forms share."""
    told = re.findall(r"[\w@]+", words.casefold())
    return tuple(stem(w) for w in told if w not in EMPTY)


def stem(word: str) -> str:
    """A word without its endings: crude, but the same for "kirjasto", "kirjaston" and "kirjastossa"."""
    bare = ENDING.sub("", word)
    return bare if len(bare) < 8 else bare[:-3]


def _of_person(words: str, accounts: Accounts, facts: Facts) -> tuple[Record, ...]:
    found = {a.key: a for p in facts.people.find(words.strip()) for a in accounts.by_person.get(p.id, ())}
    return tuple(a for a in found.values() if sees_people(a, facts))


def _of_people(wanted: Sequence[str], accounts: Accounts, facts: Facts) -> tuple[Record, ...]:
    """Accounts that the words fit together with the names of the people in them, for whoever may see who has a part."""
    named = [facts.people.named(term) for term in wanted]
    near = {a.key for ids in named for person in ids for a in accounts.by_person.get(person, ())}
    return tuple(
        a for a, text in accounts.texts
        if a.key in near
        and all(f" {term}" in text or not ids.isdisjoint(a.people) for term, ids in zip(wanted, named, strict=True))
        and sees_people(a, facts)
    )  # fmt: skip
