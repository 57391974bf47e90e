"""What people do in Teams, from the activity to the messages that the Connector gets: asking, sharing, handing on."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.teams.fake import CHANNEL, COMMS, GROUP, Json, Posted, actions_of, as_text, inputs_of, text_of
from tests.teams.world import TeamsWorld

DECIDING = "Kuka päättää uudesta some-tilistä?"
FOLLOW_UP = "entä mitä siinä pitää varmistaa?"
PASSWORDS = "Kuinka usein salasanat pitää vaihtaa?"
SILENT = "Miten some-tili suljetaan?"
COVER = "Tämä viesti näkyy vain sille"
EMPLOYEE, SUPERVISOR, BYSTANDER = "employee", "supervisor", "informatician"
SPECIALIST, MANAGER, ADMINISTRATOR = "communications-specialist", "communications-manager", "administrator"


def question(world: TeamsWorld) -> str:
    """The newest question as it is kept."""
    return world.store.records("questions")[0].data


def sources(world: TeamsWorld, posted: Posted) -> list[Json]:
    """The sources that Teams shows of a card's words."""
    return [claim for entity in world.words_of(posted).get("entities", []) for claim in entity.get("citation", [])]


def said(world: TeamsWorld) -> str:
    """The sentence that the last press was answered with, below its card."""
    body = world.answer.body
    assert isinstance(body, dict)
    return body["value"] if isinstance(body["value"], str) else text_of(body["value"])


# ── asking in one's own chat ────────────────────────────────────────────────────────────────────────────────────────


def test_a_question_is_answered_in_ones_own_chat_with_native_sources_and_the_guidelines_words(world: TeamsWorld) -> None:
    assert world.says(EMPLOYEE, DECIDING).status == 200
    [answer] = world.own(EMPLOYEE)
    cited = sources(world, answer)
    assert [claim["position"] for claim in cited] == [1, 2]
    assert {int(mark) for mark in re.findall(r"\[(\d)\]", world.words_of(answer)["text"])} == {1, 2}
    for claim in cited:
        assert claim["appearance"]["abstract"].rstrip("…")[:40] in text_of(answer.card), "what it shows is quoted below"
    assert "johtoryhm" in answer.activity["summary"], "the notification says the same"


def test_nothing_is_marked_as_made_by_an_ai(world: TeamsWorld) -> None:
    for text in (DECIDING, SILENT, "apua", "tili"):
        world.says(EMPLOYEE, text)
    world.says(EMPLOYEE, "kysy viestinnältä")
    world.says(SPECIALIST, "vastaa 2: Kerro viestinnälle.")
    assert "AIGenerated" not in as_text([p.activity for p in world.teams.posted])


def test_an_answer_has_teams_own_thumbs_and_no_second_question_in_its_card(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, PASSWORDS)
    [answer] = world.own(EMPLOYEE)
    assert answer.activity["channelData"] == {"feedbackLoop": {"type": "default"}}
    assert "Auttoiko" not in text_of(answer.card)
    world.says(EMPLOYEE, "apua")
    assert "channelData" not in world.own(EMPLOYEE)[-1].activity, "what answers nothing asks for no thumbs"


def test_a_thumb_up_is_kept_and_thanked_for(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, PASSWORDS)
    assert world.thumbs(EMPLOYEE, "like").status == 200
    assert '"helpful":"yes"' in question(world)
    assert "Kiitos palautteesta" in text_of(world.own(EMPLOYEE)[-1].card)


def test_a_thumb_down_offers_other_passages_and_the_communications_team(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, "Saako lasten kuvia julkaista?")
    world.thumbs(EMPLOYEE, "dislike", "ei tätä")
    assert '"helpful":"no"' in question(world)
    offered = world.own(EMPLOYEE)[-1]
    shown = [a["data"]["someopas"]["action"] for a in actions_of(offered.card)]
    assert shown.count("questions/show") == 3
    assert "questions/send" in shown
    world.presses(EMPLOYEE, "questions/show", number=1)
    assert sources(world, world.own(EMPLOYEE)[-1])


def test_thumbs_of_somebody_else_change_nothing(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, PASSWORDS)
    [answer] = world.own(EMPLOYEE)
    value = {"actionName": "feedback", "actionValue": {"reaction": "dislike", "feedback": "{}"}}
    forged = world.invoke(SUPERVISOR, "message/submitAction", value, reply_to=answer.id)
    world.receive({**forged, "conversation": {**forged["conversation"], "id": answer.conversation}})
    assert '"helpful":""' in question(world)


def test_a_follow_up_goes_on_from_the_question_before(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, DECIDING)
    world.says(EMPLOYEE, FOLLOW_UP)
    assert "channels/decision" in question(world).partition('"cited":')[2]


def test_an_answer_in_ones_own_chat_is_not_offered_for_sharing(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, DECIDING)
    assert "questions/share" not in as_text(world.own(EMPLOYEE)[-1].card)


# ── asking among others ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("conversation", [CHANNEL, GROUP])
def test_an_answer_among_others_is_covered_and_its_asker_alone_sees_it_by_itself(
    world: TeamsWorld, conversation: str
) -> None:
    world.mentions(EMPLOYEE, DECIDING, conversation)
    [posted] = world.cards(conversation)
    assert "johtoryhm" not in as_text(posted.activity), "not even in what the client does not show"
    assert posted.card["refresh"]["userIds"] == [f"29:{EMPLOYEE}"]
    assert "johtoryhm" in world.sees(EMPLOYEE, conversation)
    assert "johtoryhm" not in world.sees(BYSTANDER, conversation)
    assert COVER in world.sees(BYSTANDER, conversation)


@pytest.mark.parametrize("conversation", [CHANNEL, GROUP])
def test_who_uncovers_somebody_elses_answer_is_told_that_it_is_not_theirs(world: TeamsWorld, conversation: str) -> None:
    world.mentions(EMPLOYEE, DECIDING, conversation)
    [posted] = world.cards(conversation)
    [show] = actions_of(posted.card)
    world.executes(BYSTANDER, posted, show)
    assert said(world) == "Tämä viesti on tarkoitettu toiselle henkilölle."
    world.executes(EMPLOYEE, posted, show)
    assert "johtoryhm" in said(world), "whose client does not refresh by itself presses"
    assert posted.changes == 0


def test_a_question_in_a_channel_is_answered_in_its_thread_and_in_a_thread_in_that_one(world: TeamsWorld) -> None:
    made = world.mention(EMPLOYEE, DECIDING)
    world.receive(made)
    world.mentions(EMPLOYEE, PASSWORDS, thread="1700000000009")
    threads = [p.conversation for p in world.cards(CHANNEL)]
    assert threads == [f"{CHANNEL};messageid={made['id']}", f"{CHANNEL};messageid=1700000000009"]


@pytest.mark.parametrize("conversation", [CHANNEL, GROUP])
def test_an_answer_is_shared_by_its_asker_once_with_its_sources_and_no_buttons(
    world: TeamsWorld, conversation: str
) -> None:
    world.mentions(EMPLOYEE, DECIDING, conversation)
    world.presses(EMPLOYEE, "questions/share", conversation)
    covered, shared = world.cards(conversation)
    assert shared.conversation == covered.conversation
    assert "Vastauksen jakoi Työntekijä, kirjasto" in world.sees(BYSTANDER, conversation)
    assert sources(world, shared)
    assert actions_of(shared.card) == []
    world.presses(EMPLOYEE, "questions/share", conversation)
    assert "jo jaettu" in said(world)
    assert len(world.cards(conversation)) == 2


def test_others_go_on_in_the_thread_from_what_was_shared(world: TeamsWorld) -> None:
    made = world.mention(EMPLOYEE, DECIDING)
    world.receive(made)
    world.presses(EMPLOYEE, "questions/share", CHANNEL)
    world.mentions(SUPERVISOR, FOLLOW_UP, thread=made["id"])
    assert "channels/decision" in question(world).partition('"cited":')[2]
    assert world.cards(CHANNEL)[-1].card["refresh"]["userIds"] == [f"29:{SUPERVISOR}"]


def test_feedback_on_a_covered_answer_is_a_question_in_its_card_and_leads_back_to_it(world: TeamsWorld) -> None:
    world.mentions(EMPLOYEE, "Saako lasten kuvia julkaista?")
    before = len(world.teams.posted)
    world.presses(EMPLOYEE, "questions/feedback", CHANNEL)
    assert "Harmi" in said(world)
    assert len(world.teams.posted) == before, "nobody else sees a new message"
    posted = world.cards(CHANNEL)[-1]
    [back] = [a for a in actions_of(world.views[EMPLOYEE, posted.id][1]) if a["title"] == "Takaisin"]
    world.executes(EMPLOYEE, posted, back)
    assert "Auttoiko vastaus" in said(world)


# ── coming and going ────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_adds_the_bot_is_welcomed_with_questions_to_press_and_not_again_at_an_upgrade(world: TeamsWorld) -> None:
    world.installs(EMPLOYEE)
    [welcome] = world.own(EMPLOYEE)
    starters = [a for a in actions_of(welcome.card) if a["data"]["someopas"]["action"] == "home/prompt"]
    assert len(starters) == 4
    world.installs(EMPLOYEE, "add-upgrade")
    assert len(world.own(EMPLOYEE)) == 1
    world.executes(EMPLOYEE, welcome, starters[0])
    answer = world.own(EMPLOYEE)[-1]
    assert answer is not welcome
    assert sources(world, answer), "what is pressed is asked, and answered"


@pytest.mark.parametrize("conversation", [CHANNEL, GROUP])
def test_a_channel_or_a_group_to_which_the_bot_is_added_is_told_what_it_does_and_what_it_reads(
    world: TeamsWorld, conversation: str
) -> None:
    world.installs(EMPLOYEE, conversation=conversation)
    [told] = world.cards(conversation)
    assert told.conversation == conversation
    assert "refresh" not in told.card
    assert "Vastaan kysymyksiin kunnan" in world.sees(BYSTANDER, conversation)
    world.installs(EMPLOYEE, "add-upgrade", conversation)
    assert len(world.cards(conversation)) == 1


def test_what_is_for_somebody_who_removed_the_bot_is_refused_at_once_until_they_add_it_again(world: TeamsWorld) -> None:
    world.has_everywhere()
    world.says(EMPLOYEE, SILENT)
    world.says(EMPLOYEE, "kysy viestinnältä")
    before = len(world.own(EMPLOYEE))
    world.installs(EMPLOYEE, "remove")
    world.says(SPECIALIST, "vastaa 1: Kerro viestinnälle.")
    assert len(world.own(EMPLOYEE)) == before
    [dead] = [d for d in world.store.dead_letters() if d.content.kind == "post"]
    assert "removed" in dead.error
    assert "Viestiä ei saatu perille" in world.sees(ADMINISTRATOR)
    world.installs(EMPLOYEE)
    world.says(ADMINISTRATOR, "omat")
    world.presses(ADMINISTRATOR, "home/again")
    assert "Kerro viestinnälle." in world.sees(EMPLOYEE)


def test_a_channel_from_which_the_bot_was_removed_is_written_to_no_more_and_the_administrator_is_told(
    world: TeamsWorld,
) -> None:
    world.has_everywhere(ADMINISTRATOR)
    world.installs(EMPLOYEE, "remove", COMMS)
    world.says(EMPLOYEE, SILENT)
    world.says(EMPLOYEE, "kysy viestinnältä")
    assert world.cards(COMMS) == []
    assert COMMS in as_text([d.content.conversation for d in world.store.dead_letters()])
    assert "Viestiä ei saatu perille" in world.sees(ADMINISTRATOR)
    world.installs(EMPLOYEE, conversation=COMMS)
    [letter] = [d for d in world.store.dead_letters() if COMMS in d.content.conversation]
    world.says(ADMINISTRATOR, f"lähetä uudelleen {letter.id}")
    assert "questions/take" in as_text(world.cards(COMMS)[-1].card)


# ── language ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("locale", "expected"), [("sv-SE", "Jag svarar"), ("en-GB", "I answer"), ("de-DE", "Vastaan")])
def test_the_bot_speaks_the_language_of_the_client(world: TeamsWorld, locale: str, expected: str) -> None:
    for text in ("apua", "help", "hjälp"):
        world.says("new", text, locale=locale)
        assert expected in text_of(world.own("new")[-1].card)
    assert world.own("new")[-1].card["lang"] == ("fi" if locale == "de-DE" else locale[:2])


def test_a_language_that_was_chosen_goes_before_the_clients(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, "kieli")
    world.presses(EMPLOYEE, "home/language", number=1)
    world.says(EMPLOYEE, "apua", locale="en-GB")
    assert "Jag svarar" in text_of(world.own(EMPLOYEE)[-1].card)
    world.says(EMPLOYEE, "language english")
    world.says(EMPLOYEE, "apua")
    assert "I answer" in text_of(world.own(EMPLOYEE)[-1].card)


def test_the_cover_and_its_refusal_are_in_the_readers_own_words(world: TeamsWorld) -> None:
    made = world.mention("new", "Who decides on a new account?")
    world.receive({**made, "locale": "en-GB"})
    [posted] = world.cards(CHANNEL)
    assert actions_of(posted.card)[0]["title"] == "Show it to me"
    pressed = world.execute(SUPERVISOR, posted, actions_of(posted.card)[0])
    world.receive({**pressed, "locale": "sv-SE"})
    assert "någon annan" in said(world)


# ── commands ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Apua", "Vastaan kysymyksiin"), ("Kieli", "Millä kielellä"), ("Omat", "Omat kysymykset"), ("Tili", "kattotili"),
        ("Ilmoita", "Valitse, mitä epäilet"), ("Rekisteri", "Rekisterissä ei ole"), ("Mikä muuttui", "Luin ohjeen"),
        ("Sovi", "esihenkilö"), ("Julkaiseminen", "julkais"), ("Saako lasten kuvia julkaista?", "vanhempien lupa"),
    ],
)  # fmt: skip
def test_every_command_of_the_list_gets_its_answer(world: TeamsWorld, text: str, expected: str) -> None:
    world.says(EMPLOYEE, text)
    assert expected in world.sees(EMPLOYEE)
    assert len(world.own(EMPLOYEE)) == 1


def test_commands_among_others_are_answered_under_a_cover(world: TeamsWorld) -> None:
    world.mentions(EMPLOYEE, "omat")
    assert "Omat kysymykset" in world.sees(EMPLOYEE, CHANNEL)
    assert "Omat kysymykset" not in world.sees(BYSTANDER, CHANNEL)


# ── commands on a message ───────────────────────────────────────────────────────────────────────────────────────────


def message_of(text: str, **more: Any) -> Json:
    """A message of somebody's, as a command of the message extension tells it."""
    author = {"user": {"id": "aad-supervisor", "displayName": "Esihenkilö"}}
    return {"id": "5", "body": {"contentType": "html", "content": text}, "from": author, **more}


@pytest.mark.parametrize("person", [EMPLOYEE, "new"])
def test_another_ones_message_is_answered_in_a_dialog_also_where_the_bot_is_no_member(
    world: TeamsWorld, person: str
) -> None:
    elsewhere = "19:elsewhere@thread.v2"
    world.teams.elsewhere.add(elsewhere)
    message = message_of("<p>Saako <b>lasten</b> kuvia&nbsp;julkaista?</p>")
    world.commands(person, "ask_guideline", message, elsewhere)
    assert "vanhempien lupa" in text_of(world.form)
    assert world.cards(elsewhere) == []
    assert {a["type"] for a in actions_of(world.form)} == {"Action.Submit"}, "a dialog takes no other"


def test_a_question_is_handed_on_from_the_dialog(world: TeamsWorld) -> None:
    world.commands(EMPLOYEE, "ask_guideline", message_of(SILENT))
    [send] = [a for a in actions_of(world.form) if a["data"]["someopas"].get("action") == "questions/send"]
    world.receive(world.invoke(EMPLOYEE, "composeExtension/submitAction", {"data": send["data"]}, CHANNEL))
    world._took_dialog("composeExtension/submitAction")
    world.submits(EMPLOYEE, text="Miten tili suljetaan?", named="yes")
    assert "lähetetty viestintään" in text_of(world.form)
    assert "Työntekijä, kirjasto" in world.sees(SPECIALIST, COMMS)
    assert "lähetetty viestintään" in world.sees(EMPLOYEE), "and it lasts in one's own chat, where the answer will come"


# ── the hand-off, from a question to a curated answer ───────────────────────────────────────────────────────────────


def handed_on(world: TeamsWorld, named: str = "yes") -> Posted:
    """A silent question handed on: gives the team's card."""
    world.says(EMPLOYEE, SILENT)
    world.presses(EMPLOYEE, "questions/send")
    world.submits(EMPLOYEE, text="Miten kirjaston tili suljetaan?", named=named)
    return world.cards(COMMS)[-1]


def test_story_a_question_is_handed_on_answered_and_becomes_knowledge(world: TeamsWorld) -> None:
    card = handed_on(world)
    assert card.conversation == COMMS, "a thread of its own"
    assert "Työntekijä, kirjasto" in text_of(card.card)
    state = world.own(EMPLOYEE)[-1]
    assert "lähetetty viestintään" in text_of(state.card)
    world.presses(SPECIALIST, "questions/take", COMMS)
    for copy in (card, state):
        assert (copy.changes, "Viestinnän asiantuntija" in text_of(copy.card)) == (1, True)

    world.presses(SPECIALIST, "questions/reply", COMMS)
    assert "Miten kirjaston tili suljetaan?" in text_of(world.form)
    world.submits(SPECIALIST, text="Kerro meille, niin suljemme tilin.")
    assert "Kerro meille, niin suljemme tilin." in world.sees(EMPLOYEE)
    assert "Viestinnän asiantuntija" in text_of(world.own(EMPLOYEE)[-1].card)
    assert "questions/reply" not in as_text(card.card), "what is done is offered to nobody"

    world.presses(SPECIALIST, "curated/add", COMMS)
    assert list(inputs_of(world.form).values()).count("Kerro meille, niin suljemme tilin.") == 1
    world.submits(
        SPECIALIST, question="Miten sometili suljetaan?", others="kuinka insta poistetaan käytöstä",
        answer="Kerro viestinnälle, niin suljemme tilin.",
    )  # fmt: skip
    assert "on tietämyksessä" in said(world)
    world.says(SUPERVISOR, "Miten sometili suljetaan?")
    found = world.own(SUPERVISOR)[-1]
    assert "Kerro viestinnälle, niin suljemme tilin." in world.sees(SUPERVISOR)
    assert "ei ole ohjeen tekstiä" in world.sees(SUPERVISOR)
    assert sources(world, found) == [], "what is no guideline's text is cited as none"


def test_a_question_that_was_handed_on_without_a_name_names_nobody(world: TeamsWorld) -> None:
    handed_on(world, named="no")
    assert "Työntekijä" not in as_text([p.activity for p in world.cards(COMMS)])


def test_a_question_asked_in_a_channel_lasts_in_ones_own_chat_that_is_begun_for_it(world: TeamsWorld) -> None:
    world.mentions(EMPLOYEE, SILENT)
    world.presses(EMPLOYEE, "questions/send", CHANNEL)
    world.submits(EMPLOYEE, text="Miten tili suljetaan?", named="no")
    assert "lähetetty viestintään" in said(world)
    assert len(world.teams.begun) == 1
    assert "lähetetty viestintään" in world.sees(EMPLOYEE)
    world.presses(MANAGER, "questions/reply", COMMS)
    world.submits(MANAGER, text="Näin.")
    assert "Näin." in world.sees(EMPLOYEE)
    assert len(world.teams.begun) == 1
    assert "Näin." not in world.sees(BYSTANDER, CHANNEL)


def test_the_wrong_person_and_the_late_one_are_told_and_the_card_stays(world: TeamsWorld) -> None:
    card = handed_on(world)
    [take] = [a for a in actions_of(card.card) if a["data"]["someopas"]["action"] == "questions/take"]
    world.executes(BYSTANDER, card, take)
    assert "Vain viestinnän työntekijät" in said(world)
    assert card.changes == 0
    world.executes(SPECIALIST, card, take)
    world.executes(MANAGER, card, take)
    assert "Tämä on jo käsittelyssä: Viestinnän asiantuntija" in said(world)


def test_a_press_that_is_delivered_twice_is_one_deed_with_the_same_answer(world: TeamsWorld) -> None:
    card = handed_on(world)
    [take] = [a for a in actions_of(card.card) if a["data"]["someopas"]["action"] == "questions/take"]
    pressed = world.execute(SPECIALIST, card, take)
    first = world.receive(pressed)
    assert world.receive(pressed) == first
    assert card.changes == 1


def test_an_untaken_question_is_chased_in_the_channel_and_then_to_the_manager(world: TeamsWorld) -> None:
    handed_on(world)
    world.waits(hours=4, minutes=1)
    assert "odottaa yhä" in text_of(world.cards(COMMS)[-1].card)
    assert world.own(MANAGER) == []
    world.says(MANAGER, "hei")
    world.waits(days=2)
    assert "odottaa yhä" in text_of(world.own(MANAGER)[-1].card)


def test_a_form_keeps_what_was_entered_and_shows_the_error_at_its_field(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, SILENT)
    world.presses(EMPLOYEE, "questions/send")
    world.submits(EMPLOYEE, text="  ", named="no")
    assert "Kirjoita kysymys." in said(world)
    assert inputs_of(world.form)["named"] == "no"
    world.submits(EMPLOYEE, text="Miten?")
    assert "Kirjoita kysymys." not in said(world)
    assert len(world.cards(COMMS)) == 1


def test_whoever_cancels_a_form_has_the_answer_before_them_again(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, SILENT)
    world.presses(EMPLOYEE, "questions/send")
    [cancel] = [a for a in actions_of(world.form) if a["data"]["someopas"].get("back")]
    world.executes(EMPLOYEE, world.own(EMPLOYEE)[-1], cancel)
    assert "questions/send" in as_text(world.answer.body)


def test_own_matters_are_shown_by_words_and_can_be_acted_on(world: TeamsWorld) -> None:
    handed_on(world)
    world.says(SPECIALIST, "omat")
    assert "Viestinnän vastausta odottaa: 1" in world.sees(SPECIALIST)
    world.presses(SPECIALIST, "questions/take")
    world.says(EMPLOYEE, "omat")
    assert "käsittelyssä" in text_of(world.own(EMPLOYEE)[-1].card)
    world.says(SUPERVISOR, "omat")
    assert "Viestinnän vastausta odottaa" not in world.sees(SUPERVISOR)


# ── guests and strangers ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_guest_asks_but_does_not_hand_on_and_is_told_so(world: TeamsWorld) -> None:
    world.says("guest", SILENT)
    world.presses("guest", "questions/send")
    assert "Vierailijana" in world.sees("guest")
    world.says("guest", "kysy viestinnältä")
    assert world.cards(COMMS) == []


def test_a_stranger_of_another_organisation_is_told_what_the_bot_is_and_gets_no_more(world: TeamsWorld) -> None:
    for text in (DECIDING, "apua", "omat"):
        world.mentions("stranger", text)
    assert world.sees("stranger", CHANNEL).count("muiden organisaatioiden") == 3
    assert world.store.records("questions") == []
    account = "teams:aad-stranger"
    assert world.bot.directory.person_of(account) == account, "an address that anybody may claim joins nobody"


def test_an_employee_who_is_not_in_the_directory_is_served_under_their_own_name(world: TeamsWorld) -> None:
    world.says("new", SILENT)
    world.says("new", "kysy viestinnältä nimellä")
    assert "Uusi työntekijä" in world.sees(SPECIALIST, COMMS)
