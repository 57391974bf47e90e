"""What somebody might try to break it: each a rule that must go on holding. And whatever is pressed is answered once."""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from bot.platforms import Refused, Unreachable
from bot.platforms.teams.activities import REPORT, from_flag, from_message, from_shortcut
from bot.platforms.teams.ways import Lying
from tests.accounts import KEY, REQUESTS, Status, filled
from tests.incidents import CASES, case
from tests.teams.fake import CHANNEL, COMMS, GROUP, KIND, TENANT, FakeTeams, Json, Posted, actions_of, as_text, inputs_of
from tests.teams.world import TOKEN, TeamsWorld

DECIDING = "Kuka päättää uudesta some-tilistä?"
SILENT = "Miten some-tili suljetaan?"
SECRET = "Esihenkilöni uhkailee minua, kerronko siitä?"
FORM = "questions/send"
EMPLOYEE, SUPERVISOR, SPECIALIST, IT_MANAGER = "employee", "supervisor", "communications-specialist", "it-manager"
EVERYBODY = (EMPLOYEE, SUPERVISOR, SPECIALIST, IT_MANAGER, "informatician", "guest", "stranger")


def ours(action: Json) -> Json:
    """What an action of a card of ours carries."""
    found = action.get("data", {}).get("someopas", {})
    return found if isinstance(found, dict) else {}


def executed(world: TeamsWorld, person: str, data: Json, conversation: str = "", reply_to: str = "") -> Json:
    """The body of the answer to a button that carries this data, whoever made it up."""
    value = {"action": {"type": "Action.Execute", "verb": "press", "data": data}, "trigger": "manual"}
    answer = world.receive(world.invoke(person, "adaptiveCard/action", value, conversation, reply_to))
    assert answer.status == 200
    assert isinstance(answer.body, dict)
    return answer.body


def is_a_sentence(body: Json) -> bool:
    """Whether an answer tells something and shows nothing, and nothing broke."""
    return body["type"] != KIND and isinstance(body["value"], str) and "tunnus" not in body["value"]


def handed_on(world: TeamsWorld) -> Posted:
    """A question that waits for the communications team; gives the team's card."""
    world.says(EMPLOYEE, SILENT)
    world.presses(EMPLOYEE, FORM)
    world.submits(EMPLOYEE, text="Miten?", named="no")
    return world.teams.of(COMMS)[-1]


def keeps(world: TeamsWorld, key: str, status: str, person: str, data: str) -> None:
    """Put a record into the store as it is."""
    with world.store.unit() as unit:
        unit.save(key, status, person, data, 0, world.clock.now())
        unit.new_key(key.partition("/")[0])


# ── what is for one person ──────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_whispered_is_shown_to_its_receiver_alone_whoever_asks_for_it_and_from_where(world: TeamsWorld) -> None:
    for person in (EMPLOYEE, SUPERVISOR):
        world.mentions(person, SECRET if person == EMPLOYEE else DECIDING)
        world.says(person, SECRET)
    numbers = [row[0] for row in world.store._rows("select id from outbox")]
    whispers = {number: world.store.outgoing(number) for number in numbers}
    assert {m.person for m in whispers.values() if m and m.kind == "whisper"} == {EMPLOYEE, SUPERVISOR}
    for person, where, number in itertools.product(EVERYBODY, ("", CHANNEL, GROUP), [*numbers, 0, 999]):
        body = executed(world, person, {"someopas": {"whisper": f"outbox:{number}"}}, where)
        message = whispers.get(number)
        mine = message is not None and message.kind == "whisper" and message.person == person
        assert (body["type"] == KIND) == mine, (person, where, number)
        assert mine or is_a_sentence(body)


@pytest.mark.parametrize("number", [
    "1", "outbox:", "outbox:-1", "outbox:1.0", "outbox:٣", "outbox:1 or 1=1", f"outbox:{'9' * 18}", "outbox:1\n",
    f"outbox:{'9' * 6000}", "outbox:outbox:1", 1, None, [1], {"x": 1}, True,
])  # fmt: skip
def test_a_whisper_that_there_is_not_is_a_card_that_is_gone(world: TeamsWorld, number: Any) -> None:
    world.mentions(EMPLOYEE, SECRET)
    assert is_a_sentence(executed(world, EMPLOYEE, {"someopas": {"whisper": number}}, CHANNEL))


@pytest.mark.parametrize("data", [{"refresh": True}, {"refresh": "outbox:1"}, {"back": True}])
def test_a_card_is_shown_as_it_is_to_those_who_see_its_conversation_and_to_nobody_else(
    world: TeamsWorld, data: Json
) -> None:
    world.mentions(EMPLOYEE, SECRET)
    world.says(EMPLOYEE, SECRET)
    handed_on(world)
    for posted in list(world.teams.posted):
        room = posted.conversation.partition(";")[0]
        for person in EVERYBODY:
            for where in {"", CHANNEL, room} - {f"chat-{person}"}:
                body = executed(world, person, {"someopas": data}, where, posted.id)
                here = where == room and room in (CHANNEL, COMMS)
                covered = "Tämä viesti näkyy vain" in as_text(posted.activity)
                seen = (here and (not covered or person == EMPLOYEE)) or (person == EMPLOYEE and room == f"chat-{person}")
                assert seen or is_a_sentence(body), (person, where, posted.conversation)
                assert person == EMPLOYEE or SECRET not in as_text(body)


def test_an_own_chats_message_is_not_shown_to_who_tells_another_ones_chat_as_theirs(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, SECRET)
    [posted] = [p for p in world.own(EMPLOYEE) if p.card]
    value = {"action": {"type": "Action.Execute", "data": {"someopas": {"refresh": True}}}, "trigger": "automatic"}
    forged = world.invoke(SUPERVISOR, "adaptiveCard/action", value, reply_to=posted.id)
    forged["conversation"]["id"] = posted.conversation
    body = world.receive(forged).body
    assert isinstance(body, dict)
    assert is_a_sentence(body)


def test_a_form_opens_in_a_window_for_who_opened_it_alone(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, SILENT)
    world.presses(EMPLOYEE, FORM)
    [key] = [k for a in actions_of(world.form) if (k := ours(a).get("window")) and isinstance(k, str)]
    wrong = (
        key[:-1],
        f"{key}x",
        "",
        "teams:aad-supervisor:invoke:chat-supervisor:1",
        "timer:questions/1",
        "%",
        None,
        [key],
    )
    tries = [(SUPERVISOR, key), ("stranger", key), *((EMPLOYEE, k) for k in wrong)]
    for person, tried in tries:
        body = world.receive(world.invoke(person, "task/fetch", {"data": {"someopas": {"window": tried}}})).body
        assert isinstance(body, dict)
        assert body["task"]["type"] == "message", (person, tried)
    assert world.opens_window(EMPLOYEE).body["task"]["type"] == "continue"  # type: ignore[index]  # it is an object


# ── who may do what ─────────────────────────────────────────────────────────────────────────────────────────────────


def named(flow: str) -> list[str]:
    """All that buttons and forms of a flow may be called: what its code names."""
    folder = Path(__file__).parents[2] / "handlers"
    files = [folder / f"{flow}.py", *(folder / flow).glob("*.py")]
    text = "".join(file.read_text("utf-8") for file in files if file.exists())
    return sorted({f"{flow}/{name}" for name in re.findall(rf"\"{flow}/([a-z_]+)\"", text)})


VALUES = {
    "text": "Hyväksyn.", "outcome": "approved", "manner": "decision", "date": "2026-11-20", "section": "45",
    "secured": "yes", "hours": "4", "reserved": "yes", "tasks": "weekly", "substitute": "yes", "led": "Näin.",
    "named": "no", "kind": "phishing", "address": "www.instagram.com/kirjasto", "person": EMPLOYEE, "actor": SPECIALIST,
    "from": "teams:aad-supervisor",
}  # fmt: skip
"""What the forms ask for, and what might be believed."""
CLAIMED = {
    "person": SPECIALIST,
    "from": {"aadObjectId": f"aad-{SPECIALIST}"},
    "role": "administrator",
    "conversation": COMMS,
}


def tries_everything(world: TeamsWorld, flow: str, key: str, person: str, where: str = "") -> Iterator[Json]:
    """A person presses and sends all that the flow knows, on a record, with all that might be believed."""
    names = named(flow)
    assert len(names) > 3
    for name in names:
        press, sent = ({**CLAIMED, what: name, "record": key, "value": "yes"} for what in ("action", "form"))
        yield executed(world, person, {**CLAIMED, "someopas": press}, where)
        yield executed(world, person, {**VALUES, "someopas": sent}, where)


@pytest.mark.parametrize("person", ["guest", "stranger", "informatician"])
def test_nobody_answers_a_question_who_is_not_of_the_team_whatever_they_send(world: TeamsWorld, person: str) -> None:
    handed_on(world)
    before = world.store.record("questions/1")
    for where in ("", COMMS):
        for body in tries_everything(world, "questions", "questions/1", person, where):
            assert "tunnus" not in as_text(body)
    assert world.store.record("questions/1") == before
    assert {r.person for r in world.store.records("questions") if r.key != "questions/1"} <= {person}, (
        "an idea of their own"
    )


@pytest.mark.parametrize("person", ["guest", "it-manager", SPECIALIST, EMPLOYEE])
def test_nobody_decides_on_a_request_who_may_not_least_of_all_on_their_own(world: TeamsWorld, person: str) -> None:
    record = filled(Status.SENT)
    keeps(world, KEY, record.status, EMPLOYEE, REQUESTS.dump_json(record).decode())
    for body in tries_everything(world, "accounts", f"{KEY}@1", person):
        assert "tunnus" not in as_text(body)
    kept = world.store.record(KEY)
    assert kept is not None
    now = REQUESTS.validate_json(kept.data)
    assert now.status not in (Status.PROPOSED, Status.APPROVED, Status.OPENED, Status.OFFICIAL)
    assert not [deed for deed in now.history if deed.person != person and deed not in record.history]
    assert person in (EMPLOYEE, SPECIALIST) or now == record


@pytest.mark.parametrize("person", ["stranger", "informatician"])
def test_nobody_reads_or_changes_a_case_whom_it_does_not_concern(world: TeamsWorld, person: str) -> None:
    record = case(supervisor=SUPERVISOR)
    keeps(world, "incidents/1", record.status, EMPLOYEE, CASES.dump_json(record).decode())
    for where in ("", CHANNEL):
        for body in tries_everything(world, "incidents", "incidents/1", person, where):
            assert "pahis" not in as_text(body)
            assert "tunnus" not in as_text(body) or "tunnukseni" in as_text(body)
    kept = world.store.record("incidents/1")
    assert kept is not None
    assert CASES.validate_json(kept.data) == record
    assert not [p for p in world.teams.posted if "pahis" in as_text(p.activity)]


def test_who_acts_is_who_teams_says_and_not_who_the_data_claims(world: TeamsWorld) -> None:
    handed_on(world)
    claims = {**CLAIMED, "someopas": {"action": "questions/take", "record": "questions/1", "value": "", **CLAIMED}}
    assert executed(world, "guest", claims, COMMS)
    assert world.store.records("questions")[0].status == "waiting"
    executed(world, SPECIALIST, claims | {"person": EMPLOYEE}, COMMS)
    assert json.loads(world.store.records("questions")[0].data)["taken_by"] == SPECIALIST


def test_a_stranger_with_a_members_address_is_nobody_here(world: TeamsWorld) -> None:
    world.says(EMPLOYEE, SECRET)
    world.says("stranger", "omat")
    assert world.bot.directory.person_of("teams:aad-stranger") == "teams:aad-stranger"
    assert SECRET not in world.sees("stranger")


def test_a_button_of_another_conversations_card_shows_what_it_leads_to_where_it_is_pressed(world: TeamsWorld) -> None:
    card = handed_on(world)
    body = executed(
        world, EMPLOYEE, {"someopas": {"action": "questions/show", "record": "questions/1", "value": "x"}}, GROUP, card.id
    )
    assert body["type"] in (KIND, "application/vnd.microsoft.activity.message")
    assert world.teams.of(GROUP) == []


def test_words_that_quote_a_message_of_another_conversation_are_said_in_none_of_its_records(world: TeamsWorld) -> None:
    record = case()
    keeps(world, "incidents/1", record.status, EMPLOYEE, CASES.dump_json(record).decode())
    world.says(IT_MANAGER, "omat")
    world.says(EMPLOYEE, "ilmoita klikkasin outoa linkkiä")
    for posted in list(world.teams.posted):
        world.quotes("informatician", posted, "Minäkin sain sen.")
    assert "Minäkin sain sen." not in "".join(r.data for r in world.store.records("incidents"))


# ── what people write ───────────────────────────────────────────────────────────────────────────────────────────────

HOSTILE = {
    "a mention": "<at>Kirjaston esihenkilö</at> <at id='0'>kaikki</at> ota tämä",
    "HTML": "<script>alert(1)</script><img src=x onerror=y><a href='https://evil.example.org'>kunta.fi</a>",
    "Markdown": "[kunta.fi](https://evil.example.org) ![x](https://evil.example.org/x.png) **a** # b\n- c\n1. d\n| e |",
    "turned round": "\u202esivutak \u2066x\u2069 \u200bsuljetaan",
    "a bell": "a\x07\x00\x1b[31m b",
    "half a comment": "<![x[ <!-- <![CDATA[",
    "a section": "<![x[ a ]]> <![ b> <!x> <?y?> some-tili",
    "a number": "&#" + "9" * 5000 + ";",
    "a card": '{"type": "AdaptiveCard", "actions": []}',
    "a template": "{{ 7 * 7 }} {% raw %} ${x} {{DATE(2026-01-01,SHORT)}}",
}
LONG = {
    "words": "some-tili " * 10_000, "one word": "x" * 100_000, "brackets": "<" * 50_000, "marks": "<at>" * 20_000,
    "links": "<a href=" * 10_000, "links that end": "<a href='" * 10_000 + "'>", "comments": "<!--" * 20_000,
    "sections": "<![" * 30_000, "links of links": "[" * 30_000, "signs": "&amp" * 20_000, "numbers": "&#9" * 30_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_people_write_is_shown_as_text_whatever_it_is_and_mentions_and_links_nothing(
    world: TeamsWorld, name: str
) -> None:
    html = [{"contentType": "text/html", "content": HOSTILE[name]}]
    assert world.says(EMPLOYEE, f"Miten some-tili suljetaan? {HOSTILE[name]}", attachments=html).status == 200
    world.says(EMPLOYEE, "kysy viestinnältä")
    assert world.teams.of(COMMS), "it is handed on"
    world.receive(world.mention(EMPLOYEE, HOSTILE[name], GROUP))
    for posted in world.teams.posted:
        sent = as_text(posted.activity)
        assert not [e for e in posted.activity.get("entities", []) if e["type"] == "mention"]
        assert "evil.example.org" not in str(posted.activity.get("text", ""))
        assert '"url": "https://evil' not in sent
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00-\x08\x1b]", sent)
        assert "<script" not in str(posted.activity.get("text", "")) + str(posted.card.get("fallbackText", ""))
    assert world.store.dead_letters() == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_message_that_is_reported_or_asked_about_may_hold_anything(world: TeamsWorld, name: str) -> None:
    for content in ("html", "text"):
        message = {"id": "5", "body": {"contentType": content, "content": HOSTILE[name]}}
        for command in (REPORT, "ask_guideline"):
            answer = world.commands(EMPLOYEE, command, message, GROUP)
            assert isinstance(answer.body, dict)
            assert "tunnus" not in as_text(answer.body["task"].get("value")) or answer.body["task"]["type"] == "continue"
    assert world.teams.of(GROUP) == []


def test_no_text_takes_long_to_read_and_none_is_kept_longer_than_a_question(world: TeamsWorld) -> None:
    for text in (*HOSTILE.values(), *LONG.values()):
        many = [{"contentType": "text/html", "content": text}] * 50
        value = {"messagePayload": {"body": {"contentType": "html", "content": text}, "attachments": many}}
        message = world.message(EMPLOYEE, text, attachments=many)
        command = world.invoke(EMPLOYEE, "composeExtension/fetchTask", value)
        heard = (from_message(message, EMPLOYEE), from_shortcut(command, EMPLOYEE), from_flag(command, EMPLOYEE))
        assert all(len(event.text) <= 4_000 for event in heard)


def test_a_text_of_a_hundred_thousand_characters_is_answered(world: TeamsWorld) -> None:
    for text in (LONG["one word"], LONG["marks"]):
        assert world.says(EMPLOYEE, f"{SILENT} {text}").status == 200
    assert len([p for p in world.own(EMPLOYEE) if p.card]) == 2


def test_of_a_thousand_files_a_few_are_looked_at(world: TeamsWorld) -> None:
    file = {"contentType": "image/png", "contentUrl": f"{world.teams.address}v3/attachments/1"}
    assert len(from_message(world.message(EMPLOYEE, "kuva", attachments=[file] * 1000), EMPLOYEE).files) == 20


# ── a message extension is used in any chat ─────────────────────────────────────────────────────────────────────────


def test_a_command_in_a_chat_of_two_people_never_becomes_the_way_to_one_of_them(world: TeamsWorld) -> None:
    chat = "a:a-chat-of-two"
    message = {"id": "5", "body": {"contentType": "text", "content": "klikkaa https://pahis.example.net"}}
    value = {"commandId": REPORT, "messagePayload": message}
    world.teams.elsewhere.add(chat)
    for name, said in (("fetchTask", value), ("submitAction", {"data": {"someopas": {"action": "home/own"}}})):
        invoke = world.invoke(EMPLOYEE, f"composeExtension/{name}", said)
        invoke["conversation"] = {"id": chat, "conversationType": "personal", "tenantId": TENANT}
        body = world.receive(invoke).body
        assert isinstance(body, dict)
        assert body["task"]["type"] == "continue", "who uses it first of all, too"
    world.says(SUPERVISOR, "apua")
    world.receive(world.message(EMPLOYEE, "apua"))
    assert world.teams.of(chat) == []
    way = world.platform.people.way(EMPLOYEE)
    assert way.chat == f"chat-{EMPLOYEE}"


def test_where_the_kind_of_a_conversation_is_not_told_others_may_read_it(world: TeamsWorld) -> None:
    for odd in ({}, {"conversationType": None}, {"conversationType": "x"}, {"conversationType": ["personal"]}):
        message = world.message(EMPLOYEE, SECRET)
        message["conversation"] = {"id": "19:unknown@thread.v2", **odd}
        assert world.receive(message).status == 200
    shown = world.teams.of("19:unknown@thread.v2")
    assert shown
    assert all("näkyy vain sille" in as_text(p.activity) for p in shown)
    assert world.platform.people.way(EMPLOYEE).chat == f"chat-{EMPLOYEE}"


# ── files, and the bot's token ──────────────────────────────────────────────────────────────────────────────────────

ELSEWHERE = (
    "http://kunta.sharepoint.com/a", "https://evil-sharepoint.com/a", "https://sharepoint.com/a",
    "https://kunta.sharepoint.com.evil.example.org/a", "https://kunta.sharepoint.com@evil.example.org/a",
    "https://evil.example.org/kunta.sharepoint.com", "https://evil.example.org#.sharepoint.com",
    "https://evil.example.org?.sharepoint.com", "https://evil.example.org/.sharepoint.com", "https://localhost/a",
    "https://127.0.0.1/a", "https://[::1]/a", "https://2130706433/a", "https://169.254.169.254/metadata",
    "https://kunta.sharepoint.com:22/a", "file:///etc/passwd", "ftp://kunta.sharepoint.com/a", "data:text/plain,x",
    "//kunta.sharepoint.com/a", "kunta.sharepoint.com/a", "https://", "https://[", "x", "\\\\kunta.sharepoint.com\\a",
    "https://x@kunta.sharepoint.com/a", "https://evil.example\\.sharepoint.com/a", "https://evil%2f.sharepoint.com/a",
    "https://kunta.sharepoint。com/a",
)  # fmt: skip


def fetched(world: TeamsWorld, address: str) -> bytes:
    """The bytes of a file that somebody sent who says that it lies there."""
    download = "application/vnd.microsoft.teams.file.download.info"
    for attached in (
        {"contentType": download, "name": "a.pdf", "content": {"downloadUrl": address}},
        {"contentType": "image/png", "contentUrl": address},
    ):
        message = world.message(EMPLOYEE, "kuva", attachments=[attached])
        assert world.receive(message).status == 200
        [file] = from_message(message, EMPLOYEE).files
        content = b"".join(world.platform.fetch(file.source))
    return content


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_file_that_lies_elsewhere_than_in_sharepoint_or_at_the_service_is_never_asked_for(
    world: TeamsWorld, address: str
) -> None:
    world.says(EMPLOYEE, "apua")
    world.teams.asked.clear()
    with pytest.raises(Refused):
        fetched(world, address)
    assert world.teams.asked == []


def test_an_address_beside_the_services_gets_no_token(world: TeamsWorld) -> None:
    world.teams.files["a"] = b"picture"
    service = world.teams.address
    port = service.rpartition(":")[2].strip("/")
    assert fetched(world, f"{service}files/a") == b"picture"
    assert {asked for asked in world.teams.asked if asked.startswith("a ")} == {f"a Bearer {TOKEN}"}
    world.teams.asked.clear()
    for address in (
        f"http://user@127.0.0.1:{port}/files/a", f"http://localhost:{port}/files/a", f"https://127.0.0.1:{port}/files/a",
        f"http://127.0.0.1:{port}@evil.example.org/a", f"http://127.0.0.1.evil.example.org:{port}/a", "http://127.0.0.1/files/a",
    ):  # fmt: skip
        with pytest.raises(Refused):
            fetched(world, address)
    assert world.teams.asked == []


@contextmanager
def leading_to(address: str) -> Iterator[str]:
    """A service that leads on to another address, whatever it is asked."""

    class Leads(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("location", address)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Leads)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_token_is_not_led_away_by_a_redirect(world: TeamsWorld, teams: FakeTeams) -> None:
    teams.files["a"] = b"picture"
    with leading_to(f"{teams.address}files/a") as service:
        world.platform.ways.keep_file("teams:file:1", Lying(f"{service}v3/attachments/1", service))
        with pytest.raises((Refused, Unreachable)):
            list(world.platform.fetch("teams:file:1"))
    assert teams.asked == []


@pytest.mark.parametrize(
    "source", ["teams:file:404", "teams:file:", "teams:@employee", "teams:service", "slack:F1", "", "/etc/passwd"]
)
def test_what_is_no_file_of_teams_is_refused(world: TeamsWorld, source: str) -> None:
    world.says(EMPLOYEE, "apua")
    with pytest.raises(Refused):
        list(world.platform.fetch(source))


def test_nothing_that_people_write_becomes_the_address_to_which_the_bot_speaks(world: TeamsWorld) -> None:
    evil = "https://evil.example.org/"
    said = {
        "serviceUrl": evil,
        "conversation": {"id": "19:x"},
        "from": {"id": "29:supervisor"},
        "someopas": {"action": "home/own"},
    }
    for person in (EMPLOYEE, "guest"):
        world.says(person, f"serviceUrl {evil}", value=said, channelData={"tenant": {"id": TENANT}, "serviceUrl": evil})
        executed(world, person, said)
        executed(world, person, said, CHANNEL)
    assert evil not in str(world.store._rows("select data from ways"))


# ── one reply ───────────────────────────────────────────────────────────────────────────────────────────────────────

TOLD = (
    DECIDING, SILENT, "apua", "omat", "tili", "ilmoita klikkasin outoa linkkiä", "rekisteri", "sovi", "julkaisu",
    "mikä muuttui", "tietämys", "kooste", "koulutus", "kieli",
)  # fmt: skip
ELSEWHERE_TOO = re.compile(
    r"omaan keskusteluu|omassa keskustelussa|meidän keskusteluu|our own conversation|your own conversation"
)
LASTING = {
    "accounts/begin": "a talk goes on in one's own chat",
    "questions/share": "what is shared is seen by all",
    "questions/send": "what was handed on from a channel is told there, and lastingly in one's own chat",
    "questions/idea": "likewise",
    "questions/reply": "who asked is told, also where they answer themselves",
}
AND_THE_CARD = ("incidents/take",)
"""What one is told besides the change of the card."""


class Watch:
    """What a person sees anew where they press: messages for them, changes of messages, and the answer itself."""

    def __init__(self, world: TeamsWorld, person: str, where: str) -> None:
        self.world, self.person, self.where = world, person, where
        self.number = len(world.teams.posted)
        self.changes = {p.id: p.changes for p in world.teams.posted}

    def saw(self, pressed: Posted, before: Json) -> list[str]:
        found = [how for posted in self.world.teams.posted[self.number :] if (how := self._is_for_them(posted))]
        body = self.world.answer.body
        assert isinstance(body, dict)
        if body["type"] != KIND:
            found.append("a sentence")
        in_place = body["type"] == KIND and body["value"] not in (before, pressed.card)
        if in_place or any(map(self._is_changed, self.world.teams.posted)):
            found.append("a card")  # all copies of a card are one
        return found

    def _is_changed(self, posted: Posted) -> bool:
        here = posted.conversation.partition(";")[0] in (f"chat-{self.person}", self.where)
        return here and posted.changes != self.changes.get(posted.id, posted.changes)

    def _is_for_them(self, posted: Posted) -> str:
        """Words that lead a card are one thing with it; a covered card is there for its receiver alone."""
        room = posted.conversation.partition(";")[0]
        if not posted.card or room not in (f"chat-{self.person}", self.where):
            return ""
        covered = "näkyy vain sille" in as_text(posted.activity)
        mine = f"29:{self.person}" in posted.card.get("refresh", {}).get("userIds", [])
        return "" if covered and not mine else "a message"

    def answered_once(self, saw: list[str], name: str) -> bool:
        if len(saw) == 1:
            return True
        lasting = saw in (["a message", "a sentence"], ["a message", "a card"]) and self.where
        if lasting:
            return name in LASTING or bool(ELSEWHERE_TOO.search(as_text(self.world.answer.body)))
        return saw == ["a message", "a card"] and name in AND_THE_CARD


@pytest.mark.parametrize("person", [EMPLOYEE, SPECIALIST, IT_MANAGER, "guest"])
def test_every_button_and_every_form_that_somebody_sees_answers_them_once(world: TeamsWorld, person: str) -> None:
    world.has_everywhere()
    handed_on(world)
    for text in TOLD:
        world.says(person, text)
    for text in TOLD[:8]:
        world.mentions(person, text)
    done: set[tuple[str, ...]] = set()
    for where in ("", CHANNEL, COMMS):
        if where == COMMS and person != SPECIALIST:
            continue
        for posted, card in world.seen(person, where):
            for action in actions_of(card):
                carried = ours(action)
                what = (where, str(carried.get("action")), str(carried.get("value"))[:8])
                if "action" not in carried or what in done:
                    continue
                done.add(what)
                presses_and_fills(world, person, where, posted, action)
    assert len(done) > (10 if person == "guest" else 20)


@pytest.mark.parametrize("name", ["task/submit", "composeExtension/submitAction"])
def test_what_leads_to_nothing_in_a_dialog_is_answered_by_a_sentence_in_it(world: TeamsWorld, name: str) -> None:
    handed_on(world)
    take = {"someopas": {"action": "questions/take", "record": "questions/1", "value": ""}}
    for data in (take, take, {}, {"someopas": {"action": "gone/gone"}}, {"someopas": []}):
        body = world.receive(world.invoke(SPECIALIST, name, {"data": data})).body
        assert isinstance(body, dict)
        assert body["task"]["type"] in ("message", "continue")
        assert "tunnus" not in as_text(body["task"]["value"])
    assert world.store.records("questions")[0].status == "taken"


def presses_and_fills(world: TeamsWorld, person: str, where: str, posted: Posted, action: Json) -> None:
    """Press a button; where a form comes, send it empty and filled in. Each is answered once."""
    before = shown_now(world, person, posted)
    watch = Watch(world, person, where)
    world.executes(person, posted, action)
    saw = watch.saw(posted, before)
    name = ours(action)["action"]
    assert watch.answered_once(saw, name), (person, where, name, saw, world.answer.body)
    form = shown_now(world, person, posted)
    for values in ({}, {name: value or "Kerron tästä näin." for name, value in inputs_of(form).items()}):
        [send, *_] = [a for a in actions_of(form) if "form" in ours(a)] or [None]
        if send is None:
            return
        watch = Watch(world, person, where)
        world.executes(person, posted, send, {**inputs_of(form), **values})
        saw = watch.saw(posted, form)
        assert watch.answered_once(saw, ours(send)["form"]), (person, where, ours(send)["form"], saw, world.answer.body)
        form = shown_now(world, person, posted)


def shown_now(world: TeamsWorld, person: str, posted: Posted) -> Json:
    """The card that the person has before them in the place of a message."""
    changes, view = world.views.get((person, posted.id), (-1, {}))
    return view if changes == posted.changes else posted.card
