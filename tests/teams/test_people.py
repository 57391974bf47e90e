"""Who people in Teams are: accounts and the directory, supervisors of Graph, mentions, one person on two platforms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.platforms.slack.app import SlackApp
from bot.platforms.slack.people import SlackPeople
from bot.platforms.slack.platform import SlackPlatform
from bot.platforms.slack.web_api import client_of
from bot.platforms.teams.activities import from_message
from bot.platforms.teams.app import TeamsApp
from bot.platforms.teams.connector import Connector
from bot.platforms.teams.people import TeamsPeople
from bot.platforms.teams.platform import TeamsPlatform
from bot.platforms.teams.ways import Ways
from bot.rendering import Renderer
from bot.sender import Sender
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.accounts import TOLD_IN_WORDS
from tests.fakes import FakeClock
from tests.slack.fake import FakeSlack
from tests.slack.fake import Json as SlackJson
from tests.slack.fake import user as slack_user
from tests.slack.world import COMMS as SLACK_COMMS
from tests.slack.world import SlackWorld
from tests.teams.fake import COMMS, TENANT, FakeTeams, Json, member, text_of
from tests.teams.world import TeamsWorld, make_teams

EMPLOYEE, SUPERVISOR, LIBRARIAN, INFORMATICIAN = "employee", "supervisor", "librarian", "informatician"
WORDS_UP_TO_UPDATER = TOLD_IN_WORDS[:8]


@pytest.fixture
def world(
    tmp_path: Path, teams: FakeTeams, connector: Connector, lexical_guide: Guide, renderer: Renderer
) -> Iterator[TeamsWorld]:
    """A world that asks Graph for supervisors."""
    made = make_teams(tmp_path / "t.db", teams, connector, lexical_guide, renderer, FakeClock(), graph=True)
    yield made
    made.store.close()


def supervisor_of(world: TeamsWorld, person: str) -> str:
    found = world.bot.directory.person(person)
    assert found
    return found.supervisor


def user(name: str, email: str, shown: str) -> Json:
    """Somebody as Graph tells of them."""
    return {"id": f"aad-{name}", "displayName": shown, "mail": email, "userPrincipalName": email}


# ── who somebody is ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_is_joined_with_the_directory_by_its_address_whatever_its_letters(world: TeamsWorld) -> None:
    world.teams.members["29:employee"]["email"] = "TyonTekija.Kirjasto@Example.org"
    world.says(EMPLOYEE, "apua")
    assert world.bot.directory.person_of("teams:aad-employee") == EMPLOYEE


def test_who_has_no_address_of_mail_is_joined_by_the_name_with_which_they_sign_in(world: TeamsWorld) -> None:
    world.teams.members["29:employee"]["email"] = None
    world.says(EMPLOYEE, "apua")
    assert world.bot.directory.person_of("teams:aad-employee") == EMPLOYEE


def test_an_account_is_asked_for_once_a_day(world: TeamsWorld) -> None:
    for _ in range(3):
        world.says(EMPLOYEE, "apua")
    assert world.teams.asked == ["29:employee"]
    world.waits(hours=25)
    world.says(EMPLOYEE, "apua")
    assert world.teams.asked == ["29:employee"] * 2


def test_a_known_person_is_served_while_teams_does_not_tell_of_them_and_it_is_not_asked_at_every_click(
    world: TeamsWorld,
) -> None:
    world.says(EMPLOYEE, "apua")
    world.waits(hours=25)
    world.teams.silent = True
    for text in ("omat", "apua"):
        world.says(EMPLOYEE, text)
    assert "Omat" in world.sees(EMPLOYEE)
    assert len(world.teams.asked) == 2


def test_somebody_new_is_served_when_teams_tells_of_them_and_until_then_nothing_is_kept(world: TeamsWorld) -> None:
    world.teams.silent = True
    message = world.message("new", "apua")
    assert world.app.receive(message).status == 500, "Teams is to deliver it again"
    assert world.bot.directory.account("teams:aad-new") is None
    world.teams.silent = False
    assert world.receive(message).status == 200
    assert "Vastaan kysymyksiin" in world.sees("new")


@pytest.mark.parametrize("way", ["userRole", "#EXT#"])
def test_a_guest_is_nobody_of_the_directory_and_decides_nothing(world: TeamsWorld, way: str) -> None:
    email = "tyontekija.kirjasto@example.org"
    as_guest = {"userRole": "guest"} if way == "userRole" else {"userPrincipalName": f"{email}#EXT#@tuusula.example"}
    world.teams.members["29:guest"] = member("guest", "vieras@example.org", "Vieras", **as_guest)
    world.says("guest", "Miten some-tili suljetaan?")
    found = world.bot.directory.person("teams:aad-guest")
    assert found
    assert found.standing == "guest"
    world.says("guest", "tili")
    assert world.store.records("accounts") == []


# ── supervisors of Graph ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_supervisor_of_somebody_whom_the_import_does_not_know_is_graphs(world: TeamsWorld) -> None:
    world.teams.managers["aad-new"] = user("supervisor", "esihenkilo.kirjasto@example.org", "Esihenkilö")
    world.says("new", "hei")
    assert supervisor_of(world, "teams:aad-new") == SUPERVISOR


def test_a_supervisor_whom_nobody_knows_is_met_with_it_and_gets_the_request(world: TeamsWorld) -> None:
    world.teams.members["29:boss"] = member("boss", "uusi.esihenkilo@example.org", "Uusi esihenkilö")
    world.teams.managers["aad-new"] = user("boss", "uusi.esihenkilo@example.org", "Uusi esihenkilö")
    sends_by_words(world, "new")
    assert "Uusi esihenkilö" in world.sees("new")
    assert world.posted_with("accounts/propose", "chat-boss")


def test_what_was_imported_goes_before_graph(world: TeamsWorld) -> None:
    world.teams.managers["aad-employee"] = user("director", "toimialuejohtaja@example.org", "Johtaja")
    world.says(EMPLOYEE, "hei")
    assert supervisor_of(world, EMPLOYEE) == SUPERVISOR


def test_a_person_of_the_import_without_a_supervisor_has_graphs(world: TeamsWorld) -> None:
    world.teams.managers["aad-director"] = user("municipal-manager", "kunnanjohtaja@example.org", "Kunnanjohtaja")
    world.says("director", "hei")
    assert supervisor_of(world, "director") == "municipal-manager"


def test_where_graph_names_nobody_the_requester_is_told_what_is_missing(world: TeamsWorld) -> None:
    sends_by_words(world, "new")
    assert supervisor_of(world, "teams:aad-new") == ""
    assert "esihenkilö" in text_of(world.own("new")[-1].card).casefold()
    assert world.store.dead_letters() == []


def test_a_silent_graph_stops_nobody_and_what_it_said_before_stays(world: TeamsWorld) -> None:
    world.teams.managers["aad-new"] = user("supervisor", "esihenkilo.kirjasto@example.org", "Esihenkilö")
    world.says("new", "hei")
    world.platform.connector._graph, real = "http://127.0.0.1:9/", world.platform.connector._graph
    try:
        world.waits(hours=25)
        assert world.says("new", "apua").status == 200
        assert supervisor_of(world, "teams:aad-new") == SUPERVISOR
    finally:
        world.platform.connector._graph = real


def test_a_new_supervisor_is_known_a_day_later(world: TeamsWorld) -> None:
    world.teams.managers["aad-new"] = user("supervisor", "esihenkilo.kirjasto@example.org", "Esihenkilö")
    world.says("new", "hei")
    world.teams.managers["aad-new"] = user("director", "toimialuejohtaja@example.org", "Johtaja")
    world.waits(hours=25)
    world.says("new", "hei")
    assert supervisor_of(world, "teams:aad-new") == "director"


def sends_by_words(world: TeamsWorld, person: str) -> None:
    """A whole request of somebody's, by words."""
    world.says(person, "aloita")
    for words in TOLD_IN_WORDS:
        world.says(person, words)
    world.says(person, "lähetä pyyntö 1")


# ── mentioned in words ──────────────────────────────────────────────────────────────────────────────────────────────


def mentioning(*people: str) -> list[Json]:
    return [{"type": "mention", "mentioned": {"id": f"29:{p}", "name": p}, "text": f"<at>{p}</at>"} for p in people]


def test_the_people_whom_a_message_mentions_come_with_it_in_order_and_without_the_bot(world: TeamsWorld) -> None:
    entities = [*world.mention(EMPLOYEE, "x")["entities"], *mentioning(LIBRARIAN, "new", LIBRARIAN)]
    message = world.message(EMPLOYEE, "<at>Someopas</at> tili, <at>librarian</at>", entities=entities)
    named = world.app._named(message)
    assert named == ("teams:aad-librarian", "teams:aad-new")
    assert from_message(message, EMPLOYEE, named).text == "tili, @librarian"
    met = world.bot.directory.person("teams:aad-new")
    assert met
    assert met.name == "Uusi työntekijä"


def test_whom_teams_does_not_know_is_left_out_and_a_silent_one_is_not_asked_again(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, "hei")
    assert world.app._named(world.message(EMPLOYEE, "x", entities=mentioning("nobody", LIBRARIAN))) == (
        "teams:aad-librarian",
    )  # fmt: skip
    world.teams.silent, asked = True, len(world.teams.asked)
    assert world.app._named(world.message(EMPLOYEE, "x", entities=mentioning("new", INFORMATICIAN))) == ()
    assert len(world.teams.asked) == asked + 1


def test_the_acknowledgement_does_not_wait_for_everybody(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, "hei")
    asked = len(world.teams.asked)
    world.says(EMPLOYEE, "apua", entities=mentioning(*(f"nobody-{n}" for n in range(40))))
    assert len(world.teams.asked) - asked == 10


def test_who_is_mentioned_is_named_in_a_request(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, "aloita")
    for words in WORDS_UP_TO_UPDATER:
        world.says(EMPLOYEE, words)
    world.says(EMPLOYEE, "<at>new</at>", entities=mentioning("new"))
    assert '"updater":"teams:aad-new"' in world.store.records("accounts")[0].data


# ── one person on two platforms ─────────────────────────────────────────────────────────────────────────────────────


@dataclass
class House:
    """One bot in Slack and in Teams: the same store, and two worlds of what people do."""

    slack: SlackWorld
    teams: TeamsWorld


@pytest.fixture
def house(
    tmp_path: Path, fake: FakeSlack, teams: FakeTeams, connector: Connector, lexical_guide: Guide, renderer: Renderer
) -> Iterator[House]:
    path, clock = tmp_path / "b.db", FakeClock()
    store = SqliteStore(path)
    store.replace_people(read_people(DEMO_PEOPLE))
    directory, ways = Directory(store), Ways(store, clock, teams.address)
    client = client_of("xoxb-1", f"{fake.address}api/")
    slack = SlackPlatform(client, SlackPeople(client, directory, clock), {"communications": SLACK_COMMS})
    people = TeamsPeople(connector, directory, ways, clock, [TENANT])
    in_teams = TeamsPlatform(connector, people, ways, store, renderer.labels, {"communications": COMMS})
    bot = Bot(
        store, directory, lexical_guide, clock, FinnishWorkingTime(), {"slack": slack, "teams": in_teams}
    )  # fmt: skip
    sender = Sender(bot, renderer)
    fake.users = dict(fake.users) | {
        "ULIB": slack_user("ULIB", "kirjastonhoitaja@example.org"),
        "UINF": slack_user("UINF", "informaatikko@example.org"),
    }  # fmt: skip
    yield House(
        SlackWorld(fake, SlackApp(bot, slack, renderer), bot, sender, store, clock, slack, path),
        TeamsWorld(teams, TeamsApp(bot, in_teams, renderer), bot, sender, store, clock, in_teams),
    )
    store.close()


def as_now(house: House, post: SlackJson) -> str:
    """A message of Slack's with its last change."""
    changes = [u for u in house.slack.slack.told("chat.update") if u["ts"] == post["stamp"]]
    return str(changes[-1]["text"] if changes else post["text"])


def sent_in_slack(house: House) -> None:
    house.slack.says("UEMP", "aloita")
    for words in TOLD_IN_WORDS:
        house.slack.says("UEMP", words)
    house.slack.says("UEMP", "lähetä pyyntö 1")
    for named in ("ULIB", "UINF"):
        house.slack.says(named, "hyväksyn 1")


def test_a_request_that_was_made_in_slack_is_approved_in_teams_and_slacks_copies_change(house: House) -> None:
    house.slack.says("USUP", "hei")
    sent_in_slack(house)
    [card] = [p for p in house.slack.direct("USUP") if "accounts/propose" in str(p["blocks"])]
    house.teams.says(SUPERVISOR, "esitä 1, 4 h: viikkopalaverissa")
    assert house.slack.store.records("accounts")[0].status == "proposed"
    assert "Odottaa johtoryhmän päätöstä" in as_now(house, card)
    state = next(p for p in house.slack.direct("UEMP") if "Pyyntö on lähetetty" in p["text"])
    assert "Vuorossa on toimialueen johtoryhmä" in as_now(house, state)


def test_a_supervisor_who_is_in_teams_alone_gets_the_card_there(house: House) -> None:
    del house.slack.slack.users["USUP"]
    house.teams.has_everywhere(SUPERVISOR)
    sent_in_slack(house)
    assert house.teams.posted_with("accounts/propose", "chat-supervisor")
    house.teams.presses(SUPERVISOR, "accounts/propose")
    house.teams.submits(SUPERVISOR, hours="4", reserved="yes", tasks="weekly", substitute="yes", led="Palaverissa.")
    assert house.slack.store.records("accounts")[0].status == "proposed"


def test_a_question_of_slack_stands_in_both_channels_and_both_change(house: House) -> None:
    house.slack.says("UEMP", "Miten some-tili suljetaan?")
    house.slack.says("UEMP", "kysy viestinnältä")
    [in_teams] = house.teams.cards(COMMS)
    [in_slack] = house.slack.posts(SLACK_COMMS)
    house.teams.presses("communications-specialist", "questions/take", COMMS)
    assert "Viestinnän asiantuntija" in text_of(in_teams.card)
    assert "Viestinnän asiantuntija" in as_now(house, in_slack)
    house.teams.says("communications-specialist", "vastaa 1: Kerro viestinnälle.")
    assert "Kerro viestinnälle." in house.slack.direct("UEMP")[-1]["text"]


def test_somebody_has_the_same_matters_on_both_platforms(house: House) -> None:
    house.slack.says("UEMP", "Miten some-tili suljetaan?")
    house.slack.says("UEMP", "kysy viestinnältä")
    house.teams.says(EMPLOYEE, "omat")
    assert "odottaa käsittelijää" in house.teams.sees(EMPLOYEE)


def test_nobody_approves_their_own_request_by_way_of_the_other_platform(house: House) -> None:
    house.slack.says("USUP", "hei")
    sent_in_slack(house)
    house.teams.says(EMPLOYEE, "esitä 1, 4 h: viikkopalaverissa")
    assert house.slack.store.records("accounts")[0].status == "sent"
