"""Incidents, for tests: cases by hand for tables, and the ways to every status by what people really do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from bot.app import Bot
from bot.directory import Directory
from bot.evidence import EvidenceStore
from bot.sender import Sender
from bot.working_time import FinnishWorkingTime
from handlers.accounts.chain import Municipality
from handlers.incidents.plan import Plan
from handlers.incidents.record import Deed, Evidence, Kind, Record, Status
from handlers.register.record import Record as Account
from handlers.register.record import Status as AccountStatus
from tests.chats import Chat
from tests.conftest import World
from tests.fakes import MONDAY, Sent

EMPLOYEE, COLLEAGUE, SUPERVISOR, DEPUTY = "employee", "informatician", "supervisor", "deputy-supervisor"
VICTIM = "librarian"
IT_MANAGER, IT_DEPUTY, ABOVE = "it-manager", "director", "municipal-manager"
SPECIALIST, ADMINISTRATOR, OFFICIAL, GUEST = "communications-specialist", "administrator", "official", "slack:UG"
KEY = "incidents/1"
SHA256 = "ab" * 32
CASES = TypeAdapter(Record)
ACCOUNT = Account(
    "register/r9", AccountStatus.OFFICIAL, "Kirjaston kuulumiset", "instagram", "www.instagram.com/kirjastonkuulumiset",
    "Kirjasto", "Kasvu ja ympäristö", "accounts/9", VICTIM, COLLEAGUE, (VICTIM, COLLEAGUE), (), "kirjasto@tuusula.fi",
    "weekly", MONDAY, MONDAY,
)  # fmt: skip
"""An account of the municipality's, as the register has it."""
WRITTEN = "Klikkasin outoa linkkiä hxxps://pahis[.]example[.]net/a ja annoin tunnukseni."


def case(status: Status = Status.REPORTED, **changes: Any) -> Record:
    """A case that came to a status as cases do: its reporter is the employee, its supervisor was told."""
    held = status in (Status.TAKEN, Status.WAITING, Status.CONTAINED, Status.RESOLVED, Status.REVIEWED)
    history = [Deed(MONDAY, EMPLOYEE, "report", details={"value": "both"})]
    history += [Deed(MONDAY, IT_MANAGER, "take")] if held else []
    record = Record(
        KEY, EMPLOYEE, "fake:dm:employee", "fi", MONDAY, 1, status, kind=Kind.PHISHING, text=WRITTEN,
        marks=("link:pahis.example.net",), reported_at=MONDAY, told=(IT_MANAGER,), supervisor=SUPERVISOR,
        holder=IT_MANAGER if held else "", taken_at=MONDAY if held else None, touched_at=MONDAY if held else None,
        history=tuple(history), evidence=(Evidence("fake:F1", "kuva.png", EMPLOYEE, MONDAY, 9, SHA256),),
    )  # fmt: skip
    if status in (Status.RESOLVED, Status.REVIEWED):
        record = replace(record, outcome="Salasana vaihdettiin.", resolved_at=MONDAY)
    if status is Status.DRAFT:
        record = replace(record, reported_at=None, told=(), supervisor="", history=())
    if status is Status.JOINED:
        record = replace(record, told=(), leader="incidents/7")
    return replace(record, **changes)


def with_plan(world: World, plan: Plan | None = None, evidence: EvidenceStore | None = None) -> World:
    """The same world in a municipality that has settled something, or with a place for files."""
    bot = Bot(
        world.store, Directory(world.store), world.bot.guide, world.clock, FinnishWorkingTime(), world.bot.platforms,
        municipality=Municipality(domains=("tuusula.fi",)), plan=plan, evidence=evidence,
    )  # fmt: skip
    return replace(world, bot=bot, sender=Sender(bot, world.sender._renderer, evidence))


def keeps(world: World, record: Record) -> Record:
    """Put a case into a world's store as it is."""
    with world.store.unit() as unit:
        unit.save(record.key, record.status, record.person, CASES.dump_json(record).decode(), 0, world.clock.now())
        if record.key.startswith("incidents/"):
            while int(unit.new_key("incidents").rpartition("/")[2]) < int(record.number):
                pass
    return record


def enters(world: World | Chat, account: Account = ACCOUNT) -> Account:
    """Put an account into the register."""
    with world.store.unit() as unit:
        data = TypeAdapter(Account).dump_json(account).decode()
        unit.save(account.key, account.status, account.updater, data, 0, world.clock.now())
    return account


def of(world: World | Chat, key: str = KEY) -> Record:
    """The case as it is kept."""
    kept = world.store.record(key)
    assert kept is not None, key
    return CASES.validate_json(kept.data)


def reported(world: World, person: str = EMPLOYEE, text: str = "Klikkasin outoa linkkiä.", **values: str) -> str:
    """A report by form; its key."""
    before = {k.key for k in world.store.records("incidents", limit=1000)}
    world.submits(person, "incidents/report", "", **{"text": text, "kind": "phishing", "route": "both", **values})
    [new] = {k.key for k in world.store.records("incidents", limit=1000)} - before
    return new


def taken(world: World, person: str = EMPLOYEE, **values: str) -> str:
    """A case that the IT manager has."""
    key = reported(world, person, **values)
    world.presses(IT_MANAGER, "incidents/take", key)
    return key


def resolved(world: World, person: str = EMPLOYEE, **values: str) -> str:
    """A case that is closed."""
    key = taken(world, person, **values)
    world.submits(IT_MANAGER, "incidents/resolve", key, text="Salasana vaihdettiin, muuta ei tarvita.")
    return key


def got(world: World, person: str, name: str = "", since: int = 0) -> list[Sent]:
    """What a person was sent in their own conversation and its threads, of one card where it is named."""
    where = world.platform.direct(person)
    return [
        s for s in world.platform.sent[since:]
        if s.conversation.partition("#")[0] == where and s.kind != "update" and name in ("", s.card.name)
    ]  # fmt: skip


def has_timer(world: World, key: str, *names: str) -> list[str]:
    """Those of the timers that the record has."""
    return [name for name in names if world.store.has_timer(key, name)]
