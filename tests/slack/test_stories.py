"""What people do in Slack, from the payload to the calls that Slack gets: asking, sharing, handing on, the home view."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.slack.fake import CHANNEL, ELSEWHERE
from tests.slack.world import COMMS, SlackWorld

DECIDING = "Kuka päättää uudesta some-tilistä?"
FOLLOW_UP = "entä mitä siinä pitää varmistaa?"
SILENT = "Miten some-tili suljetaan?"


def words(document: Any) -> str:
    """All text of a message or a view."""
    return json.dumps(document, ensure_ascii=False)


def visible(world: SlackWorld) -> int:
    """How many visible replies there were: messages, whispers, answers through doors, views opened or answered."""
    methods = ("chat.postMessage", "chat.postEphemeral", "respond", "views.open", "views.push")
    return len(world.slack.told(*methods)) + bool(world.last_response.body)


# ── asking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_direct_message_is_answered_in_its_conversation(world: SlackWorld) -> None:
    assert world.says("UEMP", "Kuinka usein salasanat pitää vaihtaa?").status == 200
    [answer] = world.direct("UEMP")
    assert "3 kuukauden välein" in words(answer["blocks"])
    assert "3 kuukauden välein" in answer["text"], "the notification says the same"
    assert (answer["unfurl_links"], answer["unfurl_media"]) == (False, False)


def test_a_mention_is_answered_once_and_to_its_writer_alone(world: SlackWorld) -> None:
    world.mentions("UEMP", DECIDING)
    [answer] = world.whispers("UEMP")
    assert answer["channel"] == CHANNEL
    assert "thread_ts" not in answer, "a whisper in a thread that nobody has begun is seen by nobody"
    assert world.posts(CHANNEL) == []
    assert visible(world) == 1


def test_a_command_where_the_bot_is_no_member_is_answered_through_its_door(world: SlackWorld) -> None:
    world.commands("UEMP", "/someopas", DECIDING, channel=ELSEWHERE)
    [answer] = world.slack.told("respond")
    assert answer["response_type"] == "ephemeral"
    assert "johtoryhm" in words(answer)


def test_a_command_in_ones_own_conversation_with_the_bot_belongs_to_it_and_between_two_people_it_does_not(
    world: SlackWorld,
) -> None:
    world.says("UEMP", DECIDING)
    world.commands("UEMP", "/someopas", FOLLOW_UP, channel="DEMP")
    own = world.direct("UEMP")[-1]
    assert "questions/share" not in words(own), "nobody else is there to share it with"
    assert "channels/decision" in world.store.records("questions")[0].data.partition('"cited":')[2]
    world.commands("UEMP", "/someopas", DECIDING, channel="DTWO")
    [through] = world.slack.told("respond")
    assert "questions/share" in words(through)
    world.presses("UEMP", {**through, "channel": "DTWO"}, "questions/share")
    assert world.slack.told("respond")[-1]["response_type"] == "in_channel"


def test_the_shortcut_answers_another_ones_message_to_who_asked(world: SlackWorld) -> None:
    world.shortcut("UEMP", "Saako lasten kuvia julkaista?")
    [answer] = world.whispers("UEMP")
    assert "kuva" in words(answer)
    assert "Kysymys" not in answer["text"]


def test_an_answer_is_shared_by_its_asker_once_and_others_go_on_from_it_without_a_mention(world: SlackWorld) -> None:
    world.mentions("UEMP", DECIDING, ts="77.5")
    [answer] = world.whispers("UEMP")
    world.presses("UEMP", answer, "questions/share")
    [shared] = world.posts(CHANNEL)
    assert shared["thread_ts"] == "77.5"
    assert "Vastauksen jakoi Työntekijä, kirjasto" in shared["text"]
    assert '"button"' not in words(shared), "what others cannot press is not shown to them"
    world.presses("UEMP", answer, "questions/share")
    assert "jo jaettu" in world.whispers("UEMP")[-1]["text"]
    assert len(world.posts(CHANNEL)) == 1
    world.says("USUP", FOLLOW_UP, CHANNEL, thread="77.5")
    [follow_up] = world.whispers("USUP")
    assert follow_up["thread_ts"] == "77.5"
    assert "channels/decision" in world.store.records("questions")[0].data.partition('"cited":')[2]


def test_talk_in_a_thread_that_is_not_for_the_bot_is_left_alone(world: SlackWorld) -> None:
    world.mentions("UEMP", DECIDING, ts="77.5")
    before = len(world.slack.calls)
    for talk in (
        "kiitos paljon!",
        "moi kaikki",
        "apua",
        "mitä kuuluu?",
        "omat",
        "👍",
        "hyvä vastaus",
        "nähdään!",
    ):
        world.says("USUP", talk, CHANNEL, thread="77.5")
    world.says("USUP", "mitä kuuluu?", CHANNEL, thread="12.5")
    world.says("USUP", "Kuka päättää uudesta some-tilistä?", CHANNEL)
    assert [c.method for c in world.slack.calls[before:] if c.method.startswith("chat")] == []


def test_the_bot_shows_that_it_works_in_its_own_conversation_and_offers_questions(world: SlackWorld) -> None:
    world.says("UNEW", "Får man publicera bilder på barn?")
    [status] = world.slack.told("assistant.threads.setStatus")
    assert status["status"] == "söker i anvisningen…", "the platform's locale is the person's language"
    world.opens_home("UNEW", tab="messages")
    [offered] = world.slack.told("assistant.threads.setSuggestedPrompts")
    assert len(offered["prompts"]) == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "Vastaan kysymyksiin"), ("apua", "Vastaan kysymyksiin"), ("hjälp", "Vastaan kysymyksiin"),
        ("help", "Vastaan kysymyksiin"), ("kieli", "Millä kielellä"), ("språk svenska", "på svenska"),
        ("language english", "in English"), ("omat", "Omat kysymykset"), ("mine", "Omat kysymykset"),
        ("tili", "esityksen"), ("konto", "esityksen"), ("ilmoita", "Valitse, mitä epäilet"),
        ("anmäl", "Valitse, mitä epäilet"),
        ("ilmoita sain huijausviestin", "Ilmoituksen sai Tietohallintopäällikkö"), ("rekisteri", "sosiaalinenmedia"),
        ("ohmat", "Tarkoititko: omat"), ("kvanttifysiikka", "En tunne sanaa"), (DECIDING, "johtoryhm"),
    ],
)  # fmt: skip
def test_every_word_after_the_command_gets_a_useful_reply(world: SlackWorld, text: str, expected: str) -> None:
    world.commands("UEMP", "/someopas", text)
    [reply] = world.whispers("UEMP")
    assert expected in reply["text"]


@pytest.mark.parametrize(
    ("command", "text", "expected"),
    [("/sometili", "", "esityksen"), ("/someilmoitus", "", "Valitse, mitä epäilet"), ("/someilmoitus", "apua", "Vastaan"),
     ("/someilmoitus", "mua uhkaillaan kommenteissa", "välittömästi")],
)  # fmt: skip
def test_the_reserved_commands_open_what_they_are_named_for(
    world: SlackWorld, command: str, text: str, expected: str
) -> None:
    world.commands("UEMP", command, text)
    assert expected in world.whispers("UEMP")[0]["text"]


# ── feedback ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_feedback_is_kept_and_an_unhelpful_answer_leads_on(world: SlackWorld) -> None:
    world.says("UEMP", "Saako lasten kuvia julkaista?")
    answer = world.direct("UEMP")[-1]
    world.presses("UEMP", answer, "questions/feedback", value="no")
    offered = world.direct("UEMP")[-1]
    assert len([b for b in offered["blocks"] if b["type"] == "actions"]) == 2
    assert '"helpful":"no"' in world.store.records("questions")[0].data
    world.presses("UEMP", offered, "questions/show", 1)
    assert "(1)" in words(world.direct("UEMP")[-1])
    world.presses("UEMP", answer, "questions/feedback", value="yes")
    assert "Kiitos" in world.direct("UEMP")[-1]["text"]


# ── the hand-off, from a question to a curated answer ───────────────────────────────────────────────────────────────


def handed_on(world: SlackWorld, named: str = "yes") -> dict[str, Any]:
    """A silent question handed on: gives the team's card."""
    world.says("UEMP", SILENT)
    world.presses("UEMP", world.direct("UEMP")[-1], "questions/send")
    world.submits("UEMP", world.view(), text="Miten kirjaston tili suljetaan?", named=named)
    return world.posts(COMMS)[-1]


def test_story_a_question_is_handed_on_answered_in_the_thread_and_becomes_knowledge(world: SlackWorld) -> None:
    card = handed_on(world)
    assert "Työntekijä, kirjasto" in card["text"]
    assert "lähetetty viestintään" in world.direct("UEMP")[-1]["text"]
    world.presses("UCOM", card, "questions/take")
    updates = world.slack.told("chat.update")
    assert {u["channel"] for u in updates} == {COMMS, "DEMP"}
    assert all("Viestinnän asiantuntija" in u["text"] for u in updates)

    world.says("UCOM", "Pitäisikö kysyä vielä tietohallinnolta?", COMMS, thread=card["stamp"])
    world.says("UCOM", "Kerro meille, niin suljemme tilin.", COMMS, thread=card["stamp"])
    ask = world.whispers("UCOM")[-1]
    assert ask["thread_ts"] == card["stamp"]
    assert "replied" not in world.store.records("questions")[0].status, "talk among colleagues is sent to nobody"
    world.presses("UCOM", ask, "questions/confirm")
    reply = world.direct("UEMP")[-1]
    assert "Kerro meille, niin suljemme tilin." in reply["text"]
    assert "Viestinnän asiantuntija" in words(reply)
    assert "tietohallinnolta" not in words(world.slack.told("chat.postMessage"))

    replied = [u for u in world.slack.told("chat.update") if u["channel"] == COMMS][-1]
    world.presses("UCOM", replied, "curated/add")
    form = world.view()
    assert words(form).count("Kerro meille, niin suljemme tilin.") == 1
    world.submits(
        "UCOM", form, question="Miten sometili suljetaan?", others="kuinka insta poistetaan käytöstä",
        answer="Kerro viestinnälle, niin suljemme tilin.",
    )  # fmt: skip
    assert "on tietämyksessä" in world.whispers("UCOM")[-1]["text"]

    world.says("USUP", "Miten sometili suljetaan?")
    found = world.direct("USUP")[-1]
    assert "Kerro viestinnälle, niin suljemme tilin." in found["text"]
    assert "ei ole ohjeen tekstiä" in words(found)


def test_a_question_asked_in_a_channel_is_answered_there_and_lastingly_in_the_own_conversation(world: SlackWorld) -> None:
    world.mentions("UEMP", SILENT, ts="88.5")
    world.presses("UEMP", world.whispers("UEMP")[-1], "questions/send")
    world.submits("UEMP", world.view(), text="Miten tili suljetaan?", named="no")
    assert "lähetetty viestintään" in world.whispers("UEMP")[-1]["text"]
    [state] = world.direct("UEMP")
    assert "lähetetty viestintään" in state["text"]
    card = world.posts(COMMS)[-1]
    assert "Työntekijä, kirjasto" not in words(card), "without consent the name is nowhere"
    world.presses("UMAN", card, "questions/reply")
    world.submits("UMAN", world.view(), text="Näin.")
    assert [b["channel"] for b in (world.whispers("UEMP")[-1], world.direct("UEMP")[-1])] == [CHANNEL, "DEMP"]
    assert "Näin." in world.whispers("UEMP")[-1]["text"]


def test_an_untaken_question_is_chased_in_the_channel_and_then_to_the_manager(world: SlackWorld) -> None:
    handed_on(world)
    world.waits(hours=4, minutes=1)
    assert "odottaa yhä" in world.posts(COMMS)[-1]["text"]
    assert world.direct("UMAN") == []
    world.waits(days=2)
    assert "odottaa yhä" in world.direct("UMAN")[-1]["text"]


def test_a_form_keeps_what_was_entered_and_shows_the_error_at_its_field(world: SlackWorld) -> None:
    world.says("UEMP", SILENT)
    world.presses("UEMP", world.direct("UEMP")[-1], "questions/send")
    world.submits("UEMP", world.view(), text="  ", named="yes")
    assert world.response() == {"response_action": "errors", "errors": {"text": "Kirjoita kysymys."}}
    world.submits("UEMP", world.view(), text="Miten?", named="yes")
    assert world.last_response.body == ""
    assert len(world.posts(COMMS)) == 1


# ── the home view ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_home_shows_what_waits_and_is_current_after_every_deed(world: SlackWorld) -> None:
    world.opens_home("UCOM")
    mine = world.opens_home("UEMP")
    assert "Et ole lähettänyt" in words(mine)
    assert [b["type"] for b in mine["blocks"]].count("divider") == 2, "own questions and language are sections"
    handed_on(world)
    assert "odottaa käsittelijää" in words(world.home("UEMP"))
    assert "Viestinnän vastausta odottaa: 1" in words(world.home("UCOM"))
    world.presses("UCOM", world.home("UCOM"), "questions/take")
    assert "käsittelyssä" in words(world.home("UEMP"))
    assert "käsittelyssä: Viestinnän asiantuntija" in words(world.home("UCOM"))
    world.presses("UCOM", world.home("UCOM"), "questions/reply")
    world.submits("UCOM", world.view(), text="Näin.")
    assert world.response() == {"response_action": "clear"}
    assert "Viestinnän vastausta odottaa: 0" in words(world.home("UCOM"))
    assert "vastattu" in words(world.home("UEMP"))


def test_a_question_on_the_home_view_is_answered_in_a_window_and_handed_on_from_it(world: SlackWorld) -> None:
    home = world.opens_home("UEMP")
    world.presses("UEMP", home, "home/ask")
    world.submits("UEMP", world.view(), text=SILENT)
    told = world.response()
    assert told["response_action"] == "update"
    assert "Ohje ei sano" in words(told["view"])
    world.presses("UEMP", told["view"], "questions/send")
    world.submits("UEMP", world.view(), text="Miten?", named="no")
    assert "lähetetty viestintään" in words(world.response()["view"])
    assert len(world.posts(COMMS)) == 1
    assert "lähetetty viestintään" in world.direct("UEMP")[-1]["text"]


def test_the_quick_actions_and_the_language_answer_where_the_person_looks(world: SlackWorld) -> None:
    home = world.opens_home("UEMP")
    for action, expected in (("home/new_account", "esityksen"), ("incidents/begin", "Valitse, mitä epäilet")):
        world.presses("UEMP", home, action)
        assert expected in words(world.view())
    world.presses("UEMP", home, "home/language", 1)
    assert "Mina frågor" in words(world.home("UEMP"))
    assert world.direct("UEMP") == []


def test_nobody_sees_what_is_not_theirs_on_their_home_view(world: SlackWorld) -> None:
    handed_on(world, named="no")
    assert "Viestinnän vastausta odottaa" not in words(world.opens_home("USUP"))
    assert "kirjaston tili" not in words(world.home("USUP"))
    assert "Työntekijä, kirjasto" not in words(world.opens_home("UCOM")), "named to nobody without consent"


# ── guests and strangers ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_guest_asks_but_does_not_hand_on_and_is_told_so(world: SlackWorld) -> None:
    world.says("UGUEST", SILENT)
    world.presses("UGUEST", world.direct("UGUEST")[-1], "questions/send")
    assert "Vierailijana" in world.direct("UGUEST")[-1]["text"]
    world.says("UGUEST", "kysy viestinnältä")
    assert world.posts(COMMS) == []
    world.says("UGUEST", "apua")
    assert "vierailijana" in world.direct("UGUEST")[-1]["text"]


def test_a_stranger_from_another_organisation_is_told_what_the_bot_is_and_gets_no_more(world: SlackWorld) -> None:
    for text in (DECIDING, "apua", "omat"):
        world.mentions("USTR", text)
        assert "muiden organisaatioiden" in world.whispers("USTR")[-1]["text"]
    assert world.store.records("questions") == []
    assert "muiden organisaatioiden" in words(world.opens_home("USTR"))
    assert world.bot.directory.person_of("slack:USTR") == "slack:USTR", "an address that anybody may claim joins nobody"


def test_an_employee_who_is_not_in_the_directory_is_served_under_their_own_name(world: SlackWorld) -> None:
    world.says("UNEW", SILENT)
    world.says("UNEW", "kysy viestinnältä nimellä")
    assert "Uusi työntekijä" in world.posts(COMMS)[-1]["text"]
