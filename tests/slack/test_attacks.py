"""What somebody tried once to break it: each a rule that must go on holding."""

from __future__ import annotations

import json

import pytest

from bot.directory import read_people
from bot.platforms.slack.events import Shown, spoken_text
from bot.storage import Message
from bot.wiring import DEMO_PEOPLE
from handlers.facts import Person
from tests.slack.fake import CHANNEL, user
from tests.slack.world import COMMS, SlackWorld

SILENT = "Miten some-tili suljetaan?"
DECIDING = "Kuka päättää uudesta some-tilistä?"


def hand_on(world: SlackWorld, person: str = "UEMP", *, named: bool = False) -> None:
    world.says(person, SILENT)
    world.says(person, f"kysy viestinnältä{' nimellä' if named else ''}")


@pytest.mark.parametrize(
    "words", ["vastaa 1: !!!", "vastaa 1: 👍", "vastaa 1: " + "x" * 3100, "lisää tietämykseen 1: Miksi?"]
)
def test_words_for_a_form_that_would_show_an_error_are_told_it(world: SlackWorld, words: str) -> None:
    hand_on(world)
    world.says("UCOM", words)
    assert len(world.direct("UCOM")) == 1
    assert world.store.records("questions")[0].status == "waiting"


def test_a_conversation_that_is_none_holds_nobody_up(world: SlackWorld) -> None:
    with world.store.unit() as unit:
        unit.send(Message("slack:Cviestinta!", "post", '{"name": "home/help", "parts": []}', "fi"), world.clock.now())
    world.says("UEMP", "apua")
    assert "Vastaan" in world.direct("UEMP")[-1]["text"]
    world.waits(hours=1)
    assert len(world.store.dead_letters()) in (0, 1)


def test_who_asked_before_they_were_in_the_directory_gets_the_answer_and_keeps_what_is_theirs(world: SlackWorld) -> None:
    hand_on(world, "UNEW", named=True)
    world.store.replace_people([*read_people(DEMO_PEOPLE), Person("uusi", "Uusi työntekijä", "uusi@example.org")])
    world.bot.directory.refresh()
    world.says("UCOM", "vastaa 1: Näin.")
    assert "Näin." in world.direct("UNEW")[-2]["text"] + world.direct("UNEW")[-1]["text"]
    world.says("UNEW", "omat")
    assert SILENT in world.direct("UNEW")[-1]["text"]
    assert world.store.dead_letters() == []


def test_of_two_accounts_of_one_person_the_one_that_was_met_last_is_written_to(world: SlackWorld) -> None:
    world.says("UEMP", "apua")
    world.clock.move(minutes=1)
    world.slack.users["UTWO"] = user("UTWO", "tyontekija.kirjasto@example.org")
    world.says("UTWO", "apua")
    assert (len(world.direct("UEMP")), len(world.direct("UTWO"))) == (1, 1)


@pytest.mark.parametrize("words", ["Jaa.", "jaa", "Auttoi!", "kysy viestinnältä", "ota 1", "apua"])
def test_words_among_people_in_a_thread_press_nothing(world: SlackWorld, words: str) -> None:
    world.mentions("UEMP", DECIDING, ts="77.5")
    before = len(world.slack.told("chat.postMessage", "chat.postEphemeral"))
    for person in ("UEMP", "USUP", "USTR"):
        world.says(person, words, CHANNEL, thread="77.5")
    assert len(world.slack.told("chat.postMessage", "chat.postEphemeral")) == before
    assert world.store.records("questions")[0].status == "asked"


def test_who_asked_without_a_name_is_named_to_no_administrator(world: SlackWorld) -> None:
    hand_on(world)
    world.opens_home("UADM")
    world.slack.users = {uid: u for uid, u in world.slack.users.items() if uid != "UEMP"}
    world.slack.refused.add("DEMP")
    world.says("UCOM", "vastaa 1: Näin.")
    assert {d.content.record for d in world.store.dead_letters()} == {"questions/1"}
    seen = json.dumps([*world.direct("UADM"), world.home("UADM")], ensure_ascii=False)
    assert "#1" in seen
    assert "kirjasto" not in seen
    assert "employee" not in seen


def test_a_form_that_does_not_open_from_the_home_view_is_said_in_the_own_conversation(world: SlackWorld) -> None:
    home = world.opens_home("UEMP")
    world.slack.faults.append((200, {}, {"ok": False, "error": "expired_trigger_id"}))
    world.presses("UEMP", home, "home/ask")
    assert "Lomake ei auennut" in world.direct("UEMP")[-1]["text"]


def test_cards_in_a_window_take_each_others_place_so_that_slacks_stack_of_three_is_never_full(world: SlackWorld) -> None:
    home = world.opens_home("UCOM")
    world.presses("UCOM", home, "curated/list")
    for _ in range(4):
        world.presses("UCOM", {**world.view(), "blocks": home["blocks"]}, "digest/show")
    assert len(world.slack.told("views.open")) == 1
    assert len(world.slack.told("views.update")) == 4
    assert world.slack.told("views.push") == []


def test_the_home_view_follows_a_language_that_was_written(world: SlackWorld) -> None:
    world.opens_home("UEMP")
    world.says("UEMP", "kieli ruotsi")
    assert "Mina frågor" in json.dumps(world.home("UEMP"), ensure_ascii=False)


def test_a_change_of_roles_is_in_every_home_view_after_the_next_start(world: SlackWorld) -> None:
    hand_on(world)
    assert "Kysymys 1" in json.dumps(world.opens_home("UCOM"))
    people = [p for p in read_people(DEMO_PEOPLE) if p.id != "communications-specialist"]
    world.store.replace_people(
        [*people, Person("communications-specialist", "Entinen", "viestinta.asiantuntija@example.org")]
    )
    world.bot.begin()
    world.settle()
    assert "Kysymys 1" not in json.dumps(world.home("UCOM"))


@pytest.mark.parametrize("number", ["4242", "9" * 18, "9" * 40])
def test_a_letter_that_there_is_not_is_said_to_be_none(world: SlackWorld, number: str) -> None:
    for words in (f"kuittaa {number}", f"lähetä uudelleen {number}"):
        assert world.says("UADM", words).status == 200
        assert "on kuitattu" not in world.direct("UADM")[-1]["text"]


def test_a_letter_let_be_and_refused_again_is_seen_again(world: SlackWorld) -> None:
    world.says("UEMP", "apua")
    refused = (200, {}, {"ok": False, "error": "cannot_dm_bot"})
    world.slack.faults.append(refused)
    world.says("UEMP", "omat")
    [dead] = world.store.dead_letters()
    world.says("UADM", f"kuittaa {dead.id}")
    assert world.store.dead_letters() == []
    with world.store.unit() as unit:
        unit.letter(dead.id, world.clock.now(), again=True)
    world.slack.faults.append(refused)
    world.settle()
    assert [d.id for d in world.store.dead_letters()] == [dead.id]


@pytest.mark.parametrize("page", [b"<html>login</html>", b"", b"[]", b"null", b"{}", b"\x1f\x8b"])
@pytest.mark.parametrize("status", [200, 302, 407, 403])
def test_a_proxys_page_is_no_answer_of_slacks(world: SlackWorld, page: bytes, status: int) -> None:
    world.says("UEMP", "apua")
    world.slack.pages.append((status, page))
    world.says("UEMP", "omat")
    assert world.store.dead_letters() == []
    world.waits(minutes=1)
    assert "Omat" in world.direct("UEMP")[-1]["text"]


def test_an_uninstalled_app_keeps_what_waits(world: SlackWorld) -> None:
    world.says("UEMP", "apua")
    world.slack.faults.append((200, {}, {"ok": False, "error": "account_inactive"}))
    world.says("UEMP", "omat")
    world.waits(minutes=1)
    assert "Omat" in world.direct("UEMP")[-1]["text"]


def test_a_name_from_slack_turns_no_text_round_and_breaks_nothing(world: SlackWorld) -> None:
    world.slack.users["UNEW"] = user("UNEW", "uusi@example.org", "\u202ePaha\u200b nimi" + "x" * 200)
    hand_on(world, "UNEW", named=True)
    card = world.posts(COMMS)[-1]["text"]
    assert "\u202e" not in card
    assert "Paha nimi" in card
    assert "x" * 81 not in card


def test_a_change_of_somebody_who_never_used_the_bot_is_not_kept(world: SlackWorld) -> None:
    world.dispatch(world.event({"type": "user_change", "user": user("UZZZ", "z@example.org")}))
    assert world.bot.directory.account("slack:UZZZ") is None
    world.says("UCOM", "apua")
    nameless = {"id": "UCOM", "team_id": "T111", "profile": {"real_name": "X"}}
    world.dispatch(world.event({"type": "user_change", "user": nameless}))
    assert world.bot.directory.person_of("slack:UCOM") == "communications-specialist", "what is not told stays"


def test_long_questions_leave_each_other_room_on_the_home_view(world: SlackWorld) -> None:
    for number in range(1, 6):
        world.says("UEMP", f"Miten some-tili {number} suljetaan? " + "pitkä " * 400)
        world.says("UEMP", "kysy viestinnältä")
    home = json.dumps(world.opens_home("UCOM"), ensure_ascii=False)
    assert all(f"some-tili {number} suljetaan" in home for number in range(1, 6))
    assert "In English" in home


def test_a_share_that_fails_is_told_to_who_shared(world: SlackWorld) -> None:
    world.mentions("UEMP", DECIDING)
    answer = world.whispers("UEMP")[-1]
    world.slack.members[CHANNEL] = set()
    body = world.press("UEMP", answer, "questions/share")
    world.dispatch({**body, "response_url": ""})
    assert "ei voitu jakaa" in world.direct("UEMP")[-1]["text"]


def test_what_is_shared_through_a_door_is_never_unfolded(world: SlackWorld) -> None:
    world.commands("UEMP", "/someopas", DECIDING, channel="C404")
    told = world.slack.told("respond")[-1]
    assert (told["unfurl_links"], told["unfurl_media"]) == (False, False)


def test_a_timer_that_was_moved_since_it_was_found_does_not_fire(world: SlackWorld) -> None:
    hand_on(world)
    world.clock.move(hours=4, minutes=1)
    [timer] = [t for t in world.store.due_timers(world.clock.now()) if t.record == "questions/1"]
    world.says("UCOM", "ota 1")
    before = len(world.slack.calls)
    world.sender._fire(timer, late=False)
    world.settle()
    assert not any("odottaa yhä" in json.dumps(c.body, ensure_ascii=False) for c in world.slack.calls[before:])


@pytest.mark.parametrize("metadata", [
    ["", "slack:@communications-specialist", "", "", False], ["", "slack:@it-manager:1.5", "", "", True],
    ["", "nonsense", "", "", False], ["", "slack:@", "slack:@director", "", False],
])  # fmt: skip
def test_a_form_speaks_in_nobody_elses_conversation(world: SlackWorld, metadata: list[object]) -> None:
    view = {"type": "modal", "callback_id": "home/ask", "private_metadata": json.dumps(metadata), "blocks": []}
    assert world.submits("UEMP", view, text=DECIDING).status == 200
    told = [m["channel"] for m in world.slack.told("chat.postMessage")]
    assert set(told) <= {"DEMP"}


@pytest.mark.parametrize("metadata", ["5", "null", '"abcde"', "{}", "[1, 2, 3, 4, 5]", '["a"]'])
def test_metadata_that_is_none_is_empty(metadata: str) -> None:
    assert Shown.unpack(metadata) == Shown()


@pytest.mark.parametrize(
    "text", ["<" * 40_000, "<@" * 20_000, "<a|" * 15_000, "x" * 200_000], ids=["<", "<@", "<a|", "x"]
)
def test_no_text_takes_long_to_read(text: str) -> None:
    assert len(spoken_text(text, "W999")) <= 4_000
