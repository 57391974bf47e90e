"""Requests for accounts, for tests: a complete request of the demo organisation, and the ways to every status.

`filled` makes a record by hand, for tables; `sent`, `proposed`, `approved`, `opened` and `official` bring a request of a
world there by what people really do.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter

from bot.app import Bot
from bot.deciding import Handled
from bot.directory import Directory, read_people
from bot.rendering import CardShown, unmarked
from bot.sender import Sender
from bot.storage import Account
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.accounts.chain import CHAIN, Municipality
from handlers.accounts.record import Agreement, Body, Comment, Deed, Record, Status, Tick
from handlers.accounts.steps import STEPS, fields_of
from handlers.effects import FieldErrors, OpenForm
from handlers.events import Asked, Pressed, Submitted
from handlers.facts import Facts, Person
from tests.conftest import World
from tests.fakes import MONDAY, Sent

EMPLOYEE, SUPERVISOR, DEPUTY, DIRECTOR = "employee", "supervisor", "deputy-supervisor", "director"
LIBRARIAN, INFORMATICIAN = "librarian", "informatician"
SECRETARY, MUNICIPAL_SECRETARY = "department-secretary", "municipal-secretary"
SPECIALIST, MANAGER = "communications-specialist", "communications-manager"
OUTSIDER, ADMINISTRATOR, OFFICIAL = "it-manager", "administrator", "official"
GUEST = "fake:guest"
"""An account of the workspace that is nobody's of the directory."""
TEAM = "fake:team:communications"

COMPLETE: Mapping[str, str] = {
    "need": "Kuntalaiset eivät löydä kirjaston tapahtumia.",
    "goals": "lisää osallistumista\nnäkyvyyttä tapahtumille",
    "audience": "aikuiset kuntalaiset",
    "content": "Tapahtumia ja kirjavinkkejä",
    "benefits": "quality,openness",
    "benefits_more": "",
    "hours": "4",
    "tasks": "weekly",
    "updater": LIBRARIAN,
    "producers": "",
    "leader": "kirjaston esihenkilö",
    "meeting": "viikkopalaveri",
    "plan": "Julkaisemme tiistaisin ja torstaisin.",
    "rhythm": "weekly",
    "substitute": INFORMATICIAN,
    "commitment": "yes",
    "own_names": "no",
    "owner": "Kirjasto",
    "department": "Kasvu ja ympäristö",
    "channel": "instagram",
    "name": "Kirjaston kuulumiset",
    "mailbox": "kirjasto@tuusula.fi",
    "admins": f"{LIBRARIAN},{INFORMATICIAN}",
    "lifetime": "permanent",
    "measure_1": "osallistujien määrä tapahtumissa",
    "measure_2": "käynnit tapahtumien verkkosivulla",
    "keeper": "Tuusulan kunta / Kirjasto",
    "unit_page": "www.tuusula.fi/kirjasto",
    "promise": "yes",
}
"""An answer to every question of the nine steps that nothing can be said against."""
TOLD_IN_WORDS = (
    "Kuntalaiset eivät löydä kirjaston tapahtumia.", "- lisää osallistumista\n- näkyvyyttä tapahtumille",
    "aikuiset kuntalaiset", "Tapahtumia ja kirjavinkkejä", "1, 3", "ohita", "4", "1", "kirjastonhoitaja", "ohita",
    "kirjaston esihenkilö", "viikkopalaveri", "Julkaisemme tiistaisin ja torstaisin.", "viikoittain", "informaatikko",
    "kyllä", "ei", "Kirjasto", "Kasvu ja ympäristö", "instagram", "Kirjaston kuulumiset", "kirjasto@tuusula.fi",
    "kirjastonhoitaja@example.org, informaatikko@example.org", "pysyvä", "osallistujien määrä tapahtumissa",
    "käynnit tapahtumien verkkosivulla", "Tuusulan kunta / Kirjasto", "www.tuusula.fi/kirjasto", "kyllä",
)  # fmt: skip
"""The same, as it is written when it is asked one by one."""
PROPOSAL = {"hours": "4", "reserved": "yes", "tasks": "weekly", "substitute": "yes", "led": "Viikkopalaverissa."}
DECISION = {
    "outcome": "approved",
    "manner": "decision",
    "date": "2026-11-20",
    "section": "45",
    "secured": "yes",
    "text": "",
}
ADDRESS = "www.instagram.com/kirjastonkuulumiset"
SKIPPABLE = (replace(CHAIN[0], skipped_by="communications_manager"), CHAIN[1])
"""A chain whose first body the communications manager may let a request pass by (A1)."""
REQUESTS = TypeAdapter(Record)

# ── records by hand ─────────────────────────────────────────────────────────────────────────────────────────────────

KEY = "accounts/1"
AFTER = (
    (Status.SENT, EMPLOYEE, "send", {}),
    (Status.PROPOSED, SUPERVISOR, "propose", {"hours": "4", "tasks": "weekly", "led": "Viikkopalaverissa."}),
    (Status.APPROVED, MUNICIPAL_SECRETARY, "conclude", {"date": "2026-11-20", "section": "45", "secured": "yes"}),
    (Status.OPENED, LIBRARIAN, "open", {}),
    (Status.OFFICIAL, SPECIALIST, "verify", {}),
)
"""The straight way: the status, who leads to it, and by what."""
TURN_OF = {Status.SENT: (SUPERVISOR,), Status.PROPOSED: (SECRETARY,)}
BY_THE_WAY = {Status.RETURNED: (SUPERVISOR, "return"), Status.REJECTED: (SUPERVISOR, "reject"),
              Status.WITHDRAWN: (EMPLOYEE, "withdraw")}  # fmt: skip


def filled(status: Status, **changes: object) -> Record:
    """A request that came to a status as requests do: with its history, who was told, and who has agreed."""
    order = [s for s, *_ in AFTER]
    reached = order.index(status) + 1 if status in order else 1 if status in BY_THE_WAY else 0
    history = tuple(Deed(MONDAY, who, move, details=details) for _, who, move, details in AFTER[:reached])
    if status in BY_THE_WAY:
        history = (*history, Deed(MONDAY, *BY_THE_WAY[status], "Kerro vielä kohderyhmästä."))
    record = Record(
        KEY, EMPLOYEE, "fake:dm:employee", "fi", MONDAY, MONDAY, MONDAY, CHAIN, 1, status,
        answers=dict(COMPLETE), round=1 if history else 0, told=TURN_OF.get(status, ()),
        agreements={p: Agreement(MONDAY, "yes", MONDAY) for p in (LIBRARIAN, INFORMATICIAN)} if history else {},
        history=history, comments=(Comment(MONDAY, SUPERVISOR, "Hyvä ajatus!"),) if history else (),
    )  # fmt: skip
    if status is Status.FORGOTTEN:
        record = replace(record, answers={})
    if status in (Status.OPENED, Status.OFFICIAL):
        record = replace(record, address=ADDRESS, opened_at=MONDAY, named_at=MONDAY)
    if status is Status.OFFICIAL:
        ticks = {p: Tick(LIBRARIAN, MONDAY) for p in ("keeper", "unit_link", "back_link")}
        record = replace(record, ticks={**ticks, "list_link": Tick(SPECIALIST, MONDAY)}, official_at=MONDAY)
    return replace(record, **changes)  # type: ignore[arg-type]


class DemoStore:
    """The people of the demo organisation and a guest, as a store has them."""

    def people(self) -> Sequence[Person]:
        return read_people(DEMO_PEOPLE)

    def accounts(self) -> Sequence[Account]:
        return (Account(GUEST, "Vieras", "", "fi", "guest", MONDAY),)

    def changes(self) -> dict[str, int]:
        return {}

    def languages(self) -> Mapping[str, str]:
        return {}


PEOPLE = Directory(DemoStore())  # type: ignore[arg-type]  # all that a directory reads of its store


def facts(person: str, now: datetime = MONDAY, **more: object) -> Facts:
    """The facts of an event of this person's; "" is the clock."""
    return Facts(
        now, PEOPLE.person(person) if person else None, "fi", PEOPLE, FinnishWorkingTime(),
        **{"chain": CHAIN, "municipality": "Tuusulan kunta", "domains": ("tuusula.fi",),
           "addresses": frozenset(p.email for p in PEOPLE.everybody), "departments": PEOPLE.departments,
           "today": now.date(), **more},
    )  # type: ignore[arg-type]  # fmt: skip


# ── a world ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def with_chain(world: World, *chain: Body) -> World:
    """The same world in a municipality whose decisions go another way."""
    bot = Bot(world.store, Directory(world.store), world.bot.guide, world.clock, FinnishWorkingTime(),
              world.bot.platforms, municipality=Municipality(chain=chain))  # fmt: skip
    return replace(world, bot=bot, sender=Sender(bot, world.sender._renderer))


def imports(world: World, **changes: Mapping[str, object] | None) -> None:
    """Import the people anew with these changes by id (`-` as `_`); None leaves somebody out."""
    named = {name.replace("_", "-"): change for name, change in changes.items()}
    people = [replace(p, **(named.get(p.id) or {})) for p in world.store.people()
              if p.id not in named or named[p.id] is not None]  # type: ignore[arg-type]  # fmt: skip
    world.store.replace_people(people)
    world.bot.directory.refresh()


def request(world: World, key: str = KEY) -> Record:
    """The request as it is kept."""
    kept = world.store.record(key)
    assert kept is not None
    return REQUESTS.validate_json(kept.data)


def status(world: World, key: str = KEY) -> Status:
    return request(world, key).status


def goes_to(world: World, day: date, hour: int = 8) -> None:
    """Let the days pass one by one, as they do, up to an hour (UTC) of a day."""
    until = datetime(day.year, day.month, day.day, hour, tzinfo=MONDAY.tzinfo)
    while world.clock.now() < until:
        world.clock.at = min(world.clock.now() + timedelta(hours=12), until)
        world.sender.run_once()


def writes(world: World, person: str, below: Sent, text: str) -> None:
    """Write in the thread of a message without naming the bot."""
    where = f"{below.conversation}#{below.message}"
    world.bot.handle(Asked(f"k{next(world.keys)}", person, where, text=text, thread=where, addressed=False))
    world.sender.run_once()


def twice(world: World, event: Pressed | Submitted) -> tuple[Handled, Handled]:
    """The same deed in two deliveries of their own: a double click."""
    first = world.bot.handle(replace(event, key=f"k{next(world.keys)}"))
    second = world.bot.handle(replace(event, key=f"k{next(world.keys)}"))
    world.sender.run_once()
    return first, second


def page(step: str, answers: Mapping[str, str]) -> dict[str, str]:
    """The values of a step's page."""
    found = next(s for s in STEPS if s.name == step)
    return {f.name: answers.get(f.name, "") for f in fields_of(found, answers)}


def fills(world: World, person: str = EMPLOYEE, **changes: str) -> str:
    """Fill in a draft in forms, every step answered, and give its key."""
    answers = {**COMPLETE, **changes}
    opened = world.presses(person, "accounts/begin", "", "form").immediate
    assert isinstance(opened, OpenForm)
    key = opened.form.record.partition("@")[0]
    for step in STEPS:
        shown = world.submits(person, "accounts/step", f"{key}@{step.name}", **page(step.name, answers))
        assert not isinstance(shown.immediate, FieldErrors), shown.immediate
    return key


def sent(world: World, person: str = EMPLOYEE, *, agreed: bool = True, **changes: str) -> str:
    """A request before its supervisor; the updater and the substitute have agreed."""
    key = fills(world, person, **changes)
    world.presses(person, "accounts/send", key)
    if agreed:
        for named in (LIBRARIAN, INFORMATICIAN):
            if named in request(world, key).agreements:
                world.presses(named, "accounts/accept", key)
    return key


def proposed(world: World, person: str = EMPLOYEE, by: str = SUPERVISOR, **changes: str) -> str:
    """A request before the first body."""
    key = sent(world, person, **changes)
    world.submits(by, "accounts/propose", f"{key}@1", **PROPOSAL)
    return key


def approved(world: World, person: str = EMPLOYEE, **changes: str) -> str:
    """A request that both bodies approved."""
    key = proposed(world, person, **changes)
    world.submits(SECRETARY, "accounts/decide", f"{key}@1", **DECISION)
    world.submits(MUNICIPAL_SECRETARY, "accounts/decide", f"{key}@1", **DECISION | {"section": "7"})
    return key


def opened(world: World, person: str = EMPLOYEE, **changes: str) -> str:
    """A request whose account is there."""
    key = approved(world, person, **changes)
    world.submits(LIBRARIAN, "accounts/open", key, address=ADDRESS)
    return key


def official(world: World, person: str = EMPLOYEE, **changes: str) -> str:
    """A request whose account is official."""
    key = opened(world, person, **changes)
    for point in ("keeper", "unit_link", "back_link"):
        world.presses(LIBRARIAN, "accounts/tick", key, point)
    world.presses(SPECIALIST, "accounts/tick", key, "list_link")
    return key


# ── what was shown and what was kept ────────────────────────────────────────────────────────────────────────────────


def words(card: CardShown | Sent) -> str:
    """All that a card says, small print and people's own words too."""
    shown = card.card if isinstance(card, Sent) else card
    texts = {"words": lambda p: unmarked(p.markdown), "said": lambda p: f"{p.label}: {p.text}"}
    return "\n".join(texts[p.kind](p) for p in shown.parts if p.kind in texts)


def said_last(world: World, person: str) -> str:
    """What the newest message to a person says."""
    return words(world.last(person))


def to(world: World, receiver: str, since: int = 0) -> list[Sent]:
    """What a person, or the communications team, was sent after the first `since` messages of all."""
    where = receiver if receiver.startswith("fake:team") else world.platform.direct(receiver)
    return [s for s in world.platform.sent[since:] if s.conversation == where]


def cards(world: World, receiver: str, name: str, since: int = 0) -> list[Sent]:
    """Those of a card's name."""
    return [s for s in to(world, receiver, since) if s.card.name == name]


def now_shown(world: World, receiver: str, name: str) -> list[str]:
    """What the messages of a name say now in a person's conversation, each as it was changed last."""
    return [words(s) for s in {s.message: s for s in cards(world, receiver, name)}.values()]


def kept_text(world: World, *tables: str) -> str:
    """All text of these tables, or of the whole database, as it is on disk."""
    with tempfile.TemporaryDirectory() as folder:
        copy = str(Path(folder) / "copy.db")
        world.store.back_up(copy)
        with closing(sqlite3.connect(copy)) as db:
            every = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
            rows = [row for table in tables or every for row in db.execute(f'select * from "{table}"')]
    return "\n".join(str(value) for row in rows for value in row)
