"""The bot and two people in two Microsoft 365 Agents Playgrounds, a client that we did not write.

`make e2e-teams-playground` installs it and runs this in a network of its own, since it listens on every interface and
sends no tokens: who calls is not proved here, but in `test_transport.py`. It shows neither dialogs nor automatic
refreshes, and takes cards that Teams would not: those are in the other tests.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from bot.app import Bot
from bot.clock import SystemClock
from bot.directory import Directory, read_people
from bot.platforms.teams.app import TeamsApp
from bot.platforms.teams.connector import Connector, Identity
from bot.platforms.teams.people import TeamsPeople
from bot.platforms.teams.platform import TeamsPlatform
from bot.platforms.teams.service import Edge, TeamsService
from bot.platforms.teams.ways import Ways
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from handlers.events import Event, Pressed, Submitted
from knowledge.guide import Guide
from tests.accounts import COMPLETE, STEPS, page
from tests.teams.world import TOKEN
from tests.test_e2e import CHROMIUM, QUIET

pytestmark = [pytest.mark.playground, pytest.mark.filterwarnings("ignore::ResourceWarning")]
PLAYGROUND = Path(__file__).parent / "playground" / "node_modules" / ".bin" / "agentsplayground"
BOT, TENANT = "00000000-0000-0000-0000-000000000011", "00000000-0000-0000-0000-000000000001"
PEOPLE = {p.id: p for p in read_people(DEMO_PEOPLE)}
WHO = ("employee", "supervisor", "communications-manager", "it-manager", "librarian", "informatician")
"""The Playground wants exactly five people besides the one who looks at it."""


class Unproved(Connector):
    """Whoever calls is believed: the Playground proves nothing of itself."""

    def check(self, bearer: str, service: str) -> None:
        pass


@dataclass
class Served:
    bot: Bot
    port: int

    def deed(self, event: Event) -> None:
        self.bot.handle(event)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    store, clock, renderer = SqliteStore(tmp_path_factory.mktemp("data") / "x.db"), SystemClock(), Renderer()
    store.replace_people(read_people(DEMO_PEOPLE))
    directory, connector = Directory(store), Unproved(Identity(BOT, TENANT, token=lambda *_: TOKEN))
    ways = Ways(store, clock, "http://127.0.0.1:9/")
    people = TeamsPeople(connector, directory, ways, clock, [TENANT])
    platform = TeamsPlatform(connector, people, ways, store, renderer.labels, {})
    bot = Bot(store, directory, Guide.load(None), clock, FinnishWorkingTime(), {"teams": platform})
    sender = Sender(bot, renderer)
    service = TeamsService(Edge(TeamsApp(bot, platform, renderer), connector, [TENANT]), connector, "127.0.0.1", 0)
    service.start()
    sender.start()
    yield Served(bot, service.port)
    sender.stop()
    service.stop()
    store.close()


def persona(who: str) -> str:
    """The Playground's settings for one who looks at it; its YAML reads JSON too."""

    def user(name: str) -> dict[str, str]:
        p = PEOPLE[name]
        return {
            "id": f"user-{name}", "name": p.name, "userPrincipleName": p.email, "email": p.email, "givenName": p.name,
            "aadObjectId": f"00000000-0000-0000-0000-0000000001{WHO.index(name):02}", "surname": p.unit,
        }  # fmt: skip

    return json.dumps({
        "version": "0.1.1", "tenantId": TENANT, "bot": {"id": BOT, "name": "Someopas"}, "currentUser": user(who),
        "users": [user(name) for name in WHO if name != who], "personalChat": {"id": f"personal-{who}"},
        "groupChat": {"id": "group-chat-id", "name": "Ryhmä"},
        "team": {
            "id": "team-id", "name": "Kirjasto", "aadGroupId": "00000000-0000-0000-0000-000000000031",
            "channels": [{"id": "channel-id", "name": "Ilmoitukset"}],
        },
    })  # fmt: skip


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def rooms(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses of a Playground for each of the two."""
    started, found = [], {}
    for number, who in enumerate(("employee", "supervisor")):
        folder, port = tmp_path_factory.mktemp(who), 26150 + number
        (folder / ".m365agentsplayground.yml").write_text(persona(who), "utf-8")
        command = [
            str(PLAYGROUND), "-e", f"http://127.0.0.1:{served.port}/api/messages", "-c", "msteams", "-p", str(port),
            "--disable-telemetry", "--enable-events-recording",
        ]  # fmt: skip
        started.append(subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        found[who] = f"http://127.0.0.1:{port}/"
    deadline = time.monotonic() + 60
    while not all(listens(26150 + n) for n in range(2)) and time.monotonic() < deadline:
        assert all(p.poll() is None for p in started), "the Playground did not start"
    yield found
    for process in started:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield launched
        launched.close()


class Room:
    """What one of the two sees and does."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1440, "height": 1000})
        self.page.set_default_timeout(20_000)
        self.page.goto(address)
        self.page.get_by_text("Log Panel").wait_for()

    def goes_to(self, chat: str) -> None:
        self.page.get_by_role("treeitem", name=chat).first.click()

    def says(self, text: str, *, to_bot: bool = False, button: str = "Send Message") -> None:
        box = self.page.locator("div[role=textbox][contenteditable=true]").first
        box.click()
        if to_bot:
            self.page.keyboard.type("@")
            self.page.get_by_role("menuitem", name="Someopas").click()
        self.page.keyboard.type(text)
        self.page.get_by_role("button", name=button).click()

    def last(self) -> Locator:
        return self.page.locator('[aria-label="Message header"]').last.locator("..")

    def sees(self, text: str) -> None:
        expect(self.page.locator("body")).to_contain_text(text, timeout=20_000)


@pytest.fixture(scope="module")
def employee(browser: Browser, rooms: dict[str, str]) -> Room:
    return finnish(Room(browser, rooms["employee"]))


@pytest.fixture(scope="module")
def supervisor(browser: Browser, rooms: dict[str, str]) -> Room:
    return finnish(Room(browser, rooms["supervisor"]))


def finnish(room: Room) -> Room:
    """The Playground says that everybody reads English: they choose otherwise."""
    room.goes_to("Personal Chat")
    room.says("kieli suomi")
    room.sees("Vastaan sinulle tästä lähtien suomeksi")
    return room


def request_of(served: Served) -> str:
    """A request for an account, written by the employee on their way elsewhere; its key."""
    own = "teams:@employee"
    served.deed(Pressed("begin", "employee", own, "", "accounts/begin", "form"))
    for number, step in enumerate(STEPS):
        values = page(step.name, COMPLETE)
        served.deed(Submitted(f"step-{number}", "employee", own, f"accounts/1@{step.name}", "accounts/step", values))
    served.deed(Pressed("send", "employee", own, "accounts/1", "accounts/send"))
    for name in ("librarian", "informatician"):
        served.deed(Pressed(f"agree-{name}", name, f"teams:@{name}", "accounts/1", "accounts/accept"))
    return "accounts/1"


def test_a_question_in_ones_own_chat_is_answered_with_its_quote_and_place(employee: Room) -> None:
    employee.goes_to("Personal Chat")
    employee.says("Kuinka usein salasanat pitää vaihtaa?")
    employee.sees("3 kuukauden välein")
    employee.sees("14.4.2020")


def test_a_form_in_the_card_keeps_what_was_entered_and_says_what_is_wrong(employee: Room) -> None:
    employee.goes_to("Personal Chat")
    employee.says("Miten some-tili suljetaan?")
    employee.sees("Ohje ei sano mitään sometilin sulkemisesta")
    employee.page.get_by_role("button", name="Kysy viestinnältä").last.click()
    box = employee.page.get_by_role("textbox", name="Kysymys").last
    expect(box).to_have_value("Miten some-tili suljetaan?")
    box.fill(" ")
    employee.page.get_by_role("button", name="Lähetä").last.click()
    employee.sees("Tarkista merkityt kohdat")
    box.fill("Miten suljen tilin?")
    employee.page.get_by_role("button", name="Lähetä").last.click()
    employee.sees("lähetetty viestintään")


def test_among_others_the_bot_answers_when_it_is_named_and_only_its_asker_sees_the_answer(employee: Room) -> None:
    employee.goes_to("Ryhmä")
    employee.says(" Saako lasten kuvia julkaista?", to_bot=True)
    employee.sees("Tämä viesti näkyy vain sille")
    employee.page.get_by_role("button", name="Näytä minulle").last.click()
    employee.sees("14.4.2020")


def test_a_request_is_approved_by_the_supervisor_in_their_chat_and_both_cards_change(
    served: Served, employee: Room, supervisor: Room
) -> None:
    supervisor.goes_to("Personal Chat")
    supervisor.says("apua")
    supervisor.sees("Someopas")
    request_of(served)
    employee.goes_to("Personal Chat")
    employee.sees("Vuorossa on Esihenkilö, kirjasto")
    supervisor.sees("suostunut")
    supervisor.page.get_by_role("button", name="Tee esitys").last.click()
    supervisor.page.get_by_role("radio", name="Varaan työajan").last.check()
    supervisor.page.get_by_role("radio", name="Sijaisesta on sovittu").last.check()
    supervisor.page.get_by_role("button", name="Tee esitys").last.click()
    supervisor.sees("johtoryhmän päätöstä")
    employee.sees("Päätöksen kirjaa")
    if folder := os.environ.get("SHOTS"):
        for name, room in (("employee", employee), ("supervisor", supervisor)):
            room.page.screenshot(path=Path(folder) / f"playground-{name}.png")
