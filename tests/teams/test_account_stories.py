"""Requests for new accounts in Teams: filled in a card, in a dialog or by words, decided on by those whose turn it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handlers.accounts.steps import STEPS, fields_of
from tests.accounts import ADDRESS, COMPLETE, DECISION, PROPOSAL, TOLD_IN_WORDS
from tests.teams.fake import COMMS, Json, Posted, actions_of, inputs_of, text_of
from tests.teams.test_stories import said
from tests.teams.world import TeamsWorld

EMPLOYEE, SUPERVISOR, DEPUTY = "employee", "supervisor", "deputy-supervisor"
LIBRARIAN, INFORMATICIAN = "librarian", "informatician"
SECRETARY, MUNICIPAL_SECRETARY = "department-secretary", "municipal-secretary"
SPECIALIST, MANAGER = "communications-specialist", "communications-manager"
AS_WRITTEN = {
    "updater": "Kirjastonhoitaja, kirjasto", "substitute": "informaatikko@example.org",
    "admins": "kirjastonhoitaja@example.org, informaatikko@example.org",
}  # fmt: skip
"""People as they are written into a form, which has no menu of them."""
PAGES = tuple({f.name: AS_WRITTEN.get(f.name, COMPLETE.get(f.name, "")) for f in fields_of(s, COMPLETE)} for s in STEPS)


def record(house: TeamsWorld) -> dict[str, Any]:
    """The request as it is kept."""
    return dict(json.loads(house.store.records("accounts")[0].data))


def comments(house: TeamsWorld) -> list[tuple[str, str]]:
    """What was said in the request, and by whom."""
    return [(c["person"], c["text"]) for c in record(house)["comments"]]


def fills(house: TeamsWorld, page: dict[str, str]) -> None:
    """Fill in a page of the request and send it."""
    house.submits(EMPLOYEE, **{name: value for name, value in page.items() if name in inputs_of(house.form)})


def drafted(house: TeamsWorld) -> Posted:
    """The message with the whole request, as it is when its pages were sent."""
    house.says(EMPLOYEE, "tili")
    house.presses(EMPLOYEE, "accounts/begin")
    for page in PAGES:
        fills(house, page)
    return house.own(EMPLOYEE)[-1]


def sent(house: TeamsWorld) -> Posted:
    """A request before its supervisor: their card."""
    drafted(house)
    house.presses(EMPLOYEE, "accounts/send")
    return house.posted_with("accounts/propose", f"chat-{SUPERVISOR}")[-1]


def agreed(house: TeamsWorld) -> Posted:
    """The same, with the consent of those who are named."""
    card = sent(house)
    for named in (LIBRARIAN, INFORMATICIAN):
        house.presses(named, "accounts/accept")
    return card


def button(posted: Posted, action: str) -> Json:
    return next(a for a in actions_of(posted.card) if a["data"]["someopas"].get("action") == action)


def buttons(posted: Posted) -> list[str]:
    return [a["data"]["someopas"].get("action", "") for a in actions_of(posted.card)]


# ── filling in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_is_filled_in_page_by_page_in_its_card(house: TeamsWorld) -> None:
    summary = drafted(house)
    assert len(house.own(EMPLOYEE)) == 2, "the start and the whole request; no page is a message"
    answers = record(house)["answers"]
    assert {name: answers[name] for name in ("updater", "substitute", "admins")} == {
        "updater": LIBRARIAN, "substitute": INFORMATICIAN, "admins": f"{LIBRARIAN},{INFORMATICIAN}",
    }  # fmt: skip
    assert buttons(summary) == [*["accounts/form"] * len(STEPS), "accounts/send", "accounts/withdraw"]


def test_a_page_with_an_error_keeps_what_was_entered_and_says_it_at_its_field(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, "tili")
    house.presses(EMPLOYEE, "accounts/begin")
    fills(house, {**PAGES[0], "audience": ""})
    assert "Tarkista merkityt kohdat" in said(house)
    assert inputs_of(house.form)["need"] == COMPLETE["need"]
    fills(house, PAGES[0])
    assert said(house).startswith("2/9")


def test_a_name_that_nobody_bears_is_an_error_at_its_field_and_stays_as_written(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, "tili")
    house.presses(EMPLOYEE, "accounts/begin")
    for page in PAGES[:2]:
        fills(house, page)
    for written in ("Kirjaston ihme", "Ihme, kirjasto"):
        fills(house, {**PAGES[2], "updater": written})
        assert "Tarkista merkityt kohdat" in said(house)
        assert inputs_of(house.form)["updater"] == written
    fills(house, {**PAGES[2], "hours": "paljon"})
    assert house.bot.directory.find(inputs_of(house.form)["updater"])[0].id == LIBRARIAN, "who is known stays too"


def test_a_page_opens_as_a_dialog_keeps_its_errors_there_and_leads_to_the_next_one(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, "tili")
    house.presses(EMPLOYEE, "accounts/begin")
    house.opens_window(EMPLOYEE)
    assert {a["type"] for a in actions_of(house.form)} == {"Action.Submit"}
    fills(house, {**PAGES[0], "need": " "})
    assert "Tarkista merkityt kohdat" in text_of(house.form)
    assert inputs_of(house.form)["audience"] == COMPLETE["audience"]
    for number, page in enumerate(PAGES, start=1):
        assert isinstance(house.answer.body, dict)
        assert house.answer.body["task"]["value"]["title"].startswith(f"{number}/9")
        fills(house, page)
    assert "Kaikki kohdat" in text_of(house.form) or "Kaikki kohdat" in house.sees(EMPLOYEE)
    assert record(house)["answers"]["unit_page"] == COMPLETE["unit_page"]


def test_a_dialog_of_somebody_else_is_not_opened(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, "tili")
    house.presses(EMPLOYEE, "accounts/begin")
    fills(house, PAGES[0])
    house.opens_window(SUPERVISOR)
    assert isinstance(house.answer.body, dict)
    assert house.answer.body["task"]["type"] == "message"


def test_a_request_is_filled_in_by_words_alone(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, "tili")
    house.says(EMPLOYEE, "aloita")
    for words in TOLD_IN_WORDS:
        house.says(EMPLOYEE, words)
    house.says(EMPLOYEE, "lähetä pyyntö 1")
    assert record(house)["status"] == "sent"


def test_people_who_are_mentioned_are_the_answer_to_who_does_it(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, "aloita")
    for words in TOLD_IN_WORDS[:8]:
        house.says(EMPLOYEE, words)
    mentioned = {"id": f"29:{LIBRARIAN}", "name": "Kirjastonhoitaja, kirjasto"}
    entity = {"type": "mention", "mentioned": mentioned, "text": "<at>Kirjastonhoitaja</at>"}
    house.says(EMPLOYEE, "<at>Kirjastonhoitaja</at>", entities=[entity])
    assert record(house)["answers"]["updater"] == LIBRARIAN


def test_an_answer_that_is_delivered_twice_is_one_answer(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, "aloita")
    answer = house.message(EMPLOYEE, "Nuoret eivät löydä tapahtumia.")
    house.receive(answer)
    before = len(house.own(EMPLOYEE))
    house.receive(answer)
    assert record(house)["answers"] == {"need": "Nuoret eivät löydä tapahtumia."}
    assert len(house.own(EMPLOYEE)) == before


def test_who_begins_in_a_channel_is_asked_where_their_words_are_heard(house: TeamsWorld) -> None:
    house.mentions(EMPLOYEE, "tili")
    house.presses(EMPLOYEE, "accounts/begin", house.teams.posted[-1].conversation.partition(";")[0], number=0)
    assert "Mihin tarpeeseen" in house.sees(EMPLOYEE)
    house.says(EMPLOYEE, "Nuoret eivät löydä meitä.")
    assert record(house)["answers"] == {"need": "Nuoret eivät löydä meitä."}


# ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_r40_r59_story_a_request_goes_from_the_first_page_to_the_register(house: TeamsWorld) -> None:
    card = agreed(house)
    house.presses(SUPERVISOR, "accounts/propose")
    house.submits(SUPERVISOR, **PROPOSAL)
    assert record(house)["status"] == "proposed"
    assert "accounts/propose" not in buttons(card)
    for secretary, section in ((SECRETARY, "45"), (MUNICIPAL_SECRETARY, "7")):
        house.presses(secretary, "accounts/decide")
        house.submits(secretary, **DECISION | {"section": section})
    assert record(house)["status"] == "approved"
    assert "§ 7" in house.sees(EMPLOYEE)
    house.presses(LIBRARIAN, "accounts/open")
    house.submits(LIBRARIAN, address=ADDRESS)
    for point in ("keeper", "unit_link", "back_link"):
        house.says(LIBRARIAN, f"merkitse 1 {({'keeper': 1, 'unit_link': 2, 'back_link': 4})[point]}")
    house.says(SPECIALIST, "merkitse 1 3")
    assert record(house)["status"] == "official"
    assert house.store.record("register/r1") is not None
    assert house.store.dead_letters() == []
    house.says(INFORMATICIAN, "rekisteri kirjasto")
    assert COMPLETE["name"] in house.sees(INFORMATICIAN)


def test_r40_a_proposal_keeps_what_was_entered_and_its_errors_stand_at_their_fields(house: TeamsWorld) -> None:
    agreed(house)
    house.presses(SUPERVISOR, "accounts/propose")
    house.submits(SUPERVISOR, **PROPOSAL | {"hours": "paljon"})
    assert "Kirjoita tunnit numeroina" in said(house)
    assert inputs_of(house.form)["led"] == PROPOSAL["led"]
    assert record(house)["status"] == "sent"


def test_the_wrong_person_decides_nothing_and_is_told_whose_turn_it_is(house: TeamsWorld) -> None:
    card = agreed(house)
    for who in (LIBRARIAN, EMPLOYEE, SPECIALIST):
        before = len(house.own(who))
        house.says(who, "esitä 1, 4 h: viikkopalaverissa")
        house.receive(house.execute(who, card, button(card, "accounts/propose")))
        assert record(house)["status"] == "sent", who
        assert len(house.own(who)) == before + 2, "each try is answered"
    assert "Esihenkilö, kirjasto" in text_of(house.own(LIBRARIAN)[-1].card)


def test_the_late_one_is_told_who_did_what_and_has_the_card_as_it_is_now(house: TeamsWorld) -> None:
    card = agreed(house)
    propose = button(card, "accounts/propose")
    house.says(SUPERVISOR, "esitä 1, 4 h: viikkopalaverissa")
    house.executes(SUPERVISOR, card, propose)
    assert "Odottaa johtoryhmän päätöstä" in said(house)
    assert "Esihenkilö, kirjasto" in text_of(house.own(SUPERVISOR)[-1].card)
    assert [d["move"] for d in record(house)["history"]].count("propose") == 1


def test_a_decision_pressed_from_two_copies_is_one_and_every_copy_is_brought_up_to_date(house: TeamsWorld) -> None:
    agreed(house)
    house.says(SUPERVISOR, "esitä 1, 4 h: viikkopalaverissa")
    house.says(MUNICIPAL_SECRETARY, "näytä pyyntö 1")
    cards = {who: house.posted_with("accounts/decide", f"chat-{who}") for who in (SECRETARY, MUNICIPAL_SECRETARY)}
    assert cards[SECRETARY]
    house.says(SECRETARY, "päätös 1: hyväksytty 20.11.2026 § 45, resurssit varmistettu")
    house.receive(house.execute(SECRETARY, cards[SECRETARY][0], {"verb": "press", "data": {"someopas": {
        "action": "accounts/decide", "record": "accounts/1", "value": "1"}}}))  # fmt: skip
    assert [d["person"] for d in record(house)["history"] if d["move"] == "approve"] == [SECRETARY]
    assert "kunnan johtoryhmä" in text_of(cards[SECRETARY][0].card)
    assert "accounts/decide" in buttons(house.own(MUNICIPAL_SECRETARY)[-1])


def test_a_deciders_card_is_as_it_is_now_when_their_client_looks_at_it_and_nothing_is_changed_by_that(
    house: TeamsWorld,
) -> None:
    card = sent(house)
    refresh = card.card["refresh"]
    assert refresh["userIds"] == [f"29:{SUPERVISOR}"]
    shown = house.sees(SUPERVISOR)  # the world holds that no message changes meanwhile
    house.presses(LIBRARIAN, "accounts/accept")
    assert "suostunut" in house.sees(SUPERVISOR)
    assert "suostunut" not in shown
    journal = len(list(house.store.journal()))
    house.sees(SUPERVISOR)
    assert len(list(house.store.journal())) == journal


def test_the_communications_channel_hears_of_each_step_and_its_buttons_decide_nothing(house: TeamsWorld) -> None:
    agreed(house)
    [news] = house.cards(COMMS)
    assert news.conversation == COMMS
    assert "Uusi tilipyyntö 1" in text_of(news.card)
    assert news.card["refresh"]["userIds"] == [], "no view of a channel is a request"
    assert buttons(news) == ["accounts/show", "accounts/comment"]
    house.says(SUPERVISOR, "esitä 1, 4 h: viikkopalaverissa")
    assert "esittää tiliä" in text_of(house.cards(COMMS)[-1].card)


def test_a_whole_request_is_shown_in_the_channel_to_who_asks_for_it_alone(house: TeamsWorld) -> None:
    sent(house)
    before = len(house.teams.posted)
    house.presses(SPECIALIST, "accounts/show", COMMS)
    assert COMPLETE["need"] in said(house)
    assert len(house.teams.posted) == before
    assert COMPLETE["need"] not in house.sees(MANAGER, COMMS)


# ── comments ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("older", [False, True], ids=["quotedReply", "blockquote"])
def test_what_quotes_a_card_in_ones_own_chat_is_kept_with_the_request(house: TeamsWorld, older: bool) -> None:
    card = sent(house)
    house.quotes(SUPERVISOR, card, "Riittääkö neljä tuntia viikossa?", older=older)
    assert comments(house) == [(SUPERVISOR, "Riittääkö neljä tuntia viikossa?")]
    assert "Riittääkö neljä tuntia viikossa?" in house.sees(EMPLOYEE)
    told = house.own(EMPLOYEE)[-1]
    house.quotes(EMPLOYEE, told, "Riittää.", older=older)
    assert comments(house)[-1] == (EMPLOYEE, "Riittää.")


def test_a_command_that_quotes_a_card_is_done(house: TeamsWorld) -> None:
    card = agreed(house)
    house.quotes(SUPERVISOR, card, "esitä 1, 4 h: viikkopalaverissa")
    assert (record(house)["status"], comments(house)) == ("proposed", [])


def test_what_quotes_somebodys_own_words_is_a_question_of_its_own(house: TeamsWorld) -> None:
    sent(house)
    house.says(SUPERVISOR, "omat")
    entity = {"type": "quotedReply", "quotedReply": {"messageId": "5", "senderId": "29:supervisor"}}
    house.says(SUPERVISOR, "Kuka päättää tilistä?", entities=[entity])
    assert comments(house) == []


def test_what_is_written_to_the_bot_below_a_card_in_the_channel_is_kept_with_the_request(house: TeamsWorld) -> None:
    sent(house)
    house.mentions(SPECIALIST, "Hyvä idea!", COMMS, thread=house.cards(COMMS)[-1].id)
    assert comments(house) == [(SPECIALIST, "Hyvä idea!")]
    for who in (EMPLOYEE, SUPERVISOR):
        assert "Hyvä idea!" in house.sees(who)


def test_a_comment_by_a_form_in_the_channel_is_kept(house: TeamsWorld) -> None:
    sent(house)
    house.presses(MANAGER, "accounts/comment", COMMS)
    house.submits(MANAGER, text="Kattotili riittäisi.")
    assert comments(house) == [(MANAGER, "Kattotili riittäisi.")]


def test_the_longest_request_is_a_message_that_teams_takes(house: TeamsWorld) -> None:
    def long(characters: int) -> str:
        return ("Nuortentapahtumakalenteri & <ohjelma> [x](y) " * 20)[:characters]

    house.says(EMPLOYEE, "tili")
    house.presses(EMPLOYEE, "accounts/begin")
    pages = list(PAGES)
    pages[0] = {
        "need": long(500), "goals": "\n".join(f"{n}{long(80)}" for n in range(6)), "audience": f"nuoret {long(190)}",
        "content": long(500),
    }  # fmt: skip
    pages[3] = {**PAGES[3], "plan": long(600)}
    pages[7] = {f"measure_{n}": f"osallistujien määrä {n}" for n in range(1, 7)}
    for page in pages:
        fills(house, page)
    house.presses(EMPLOYEE, "accounts/send")
    for _ in range(3):
        house.says(SPECIALIST, f"kommentti 1: {long(900)}")
    card = house.posted_with("accounts/propose", f"chat-{SUPERVISOR}")[-1]
    assert buttons(card) == ["accounts/propose", "accounts/return", "accounts/reject", "accounts/comment"]
    assert house.store.dead_letters() == []
