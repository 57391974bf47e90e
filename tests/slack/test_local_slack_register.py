"""The register and agreements in a Slack workspace that we did not write: searched, named, confirmed, agreed.

The bot is served as in `test_local_slack`, with the people and the accounts of the demo organisation. The bot goes by the
machine's clock, so that months do not pass: while it is down, what was done is put that much further back, and the
morning's round is made as of the last working hour. What it says, the bot sends when it is up again.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Bot
from bot.directory import Directory
from bot.rendering import Renderer
from bot.settings import Settings
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_ACCOUNTS, Parts, build_slack
from bot.working_time import FinnishWorkingTime
from handlers import reminders
from handlers.events import Elapsed
from handlers.register.record import Record
from knowledge.guide import Guide
from tests.register import ACCOUNTS
from tests.slack import test_local_slack_accounts
from tests.slack.test_local_slack import (
    EMPLOYEE,
    MANAGER,
    PEOPLE,
    SPECIALIST,
    SUPERVISOR,
    TALK,
    TEAM,
    Office,
    command,
    elements,
    environment_with,
    opened,
)
from tests.slack.test_local_slack_accounts import INFORMATICIAN, LIBRARIAN
from tests.slack.test_stories import words
from tests.slack.workspace import Json, Person

pytestmark = pytest.mark.slack
organisation = test_local_slack_accounts.organisation
OFFICIAL = Person("U11OFF", "official", "Luottamushenkilö", "luottamushenkilo@example.org")
IT_MANAGER = Person("U09ITM", "it-manager", "Tietohallintopäällikkö", "tietohallintopaallikko@example.org")
DIRECTOR = Person("U10DIR", "director", "Toimialueen johtaja", "toimialuejohtaja@example.org")
EVERYBODY = (*PEOPLE, LIBRARIAN, INFORMATICIAN, OFFICIAL, IT_MANAGER, DIRECTOR)
CHILDREN, PLACE = "Lasten kirjasto", "www.instagram.com/tuusulanlastenkirjasto"
HALF_A_YEAR = timedelta(days=190)
LATER = 60
"""Seconds for what comes after other messages of the same conversation, of which the bot sends one a second."""
AGREED = "sovi sometyöaika: Facebook; vastaan asiakkaiden kysymyksiin; 2 h; vastaan vain työaikana"
CONTENT = "käymme läpi kuukausipalaverissa; 2 h; ei iltaisin"
COMMENT = "Kuinka usein aiot vastata?"


@dataclass(frozen=True)
class Stopped:
    """A clock that stands still."""

    at: datetime

    def now(self) -> datetime:
        """Always the same moment."""
        return self.at


@pytest.fixture(scope="session")
def registered(organisation: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bot's data when the demo's accounts were taken in too, by the command that an administrator gives."""
    folder = tmp_path_factory.mktemp("registered")
    shutil.copytree(organisation, folder / "data")
    imported = command("import", "accounts", str(DEMO_ACCOUNTS))
    subprocess.run(imported, cwd=folder, env=environment_with({"SOMEOPAS_DATA": "data"}), check=True)
    return folder / "data"


@pytest.fixture(params=["socket", "http"])
def office(request: pytest.FixtureRequest, tmp_path: Path, registered: Path) -> Iterator[Office]:
    """A workspace of its own with the bot at work in the demo organisation."""
    shutil.copytree(registered, tmp_path / "data")
    yield from opened(request.param, tmp_path, EVERYBODY)


# ── the register ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r43_story_from_a_search_to_people_who_were_named_and_confirmed_half_a_year_later(office: Office) -> None:
    number = found(office)
    named(office, number)
    office.bot.stop()
    aged(office, number, HALF_A_YEAR)
    morning(office)
    office.start()
    asked = office.sees(LIBRARIAN, "ovatko nämä ylläpitäjät yhä oikein")
    assert "Informaatikko, kirjasto (sijainen, ylläpitäjä)" in words(asked)
    office.presses(LIBRARIAN, office.direct(LIBRARIAN), asked, "Henkilöt ovat oikein")
    office.sees(LIBRARIAN, "nimetyt henkilöt on vahvistettu")
    office.presses(LIBRARIAN, office.direct(LIBRARIAN), asked, "Henkilöt ovat oikein")
    office.says(LIBRARIAN, f"tilin historia {number}")
    assert "nimetyt henkilöt vahvistettiin" in words(office.sees(LIBRARIAN, "historia", seconds=LATER)["blocks"])
    kept = account(office, number)
    assert kept.confirmed_at
    assert datetime.now(UTC) - kept.confirmed_at < timedelta(minutes=5)
    assert kept.producers == ("supervisor",)


def found(office: Office) -> str:
    """An account that is searched for in a channel, and shown to who asked alone; gives its number."""
    office.commands(EMPLOYEE, "rekisteri kirjasto")
    listed = office.sees(EMPLOYEE, CHILDREN, TALK)
    assert listed["ephemeral_to"] == EMPLOYEE.id
    office.presses(EMPLOYEE, TALK, listed, "Avaa tili")
    shown = office.sees(EMPLOYEE, PLACE, TALK)
    assert shown["ephemeral_to"] == EMPLOYEE.id
    assert office.seen(SUPERVISOR, TALK) == []
    office.says(OFFICIAL, "rekisteri kirjasto")
    assert "Informaatikko" not in words(office.sees(OFFICIAL, CHILDREN)["blocks"]), (
        "who may post, outsiders need not know"
    )
    return str(words(listed).partition("(tili ")[2].partition(")")[0])


def named(office: Office, number: str) -> None:
    """The keeper names people in a modal: with an error, and once more; who is named and the manager hear of it."""
    where = office.direct(LIBRARIAN)
    office.says(LIBRARIAN, f"tili {number}")
    office.presses(LIBRARIAN, where, office.sees(LIBRARIAN, PLACE), "Nimeä henkilöt")
    form = office.modal("Vastuullinen päivittäjä")
    chosen = {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}
    assert chosen["updater"]["initial_user"] == LIBRARIAN.id
    assert chosen["admins"]["initial_users"] == [LIBRARIAN.id, INFORMATICIAN.id]
    refused = office.submits(LIBRARIAN, form, substitute=LIBRARIAN.id)
    assert refused["errors"] == {"substitute": "Sijaisen on oltava eri henkilö kuin vastuullinen päivittäjä."}
    again = office.modal("Vastuullinen päivittäjä")
    assert office.submits(LIBRARIAN, again, substitute=INFORMATICIAN.id, producers=SUPERVISOR.id)["stack"] == []
    office.sees(LIBRARIAN, "Muutos on tallennettu")
    news = words(office.sees(MANAGER, f"Tilin {number} nimetyt henkilöt muuttuivat")["blocks"])
    assert "Uudet: Esihenkilö, kirjasto" in news
    assert "Toimitettu viestintäpäällikölle" in news
    office.sees(SUPERVISOR, f"nimesi sinut tilille {CHILDREN}")
    office.sees(EMPLOYEE, "poisti sinut tilin")


def test_r42_a_pasted_address_is_judged_and_a_look_alike_can_be_reported(office: Office) -> None:
    office.says(EMPLOYEE, f"https://{PLACE}")
    office.sees(EMPLOYEE, "kunnan virallinen tili")
    office.says(EMPLOYEE, f"https://{PLACE.replace('kirjasto', 'kirjast0')}")
    warned = office.sees(EMPLOYEE, "Varo")
    office.presses(EMPLOYEE, office.direct(EMPLOYEE), warned, "Identiteettivarkaus, valetili")
    assert office.submits(EMPLOYEE, office.modal("Identiteettivarkaus"), text="Valetili")["stack"] == []
    office.sees(EMPLOYEE, "Ilmoitus 1")
    office.sees(IT_MANAGER, "poikkeama 1: identiteettivarkaus")


def account(office: Office, number: str) -> Record:
    """The account as the bot keeps it, which may be at work."""
    store = SqliteStore(database(office), exclusive=False)
    try:
        kept = store.record(f"register/{number}")
        assert kept
        return replace(ACCOUNTS.validate_json(kept.data), version=kept.version)
    finally:
        store.close()


def aged(office: Office, number: str, by: timedelta) -> None:
    """So much time went by since the account was confirmed; the bot is down."""
    now = account(office, number)
    assert now.confirmed_at
    older = replace(now, confirmed_at=now.confirmed_at - by)
    store = SqliteStore(database(office))
    with store.unit() as unit:
        unit.save(
            older.key, older.status, older.updater, ACCOUNTS.dump_json(older).decode(), older.version,
            datetime.now(UTC),
        )  # fmt: skip
    store.close()


def morning(office: Office) -> None:
    """The bot's round as of the last working hour, beside the bot that is down; what it says waits in the outbox."""
    working_time, at = FinnishWorkingTime(), datetime.now(UTC)
    while working_time.after(at, timedelta()) > at:
        at -= timedelta(minutes=30)
    settings = Settings(
        _env_file=None, data=database(office).parent, slack_bot_token=office.app.bot_token, slack_api=office.slack.api,
        slack_communications=TEAM,
    )  # type: ignore[call-arg]  # fmt: skip
    store, clock = SqliteStore(database(office)), Stopped(at)
    directory = Directory(store)
    slack = build_slack(Parts(settings, store, directory, clock, Renderer()))
    bot = Bot(store, directory, Guide.load(None), clock, working_time, {"slack": slack})
    with store.unit() as unit:
        unit.remind(reminders.KEY, reminders.TIMER, at)
    bot.handle(Elapsed(f"morning:{at}", "", "", reminders.KEY, reminders.TIMER, at))
    store.close()


def database(office: Office) -> Path:
    """The file in which the bot keeps everything."""
    return Settings(_env_file=None, data=office.bot.folder / "data").database  # type: ignore[call-arg]


# ── an agreement ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r19_r34_an_agreement_is_talked_over_and_approved_in_the_thread(office: Office) -> None:
    office.says(EMPLOYEE, AGREED)
    office.sees(EMPLOYEE, "Sopimus on lähetetty esihenkilölle")
    card = office.sees(SUPERVISOR, "Sopimus 1: some työajalla")
    assert "vastaan asiakkaiden kysymyksiin" in words(card)
    office.says(SUPERVISOR, COMMENT, thread=card["ts"])
    office.sees(EMPLOYEE, COMMENT)
    office.says(SUPERVISOR, f"hyväksy sopimus 1: {CONTENT}", thread=card["ts"])
    office.sees(SUPERVISOR, "Hyväksyit sopimuksen 1")
    approved = office.sees(EMPLOYEE, "hyväksyi sopimuksen", seconds=LATER)
    office.presses(EMPLOYEE, office.direct(EMPLOYEE), approved, "Näytä sopimus")
    page = words(office.sees(EMPLOYEE, "kuukausipalaverissa", seconds=LATER)["blocks"])
    for told in ("Näin sovittiin", "2 tuntia viikossa", "ei iltaisin", "Tarkistetaan viimeistään"):
        assert told in page
    now = office.sees(SUPERVISOR, "Näin sovittiin", seconds=LATER)
    assert now["ts"] == card["ts"], "the card itself tells it"
    assert "Hyväksy" not in labels(now)
    for other in (MANAGER, SPECIALIST, LIBRARIAN):
        office.says(other, "sopimus 1")
        assert "kysymyksiin" not in words(office.sees(other, "opimus")["blocks"])
    assert office.seen(SUPERVISOR, TALK) == office.seen(SPECIALIST, TEAM) == []


def test_r19_an_agreement_is_approved_by_a_modal_and_an_error_is_said_at_its_field(office: Office) -> None:
    office.mentions(EMPLOYEE, AGREED)
    card = office.sees(SUPERVISOR, "Sopimus 1: some työajalla")
    office.presses(SUPERVISOR, office.direct(SUPERVISOR), card, "Hyväksy")
    form = office.modal("Miten johdat sometyötä?")
    assert office.submits(SUPERVISOR, form, led=" ")["errors"] == {"led": "Täytä tämä kohta."}
    assert office.submits(SUPERVISOR, office.modal("Miten johdat"), led="Palaverissa.")["stack"] == []
    office.sees(SUPERVISOR, "Hyväksyit sopimuksen 1")
    office.sees(EMPLOYEE, "hyväksyi sopimuksen")
    assert office.seen(SUPERVISOR, TALK) == [], "what is between two people is not shown where others look on"


def labels(shown: Json) -> list[str]:
    """What stands on the buttons of a message."""
    return [click["label"] for click in elements(shown)]
