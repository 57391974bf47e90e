"""One contract for every platform: the same deeds, by buttons, forms or words, lead to the same things being seen."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest
from starlette.testclient import TestClient

from bot.app import Bot
from bot.clock import MovedClock
from bot.directory import Directory, read_people
from bot.platforms import Platform
from bot.platforms.slack import blocks
from bot.platforms.slack.events import Shown, from_press, from_view
from bot.platforms.teams.connector import Connector
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.server import Page
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.cards import Button, Buttons, Card, Feedback, Text
from knowledge.document import LANGUAGES
from knowledge.guide import Guide
from tests.fakes import MONDAY, FakeClock
from tests.forms import EVERY_KIND, every_kind, renderer_in
from tests.slack.check import check
from tests.slack.fake import FakeSlack
from tests.slack.world import COMMS, SlackWorld, make_slack
from tests.teams.fake import COMMS as TEAMS_CHANNEL
from tests.teams.fake import FakeTeams
from tests.teams.world import TeamsWorld, make_teams
from tests.test_rendering import NAMES, ORDINARY
from tests.test_rendering import blocks as template_blocks

SILENT = "Miten some-tili suljetaan?"
EMPLOYEE, SPECIALIST, MANAGER = "employee", "communications-specialist", "communications-manager"
TEAM = "communications"
USERS = {EMPLOYEE: "UEMP", SPECIALIST: "UCOM", MANAGER: "UMAN"}


class Client(Protocol):
    """A person's way to the bot on some platform, in words that fit all of them. Conversations: "" is one's own."""

    platform: Platform

    def asks(self, person: str, text: str, team: str = "") -> None: ...
    def presses(self, person: str, action: str, team: str = "") -> None: ...
    def submits(self, person: str, **values: str) -> None: ...
    def sees(self, person: str, team: str = "") -> str: ...
    def errors(self) -> bool: ...


class WebClient:
    """The page's requests."""

    def __init__(self, store: SqliteStore, guide: Guide, renderer: Renderer) -> None:
        clock = MovedClock()
        clock.offset = MONDAY - clock.now()
        self.platform = WebPlatform(store, clock)
        bot = Bot(store, Directory(store), guide, clock, FinnishWorkingTime(), {"web": self.platform})
        self.sender = Sender(bot, renderer)
        page = Page(bot, self.platform, renderer, self.sender, clock)
        self.http = TestClient(page.app(), base_url="http://127.0.0.1")
        self.count = 0
        self.form = ""

    def asks(self, person: str, text: str, team: str = "") -> None:
        self._post("/ask", person, self._where(person, team), text=text)

    def presses(self, person: str, action: str, team: str = "") -> None:
        found = re.findall(rf'data-action="{action}" data-record="([^"]*)" data-value="([^"]*)"', self.sees(person, team))
        record, value = found[-1]
        self._post("/press", person, self._where(person, team), action=action, record=record, value=html.unescape(value))

    def submits(self, person: str, **values: str) -> None:
        [(name, record)] = re.findall(r'data-form="([^"]*)" data-record="([^"]*)"', self.form)
        self._post("/submit", person, self._where(person, ""), form=name, record=record, values=values)

    def sees(self, person: str, team: str = "") -> str:
        query = {"as": person, "conversation": self._where(person, team)}
        return "".join(m["html"] for m in self.http.get("/messages", params=query).json()["messages"])

    def errors(self) -> bool:
        return bool(self.answer.get("errors"))

    def _where(self, person: str, team: str) -> str:
        return self.platform.channel(team) if team else self.platform.direct(person)

    def _post(self, path: str, person: str, conversation: str, **body: Any) -> None:
        self.count += 1
        body |= {"key": f"key-{self.count:08}", "person": person, "conversation": conversation}
        self.answer = self.http.post(path, json=body).json()
        self.form = self.answer.get("form", "")
        self.sender.run_once()


class SlackClient:
    """Slack's payloads."""

    def __init__(self, world: SlackWorld) -> None:
        self.world = world
        self.platform = world.platform

    def asks(self, person: str, text: str, team: str = "") -> None:
        if team:
            self.world.mentions(USERS[person], text, COMMS)
        else:
            self.world.says(USERS[person], text)

    def presses(self, person: str, action: str, team: str = "") -> None:
        cards = [c for c in self._cards(person, team) if f'"{action}#' in json.dumps(c["blocks"])]
        self.world.presses(USERS[person], cards[-1], action)

    def submits(self, person: str, **values: str) -> None:
        self.world.submits(USERS[person], self.world.view(), **values)

    def sees(self, person: str, team: str = "") -> str:
        return "\n".join(card["text"] for card in self._cards(person, team))

    def errors(self) -> bool:
        return self.world.response().get("response_action") == "errors"

    def _cards(self, person: str, team: str) -> list[dict[str, Any]]:
        """What the person has before them: each message as it was changed last, and what was whispered to them."""
        uid = USERS[person]
        channel = COMMS if team else f"D{uid[1:]}"
        changed = {u["ts"]: u for u in self.world.slack.told("chat.update")}
        told = self.world.slack.told("chat.postMessage", "chat.postEphemeral")
        seen = [m for m in told if m["channel"] == channel and m.get("user", uid) == uid]
        return [{**m, **changed.get(m.get("stamp", ""), {}), "channel": channel} for m in seen]


class TeamsClient:
    """Teams' activities."""

    def __init__(self, world: TeamsWorld) -> None:
        self.world = world
        self.platform = world.platform

    def asks(self, person: str, text: str, team: str = "") -> None:
        if team:
            self.world.mentions(person, text, TEAMS_CHANNEL)
        else:
            self.world.says(person, text)

    def presses(self, person: str, action: str, team: str = "") -> None:
        self.world.presses(person, action, TEAMS_CHANNEL if team else "")

    def submits(self, person: str, **values: str) -> None:
        self.world.submits(person, **values)

    def sees(self, person: str, team: str = "") -> str:
        return self.world.sees(person, TEAMS_CHANNEL if team else "")

    def errors(self) -> bool:
        return "Tarkista merkityt kohdat" in json.dumps(self.world.answer.body, ensure_ascii=False)


@pytest.fixture(params=["web", "slack", "teams"])
def client(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    guide: Guide,
    renderer: Renderer,
    fake: FakeSlack,
    teams: FakeTeams,
    connector: Connector,
) -> Iterator[Client]:
    if request.param == "teams":
        in_teams = make_teams(tmp_path / "s.db", teams, connector, guide, renderer, FakeClock())
        yield TeamsClient(in_teams)
        in_teams.store.close()
        return
    if request.param == "slack":
        world = make_slack(tmp_path / "s.db", fake, guide, renderer, FakeClock())
        yield SlackClient(world)
        world.store.close()
        return
    store = SqliteStore(tmp_path / "s.db")
    store.replace_people(read_people(DEMO_PEOPLE))
    made = WebClient(store, guide, renderer)
    with made.http:
        yield made
    store.close()


# ── the same stories everywhere ─────────────────────────────────────────────────────────────────────────────────────


def test_contract_a_question_is_answered_with_its_quote_and_place(client: Client) -> None:
    client.asks(EMPLOYEE, "Kuinka usein salasanat pitää vaihtaa?")
    seen = client.sees(EMPLOYEE)
    assert "3 kuukauden välein" in seen
    assert "14.4.2020" in seen


@pytest.mark.parametrize("by", ["buttons", "words"])
def test_contract_the_hand_off_from_question_to_curated_answer(client: Client, by: str) -> None:
    client.asks(EMPLOYEE, SILENT)
    if by == "buttons":
        client.presses(EMPLOYEE, "questions/send")
        client.submits(EMPLOYEE, text="Miten tili suljetaan?", named="yes")
        client.presses(SPECIALIST, "questions/take", TEAM)
    else:
        client.asks(EMPLOYEE, "kysy viestinnältä nimellä")
        client.asks(SPECIALIST, "ota 1")
    assert "Työntekijä, kirjasto" in client.sees(SPECIALIST, TEAM)
    assert "käsittelyssä" in client.sees(EMPLOYEE)
    if by == "buttons":
        client.presses(SPECIALIST, "questions/reply", TEAM)
        client.submits(SPECIALIST, text="Kerro viestinnälle.")
    else:
        client.asks(SPECIALIST, "vastaa 1: Kerro viestinnälle.")
    assert "Kerro viestinnälle." in client.sees(EMPLOYEE)
    if by == "buttons":
        client.presses(SPECIALIST, "curated/add", TEAM)
        client.submits(SPECIALIST, question="Miten sometili suljetaan?", others="", answer="Kerro viestinnälle heti.")
    else:
        client.asks(SPECIALIST, "lisää tietämykseen 1: Miten sometili suljetaan?")
    client.asks(MANAGER, "Miten sometili suljetaan?")
    assert "Viestintä on vastannut" in client.sees(MANAGER)
    assert "ei ole ohjeen tekstiä" in client.sees(MANAGER) or "Kerro viestinnälle" in client.sees(MANAGER)


def test_contract_a_form_with_an_error_stays_open(client: Client) -> None:
    client.asks(EMPLOYEE, SILENT)
    client.presses(EMPLOYEE, "questions/send")
    client.submits(EMPLOYEE, text=" ", named="no")
    assert client.errors()
    client.submits(EMPLOYEE, text="Miten?", named="no")
    assert not client.errors()
    assert "lähetetty viestintään" in client.sees(EMPLOYEE)


def test_contract_what_one_asks_before_others_only_they_see_until_they_share_it(client: Client) -> None:
    client.asks(SPECIALIST, "Kuka päättää uudesta some-tilistä?", TEAM)
    assert "johtoryhm" in client.sees(SPECIALIST, TEAM)
    assert "johtoryhm" not in client.sees(MANAGER, TEAM)
    client.presses(SPECIALIST, "questions/share", TEAM)
    assert "Vastauksen jakoi" in client.sees(MANAGER, TEAM)


def test_contract_the_wrong_person_and_the_late_one_are_told(client: Client) -> None:
    client.asks(EMPLOYEE, SILENT)
    client.asks(EMPLOYEE, "kysy viestinnältä")
    client.asks(EMPLOYEE, "ota 1")
    assert "Vain viestinnän työntekijät" in client.sees(EMPLOYEE)
    client.asks(SPECIALIST, "ota 1")
    client.asks(MANAGER, "ota 1")
    assert "Tämä on jo käsittelyssä: Viestinnän asiantuntija" in client.sees(MANAGER)


def test_contract_feedback_no_leads_to_other_passages_and_to_the_hand_off(client: Client) -> None:
    client.asks(EMPLOYEE, "Saako lasten kuvia julkaista?")
    client.asks(EMPLOYEE, "ei auttanut")
    seen = client.sees(EMPLOYEE)
    assert "Näytä kohta 3" in seen
    assert "Harmi" in seen
    client.asks(EMPLOYEE, "näytä 2")
    assert client.sees(EMPLOYEE).count("14.4.2020") > seen.count("14.4.2020")


def test_contract_omat_shows_what_waits_and_what_is_ones_own(client: Client) -> None:
    client.asks(EMPLOYEE, SILENT)
    client.asks(EMPLOYEE, "kysy viestinnältä")
    client.asks(EMPLOYEE, "omat")
    assert "odottaa käsittelijää" in client.sees(EMPLOYEE)
    assert "Viestinnän vastausta odottaa" not in client.sees(EMPLOYEE)
    client.asks(SPECIALIST, "omat")
    assert "Viestinnän vastausta odottaa: 1" in client.sees(SPECIALIST)
    client.presses(SPECIALIST, "questions/take")
    assert "käsittelyssä" in client.sees(EMPLOYEE)


# ── every card, button and form ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [n for n in NAMES if "submit" not in template_blocks(n, "fi")])
def test_contract_every_card_says_all_its_words_on_slack(renderer: Renderer, name: str, language: str) -> None:
    parts = tuple(Text(block) for block in sorted(template_blocks(name, language)))
    shown = renderer.card(Card(name, parts, ORDINARY), language)
    told = json.dumps(blocks.message(shown), ensure_ascii=False)
    for word in re.findall(r"\w{5,}", shown.plain):
        assert word in told


def test_contract_a_sent_form_is_the_event_it_stands_for(tmp_path: Path) -> None:
    users = {"supervisor": "U2", "editors": "U1,U3"}
    fields = tuple(replace(asked, value=users.get(asked.name, asked.value)) for asked in EVERY_KIND)
    form = renderer_in(tmp_path).form(every_kind(*fields), "fi")
    view = blocks.modal(form, Shown("questions/7", "slack:C1:2.5", "slack:C1:2.5").pack())
    assert check("modal", view) == []
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    entered = {block["block_id"]: {"value": left_alone(block["element"])} for block in inputs}
    event = from_view({"trigger_id": "1", "view": {**view, "state": {"values": entered}}}, "employee")
    assert (event.form, event.record, event.conversation) == ("test/every_kind", "questions/7", "slack:C1:2.5")
    accounts = {"supervisor": "slack:U2", "editors": "slack:U1,slack:U3"}
    assert event.values == {asked.name: accounts.get(asked.name, asked.value) for asked in EVERY_KIND}


def test_contract_an_empty_form_is_sent_as_empty_values(tmp_path: Path) -> None:
    form = renderer_in(tmp_path).form(every_kind(*(replace(asked, value="") for asked in EVERY_KIND)), "fi")
    view = blocks.modal(form, Shown().pack())
    assert check("modal", view) == []
    inputs = [block for block in view["blocks"] if block["type"] == "input"]
    entered = {block["block_id"]: {"value": left_alone(block["element"])} for block in inputs}
    event = from_view({"trigger_id": "1", "view": {**view, "state": {"values": entered}}}, "employee")
    assert event.values == {asked.name: "" for asked in EVERY_KIND}


STATE = {
    "plain_text_input": ("value", "initial_value", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "checkboxes": ("selected_options", "initial_options", []),
    "users_select": ("selected_user", "initial_user", None),
    "multi_users_select": ("selected_users", "initial_users", []),
    "datepicker": ("selected_date", "initial_date", None),
}
"""How Slack tells an element's state (docs.slack.dev/reference/views#state), where it begins, and what is none."""


def left_alone(element: Any) -> dict[str, Any]:
    """The state of an element that a person left as it was shown."""
    told, initial, nothing = STATE[element["type"]]
    return {"type": element["type"], told: element.get(initial, nothing)}


def test_contract_a_button_of_every_surface_is_the_event_it_stands_for(renderer: Renderer) -> None:
    card = Card(
        "home/languages",
        (Buttons((Button("questions/show", "questions/7", "a/b/c"),)), Feedback("questions/feedback", "questions/7")),
    )
    shown = renderer.card(card, "fi")
    for surface in ("message", "home", "modal"):
        row, feedback = blocks.blocks(shown, surface)  # type: ignore[arg-type]
        no = feedback["elements"][0].get("negative_button") or feedback["elements"][1]
        for element, value in ((row["elements"][0], "a/b/c"), ({**feedback["elements"][0], **no}, "no")):
            event = from_press({"trigger_id": "1", "actions": [element]}, "employee", "")
            assert (event.record, event.value) == ("questions/7", value)
