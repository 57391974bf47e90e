"""Security incidents in Teams (R145–R148): nobody but those whom a case concerns reads of it, and it reaches somebody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.evidence import EvidenceStore
from bot.platforms.teams.connector import Connector
from bot.rendering import Renderer
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.incidents import ACCOUNT, CASES, enters
from tests.incidents import of as case
from tests.teams.fake import CHANNEL, COMMS, GROUP, FakeTeams, Json, Posted, actions_of, as_text, inputs_of, text_of
from tests.teams.test_stories import said
from tests.teams.world import TeamsWorld, make_teams

EMPLOYEE, SUPERVISOR, BYSTANDER = "employee", "supervisor", "informatician"
IT_MANAGER, IT_DEPUTY, ABOVE, ADMINISTRATOR = "it-manager", "director", "municipal-manager", "administrator"
FRIGHTENED = "mua uhkaillaan kirjaston facebookin kommenteissa"
CLICKED = "klikkasin outoa linkkiä"
LURE, HARMLESS = "https://pahis.example.net/kirjaudu", "hxxps://pahis[.]example[.]net/kirjaudu"
ELSEWHERE = "19:elsewhere@thread.v2"
"""A chat in which the bot is no member."""
CONTENT = b"MZ not to be opened"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def evidence(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


@pytest.fixture
def house(
    tmp_path: Path, teams: FakeTeams, connector: Connector, guide: Guide, renderer: Renderer, evidence: EvidenceStore
) -> Iterator[TeamsWorld]:
    """A world in which the app is installed for everybody, and files are put by."""
    made = make_teams(tmp_path / "t.db", teams, connector, guide, renderer, FakeClock(), evidence)
    made.has_everywhere()
    teams.elsewhere.add(ELSEWHERE)
    yield made
    made.store.close()


# ── what people do and see ──────────────────────────────────────────────────────────────────────────────────────────


def flagged(html: str, **more: Any) -> Json:
    """Another one's message, as the command on it tells it."""
    author = {"user": {"id": "aad-supervisor", "displayName": "Esihenkilö", "userIdentityType": "aadUser"}}
    link = "https://teams.microsoft.com/l/message/19:elsewhere@thread.v2/5"
    return {"id": "5", "body": {"contentType": "html", "content": html}, "from": author, "linkToMessage": link, **more}


def reported(house: TeamsWorld, text: str = CLICKED) -> Posted:
    """A case that the employee reports by words; gives their lasting message."""
    house.says(EMPLOYEE, f"ilmoita {text}")
    return house.own(EMPLOYEE)[-1]


def taken(house: TeamsWorld) -> tuple[Posted, Posted]:
    """A case that the IT manager has: the reporter's lasting message, and the IT manager's."""
    state = reported(house)
    alert = house.own(IT_MANAGER)[-1]
    house.presses(IT_MANAGER, "incidents/take")
    return state, alert


def buttons(card: Json) -> list[str]:
    return [a["data"]["someopas"].get("action", "") for a in actions_of(card)]


def alerts(house: TeamsWorld, person: str) -> list[Posted]:
    """The messages with which somebody can take a case."""
    return house.posted_with("incidents/take", f"chat-{person}")


def everything(house: TeamsWorld, *conversations: str) -> str:
    """All that stands in these conversations, also what their clients do not show."""
    return as_text([p.activity for c in conversations for p in house.teams.of(c)])


# ── the ways to a report ────────────────────────────────────────────────────────────────────────────────────────────


def test_r145_words_in_ones_own_chat_report_at_once(house: TeamsWorld) -> None:
    state = reported(house, f"{CLICKED} {LURE}")
    assert "Ilmoitu" in text_of(state.card)
    assert (case(house).status, case(house).text) == ("reported", f"{CLICKED} {HARMLESS}")
    [alert] = house.own(IT_MANAGER)
    assert "kalastelu" in text_of(alert.card)
    assert buttons(alert.card) == ["incidents/take", "incidents/show"]
    assert "pahis" not in everything(house, "chat-it-manager")


def test_r145_a_kind_is_chosen_and_its_form_reports_with_errors_at_its_fields(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, "ilmoita")
    house.presses(EMPLOYEE, "incidents/choose", number=1)
    house.submits(EMPLOYEE, text=" ")
    assert "Tarkista merkityt kohdat" in said(house)
    assert house.store.records("incidents") == []
    house.submits(EMPLOYEE, text="Sain oudon viestin.")
    [filed] = [CASES.validate_json(kept.data) for kept in house.store.records("incidents")]
    assert (filed.kind, filed.text) == ("phishing", "Sain oudon viestin.")
    assert len(house.own(IT_MANAGER)) == 1


def test_r145_a_form_of_a_report_opens_as_a_dialog_too(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, "ilmoita")
    house.presses(EMPLOYEE, "incidents/choose", number=1)
    house.opens_window(EMPLOYEE)
    house.submits(EMPLOYEE, text=" ")
    assert "Tarkista merkityt kohdat" in text_of(house.form)
    house.submits(EMPLOYEE, text="Sain oudon viestin.")
    assert "Ilmoituksen sai Tietohallintopäällikkö" in text_of(house.form), "it is shown where they look"
    assert "Ilmoituksen sai Tietohallintopäällikkö" in house.sees(EMPLOYEE), "and lasts"
    assert len(house.store.records("incidents")) == 1


@pytest.mark.parametrize("person", [EMPLOYEE, "new"])
@pytest.mark.parametrize("conversation", [CHANNEL, ELSEWHERE])
def test_r144_a_message_is_reported_with_words_address_and_files_that_nobody_can_open(
    house: TeamsWorld, person: str, conversation: str
) -> None:
    file = {"contentType": "reference", "contentUrl": "https://pahis.sharepoint.com/lasku.exe", "name": "lasku.exe"}
    message = flagged(f'<p>Kirjaudu heti: <a href="{LURE}">tuusula.fi</a></p>', attachments=[file])
    house.commands(person, "report_incident", message, conversation)
    entered = inputs_of(house.form)
    assert f"tuusula[.]fi ({HARMLESS})" in entered["text"]
    assert "lasku.exe" in entered["text"]
    assert entered["link"].startswith("hxxps://teams[.]microsoft[.]com/")
    assert "https://" not in text_of(house.form)
    assert house.own(IT_MANAGER) == [], "nothing is reported before it is sent"
    house.submits(person)
    assert "Kirjaudu heti: tuusula[.]fi" in house.store.records("incidents")[0].data
    assert len(house.own(IT_MANAGER)) == 1
    assert "Ilmoitu" in house.sees(person), "it lasts in one's own chat, which is begun where there was none"
    assert house.cards(conversation) == []


def test_r144_who_wrote_the_reported_message_is_not_told(house: TeamsWorld) -> None:
    house.commands(EMPLOYEE, "report_incident", flagged("<p>Sinä saat vielä katua tätä</p>"))
    house.submits(EMPLOYEE, kind="threat")
    assert "Esihenkilö" not in everything(house, CHANNEL)
    assert "katua" not in everything(house, "chat-supervisor")


def test_r148_words_among_others_are_answered_under_a_cover_and_the_case_goes_to_no_channel(house: TeamsWorld) -> None:
    house.mentions(EMPLOYEE, FRIGHTENED)
    assert "muu neuvo" in house.sees(EMPLOYEE, CHANNEL)
    house.presses(EMPLOYEE, "incidents/report", CHANNEL)
    for text in ("poikkeama 1", "poikkeamat", "otan poikkeaman 1", "määräajat 1"):
        house.mentions(IT_MANAGER, text)
    for text in ("poikkeama 1", "viesti 1: Nimimerkki on uusi."):
        house.mentions(EMPLOYEE, text)
    assert "facebook" not in everything(house, CHANNEL)
    assert {p.activity["summary"] for p in house.cards(CHANNEL)} == {
        "Tämä viesti näkyy vain sille, jolle se on tarkoitettu."
    }
    for who in (IT_MANAGER, EMPLOYEE):
        assert FRIGHTENED in house.sees(who), "the case itself is shown where they are alone"


def test_r148_talk_in_the_thread_in_which_somebody_told_of_it_is_no_part_of_the_case(house: TeamsWorld) -> None:
    made = house.mention(EMPLOYEE, FRIGHTENED)
    house.receive(made)
    house.presses(EMPLOYEE, "incidents/report", CHANNEL)
    house.mentions(SUPERVISOR, "Onpa ikävää, kuka kirjoitti?", thread=made["id"])
    assert case(house).messages == ()
    assert "facebook" not in house.sees(SUPERVISOR, CHANNEL)


@pytest.mark.parametrize("conversation", [CHANNEL, GROUP])
def test_r148_a_bystander_is_told_nothing_and_not_even_that_there_is_a_case(house: TeamsWorld, conversation: str) -> None:
    reported(house, "klikkasin outoa linkkiä kirjaston facebookissa")
    answers = []
    for number in (1, 999):
        house.mentions(BYSTANDER, f"poikkeama {number}", conversation)
        answers.append(house.seen(BYSTANDER, conversation)[-1][1]["body"])
    assert answers[0] == answers[1]
    alert = house.own(IT_MANAGER)[-1]
    for action in actions_of(alert.card):
        house.receive(house.execute(BYSTANDER, alert, action))
    assert "facebook" not in everything(house, "chat-informatician", conversation)
    assert "facebook" not in as_text(house.answer.body)
    assert case(house).status == "reported"


# ── from one to the other ───────────────────────────────────────────────────────────────────────────────────────────


def test_r146_story_a_case_is_taken_spoken_of_by_quoting_and_resolved(house: TeamsWorld) -> None:
    state = reported(house)
    alert = house.own(IT_MANAGER)[-1]
    house.presses(IT_MANAGER, "incidents/take")
    assert "Käsittelijä: Tietohallintopäällikkö" in text_of(state.card)
    assert "Tietohallintopäällikkö" in text_of(house.own(EMPLOYEE)[-1].card)
    assert "incidents/take" not in buttons(alert.card)

    house.quotes(EMPLOYEE, state, "Annoin myös tunnukseni.")
    assert "Annoin myös tunnukseni." in house.sees(IT_MANAGER)
    house.quotes(IT_MANAGER, alert, "Vaihda salasanasi nyt.", older=True)
    assert "Vaihda salasanasi nyt." in house.sees(EMPLOYEE)
    house.quotes(EMPLOYEE, state, "Vaihdoin.")
    assert [m.text for m in case(house).messages] == [
        "Annoin myös tunnukseni.", "Vaihda salasanasi nyt.", "Vaihdoin.",
    ]  # fmt: skip

    house.presses(IT_MANAGER, "incidents/show")
    house.presses(IT_MANAGER, "incidents/resolve")
    house.submits(IT_MANAGER, text="Tunnus on suljettu.")
    assert "Tunnus on suljettu." in house.sees(EMPLOYEE)
    assert "Tunnus on suljettu." in text_of(state.card)
    house.presses(EMPLOYEE, "incidents/reopen")
    house.submits(EMPLOYEE, text="Ei ole kunnossa.")
    assert case(house).status == "reported"
    assert "avattiin uudelleen" in house.sees(IT_MANAGER)


def test_r146_the_supervisor_is_told_at_once_of_a_threat(house: TeamsWorld) -> None:
    reported(house, FRIGHTENED)
    assert house.own(SUPERVISOR) == [], "it is asked whether it may be, as the supervisor may be a part of it"
    house.presses(EMPLOYEE, "incidents/report", number=0)
    assert "Poikkeama" in house.sees(SUPERVISOR)
    assert house.cards(COMMS) == []


def test_whoever_presses_an_old_button_too_late_reads_how_the_case_stands(house: TeamsWorld) -> None:
    house.says(IT_DEPUTY, "hei")
    reported(house)
    house.waits(minutes=16)
    late = alerts(house, IT_DEPUTY)[-1]
    take = actions_of(late.card)[0]
    house.presses(IT_MANAGER, "incidents/take")
    house.executes(IT_DEPUTY, late, take)
    assert "Käsittelijä: Tietohallintopäällikkö" in house.sees(IT_DEPUTY)
    assert case(house).holder == "it-manager"


def test_r144_nothing_that_was_written_can_be_opened(house: TeamsWorld) -> None:
    state = reported(house, f"{CLICKED} {LURE}")
    house.presses(IT_MANAGER, "incidents/take")
    html = f'<p>Se oli <a href="{LURE}">tämä</a></p>'
    house.quotes(EMPLOYEE, state, "ja vielä")
    house.says(EMPLOYEE, "viesti 1: Se oli tämä", attachments=[{"contentType": "text/html", "content": html}])
    house.says(IT_MANAGER, f"ratkaistu 1: Älä avaa: {LURE}")
    assert LURE not in as_text([p.activity for p in house.teams.posted])
    assert HARMLESS in house.sees(EMPLOYEE)


# ── files ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def shares(house: TeamsWorld, person: str, text: str = "", quoting: Posted | None = None) -> None:
    """Write with a file, in one's own chat with the bot."""
    house.teams.files["lasku.exe"] = CONTENT
    content = {"downloadUrl": f"{house.teams.address}files/lasku.exe", "uniqueId": "1", "fileType": "exe"}
    file = {
        "contentType": "application/vnd.microsoft.teams.file.download.info", "name": "lasku.exe", "content": content,
        "contentUrl": "https://tuusula-my.sharepoint.com/personal/lasku.exe",
    }  # fmt: skip
    quoted = {"type": "quotedReply", "quotedReply": {"messageId": quoting.id}} if quoting else {}
    house.says(person, text, attachments=[file], entities=[quoted] if quoted else [])


@pytest.mark.parametrize("text", ["", "Tässä lasku"])
def test_r145_a_file_that_quotes_the_cases_card_becomes_evidence_with_its_checksum(
    house: TeamsWorld, evidence: EvidenceStore, text: str
) -> None:
    _, alert = taken(house)
    shares(house, IT_MANAGER, text, quoting=alert)
    [kept] = case(house).evidence
    assert (kept.person, kept.name, kept.size, kept.sha256) == ("it-manager", "lasku.exe", len(CONTENT), SHA256)
    assert evidence.path(SHA256).read_bytes() == CONTENT
    assert "lasku.exe" in house.sees(EMPLOYEE)
    house.says(IT_MANAGER, "poikkeama 1")
    assert f"SHA-256 {SHA256}" in house.sees(IT_MANAGER)


def test_r145_a_picture_without_a_word_belongs_to_what_its_sender_told_of_last(house: TeamsWorld) -> None:
    house.says(EMPLOYEE, FRIGHTENED)
    shares(house, EMPLOYEE)
    assert case(house).status == "draft"
    house.presses(EMPLOYEE, "incidents/report")
    assert [(e.sha256, e.person) for e in case(house).evidence] == [(SHA256, EMPLOYEE)]
    assert len(house.store.records("incidents")) == 1


def test_a_file_that_cannot_be_had_is_said_to_whoever_sent_it(house: TeamsWorld) -> None:
    state, _ = taken(house)
    address = "https://pahis.example.net/lasku.exe"
    file = {
        "contentType": "application/vnd.microsoft.teams.file.download.info", "name": "lasku.exe",
        "content": {"downloadUrl": address},
    }  # fmt: skip
    entity = {"type": "quotedReply", "quotedReply": {"messageId": state.id}}
    house.says(EMPLOYEE, "Tässä", attachments=[file], entities=[entity])
    assert case(house).evidence[0].lost
    assert "lasku.exe" in text_of(house.own(EMPLOYEE)[-1].card)
    assert house.store.dead_letters() == []


# ── somebody has it ─────────────────────────────────────────────────────────────────────────────────────────────────


def leaves(house: TeamsWorld, way: str) -> None:
    """The IT manager is not reached in Teams any more, in one of the ways in which that happens."""
    match way:
        case "they blocked the bot":
            house.teams.blocked.add("chat-it-manager")
        case "they removed the app":
            house.installs(IT_MANAGER, "remove")
        case _:
            house.store.keep_way("teams:aad-it-manager", "", house.clock.now())
            house.teams.blocked.add("chat-it-manager")


WAYS = ("they blocked the bot", "they removed the app", "their chat cannot be begun")


@pytest.mark.parametrize("way", WAYS)
def test_r145_where_the_it_manager_is_not_reached_the_deputy_has_it_and_everybody_is_told(
    house: TeamsWorld, way: str
) -> None:
    leaves(house, way)
    state = reported(house)
    [alert] = alerts(house, IT_DEPUTY)
    assert "outoa" not in text_of(alert.card)
    assert (case(house).told, case(house).unreached) == (("director",), ("it-manager",))
    assert "oikkeama" in house.sees(ADMINISTRATOR)
    assert "Toimialueen johtaja" in house.sees(ADMINISTRATOR)
    assert "outoa" not in everything(house, "chat-administrator")
    assert "Toimialueen johtaja" in house.sees(EMPLOYEE)
    house.presses(IT_DEPUTY, "incidents/take")
    assert "Käsittelijä: Toimialueen johtaja" in "\n".join(text_of(p.card) for p in house.own(EMPLOYEE))
    assert state.conversation == "chat-employee"


def test_r145_where_nobody_of_them_is_reached_the_administrator_gets_it(house: TeamsWorld) -> None:
    house.teams.blocked |= {f"chat-{who}" for who in (IT_MANAGER, IT_DEPUTY, ABOVE)}
    reported(house)
    assert case(house).told == (ADMINISTRATOR,)
    house.presses(ADMINISTRATOR, "incidents/take")
    assert case(house).holder == ADMINISTRATOR


def test_r145_while_our_own_key_is_out_of_force_nothing_is_lost_and_it_climbs(house: TeamsWorld) -> None:
    reported(house)
    house.teams.faults += [(401, {}, {"error": {"code": "Unauthorized"}})] * 3
    house.waits(minutes=16)
    house.waits(minutes=10)
    assert [bool(alerts(house, who)) for who in (IT_MANAGER, IT_DEPUTY)] == [True, True]
    assert case(house).unreached == ()


def test_r146_what_nobody_takes_is_said_to_the_deputy_and_the_one_above_at_night_too(house: TeamsWorld) -> None:
    house.waits(hours=14)
    state = reported(house)
    house.waits(minutes=16)
    assert alerts(house, ABOVE) == []
    house.waits(minutes=16)
    assert alerts(house, IT_DEPUTY)
    house.presses(ABOVE, "incidents/take")
    assert "Käsittelijä: Kunnanjohtaja" in text_of(state.card)
    before = len(house.own(IT_DEPUTY))
    house.waits(hours=1)
    assert len(house.own(IT_DEPUTY)) == before, "nobody is woken for it any more"


# ── the municipality's own accounts ─────────────────────────────────────────────────────────────────────────────────


def test_r148_communications_hear_nothing_of_a_case_that_is_about_none_of_our_accounts(house: TeamsWorld) -> None:
    enters(house)
    state, _ = taken(house)
    house.quotes(EMPLOYEE, state, FRIGHTENED)
    house.says(IT_MANAGER, "ratkaistu 1: Valmis.")
    house.waits(days=1)
    assert house.cards(COMMS) == []
    assert house.own("communications-specialist") == house.own("librarian") == []


def test_r148_of_one_of_our_accounts_they_hear_what_to_do_and_no_word_of_what_happened(house: TeamsWorld) -> None:
    enters(house)
    reported(house, f"Salaisuus {LURE}: {ACCOUNT.name} on kaapattu")
    [post] = house.cards(COMMS)
    assert ACCOUNT.name in text_of(post.card)
    house.says(IT_MANAGER, "otan poikkeaman 1")
    house.says(IT_MANAGER, "ratkaistu 1: Salaisuus selvisi.")
    for kept in ("Salaisuus", "pahis", "Työntekijä"):
        assert kept not in everything(house, COMMS, "chat-librarian", "chat-informatician")
    house.says("communications-specialist", "poikkeama 1")
    assert "Salaisuus" not in everything(house, "chat-communications-specialist")


def test_what_is_kept_of_a_case_in_the_journal_holds_no_word_of_it(house: TeamsWorld) -> None:
    state, _ = taken(house)
    house.quotes(EMPLOYEE, state, FRIGHTENED)
    journal = json.dumps([(e.before, e.after) for e in house.store.journal()], ensure_ascii=False)
    for kept in ("outoa", "facebook"):
        assert kept not in journal
