"""A security incident in a Slack workspace that we did not write: from frightened words to an outcome (R145–R148).

The bot is served as in `test_local_slack`, with the people of the demo organisation. `workspace.py` says where
local-slack is not like Slack: it has no message shortcuts, and gives an app no files.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.slack import test_local_slack_accounts
from tests.slack.test_local_slack import EMPLOYEE, PEOPLE, SUPERVISOR, TALK, TEAM, Office, opened
from tests.slack.test_stories import words
from tests.slack.workspace import Person

pytestmark = pytest.mark.slack
organisation = test_local_slack_accounts.organisation
IT_MANAGER = Person("U09ITM", "it-manager", "Tietohallintopäällikkö", "tietohallintopaallikko@example.org")
DIRECTOR = Person("U10DIR", "director", "Toimialueen johtaja", "toimialuejohtaja@example.org")
COLLEAGUE = Person("U06INF", "informatician", "Informaatikko, kirjasto", "informaatikko@example.org")
EVERYBODY = (*PEOPLE, IT_MANAGER, DIRECTOR, COLLEAGUE)
FRIGHTENED = "mua uhkaillaan kirjaston facebookin kommenteissa"
CLICKED, LURE = "klikkasin outoa linkkiä", "https://pahis.example.net/kirjaudu"
QUESTION, ANSWER = "Tunnetko kirjoittajan?", "En tunne, nimimerkki on uusi."
OUTCOME = "Kommentit on piilotettu ja tehty rikosilmoitus."


@pytest.fixture(params=["socket", "http"])
def office(request: pytest.FixtureRequest, tmp_path: Path, organisation: Path) -> Iterator[Office]:
    """A workspace of its own with the bot at work in the demo organisation."""
    shutil.copytree(organisation, tmp_path / "data")
    yield from opened(request.param, tmp_path, EVERYBODY)


def bystanders_read_nothing(office: Office) -> None:
    """Nobody whom it does not concern was told anything: not in a channel, and not by themselves."""
    assert office.seen(COLLEAGUE) == []
    assert office.seen(DIRECTOR) == []
    assert office.seen(COLLEAGUE, TALK) == []
    assert office.seen(COLLEAGUE, TEAM) == []


def test_r145_story_from_a_sentence_in_a_channel_to_an_outcome_that_its_reporter_reads(office: Office) -> None:
    office.mentions(EMPLOYEE, FRIGHTENED)
    offer = office.sees(EMPLOYEE, "muu neuvo", TALK)
    assert offer["ephemeral_to"] == EMPLOYEE.id
    assert office.seen(IT_MANAGER) == [], "nothing is reported before it is pressed"
    office.presses(EMPLOYEE, TALK, offer, "Ilmoita nyt")
    state = office.sees(EMPLOYEE, "Ilmoitus 1: uhkaus")
    assert office.sees(EMPLOYEE, "Ilmoitus 1: uhkaus", TALK)["ephemeral_to"] == EMPLOYEE.id

    alert = office.sees(IT_MANAGER, "poikkeama 1: uhkaus")
    care = office.sees(SUPERVISOR, "Poikkeama 1: uhkaus")
    for told in (alert, care):
        assert "facebook" not in words(told)
    office.presses(IT_MANAGER, office.direct(IT_MANAGER), alert, "Otan käsittelyyn")
    taken = office.sees(EMPLOYEE, "Poikkeama 1 on otettu käsittelyyn")
    assert (taken["thread_ts"], "Tietohallintopäällikkö" in words(taken["blocks"])) == (state["ts"], True)
    changed = office.sees(EMPLOYEE, "Käsittelijä: Tietohallintopäällikkö, otettu")
    assert changed["ts"] == state["ts"], "the message itself changed"

    office.says(IT_MANAGER, QUESTION, thread=alert["ts"])
    assert office.sees(EMPLOYEE, QUESTION)["thread_ts"] == state["ts"]
    office.says(EMPLOYEE, ANSWER, thread=state["ts"])
    assert office.sees(IT_MANAGER, ANSWER)["thread_ts"] == alert["ts"]

    office.presses(IT_MANAGER, office.direct(IT_MANAGER), alert, "Avaa")
    case = office.sees(IT_MANAGER, "Päätä tapaus")
    for written in (FRIGHTENED, QUESTION, ANSWER):
        assert written in words(case["blocks"])
    office.presses(IT_MANAGER, office.direct(IT_MANAGER), case, "Päätä tapaus")
    resolving = office.modal("Ilmoittaja saa tämän tekstin")
    assert office.submits(IT_MANAGER, resolving, text="  ")["errors"].keys() == {"text"}
    assert office.submits(IT_MANAGER, resolving, text=OUTCOME)["stack"] == []
    outcome = next(m for m in thread_of(office, state["ts"]) if OUTCOME in words(m))
    assert outcome["user"] == office.app.bot

    office.presses(EMPLOYEE, office.direct(EMPLOYEE), office.sees(EMPLOYEE, "Avaa uudelleen"), "Avaa uudelleen")
    assert office.submits(EMPLOYEE, office.modal("Miksi?"), text="Sama jatkuu.")["stack"] == []
    office.sees(IT_MANAGER, "Poikkeama 1 avattiin uudelleen")
    bystanders_read_nothing(office)


def thread_of(office: Office, stamp: str) -> list[dict[str, object]]:
    """The thread of the reporter's lasting message, once the outcome is in it."""

    def found() -> list[dict[str, object]]:
        thread = [m for m in office.seen(EMPLOYEE) if m.get("thread_ts") == stamp]
        return thread if OUTCOME in words(thread) else []

    return office.slack.wait_for(found, 15)


def test_r145_a_command_with_words_reports_at_once_and_no_link_of_it_can_be_opened(office: Office) -> None:
    office.slack.command(TALK, EMPLOYEE.id, "/someilmoitus", f"{CLICKED} {LURE}", office.app)
    state = office.sees(EMPLOYEE, "Ilmoitus 1: kalastelu")
    alert = office.sees(IT_MANAGER, "poikkeama 1: kalastelu")
    assert "pahis" not in words(alert)
    office.presses(IT_MANAGER, office.direct(IT_MANAGER), alert, "Avaa")
    case = office.sees(IT_MANAGER, "hxxps://pahis[.]example[.]net/kirjaudu")
    assert LURE not in words(case)
    office.presses(IT_MANAGER, office.direct(IT_MANAGER), case, "Otan käsittelyyn")
    assert office.sees(EMPLOYEE, "on otettu käsittelyyn")["thread_ts"] == state["ts"]
    office.says(COLLEAGUE, "poikkeama 1")
    office.says(COLLEAGUE, "otan poikkeaman 1")
    refused = office.slack.wait_for(lambda: two(office), 15)
    assert "pahis" not in words(refused)
    assert "kalastelu" not in words(refused)


def two(office: Office) -> list[dict[str, object]]:
    """The colleague's conversation, once both answers are in it."""
    seen = office.seen(COLLEAGUE)
    return seen if len(seen) == 2 else []


def test_r145_from_home_the_kind_and_its_form_lead_to_a_report(office: Office) -> None:
    office.opens_home(IT_MANAGER, "Ilmoita poikkeamasta")
    office.clicks(EMPLOYEE, office.opens_home(EMPLOYEE, "Ilmoita poikkeamasta"), "Ilmoita poikkeamasta")
    office.clicks(EMPLOYEE, office.modal("Haittaohjelma"), "Haittaohjelma")
    form = office.modal("Mitä tapahtui?")
    office.submits(EMPLOYEE, form, text="Kone alkoi toimia oudosti.")
    assert "oudosti" not in words(office.sees(IT_MANAGER, "poikkeama 1: haittaohjelma"))
    office.home(EMPLOYEE, "haittaohjelma")
    waiting = office.home(IT_MANAGER, "haittaohjelma")
    office.clicks(IT_MANAGER, waiting, "Avaa")
    office.modal("Kone alkoi toimia oudosti.")
    bystanders_read_nothing(office)
