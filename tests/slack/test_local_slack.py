"""The bot as it is started, in a Slack workspace that we did not write: what people do there, and what they see of it.

Every story is told in Socket Mode and over signed HTTP. `workspace.py` says where local-slack is not like Slack.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.slack.test_stories import DECIDING, FOLLOW_UP, SILENT, words
from tests.slack.workspace import HOST, App, Channel, Config, Json, Person, Workspace, end, environment, workspace

pytestmark = pytest.mark.slack
READY = "Someopas serves Slack."
SOON, START = 15, 60
"""Seconds that something may take to be seen, with the bot's pace of a message a second, and that a start may take."""
EMPLOYEE = Person("U01EMP", "employee", "Työntekijä, kirjasto", "tyontekija.kirjasto@example.org")
SUPERVISOR = Person("U02SUP", "supervisor", "Esihenkilö, kirjasto", "esihenkilo.kirjasto@example.org")
SPECIALIST = Person("U03SPE", "specialist", "Viestinnän asiantuntija", "viestinta.asiantuntija@example.org")
MANAGER = Person("U04MAN", "manager", "Viestintäpäällikkö", "viestintapaallikko@example.org")
ROLES = {SPECIALIST: "communications_specialist", MANAGER: "communications_manager"}
PEOPLE = (EMPLOYEE, SUPERVISOR, SPECIALIST, MANAGER)
TALK, TEAM = "C01TALK", "C02TEAM"
PASSWORDS = "Kuinka usein salasanat pitää vaihtaa?"
OWN_WORDS = "Miten kirjaston tili suljetaan?"
REPLY = "Kerro viestinnälle, niin suljemme tilin yhdessä."


@dataclass
class Service:
    """The bot's process on a folder of its own, as an administrator starts and ends it."""

    folder: Path
    settings: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to serve; `serves` tells when it does."""
        with self.output.open("wb") as sink:
            self.process = subprocess.Popen(
                command("serve"), cwd=self.folder, env=environment_with(self.settings), stderr=sink
            )  # fmt: skip

    def serves(self) -> bool:
        """Whether it said that it serves; an AssertionError where it ended."""
        assert self.process
        assert self.process.poll() is None, f"the bot ended: {self.said()}"
        return READY in self.said()

    def stop(self) -> int:
        """End it by SIGTERM, as a system does; gives its exit status."""
        assert self.process
        end(self.process, START)
        return int(self.process.returncode)

    def said(self) -> str:
        """What it wrote since it was started."""
        return self.output.read_text(encoding="utf-8")

    @property
    def output(self) -> Path:
        """The file that it writes to."""
        return self.folder / "stderr"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bot", *arguments]


def environment_with(settings: dict[str, str]) -> dict[str, str]:
    """These settings of the bot and no others."""
    return {n: v for n, v in environment().items() if not n.startswith("SOMEOPAS_")} | settings


@dataclass
class Office:
    """The workspace and the bot in it. What people see is waited for."""

    slack: Workspace
    bot: Service
    app: App
    own: dict[Person, str] = field(default_factory=dict)

    # What people do.

    def says(self, who: Person, text: str, where: str = "", thread: str | None = None) -> str:
        """Write a message, in one's own conversation with the bot where no channel is named; gives its ts."""
        return self.slack.message(where or self.direct(who), who.id, text, thread)

    def mentions(self, who: Person, text: str) -> str:
        """Name the bot in the channel."""
        return self.says(who, f"<@{self.app.bot}> {text}", TALK)

    def commands(self, who: Person, text: str) -> None:
        """Give the command in the channel."""
        self.slack.command(TALK, who.id, "/someopas", text, self.app)

    def presses(self, who: Person, where: str, message: Json, label: str) -> None:
        """Press the button of a message that says so."""
        self.slack.interact(where, message["ts"], who.id, button(message, label))

    def clicks(self, who: Person, view: Json, label: str) -> None:
        """Press the button of one's home view, or of an open modal, that says so."""
        self.slack.click_home(who.id, self.app, button(view, label))

    def submits(self, who: Person, view: Json, **entered: str) -> Json:
        """Fill in a modal and send it; what is not filled in stays as it was. Gives the frame that answers it."""
        fields = [block for block in view["blocks"] if block["type"] == "input"]
        return self.slack.submit_view(who.id, {f["block_id"]: filled(f, entered.get(f["block_id"])) for f in fields})

    def opens_home(self, who: Person, text: str) -> Json:
        """Open the bot's home view."""
        self.slack.open_home(who.id, self.app)
        return self.home(who, text)

    # What they see.

    def direct(self, who: Person) -> str:
        """The person's own conversation with the bot."""
        if who not in self.own:
            self.own[who] = self.slack.direct(who.id, self.app)
        return self.own[who]

    def sees(self, who: Person, text: str, where: str = "", seconds: float = SOON) -> Json:
        """The newest message of the bot with these words that the person sees, in a channel or their own conversation."""
        return self.slack.wait_for(lambda: holding(text, reversed(self.seen(who, where))), seconds)

    def seen(self, who: Person, where: str = "") -> list[Json]:
        """What the bot has shown the person, oldest first."""
        found = self.slack.messages(where or self.direct(who))
        return [m for m in found if m["user"] == self.app.bot and m.get("ephemeral_to", who.id) == who.id]

    def modal(self, text: str) -> Json:
        """The modal on top, once it has these words."""
        return self.slack.wait_for(lambda: holding(text, [self.slack.view()]), SOON)

    def home(self, who: Person, text: str) -> Json:
        """The person's home view, once it has these words."""
        return self.slack.wait_for(lambda: holding(text, [self.slack.home(who.id, self.app)]), SOON)

    # What administrators do.

    def start(self) -> None:
        """Start the bot, and return when it serves."""
        self.bot.start()
        self.slack.wait_for(self.bot.serves, START)
        if not self.app.request_url:
            self.slack.wait_for(lambda: self.slack.connected(self.app), START)

    def restart(self) -> None:
        """End the bot in good order, and start it on the same data."""
        assert self.bot.stop() == 0
        self.start()


def holding(text: str, shown: Iterable[Json | None]) -> Json | None:
    """The first message or view in which people read this."""
    return next((found for found in shown if found and text in words(found["blocks"])), None)


def elements(shown: Json) -> Iterator[Json]:
    """The elements of a message or a view, as a click on them is told; a feedback button is one of its own."""
    for block in shown["blocks"]:
        for element in block.get("elements", []):
            told = {"type": element["type"], "action_id": element.get("action_id"), "block_id": block.get("block_id")}
            for face in (element, element.get("positive_button"), element.get("negative_button")):
                if face and face.get("value"):
                    yield {**told, "label": face["text"]["text"], "value": face["value"]}


def button(shown: Json, label: str) -> Json:
    """A click on the button of this label, the first one of several."""
    clicks = list(elements(shown))
    found = next((click for click in clicks if click["label"] == label), None)
    assert found, f"there is no button {label}: {[click['label'] for click in clicks]}"
    return {name: value for name, value in found.items() if name != "label"}


def filled(field: Json, text: str | None) -> Json:
    """The state of an input with this text, or with what stands in it; of several people or boxes with commas between."""
    element = field["element"]
    several = (text or "").split(",")
    match element["type"]:
        case "plain_text_input":
            entered: Json = {"value": element.get("initial_value") if text is None else text}
        case "users_select":
            entered = {"selected_user": element.get("initial_user") if text is None else text}
        case "multi_users_select":
            entered = {"selected_users": element.get("initial_users", []) if text is None else several}
        case "checkboxes":
            ticked = [option for option in element["options"] if option["value"] in several]
            entered = {"selected_options": element.get("initial_options", []) if text is None else ticked}
        case "datepicker":
            entered = {"selected_date": element.get("initial_date") if text is None else text}
        case _:
            entered = {"selected_option": {"value": text} if text else element.get("initial_option")}
    return {element["action_id"]: {"type": element["type"], **entered}}


def settings_of(app: App, api: str, mode: str, port: int) -> dict[str, str]:
    """What an administrator sets."""
    return {
        "SOMEOPAS_DATA": "data", "SOMEOPAS_PLATFORMS": json.dumps(["slack"]), "SOMEOPAS_SLACK_API": api,
        "SOMEOPAS_SLACK_MODE": mode, "SOMEOPAS_SLACK_BOT_TOKEN": app.bot_token, "SOMEOPAS_SLACK_APP_TOKEN": app.app_token,
        "SOMEOPAS_SLACK_SIGNING_SECRET": app.signing_secret, "SOMEOPAS_SLACK_PORT": str(port),
        "SOMEOPAS_SLACK_COMMUNICATIONS": TEAM,
    }  # fmt: skip


def write_people(file: Path) -> None:
    """The directory of the workspace's people."""
    with file.open("w", encoding="utf-8", newline="") as sink:
        rows = csv.writer(sink)
        rows.writerow(["id", "name", "email", "roles"])
        rows.writerows([p.name, p.real_name, p.email, ROLES.get(p, "")] for p in PEOPLE)


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bot's data as it is when the people were taken in, and nothing was asked yet."""
    folder = tmp_path_factory.mktemp("people")
    write_people(folder / "people.csv")
    settings = {"SOMEOPAS_DATA": "data"}
    subprocess.run(command("import", "people", "people.csv"), cwd=folder, env=environment_with(settings), check=True)
    return folder / "data"


@pytest.fixture(params=["socket", "http"])
def office(request: pytest.FixtureRequest, tmp_path: Path, people: Path) -> Iterator[Office]:
    """A workspace of its own with the bot at work, by each way in which Slack reaches it."""
    shutil.copytree(people, tmp_path / "data")
    yield from opened(request.param, tmp_path, PEOPLE)


def opened(mode: str, folder: Path, people: tuple[Person, ...]) -> Iterator[Office]:
    """A workspace of these people, and in it the bot on the data of a folder."""
    port = free_port()
    app = App("A01BOT", "U00BOT", "someopas", f"http://{HOST}:{port}/slack/events" if mode == "http" else None)
    channels = (
        Channel(TALK, "yleinen", (app.bot, EMPLOYEE.id, SUPERVISOR.id)),
        Channel(TEAM, "viestinta", (app.bot, SPECIALIST.id, MANAGER.id), private=True),
    )
    with workspace(free_port(), Config((app,), people, channels)) as slack:
        bot = Service(folder, settings_of(app, slack.api, mode, port))
        yield from serving(Office(slack, bot, app))


def serving(office: Office) -> Iterator[Office]:
    """The bot at work; afterwards nothing was refused on the way, and it ends in good order."""
    try:
        office.start()
        yield office
        assert office.slack.complaints() == []
    finally:
        status = office.bot.stop()
        sys.stderr.write(office.bot.said())  # shown where a test fails
    assert status == 0


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("way", "where"),
    [(Office.commands, TALK), (Office.mentions, TALK), (Office.says, "")],
    ids=["command", "mention", "direct"],
)
def test_a_question_is_answered_once_and_to_its_asker_alone(
    office: Office, way: Callable[[Office, Person, str], object], where: str
) -> None:
    way(office, EMPLOYEE, DECIDING)
    way(office, EMPLOYEE, PASSWORDS)
    office.sees(EMPLOYEE, "3 kuukauden välein", where)
    answers = [words(message["blocks"]) for message in office.seen(EMPLOYEE, where)]
    assert ["johtoryhm" in answer for answer in answers] == [True, False], "in order: a second answer would stand between"
    assert office.seen(SUPERVISOR, where) == []


def test_others_go_on_from_a_shared_answer_in_its_thread_without_a_mention(office: Office) -> None:
    thread = office.mentions(EMPLOYEE, DECIDING)
    office.presses(EMPLOYEE, TALK, office.sees(EMPLOYEE, "johtoryhm", TALK), "Jaa kanavalle")
    shared = office.sees(SUPERVISOR, "Vastauksen jakoi Työntekijä, kirjasto", TALK)
    assert (shared.get("ephemeral_to"), shared["thread_ts"]) == (None, thread)
    office.says(SUPERVISOR, "kiitos paljon!", TALK, thread)
    office.says(SUPERVISOR, FOLLOW_UP, TALK, thread)
    office.sees(SUPERVISOR, "Jaa kanavalle", TALK)
    first, answer = office.seen(SUPERVISOR, TALK)
    assert first == shared, "thanks among people are not for the bot"
    assert (answer["ephemeral_to"], answer["thread_ts"]) == (SUPERVISOR.id, thread)
    assert "riittävät resurssit" in words(answer["blocks"])


def test_an_unhelpful_answer_leads_on_to_other_passages_and_to_people(office: Office) -> None:
    office.says(EMPLOYEE, "Saako lasten kuvia julkaista?")
    office.presses(EMPLOYEE, office.direct(EMPLOYEE), office.sees(EMPLOYEE, "Lasten kanssa"), "Ei auttanut")
    offered = office.sees(EMPLOYEE, "Harmi, ettei vastaus auttanut")
    office.presses(EMPLOYEE, office.direct(EMPLOYEE), offered, "Näytä kohta 2")
    office.sees(EMPLOYEE, "ohje 5.12.2017")
    office.presses(EMPLOYEE, office.direct(EMPLOYEE), offered, "Kysy viestinnältä")
    office.modal("Saako lasten kuvia julkaista?")


# ── the hand-off ────────────────────────────────────────────────────────────────────────────────────────────────────


def handing_on(office: Office) -> Json:
    """A question on which the guideline is silent: the form that hands it on."""
    office.says(EMPLOYEE, SILENT)
    office.presses(EMPLOYEE, office.direct(EMPLOYEE), office.sees(EMPLOYEE, "Ohje ei sano"), "Kysy viestinnältä")
    return office.modal(SILENT)


def handed_on(office: Office) -> Json:
    """The card that the team sees of a question that was handed on."""
    assert office.submits(EMPLOYEE, handing_on(office), text=OWN_WORDS)["stack"] == []
    office.sees(EMPLOYEE, "Kysymyksesi on lähetetty viestintään")
    return office.sees(SPECIALIST, OWN_WORDS, TEAM)


def test_story_a_question_is_handed_on_answered_in_the_thread_and_becomes_knowledge(office: Office) -> None:
    card = handed_on(office)
    assert EMPLOYEE.real_name in words(card["blocks"])
    office.presses(SPECIALIST, TEAM, card, "Otan tämän")
    office.sees(MANAGER, "Käsittelyssä: Viestinnän asiantuntija", TEAM)
    office.sees(EMPLOYEE, "Viestinnän asiantuntija otti sen")

    office.says(SPECIALIST, REPLY, TEAM, card["ts"])
    draft = office.sees(SPECIALIST, "Lähetetäänkö tämä vastauksena", TEAM)
    assert (draft["ephemeral_to"], draft["thread_ts"]) == (SPECIALIST.id, card["ts"])
    office.presses(SPECIALIST, TEAM, draft, "Lähetä vastauksena")
    assert REPLY in words(office.sees(EMPLOYEE, "Viestintä vastasi kysymykseesi")["blocks"])

    replied = office.sees(SPECIALIST, "Vastattu: Viestinnän asiantuntija", TEAM)
    office.presses(SPECIALIST, TEAM, replied, "Lisää tietämykseen")
    assert office.submits(SPECIALIST, office.modal(REPLY), question=SILENT)["stack"] == []
    office.sees(SPECIALIST, "on tietämyksessä", TEAM)

    office.says(SUPERVISOR, SILENT)
    found = words(office.sees(SUPERVISOR, REPLY)["blocks"])
    assert "Viestintä on vastannut samanlaiseen kysymykseen" in found
    assert "Tämä ei ole ohjeen tekstiä" in found


def test_a_form_with_an_error_stays_open_with_the_error_at_its_field(office: Office) -> None:
    form = handing_on(office)
    assert office.submits(EMPLOYEE, form, text="  ")["errors"] == {"text": "Kirjoita kysymys."}
    assert office.slack.view() == form
    assert office.submits(EMPLOYEE, form, text=OWN_WORDS)["stack"] == []
    office.sees(SPECIALIST, OWN_WORDS, TEAM)
    assert len(office.seen(SPECIALIST, TEAM)) == 1


def test_old_buttons_work_after_a_restart_and_who_comes_late_is_told_who_has_it(office: Office) -> None:
    card = handed_on(office)
    office.restart()
    office.presses(SPECIALIST, TEAM, card, "Otan tämän")
    office.sees(MANAGER, "Käsittelyssä: Viestinnän asiantuntija", TEAM)
    office.presses(MANAGER, TEAM, card, "Otan tämän")
    late = office.sees(MANAGER, "Tämä on jo käsittelyssä: Viestinnän asiantuntija", TEAM)
    assert late["ephemeral_to"] == MANAGER.id
    office.says(SPECIALIST, REPLY, TEAM, card["ts"])
    draft = office.sees(SPECIALIST, "Lähetetäänkö tämä vastauksena", TEAM)
    office.restart()
    office.presses(SPECIALIST, TEAM, draft, "Lähetä vastauksena")
    office.sees(EMPLOYEE, REPLY)


# ── the home view ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_home_shows_what_waits_and_is_current_when_it_was_taken(office: Office) -> None:
    office.opens_home(SPECIALIST, "kaikkiin kysymyksiin on vastattu")
    office.opens_home(EMPLOYEE, "Et ole lähettänyt kysymyksiä viestintään")
    handed_on(office)
    waiting = office.home(SPECIALIST, "Viestinnän vastausta odottaa: 1")
    assert OWN_WORDS in words(waiting["blocks"])
    office.home(EMPLOYEE, "odottaa käsittelijää")
    office.clicks(SPECIALIST, waiting, "Otan tämän")
    taken = office.home(SPECIALIST, "käsittelyssä: Viestinnän asiantuntija")
    assert "Otan tämän" not in words(taken["blocks"])
    office.home(EMPLOYEE, "käsittelyssä: Viestinnän asiantuntija")
    office.sees(MANAGER, "Käsittelyssä: Viestinnän asiantuntija", TEAM)


def test_a_question_asked_at_home_is_answered_in_its_window_and_handed_on_from_it(office: Office) -> None:
    office.clicks(EMPLOYEE, office.opens_home(EMPLOYEE, "Kysy ohjeesta"), "Kysy ohjeesta")
    office.submits(EMPLOYEE, office.modal("Kirjoita niin kuin puhut"), text=SILENT)
    office.clicks(EMPLOYEE, office.modal("Ohje ei sano"), "Kysy viestinnältä")
    office.submits(EMPLOYEE, office.modal("Näytetäänkö nimesi viestinnälle?"), text=OWN_WORDS, named="no")
    office.modal("Kysymyksesi on lähetetty viestintään")
    card = office.sees(SPECIALIST, OWN_WORDS, TEAM)
    assert EMPLOYEE.real_name not in words(card["blocks"])


def test_a_language_chosen_at_home_is_the_persons_from_then_on(office: Office) -> None:
    office.clicks(EMPLOYEE, office.opens_home(EMPLOYEE, "Kieli"), "På svenska")
    office.home(EMPLOYEE, "Mina frågor")
    office.says(EMPLOYEE, "apua")
    office.sees(EMPLOYEE, "Jag svarar på frågor")
    office.opens_home(SUPERVISOR, "Omat kysymykset")
