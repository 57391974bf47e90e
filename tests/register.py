"""Accounts of the register, for tests: one that is well kept, and how a world gets it and moves through time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from bot.directory import Directory
from handlers.facts import Person
from handlers.register.record import Record, Status
from tests.chats import Chat
from tests.conftest import World
from tests.fakes import MONDAY, Sent

EMPLOYEE, SUPERVISOR, LIBRARIAN, INFORMATICIAN = "employee", "supervisor", "librarian", "informatician"
SPECIALIST, MANAGER, IT_MANAGER = "communications-specialist", "communications-manager", "it-manager"
OFFICIAL, SECRETARY, ADMINISTRATOR, DIRECTOR = "official", "municipal-secretary", "administrator", "director"
TEAM = "fake:team:communications"
KEY = "register/12"
ACCOUNTS = TypeAdapter(Record)
ACCOUNT = Record(
    KEY, Status.OFFICIAL, "Kirjaston kuulumiset", "instagram", "www.instagram.com/tuusulankirjasto", "Kirjasto",
    "Kasvu ja ympäristö", "", LIBRARIAN, INFORMATICIAN, (LIBRARIAN, INFORMATICIAN), (EMPLOYEE,), "kirjasto@tuusula.fi",
    "weekly", MONDAY, MONDAY, official_at=MONDAY, entered_at=MONDAY, confirmed_at=MONDAY, password_at=MONDAY,
    posted_at=MONDAY, answered_at=MONDAY, goals=("Lisää kävijöitä", "Lukutaito kasvaa"), measures=("kävijät", "lainat"),
)  # fmt: skip
"""An account that lacks nothing: two administrators, a substitute, everything done today."""


def enters(world: World | Chat, **changes: Any) -> str:
    """Put an account into the register as it is; its key."""
    account = replace(ACCOUNT, **changes)
    with world.store.unit() as unit:
        data = ACCOUNTS.dump_json(account).decode()
        unit.save(account.key, account.status, account.updater, data, 0, world.clock.now())
    return account.key


def account(world: World | Chat, key: str = KEY) -> Record:
    """The account as it is kept."""
    kept = world.store.record(key)
    assert kept is not None, key
    return replace(ACCOUNTS.validate_json(kept.data), version=kept.version)


def runs(world: World, **by: float) -> None:
    """Let time pass as it does: every timer fires when it is due, in its order."""
    world.bot.begin()
    end = world.clock.now() + timedelta(**by)
    while (due := world.store.next_due(world.clock.now())) is not None and due <= end:
        world.clock.at = due
        world.sender.run_once()
    world.clock.at = end
    world.sender.run_once()


def leaves(world: World, *gone: str) -> None:
    """A new directory without these people, as it is imported while the bot is down; it then starts again."""
    people: Sequence[Person] = [p for p in world.store.people() if p.id not in gone]
    world.store.replace_people([replace(p, supervisor="") if p.supervisor in gone else p for p in people])
    world.bot.directory.refresh()
    assert isinstance(world.bot.directory, Directory)
    world.bot.look_for_leavers()
    world.sender.run_once()


def bundles(world: World, receiver: str, since: int = 0) -> list[Sent]:
    """The morning's messages to a person, or to the team."""
    where = receiver if receiver.startswith("fake:team") else world.platform.direct(receiver)
    return [s for s in world.platform.sent[since:] if s.conversation == where and s.card.name == "reminders/daily"]
