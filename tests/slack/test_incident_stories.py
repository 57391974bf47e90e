"""Security incidents in Slack (R145–R148): nobody but those whom a case concerns reads of it, and it reaches somebody."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.evidence import EvidenceStore
from bot.platforms.slack.events import REPORT
from bot.rendering import Renderer
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.incidents import ACCOUNT, CASES, enters
from tests.incidents import of as case
from tests.slack.fake import CHANNEL, TEAM, FakeSlack, Json, user
from tests.slack.test_local_slack import filled
from tests.slack.test_stories import words
from tests.slack.world import COMMS, SlackWorld, make_slack

OTHERS = {
    "UITM": "tietohallintopaallikko", "UDIR": "toimialuejohtaja", "UTOP": "kunnanjohtaja", "ULIB": "kirjastonhoitaja",
    "UINF": "informaatikko",
}  # fmt: skip
FRIGHTENED = "mua uhkaillaan kirjaston facebookin kommenteissa"
CLICKED = "klikkasin outoa linkkiä"
LURE, HARMLESS = "https://pahis.example.net/kirjaudu", "hxxps://pahis[.]example[.]net/kirjaudu"
CONTENT = b"MZ not to be opened"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FILE: Json = {"id": "F1", "name": "lasku.exe", "size": len(CONTENT)}


@pytest.fixture
def evidence(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


@pytest.fixture
def house(
    tmp_path: Path, fake: FakeSlack, guide: Guide, renderer: Renderer, evidence: EvidenceStore
) -> Iterator[SlackWorld]:
    """A world in which all who may have to do with a case have an account, and files are put by."""
    fake.users |= {uid: user(uid, f"{name}@example.org") for uid, name in OTHERS.items()}
    fake.files["F1"] = CONTENT
    made = make_slack(tmp_path / "s.db", fake, guide, renderer, FakeClock(), evidence)
    yield made
    made.store.close()


# ── what people do and see ──────────────────────────────────────────────────────────────────────────────────────────


def sends(house: SlackWorld, who: str, view: Json, files: tuple[Json, ...] = (), **entered: str) -> Json:
    """Fill in a form and send it, with what else stands in it and with files; gives the answer."""
    body = house.submission(who, view)
    fields = [block for block in view["blocks"] if block["type"] == "input"]
    body["view"]["state"]["values"] = {f["block_id"]: filled(f, entered.get(f["block_id"])) for f in fields}
    if files:
        body["view"]["state"]["values"]["files"] = {"value": {"type": "file_input", "files": list(files)}}
    assert house.dispatch(body).status == 200
    return house.response()


def flags(house: SlackWorld, who: str, text: str) -> Json:
    """Choose "report" at another one's message; gives the form that opens."""
    house.dispatch({
        "type": "message_action", "callback_id": REPORT, "team": {"id": TEAM}, "user": {"id": who},
        "channel": {"id": CHANNEL}, "message": {"text": text, "ts": "5.5", "user": "USUP", "files": [FILE]},
        "message_ts": "5.5", "trigger_id": f"flag-{who}", "response_url": house.door(),
    })  # fmt: skip
    return house.view()


def shares(house: SlackWorld, who: str, text: str, thread: str = "") -> None:
    """Write with a file, in one's own conversation with the bot."""
    body = house.message(who, text, thread=thread)
    body["event"] |= {"subtype": "file_share", "files": [FILE]}
    assert house.dispatch(body).status == 200


def reported(house: SlackWorld, text: str = CLICKED) -> Json:
    """A case that the employee reports by words; gives their lasting message."""
    house.says("UEMP", f"ilmoita {text}")
    return house.direct("UEMP")[-1]


def taken(house: SlackWorld) -> tuple[Json, Json]:
    """A case that the IT manager has: the reporter's lasting message, and the IT manager's."""
    state = reported(house)
    alert = house.direct("UITM")[-1]
    house.presses("UITM", alert, "incidents/take")
    return state, alert


def actions(shown: Json) -> list[str]:
    """What the buttons of a message or a view do."""
    elements = [e for block in shown["blocks"] if block["type"] == "actions" for e in block["elements"]]
    return [str(element["action_id"]).partition("#")[0] for element in elements]


def as_it_is_now(house: SlackWorld, post: Json) -> Json:
    """A message with its last change."""
    changes = [u for u in house.slack.told("chat.update") if u["ts"] == post["stamp"]]
    return {**post, **({k: changes[-1][k] for k in ("text", "blocks")} if changes else {})}


def everything(house: SlackWorld, *channels: str) -> str:
    """All that was ever said in these channels."""
    told = house.slack.told("chat.postMessage", "chat.update", "chat.postEphemeral")
    return words([b for b in told if b["channel"] in channels])


# ── the ways to a report ────────────────────────────────────────────────────────────────────────────────────────────


def test_r145_a_command_with_words_reports_at_once_and_whispers_where_it_was_given(house: SlackWorld) -> None:
    house.commands("UEMP", "/someilmoitus", f"{CLICKED} {LURE}")
    [whisper] = house.whispers("UEMP")
    [state] = house.direct("UEMP")
    assert whisper["channel"] == CHANNEL
    assert whisper["blocks"] == state["blocks"]
    assert (case(house).status, case(house).text) == ("reported", f"{CLICKED} {HARMLESS}")
    [alert] = house.direct("UITM")
    assert "kalastelu" in alert["text"]
    assert "pahis" not in words(alert)
    assert actions(alert) == ["incidents/take", "incidents/show"]
    assert house.posts(CHANNEL) == []


def test_r145_a_command_without_words_asks_for_the_kind_and_its_form_reports(house: SlackWorld) -> None:
    house.commands("UEMP", "/someilmoitus", "")
    [start] = house.whispers("UEMP")
    house.presses("UEMP", start, "incidents/choose", number=1)
    view = house.view()
    assert view["callback_id"] == "incidents/report"
    required = [b["block_id"] for b in view["blocks"] if b["type"] == "input" and not b["optional"]]
    assert required == ["text", "kind"]
    assert sends(house, "UEMP", view, text=" ")["errors"].keys() == {"text"}
    assert house.store.records("incidents") == []
    assert sends(house, "UEMP", view, text="Sain oudon viestin.") == {}
    [filed] = [CASES.validate_json(kept.data) for kept in house.store.records("incidents")]
    assert (filed.kind, filed.text) == ("phishing", "Sain oudon viestin.")
    assert len(house.direct("UITM")) == 1


def test_r144_a_message_is_reported_with_words_and_address_that_nobody_can_open(
    house: SlackWorld, evidence: EvidenceStore
) -> None:
    view = flags(house, "UEMP", f"Kirjaudu heti: <{LURE}|tuusula.fi>")
    entered = {b["block_id"]: b["element"].get("initial_value", "") for b in view["blocks"] if b["type"] == "input"}
    assert HARMLESS in entered["text"]
    assert entered["link"].startswith("hxxps://tuusula[.]slack[.]com/archives/")
    assert "https://" not in words(view)
    assert house.direct("UITM") == [], "nothing is reported before it is sent"
    sends(house, "UEMP", view)
    filed = case(house)
    assert (filed.status, filed.text) == ("reported", f"{entered['text']}\n{entered['link']}")
    assert [(e.name, e.sha256) for e in filed.evidence] == [("lasku.exe", SHA256)]
    assert evidence.path(SHA256).read_bytes() == CONTENT
    assert len(house.direct("UITM")) == 1


def test_r148_words_in_a_channel_are_answered_by_whispers_and_the_case_goes_to_no_channel(house: SlackWorld) -> None:
    house.mentions("UEMP", FRIGHTENED)
    [offer] = house.whispers("UEMP")
    assert "muu neuvo" in words(offer["blocks"])
    assert house.direct("UITM") == house.direct("UEMP") == []
    house.presses("UEMP", offer, "incidents/report")
    assert [w["channel"] for w in house.whispers("UEMP")] == [CHANNEL, CHANNEL]
    for text in ("poikkeama 1", "poikkeamat", "otan poikkeaman 1", "poikkeama 1", "määräajat 1", "henkilötietoja 1"):
        house.mentions("UITM", text)
    for text in ("poikkeama 1", "viesti 1: Nimimerkki on uusi.", "poikkeamat"):
        house.mentions("UEMP", text)
    assert house.posts(CHANNEL) == []
    assert "facebook" not in words(house.whispers("UITM"))
    assert "facebook" not in words(house.whispers("UEMP")[2:]), "what they wrote themselves stood in the offer alone"
    for who in ("UITM", "UEMP"):
        assert FRIGHTENED in everything(house, f"D{who[1:]}"), "the case itself is shown where they are alone"


def test_r148_talk_in_the_thread_in_which_somebody_told_of_it_is_no_part_of_the_case(house: SlackWorld) -> None:
    house.mentions("UEMP", FRIGHTENED, thread="77.5")
    offer = house.whispers("UEMP")[-1]
    assert offer["thread_ts"] == "77.5"
    house.presses("UEMP", offer, "incidents/report")
    house.says("USUP", "Onpa ikävää, kuka kirjoitti?", CHANNEL, thread="77.5")
    house.mentions("USUP", "Onpa ikävää, kuka kirjoitti?", thread="77.5")
    assert case(house).messages == ()
    assert house.posts(CHANNEL) == []
    assert "facebook" not in words(house.whispers("USUP"))


def test_r148_a_bystander_in_the_channel_is_told_nothing_and_not_even_that_there_is_a_case(house: SlackWorld) -> None:
    reported(house, "klikkasin outoa linkkiä kirjaston facebookissa")
    for number in (1, 999):
        house.mentions("UINF", f"poikkeama {number}")
    theirs, nobodys = house.whispers("UINF")
    assert theirs["blocks"] == nobodys["blocks"]
    alert = {**house.direct("UITM")[-1], "channel": "DINF"}
    house.presses("UINF", alert, "incidents/show")
    house.presses("UINF", alert, "incidents/take")
    assert "facebook" not in everything(house, "DINF", CHANNEL)
    assert case(house).status == "reported"
    assert [e.event for e in house.store.journal() if e.person == "informatician"] == [
        "Refused incidents/show", "Refused incidents/show", "Refused incidents/show", "Refused incidents/take",
    ]  # fmt: skip


# ── from one to the other ───────────────────────────────────────────────────────────────────────────────────────────


def test_r146_story_a_case_is_taken_spoken_of_in_threads_and_resolved(house: SlackWorld) -> None:
    state = reported(house)
    alert = house.direct("UITM")[-1]
    house.presses("UITM", alert, "incidents/take")
    assert "Käsittelijä: Tietohallintopäällikkö" in as_it_is_now(house, state)["text"]
    told = house.direct("UEMP")[-1]
    assert (told["thread_ts"], "Tietohallintopäällikkö" in told["text"]) == (state["stamp"], True)
    assert "incidents/take" not in actions(as_it_is_now(house, alert))

    house.says("UEMP", "Annoin myös tunnukseni.", thread=state["stamp"])
    heard = house.direct("UITM")[-1]
    assert (heard["thread_ts"], "Annoin myös tunnukseni." in heard["text"]) == (alert["stamp"], True)
    house.says("UITM", "Vaihda salasanasi nyt.", thread=alert["stamp"])
    answer = next(p for p in reversed(house.direct("UEMP")) if "Vaihda salasanasi nyt." in p["text"])
    assert answer["thread_ts"] == state["stamp"]
    house.says("UEMP", "Vaihdoin.", thread=told["thread_ts"])
    assert [m.text for m in case(house).messages] == [
        "Annoin myös tunnukseni.", "Vaihda salasanasi nyt.", "Vaihdoin.",
    ]  # fmt: skip

    house.presses("UITM", alert, "incidents/show")
    shown = house.direct("UITM")[-1]
    assert "Annoin myös tunnukseni." in words(shown["blocks"])
    house.presses("UITM", shown, "incidents/resolve")
    assert sends(house, "UITM", house.view(), text="Tunnus on suljettu.") == {}
    outcome = next(p for p in reversed(house.direct("UEMP")) if "Tunnus on suljettu." in p["text"])
    assert outcome["thread_ts"] == state["stamp"]
    assert "Tunnus on suljettu." in as_it_is_now(house, state)["text"]


def test_r145_a_file_below_the_cases_card_becomes_evidence_with_its_checksum(
    house: SlackWorld, evidence: EvidenceStore
) -> None:
    state, alert = taken(house)
    house.presses("UITM", alert, "incidents/show")
    shown = house.direct("UITM")[-1]
    shares(house, "UITM", "", thread=shown["stamp"])
    [kept] = case(house).evidence
    assert (kept.person, kept.name, kept.size, kept.sha256) == ("it-manager", "lasku.exe", len(CONTENT), SHA256)
    assert evidence.path(SHA256).read_bytes() == CONTENT
    assert house.slack.asked_for == [("F1", "Bearer xoxb-1")]
    assert "lasku.exe" in next(p for p in reversed(house.direct("UEMP")) if p.get("thread_ts") == state["stamp"])["text"]
    house.presses("UITM", shown, "incidents/write")
    house.presses("UITM", alert, "incidents/show")
    assert f"SHA-256 {SHA256}" in words(house.direct("UITM")[-1]["blocks"])


def test_r145_a_picture_without_a_word_belongs_to_what_its_sender_told_of_last(house: SlackWorld) -> None:
    house.says("UEMP", FRIGHTENED)
    shares(house, "UEMP", "")
    assert case(house).status == "draft"
    house.presses("UEMP", house.direct("UEMP")[-1], "incidents/report")
    assert [(e.sha256, e.person) for e in case(house).evidence] == [(SHA256, "employee")]
    assert len(house.store.records("incidents")) == 1


def test_a_file_that_slack_does_not_give_is_said_to_whoever_sent_it(house: SlackWorld) -> None:
    state, _ = taken(house)
    house.slack.files.clear()
    shares(house, "UEMP", "Tässä lasku", thread=state["stamp"])
    assert case(house).evidence[0].lost
    assert "lasku.exe" in house.direct("UEMP")[-1]["text"]
    assert house.store.dead_letters() == []


def test_every_button_of_a_cases_messages_is_answered_from_its_payload(house: SlackWorld) -> None:
    state = reported(house)
    alert = house.direct("UITM")[-1]
    house.presses("UEMP", state, "incidents/write")
    sends(house, "UEMP", house.view(), (FILE,), text="Lisäys")
    assert ([m.text for m in case(house).messages], case(house).evidence[0].sha256) == (["Lisäys"], SHA256)
    house.presses("UEMP", state, "incidents/show")
    own = house.direct("UEMP")[-1]
    assert (CLICKED in words(own["blocks"]), actions(own)) == (True, ["incidents/write"])
    house.presses("UITM", alert, "incidents/show")
    house.presses("UITM", house.direct("UITM")[-1], "incidents/take")
    house.presses("UITM", alert, "incidents/show")
    shown = house.direct("UITM")[-1]
    assert sorted(actions(shown)) == [
        "incidents/document", "incidents/law", "incidents/manage", "incidents/resolve", "incidents/write",
    ]  # fmt: skip
    house.presses("UITM", shown, "incidents/document")
    assert CLICKED in words(house.direct("UITM")[-1]["blocks"])
    house.presses("UITM", shown, "incidents/manage")
    sends(house, "UITM", house.view(), severity="high", state="contained")
    assert (case(house).severity, case(house).status) == ("high", "contained")
    house.presses("UITM", shown, "incidents/law")
    house.presses("UITM", house.direct("UITM")[-1], "incidents/clock")
    sends(house, "UITM", house.view())
    law = house.direct("UITM")[-1]
    assert "72 tuntia" in words(law["blocks"])
    house.presses("UITM", law, "incidents/notice")
    assert CLICKED in words(house.direct("UITM")[-1]["blocks"])
    house.presses("UITM", law, "incidents/noticed")
    assert case(house).clocks[0].outcome == "done"
    house.presses("UITM", shown, "incidents/resolve")
    sends(house, "UITM", house.view(), text="Valmis.")
    house.presses("UEMP", as_it_is_now(house, state), "incidents/reopen")
    sends(house, "UEMP", house.view(), text="Ei ole kunnossa.")
    assert case(house).status == "reported"


def test_whoever_presses_an_old_button_too_late_reads_how_the_case_stands(house: SlackWorld) -> None:
    _, alert = taken(house)
    opened = len(house.slack.told("views.open"))
    house.presses("UDIR", {**alert, "channel": "DDIR"}, "incidents/take")
    assert "Käsittelijä: Tietohallintopäällikkö" in house.direct("UDIR")[-1]["text"]
    house.presses("UITM", alert, "incidents/show")
    shown = house.direct("UITM")[-1]
    house.says("UITM", "ratkaistu 1: Valmis.")
    house.presses("UITM", shown, "incidents/resolve")
    assert len(house.slack.told("views.open")) == opened
    assert "atkaistu" in house.direct("UITM")[-1]["text"]


def test_a_new_alert_keeps_why_it_was_sent_and_whoever_is_asked_to_take_it_over_keeps_the_button(
    house: SlackWorld,
) -> None:
    state, alert = taken(house)
    house.says("UITM", "luovuta 1: kirjastonhoitaja@example.org")
    [asked] = house.direct("ULIB")
    now = as_it_is_now(house, asked)
    assert (now["text"], actions(now)) == (asked["text"], ["incidents/take", "incidents/show"])
    house.says("UITM", "vakavuus 1: korkea")
    house.presses("ULIB", as_it_is_now(house, asked), "incidents/take")
    assert case(house).holder == "librarian"
    house.says("ULIB", "ratkaistu 1: Valmis.")
    house.presses("UEMP", as_it_is_now(house, state), "incidents/reopen")
    sends(house, "UEMP", house.view(), text="Ei ole kunnossa.")
    again = house.direct("UITM")[-1]
    assert "avattiin uudelleen" in again["text"]
    assert as_it_is_now(house, again)["text"] == again["text"]
    assert "avattiin uudelleen" not in as_it_is_now(house, alert)["text"]


def test_r144_nothing_that_was_written_is_unfolded_or_can_be_opened(house: SlackWorld) -> None:
    state = reported(house, f"{CLICKED} {LURE}")
    alert = house.direct("UITM")[-1]
    house.presses("UITM", alert, "incidents/take")
    house.says("UEMP", f"Se oli <{LURE}>", thread=state["stamp"])
    house.says("UITM", f"ratkaistu 1: Älä avaa: {LURE}")
    house.presses("UITM", alert, "incidents/show")
    posts = house.slack.told("chat.postMessage")
    assert {(p["unfurl_links"], p["unfurl_media"]) for p in posts} == {(False, False)}
    assert HARMLESS in words(posts)
    assert LURE not in words(house.slack.told("chat.postMessage", "chat.postEphemeral", "chat.update"))


# ── somebody has it ─────────────────────────────────────────────────────────────────────────────────────────────────


def leaves(house: SlackWorld, way: str) -> None:
    """The IT manager is not in Slack any more, of which Slack tells in one of its ways."""
    known = house.slack.users["UITM"]
    match way:
        case "nobody has this address":
            del house.slack.users["UITM"]
        case "the account was deactivated before it was asked for":
            house.slack.users["UITM"] = {**known, "deleted": True}
        case "the account was deactivated, which was told":
            house.says("UITM", "apua")
            house.dispatch(house.event({"type": "user_change", "user": {**known, "deleted": True}}))
            del house.slack.users["UITM"]
        case "the account was deactivated, which was not told":
            house.platform.people.learn(known, TEAM)
            house.slack.users["UITM"] = {**known, "deleted": True}
        case _:
            house.platform.people.learn(known, TEAM)
            house.slack.refused.add("DITM")


WAYS = (
    "nobody has this address", "the account was deactivated before it was asked for",
    "the account was deactivated, which was told", "the account was deactivated, which was not told",
    "their conversation takes no message",
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_r145_where_the_it_manager_is_not_reached_the_deputy_has_it_and_everybody_is_told(
    house: SlackWorld, way: str
) -> None:
    leaves(house, way)
    reported(house)
    state = house.direct("UEMP")[0]
    [alert] = [p for p in house.direct("UDIR") if "incidents/take" in actions(p)]
    assert "outoa" not in words(alert)
    assert (case(house).told, case(house).unreached) == (("director",), ("it-manager",))
    told = [p for p in house.direct("UADM") if "oikkeama" in p["text"]]
    assert told
    assert "Toimialueen johtaja" in words(told)
    assert "outoa" not in words(house.direct("UADM"))
    below = [p for p in house.direct("UEMP") if p.get("thread_ts") == state["stamp"]]
    assert "Toimialueen johtaja" in words(below)
    house.presses("UDIR", alert, "incidents/take")
    assert "Käsittelijä: Toimialueen johtaja" in as_it_is_now(house, state)["text"]


def test_r145_where_nobody_of_them_is_reached_it_comes_to_the_administrators(house: SlackWorld) -> None:
    for uid in ("UITM", "UDIR", "UTOP"):
        del house.slack.users[uid]
    reported(house)
    assert case(house).told == ("administrator",)
    [alert] = [p for p in house.direct("UADM") if "incidents/take" in actions(p)]
    house.presses("UADM", alert, "incidents/take")
    assert case(house).holder == "administrator"


def test_r145_while_our_own_account_is_inactive_nothing_is_lost_and_it_climbs(house: SlackWorld) -> None:
    """`account_inactive` tells of the bot's own token: whoever is to be told is told when it is mended."""
    reported(house)
    house.slack.faults += [(200, {}, {"ok": False, "error": "account_inactive"})] * 3
    house.waits(minutes=16)
    house.waits(minutes=10)
    assert [len([p for p in house.direct(who) if "incidents/take" in actions(p)]) > 0 for who in ("UITM", "UDIR")] == [
        True, True,
    ]  # fmt: skip
    assert case(house).unreached == ()


def test_r146_what_nobody_takes_is_said_to_the_deputy_and_the_one_above_at_night_too(house: SlackWorld) -> None:
    house.waits(hours=14)
    state = reported(house)
    house.waits(minutes=16)
    assert house.direct("UTOP") == []
    house.waits(minutes=16)
    [alert] = house.direct("UTOP")
    assert len(house.direct("UDIR")) == 2
    house.presses("UTOP", alert, "incidents/take")
    assert "Käsittelijä: Kunnanjohtaja" in as_it_is_now(house, state)["text"]
    before = len(house.direct("UDIR"))
    house.waits(hours=1)
    assert len(house.direct("UDIR")) == before, "nobody is woken for it any more"


# ── the home view ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_r145_home_has_the_way_to_a_report_and_ones_own_cases(house: SlackWorld) -> None:
    home = house.opens_home("UEMP")
    house.opens_home("UINF")
    house.opens_home("UITM")
    house.presses("UEMP", home, "incidents/begin")
    start = house.view()
    house.presses("UEMP", start, "incidents/choose", number=1)
    sends(house, "UEMP", house.view(), text=f"{CLICKED} {LURE}")
    mine, theirs = house.home("UEMP"), house.home("UITM")
    for shown in (mine, theirs):
        assert "incidents/show" in actions(shown)
        assert "pahis" not in words(shown)
    assert "incidents/show" not in actions(house.home("UINF"))
    house.presses("UITM", theirs, "incidents/show")
    assert HARMLESS in words(house.view()), "it opens in a window, where they look"
    house.says("UITM", "otan poikkeaman 1")
    assert "Tietohallintopäällikkö" in words(house.home("UEMP"))


# ── the municipality's own accounts ─────────────────────────────────────────────────────────────────────────────────


def test_r148_communications_hear_nothing_of_a_case_that_is_about_none_of_our_accounts(house: SlackWorld) -> None:
    enters(house)
    state, alert = taken(house)
    house.says("UEMP", FRIGHTENED, thread=state["stamp"])
    house.says("UITM", "ratkaistu 1: Valmis.")
    house.presses("UITM", alert, "incidents/show")
    house.waits(days=1)
    assert house.posts(COMMS) == []
    assert house.direct("UCOM") == house.direct("ULIB") == []


@pytest.mark.parametrize("way", ["it is chosen", "it is named"])
def test_r148_of_one_of_our_accounts_they_hear_what_to_do_and_no_word_of_what_happened(
    house: SlackWorld, way: str
) -> None:
    enters(house)
    if way == "it is chosen":
        view = flags(house, "UEMP", f"Salaisuus {LURE}")
        [field] = [b for b in view["blocks"] if b.get("block_id") == "account"]
        assert [o["value"] for o in field["element"]["options"]] == ["none", ACCOUNT.key, "other"]
        sends(house, "UEMP", view, account=ACCOUNT.key, kind="account_takeover")
    else:
        reported(house, f"Salaisuus {LURE}: {ACCOUNT.name} on kaapattu")
    [post] = house.posts(COMMS)
    assert ACCOUNT.name in post["text"]
    house.says("UITM", "otan poikkeaman 1")
    house.says("UITM", "ratkaistu 1: Salaisuus selvisi.")
    house.waits(days=1)
    for kept in ("Salaisuus", "pahis", "Työntekijä"):
        assert kept not in everything(house, COMMS, "DLIB", "DINF")
    assert len(house.posts(COMMS)) == 1
    assert {who: len(house.direct(who)) for who in ("ULIB", "UINF", "UCOM")} == {"ULIB": 1, "UINF": 1, "UCOM": 0}
    house.says("UCOM", "poikkeama 1")
    assert "Salaisuus" not in everything(house, "DCOM")


def test_what_is_kept_of_a_case_in_the_journal_holds_no_word_of_it(house: SlackWorld) -> None:
    state, _ = taken(house)
    house.says("UEMP", FRIGHTENED, thread=state["stamp"])
    journal = json.dumps([(e.before, e.after) for e in house.store.journal()], ensure_ascii=False)
    for kept in ("outoa", "facebook"):
        assert kept not in journal
