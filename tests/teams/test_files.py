"""Files and reported messages in Teams: what is heard of them, and how their bytes are had and from where."""

from __future__ import annotations

from typing import Any

import pytest

from bot.platforms import Refused, Unreachable
from bot.platforms.teams.activities import FILE_NAME, MOST_FILES, files_of, from_flag, from_message
from bot.platforms.teams.ways import Lying
from handlers.events import Flagged
from knowledge.guide import Guide
from tests.teams.fake import CHANNEL, Json
from tests.teams.world import TOKEN, TeamsWorld

CONTENT = bytes(range(256)) * 1000
EMPLOYEE = "employee"
DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"


@pytest.fixture
def guide(lexical_guide: Guide) -> Guide:
    """Search is not what is told of here."""
    return lexical_guide


def lent(address: str = "https://tuusula-my.sharepoint.com/d/lasku.exe?tempauth=x", name: str = "lasku.exe") -> Json:
    """A file that somebody sent in their own chat with the bot."""
    return {"contentType": DOWNLOAD, "name": name, "content": {"downloadUrl": address, "fileType": "exe"}}


def pasted(address: str) -> Json:
    """A picture that was pasted into a message."""
    return {"contentType": "image/*", "contentUrl": address}


# ── what is heard ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["Katso tätä", ""])
def test_files_of_a_message_are_heard_with_its_words_and_without_any(world: TeamsWorld, text: str) -> None:
    message = world.message(EMPLOYEE, text, attachments=[lent(), pasted(f"{world.teams.address}v3/attachments/1")])
    asked = from_message(message, EMPLOYEE)
    assert (asked.text, [f.name for f in asked.files]) == (text, ["lasku.exe", "kuva-2"])
    assert len({f.source for f in asked.files}) == 2
    assert asked.files == from_message(message, EMPLOYEE).files, "a second delivery tells of the same files"


@pytest.mark.parametrize(
    "attached",
    [
        {"contentType": "reference", "contentUrl": "https://tuusula.sharepoint.com/a.pdf", "name": "a.pdf"},
        {"contentType": "text/html", "content": "<p>Hei</p>"},
        {"contentType": "application/vnd.microsoft.card.adaptive", "content": {}},
        {"contentType": DOWNLOAD, "content": {}}, {"contentType": DOWNLOAD, "content": "x"}, {"contentType": None}, {},
    ],
)  # fmt: skip
def test_what_the_bot_has_no_key_for_is_no_file(world: TeamsWorld, attached: Json) -> None:
    assert files_of(world.message(EMPLOYEE, "x", attachments=[attached])) == ()


@pytest.mark.parametrize("attachments", [None, "x", [None], [["x"]], {"a": 1}])
def test_odd_attachments_are_none(world: TeamsWorld, attachments: object) -> None:
    assert files_of(world.message(EMPLOYEE, "x", attachments=attachments)) == ()


def test_a_files_name_hides_nothing_and_is_no_longer_than_is_kept(world: TeamsWorld) -> None:
    [file] = files_of(world.message(EMPLOYEE, "", attachments=[lent(name="lasku\u202efdp.exe")]))
    assert file.name == "laskufdp.exe"
    [file] = files_of(world.message(EMPLOYEE, "", attachments=[lent(name="x" * 1000)]))
    assert len(file.name) == FILE_NAME


def test_no_more_files_are_looked_at_than_a_person_can_send(world: TeamsWorld) -> None:
    assert len(files_of(world.message(EMPLOYEE, "", attachments=[lent()] * 500))) == MOST_FILES


# ── reported messages ───────────────────────────────────────────────────────────────────────────────────────────────


def reported(world: TeamsWorld, content: str, kind: str = "html", **more: Any) -> Flagged:
    message = {"id": "5", "body": {"contentType": kind, "content": content}, **more}
    value = {"commandId": "report_incident", "messagePayload": message}
    return from_flag(world.invoke(EMPLOYEE, "composeExtension/fetchTask", value, CHANNEL), EMPLOYEE)


def test_a_reported_message_is_heard_with_its_writer_its_address_its_files_and_where_its_links_lead(
    world: TeamsWorld,
) -> None:
    flagged = reported(
        world, '<div>Kirjaudu: <a href="https://evil.example/tuusula">https://tuusula.fi</a>&nbsp;heti<br>nyt</div>',
        **{"from": {"user": {"id": "aad-supervisor"}}, "linkToMessage": "https://teams.microsoft.com/l/message/5",
           "attachments": [{"contentType": "reference", "name": "lasku.exe", "contentUrl": "https://x.example/lasku"}]},
    )  # fmt: skip
    assert flagged.text.splitlines() == [
        "Kirjaudu: https://tuusula.fi (https://evil.example/tuusula) heti", "nyt", "lasku.exe (https://x.example/lasku)",
    ]  # fmt: skip
    assert (flagged.link, flagged.author) == ("https://teams.microsoft.com/l/message/5", "teams:aad-supervisor")
    assert flagged.conversation == f"teams:@{EMPLOYEE}", "a case is its reporter's own"
    assert flagged.window


def test_a_reported_message_of_an_app_has_no_writer(world: TeamsWorld) -> None:
    flagged = reported(world, "Maksa lasku", **{"from": {"application": {"id": "1", "displayName": "App"}, "user": None}})
    assert (flagged.author, flagged.text) == ("", "Maksa lasku")


@pytest.mark.parametrize("payload", [None, "x", [], {}, {"body": None}, {"body": {"content": None}}, {"from": "x"}])
def test_a_report_without_a_message_still_arrives(world: TeamsWorld, payload: object) -> None:
    value = {"commandId": "report_incident", "messagePayload": payload}
    flagged = from_flag(world.invoke(EMPLOYEE, "composeExtension/fetchTask", value), EMPLOYEE)
    assert (flagged.text, flagged.link, flagged.author) == ("", "", "")


@pytest.mark.parametrize(
    ("html", "read"),
    [
        ('<a href="https://evil.example/a">tuusula.fi</a>', "tuusula.fi (https://evil.example/a)"),
        ('<a href="https://evil.example/?a=1&amp;b=2">Kirjaudu</a>', "Kirjaudu (https://evil.example/?a=1&b=2)"),
        ('<a href="https://tuusula.fi/">tuusula.fi</a>', "tuusula.fi"),
        ('<a href="https://tuusula.fi">https://tuusula.fi/</a>', "https://tuusula.fi/"),
        ('<a href="mailto:a@evil.example">a@tuusula.fi</a>', "a@tuusula.fi (mailto:a@evil.example)"),
        ('<img alt="Kuva laskusta" src="x">', "Kuva laskusta"), ("a &lt;b&gt; &amp;", "a <b> &"),
        ("<ul><li>yksi</li><li>kaksi</li></ul>", "yksi\nkaksi"), ("<script>x</script>", "x"),
    ],
)  # fmt: skip
def test_an_address_behind_a_label_is_read_out(world: TeamsWorld, html: str, read: str) -> None:
    assert reported(world, html).text == read


def test_a_message_that_is_no_html_is_read_as_it_stands(world: TeamsWorld) -> None:
    assert reported(world, "5 < 6 & <b>7</b>", kind="text").text == "5 < 6 & <b>7</b>"


def test_a_link_of_a_message_to_the_bot_is_read_out_too(world: TeamsWorld) -> None:
    html = '<p>Onko <a href="https://evil.example/x">tämä</a> aito?</p>'
    message = world.message(EMPLOYEE, "Onko tämä aito?", attachments=[{"contentType": "text/html", "content": html}])
    assert from_message(message, EMPLOYEE).text == "Onko tämä (https://evil.example/x) aito?"


# ── the bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────


def lies(world: TeamsWorld, address: str) -> str:
    """A file that lies at an address; its source."""
    world.platform.ways.keep_file("teams:file:1", Lying(address, world.teams.address))
    return "teams:file:1"


def test_a_picture_that_was_pasted_is_had_of_the_connector_with_the_bots_token(world: TeamsWorld) -> None:
    world.teams.files["kuva"] = CONTENT
    assert b"".join(world.platform.fetch(lies(world, f"{world.teams.address}files/kuva"))) == CONTENT
    assert world.teams.asked == [f"kuva Bearer {TOKEN}"]


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/lasku", "https://sharepoint.com.evil.example/x", "https://evilsharepoint.com/x",
        "https://tuusula.sharepoint.com@evil.example/x", "http://tuusula.sharepoint.com/x", "file:///etc/passwd",
        "ftp://tuusula.sharepoint.com/x", "https://[/x", "", "//tuusula.sharepoint.com/x", "https://127.0.0.1/x",
    ],
)  # fmt: skip
def test_nothing_is_fetched_from_a_host_that_is_not_the_organisations(world: TeamsWorld, address: str) -> None:
    with pytest.raises(Refused, match=r"SharePoint"):
        list(world.platform.fetch(lies(world, address)))
    assert world.teams.asked == []


def test_the_token_is_not_led_away_by_a_redirect(world: TeamsWorld) -> None:
    aside = world.teams.address.replace("127.0.0.1", "localhost")
    world.teams.files |= {"kuva": (302, {"location": f"{aside}files/toinen"}, b""), "toinen": CONTENT}
    with pytest.raises((Refused, Unreachable)):
        list(world.platform.fetch(lies(world, f"{world.teams.address}files/kuva")))
    assert [asked.partition(" ")[0] for asked in world.teams.asked] == ["kuva"]


@pytest.mark.parametrize("source", ["teams:file:404", "teams:file:", "teams:", "web:F1", "teams:service", "slack:F1"])
def test_a_file_that_nobody_told_of_is_refused(world: TeamsWorld, source: str) -> None:
    world.says(EMPLOYEE, "hei")
    with pytest.raises(Refused):
        list(world.platform.fetch(source))


@pytest.mark.parametrize(
    ("status", "headers", "raised"),
    [(404, {}, Refused), (403, {}, Refused), (500, {}, Unreachable), (429, {"Retry-After": "30"}, Unreachable)],
)
def test_an_answer_that_is_no_file_is_refused_or_waited_for(
    world: TeamsWorld, status: int, headers: dict[str, str], raised: type[Exception]
) -> None:
    world.teams.files["kuva"] = (status, headers, b"no")
    with pytest.raises(raised) as problem:
        list(world.platform.fetch(lies(world, f"{world.teams.address}files/kuva")))
    assert getattr(problem.value, "retry_after", None) == (30 if status == 429 else None)


def test_a_file_is_a_lane_of_its_own(world: TeamsWorld) -> None:
    assert world.platform.lane("teams:file:1#file", "") == "teams:file:1#file"


# ── places ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("conversation", "message", "below"),
    [
        ("teams:@employee", "chat-employee|17", "teams:@employee"),
        (f"teams:{CHANNEL}", f"{CHANNEL}|17", f"teams:{CHANNEL};messageid=17"),
        (f"teams:{CHANNEL};messageid=5", f"{CHANNEL}|17", f"teams:{CHANNEL};messageid=5"),
        (f"teams:{CHANNEL}", "", f"teams:{CHANNEL}"), ("teams:19:group@thread.v2", "x|17", "teams:19:group@thread.v2"),
    ],
)  # fmt: skip
def test_what_stands_below_a_message_stands_in_its_thread_where_there_are_threads(
    world: TeamsWorld, conversation: str, message: str, below: str
) -> None:
    assert world.platform.below(conversation, message) == below
