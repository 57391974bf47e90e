"""A request for a new account in a Slack workspace that we did not write: from the first word to an official account.

The bot is served as in `test_local_slack`, with the people of the demo organisation. `workspace.py` says where
local-slack is not like Slack.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.wiring import DEMO_PEOPLE
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
    environment_with,
    opened,
)
from tests.slack.test_stories import words
from tests.slack.workspace import Json, Person

pytestmark = pytest.mark.slack
LIBRARIAN = Person("U05LIB", "librarian", "Kirjastonhoitaja, kirjasto", "kirjastonhoitaja@example.org")
INFORMATICIAN = Person("U06INF", "informatician", "Informaatikko, kirjasto", "informaatikko@example.org")
DEPARTMENT = Person("U07DEP", "department", "Toimialueen johtoryhmän sihteeri", "sihteeri.toimialue@example.org")
MUNICIPALITY = Person("U08MUN", "municipality", "Kunnan johtoryhmän sihteeri", "sihteeri.kunta@example.org")
EVERYBODY = (*PEOPLE, LIBRARIAN, INFORMATICIAN, DEPARTMENT, MUNICIPALITY)
LATER = 90
"""Seconds for what comes after many changes of older cards, of which the bot sends one a second to a conversation."""
ADDRESS = "www.instagram.com/kirjastonnuoret"
COMMENT = "Riittääkö neljä tuntia viikossa?"
ANSWERS = (
    ("Mihin tarpeeseen tili vastaa?", "Nuoret eivät löydä kirjaston tapahtumia."),
    ("Mitkä ovat tavoitteet?", "Nuoret osallistuvat tapahtumiin"),
    ("Mikä on kohderyhmä?", "nuoret"),
    ("Millaista sisältöä tilillä tarjotaan?", "Tapahtumia ja kirjavinkkejä"),
    ("Mitä hyötyä tilistä on?", "1, 2"),
    ("Muita hyötyjä", "ohita"),
    ("Montako tuntia viikossa", "4"),
    ("päivittäisiin vai viikoittaisiin", "viikoittain"),
    ("Kuka on vastuullinen päivittäjä?", f"<@{LIBRARIAN.id}>"),
)
"""Questions of the conversation, and what is written to each."""
PAGES = (
    ("3/9", {"leader": "Kirjaston esihenkilö", "meeting": "Viikkopalaveri"}),
    ("4/9", {"substitute": INFORMATICIAN.id, "commitment": "yes"}),
    ("5/9", {}),
    ("6/9", {"channel": "instagram", "name": "Kirjaston nuoret"}),
    ("7/9", {"mailbox": "kirjasto@tuusula.fi", "admins": f"{LIBRARIAN.id},{INFORMATICIAN.id}"}),
    ("8/9", {"measure_1": "Osallistujien määrä tapahtumissa"}),
    ("9/9", {"unit_page": "www.tuusula.fi/kirjasto", "promise": "yes"}),
)
"""Pages of the form, and what is entered in each."""


@pytest.fixture(scope="session")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bot's data when the demo organisation was taken in."""
    folder = tmp_path_factory.mktemp("organisation")
    imported = command("import", "people", str(DEMO_PEOPLE))
    subprocess.run(imported, cwd=folder, env=environment_with({"SOMEOPAS_DATA": "data"}), check=True)
    return folder / "data"


@pytest.fixture(params=["socket", "http"])
def office(request: pytest.FixtureRequest, tmp_path: Path, organisation: Path) -> Iterator[Office]:
    """A workspace of its own with the bot at work in the demo organisation."""
    shutil.copytree(organisation, tmp_path / "data")
    yield from opened(request.param, tmp_path, EVERYBODY)


def test_story_from_a_word_in_a_channel_to_an_official_account_with_eight_people(office: Office) -> None:
    thread = begun_in_a_thread(office)
    form = answered_in_words(office, thread)
    written_in_the_form(office, form)
    summary = office.sees(EMPLOYEE, "Kaikki kohdat on täytetty", TALK)
    assert (summary["ephemeral_to"], summary["thread_ts"]) == (EMPLOYEE.id, thread)
    office.presses(EMPLOYEE, TALK, summary, "Lähetä esihenkilölle")
    accepted(office)
    commented_in_the_thread(office, thread)
    decided(office)
    gone_live(office)
    office.says(EMPLOYEE, "tili")
    assert ADDRESS in words(office.sees(EMPLOYEE, "Yksikölläsi on jo", seconds=LATER)["blocks"])
    in_thread = office.sees(SUPERVISOR, "Virallinen", TALK)
    assert (in_thread.get("ephemeral_to"), in_thread["thread_ts"]) == (None, thread)


def begun_in_a_thread(office: Office) -> str:
    """Somebody talks of it in a channel, and the employee names the bot below that; gives the thread."""
    thread = office.says(SUPERVISOR, "Nuoret eivät löydä meitä. Tarvitsemmeko oman tilin?", TALK)
    office.says(EMPLOYEE, f"<@{office.app.bot}> tili", TALK, thread)
    offered = office.sees(EMPLOYEE, "Riittäisikö kattotili?", TALK)
    assert (offered["ephemeral_to"], offered["thread_ts"]) == (EMPLOYEE.id, thread)
    office.presses(EMPLOYEE, TALK, offered, "Aloita keskustellen")
    return thread


def answered_in_words(office: Office, thread: str) -> Json:
    """The first questions, answered in the thread without the bot's name; gives the page that goes on from there."""
    for question, answer in ANSWERS:
        asked = office.sees(EMPLOYEE, question, TALK)
        assert (asked["ephemeral_to"], asked["thread_ts"]) == (EMPLOYEE.id, thread)
        office.says(EMPLOYEE, answer, TALK, thread)
    office.presses(EMPLOYEE, TALK, office.sees(EMPLOYEE, "Ketkä muut tuottavat sisältöä?", TALK), "Täytä lomakkeella")
    return office.modal("Montako tuntia viikossa")


def written_in_the_form(office: Office, form: Json) -> None:
    """The other pages, each in the place of the one before: with an error, and a warning that wants a reason."""
    chosen = {block["block_id"]: block["element"] for block in form["blocks"] if block["type"] == "input"}
    assert chosen["hours"]["initial_value"] == "4"
    assert chosen["updater"]["initial_user"] == LIBRARIAN.id, "whom the message named"
    for number, entered in PAGES:
        page = office.slack.wait_for(lambda wanted=number: on_page(office.slack.view(), wanted))
        if number == "4/9":
            refused = office.submits(EMPLOYEE, page, **{**entered, "substitute": LIBRARIAN.id})
            assert refused["errors"] == {"substitute": "Sijaisen on oltava eri henkilö kuin vastuullinen päivittäjä."}
            office.submits(EMPLOYEE, page, **entered)
            warned = office.modal("Perustelu: suunnitelmaa ei ole")
            office.submits(EMPLOYEE, warned, **entered, why_no_plan="Suunnitelma tehdään tammikuussa.")
        else:
            office.submits(EMPLOYEE, page, **entered)
    office.slack.wait_for(lambda: office.slack.view() is None)


def on_page(view: Json | None, number: str) -> Json | None:
    """The modal, where it is the page of this number."""
    return view if view and view["title"]["text"].startswith(number) else None


def accepted(office: Office) -> None:
    """Who is named takes it on."""
    for who in (LIBRARIAN, INFORMATICIAN):
        office.presses(who, office.direct(who), office.sees(who, "Otatko tehtävän?"), "Otan tehtävän")
        office.sees(who, "Olet suostunut")
        office.sees(who, "Olet nyt mukana tilin hoidossa")


def commented_in_the_thread(office: Office, thread: str) -> None:
    """The card is in the thread for all to see; what is written below it is kept with the request."""
    card = office.sees(SUPERVISOR, "Pyyntö 1: Kirjaston nuoret", TALK)
    assert (card.get("ephemeral_to"), card["thread_ts"]) == (None, thread)
    office.says(SUPERVISOR, COMMENT, TALK, thread)
    assert office.sees(SUPERVISOR, "tallennettu pyyntöön 1", TALK)["ephemeral_to"] == SUPERVISOR.id
    office.sees(EMPLOYEE, COMMENT)
    kept = office.sees(EMPLOYEE, COMMENT, TALK)
    assert kept["ts"] == card["ts"], "the card itself tells it"
    office.sees(SUPERVISOR, COMMENT)


def decided(office: Office) -> None:
    """The supervisor proposes, and the secretaries record what their bodies decided."""
    card = office.sees(SUPERVISOR, "Pyyntö 1: Kirjaston nuoret", TALK)
    office.presses(EMPLOYEE, TALK, card, "Tee esitys")
    assert office.sees(EMPLOYEE, "Omasta pyynnöstä ei voi päättää itse", TALK)["ephemeral_to"] == EMPLOYEE.id
    office.presses(SUPERVISOR, TALK, card, "Tee esitys")
    proposing = office.modal("Varaatko työajan?")
    assert "reserved" in office.submits(SUPERVISOR, proposing, reserved="no", substitute="yes")["errors"]
    assert office.submits(SUPERVISOR, proposing, reserved="yes", substitute="yes", hours="5")["stack"] == []
    office.sees(SPECIALIST, "esittää tiliä", TEAM)
    for who, section in ((DEPARTMENT, "45"), (MUNICIPALITY, "7")):
        waiting = office.sees(who, "Varataan 5 tuntia viikossa")
        assert COMMENT in words(waiting["blocks"])
        office.presses(who, office.direct(who), waiting, "Kirjaa päätös")
        recording = office.modal("Mitä päätettiin?")
        assert set(office.submits(who, recording, outcome="approved")["errors"]) == {"section", "secured"}
        assert office.submits(who, recording, outcome="approved", section=section, secured="yes")["stack"] == []
        office.sees(who, f"§ {section}")
    office.sees(EMPLOYEE, "Pyyntö on hyväksytty")


def gone_live(office: Office) -> None:
    """The account is opened, and each ticks what is theirs."""
    where = office.direct(LIBRARIAN)
    office.presses(LIBRARIAN, where, office.sees(LIBRARIAN, "Tarkistuslista: Kirjaston nuoret"), "Tili on avattu")
    assert office.submits(LIBRARIAN, office.modal("Tilin osoite"), address=ADDRESS)["stack"] == []
    office.sees(MANAGER, "Nimetyt toimijat: Kirjaston nuoret")
    for point in ("✓ 1 Ylläpitäjä kerrottu", "✓ 2 Linkki yksikön sivulla", "✓ 4 Linkki kunnan sivulle"):
        office.presses(LIBRARIAN, where, office.sees(LIBRARIAN, point), point)
    office.presses(
        SPECIALIST, TEAM, office.sees(SPECIALIST, "Tili avattu: Kirjaston nuoret", TEAM), "✓ 3 Linkki koontisivulla"
    )
    office.sees(SPECIALIST, "Tili on virallinen: Kirjaston nuoret", TEAM)
    office.sees(EMPLOYEE, "Tili on nyt virallinen", seconds=LATER)
