"""Who sent an activity is proved before it is believed, nothing is acknowledged before it is on disk, and no harm is done
by what comes twice, late or wrong.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import itertools
import json
import logging
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2 as httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bot.platforms import Unreachable
from bot.platforms.teams.activities import ASK, REPORT
from bot.platforms.teams.connector import PUBLIC, Connector, Forged, Identity
from bot.platforms.teams.service import DEADLINES, LONGEST_BODY, PATH, Edge, TeamsService
from bot.rendering import Renderer
from bot.storage import Unit
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.teams.fake import (
    BOT,
    CHANNEL,
    CLIENT,
    COMMS,
    GROUP,
    KIND,
    TENANT,
    FakeTeams,
    Json,
    actions_of,
    text_of,
)
from tests.teams.world import TOKEN, TeamsWorld, connector_to, make_teams

SILENT = "Miten some-tili suljetaan?"
FORM = "questions/send"
PRIVATE = "131052-308T"
"""What stands in an activity and may stand in no log."""
LONG_ENOUGH = 20
"""Seconds within which something that is awaited happens, or the test fails."""
MINUTE = 60


# ── tokens ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Signer:
    """A key of the Bot Connector's, or of somebody who would like to be it."""

    key: rsa.RSAPrivateKey

    @property
    def public(self) -> Json:
        told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {**told, "kid": "k1", "use": "sig", "alg": "RS256"}

    def token(self, service: str, kid: str | None = "k1", **changes: Any) -> str:
        """A token for the bot and a service address; a claim that is None is left out."""
        return jwt.encode(claims(service, **changes), self.key, "RS256", headers={"kid": kid} if kid else {})


def claims(service: str, **changes: Any) -> Json:
    now = int(time.time())
    made = {
        "iss": "https://api.botframework.com", "aud": CLIENT, "iat": now, "nbf": now, "exp": now + 10 * MINUTE,
        "serviceurl": service,
    }  # fmt: skip
    return {name: value for name, value in (made | changes).items() if value is not None}


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="session")
def stranger() -> Signer:
    return Signer(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="module")
def prover(served_teams: FakeTeams) -> Iterator[Connector]:
    """The SDK with keys of its own, which it asks for once."""
    made = connector_to(served_teams)
    yield made
    made.close()


@dataclass
class Door:
    """The bot behind its ASGI application, as the Bot Connector knocks at it."""

    world: TeamsWorld
    connector: Connector
    signer: Signer
    client: TestClient

    def post(self, body: object, bearer: str | None = None) -> httpx.Response:
        """Post an activity with a good token, or with this one."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.knock(raw, f"Bearer {self.token() if bearer is None else bearer}")

    def knock(self, raw: bytes, authorization: str = "") -> httpx.Response:
        headers = {"content-type": "application/json", **({"authorization": authorization} if authorization else {})}
        response: httpx.Response = self.client.post(PATH, content=raw, headers=headers)
        return response

    def token(self, **changes: Any) -> str:
        return self.signer.token(self.world.teams.address, **changes)


@contextmanager
def opened(
    world: TeamsWorld, connector: Connector, signer: Signer, deadlines: Mapping[str, float] = DEADLINES
) -> Iterator[Door]:
    edge = Edge(world.app, connector, [TENANT], deadlines)
    with TestClient(edge.asgi, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield Door(world, connector, signer, client)


@pytest.fixture
def door(world: TeamsWorld, teams: FakeTeams, prover: Connector, signer: Signer) -> Iterator[Door]:
    teams.keys = [signer.public]
    with opened(world, prover, signer) as made:
        yield made


def said(world: TeamsWorld) -> list[str]:
    """The words of the employee's own chat that stand in no card."""
    return [str(p.activity["text"]) for p in world.teams.of("chat-employee") if "text" in p.activity]


def everything(world: TeamsWorld) -> dict[str, list[Any]]:
    """All rows of all tables; by the store's own connection, as a second copy of SQLite would take its locks away."""
    tables = [row[0] for row in world.store._rows("select name from sqlite_master where type = 'table' order by name")]
    return {name: world.store._rows(f'select * from "{name}"') for name in tables}


def by_hand(header: Json, payload: Json, secret: bytes = b"") -> str:
    """A token as no library would make it: with HS256 by a secret, or without a signature."""
    parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in (header, payload)]
    signed = hmac.new(secret, ".".join(parts).encode(), hashlib.sha256).digest() if secret else b""
    return ".".join([*parts, base64.urlsafe_b64encode(signed).rstrip(b"=").decode()])


def public_pem(signer: Signer) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return signer.key.public_key().public_bytes(serialization.Encoding.PEM, form)


GOOD: dict[str, Callable[[float], Json]] = {
    "fresh": lambda now: {},  # noqa: ARG005 - nothing is changed
    "expired a minute ago": lambda now: {"exp": now - MINUTE},
    "valid in a minute": lambda now: {"nbf": now + MINUTE},
    "with several audiences": lambda now: {"aud": ["somebody", CLIENT]},  # noqa: ARG005 - times are as they are
}
FORGED: dict[str, Callable[[float], Json]] = {
    "for another bot": lambda now: {"aud": "22222222-2222-3333-4444-555555555555"},  # noqa: ARG005
    "for nobody": lambda now: {"aud": None},  # noqa: ARG005
    "of another issuer": lambda now: {"iss": "https://evil.example.org"},  # noqa: ARG005
    "of no issuer": lambda now: {"iss": None},  # noqa: ARG005
    "of Entra": lambda now: {"iss": f"https://sts.windows.net/{TENANT}/", "tid": TENANT},  # noqa: ARG005
    "of Entra, version 2": lambda now: {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0"},  # noqa: ARG005
    "expired long ago": lambda now: {"exp": now - 10 * MINUTE},
    "not valid yet": lambda now: {"nbf": now + 10 * MINUTE},
    "for another service": lambda now: {"serviceurl": "https://evil.example.org/"},  # noqa: ARG005
    "for no service": lambda now: {"serviceurl": None},  # noqa: ARG005
    "for a service that is a list": lambda now: {"serviceurl": ["x"]},  # noqa: ARG005
}


@pytest.mark.parametrize("name", GOOD)
def test_what_the_connector_signed_is_heard(door: Door, name: str) -> None:
    assert (
        door.post(door.world.message("employee", SILENT), door.token(**GOOD[name](int(time.time())))).status_code == 200
    )
    assert len(door.world.store.records("questions")) == 1


@pytest.mark.parametrize("name", FORGED)
def test_a_token_with_a_wrong_claim_is_a_401_and_leaves_no_trace(door: Door, name: str) -> None:
    before = everything(door.world)
    refused = door.post(door.world.message("employee", SILENT), door.token(**FORGED[name](int(time.time()))))
    assert refused.status_code == 401
    assert everything(door.world) == before
    assert (door.world.teams.asked, door.world.teams.posted) == ([], [])


def test_a_token_that_is_signed_by_somebody_else_is_a_401_and_leaves_no_trace(door: Door, stranger: Signer) -> None:
    service = door.world.teams.address
    wrong = {
        "a foreign key": stranger.token(service),
        "an unknown key": door.token(kid="k2"),
        "no key's name": door.token(kid=None),
        "no signature": by_hand({"alg": "none", "typ": "JWT", "kid": "k1"}, claims(service)),
        "signed with the public key": by_hand({"alg": "HS256", "kid": "k1"}, claims(service), public_pem(door.signer)),
        "tampered": door.token()[:-8] + "AAAAAAAA",
        "cut": door.token().rpartition(".")[0],
        "words": "abc.def.ghi",
        "nested": base64.urlsafe_b64encode(b"[" * 40_000).decode() + ".e30.AA",
        "a key's name that is a number": by_hand({"alg": "RS256", "kid": 1}, claims(service)),
        "empty": "",
        "ours": TOKEN,
    }
    before = everything(door.world)
    statuses = {n: door.post(door.world.message("employee", SILENT), t).status_code for n, t in wrong.items()}
    assert statuses == dict.fromkeys(wrong, 401)
    assert everything(door.world) == before
    assert (door.world.teams.asked, door.world.teams.posted) == ([], [])


def test_a_request_without_a_bearer_is_a_401(door: Door) -> None:
    raw = json.dumps(door.world.message("employee", SILENT)).encode()
    for authorization in ("", "Bearer", "Bearer ", f"Basic {door.token()}", door.token(), f"Bearer: {door.token()}"):
        assert door.knock(raw, authorization).status_code == 401, authorization
    assert door.knock(raw, f"bearer  {door.token()}").status_code == 200, "the scheme's case is nobody's concern"


@pytest.mark.parametrize("service", [None, "", [], "https://evil.example.org/", 7])
def test_an_activity_of_another_service_than_its_tokens_is_a_401_and_its_address_is_never_kept(
    door: Door, service: object
) -> None:
    before = everything(door.world)
    assert door.post({**door.world.message("employee", SILENT), "serviceUrl": service}).status_code == 401
    without = {name: v for name, v in door.world.message("employee", SILENT).items() if name != "serviceUrl"}
    assert door.post(without).status_code == 401
    assert everything(door.world) == before


@pytest.mark.parametrize("changes", [
    {"channelData": {"tenant": {"id": "another"}}},
    {"channelData": {}, "conversation": {"id": "chat-employee", "conversationType": "personal", "tenantId": "another"}},
    {"channelData": {}, "conversation": {"id": "chat-employee", "conversationType": "personal"}},
    {"channelData": {"tenant": {"id": [TENANT]}}, "conversation": {"id": "chat-employee"}},
    {"channelId": "webchat"}, {"channelId": None}, {"channelId": ["msteams"]},
])  # fmt: skip
def test_another_tenant_or_channel_is_a_403_and_leaves_no_trace(door: Door, changes: Json) -> None:
    before = everything(door.world)
    assert door.post({**door.world.message("employee", SILENT), **changes}).status_code == 403
    assert everything(door.world) == before
    assert (door.world.teams.asked, door.world.teams.posted) == ([], [])


def test_where_no_tenant_is_set_nobody_is_let_in(
    world: TeamsWorld, teams: FakeTeams, prover: Connector, signer: Signer
) -> None:
    teams.keys = [signer.public]
    edge = Edge(world.app, prover, [""])
    with TestClient(edge.asgi, base_url="http://127.0.0.1") as client:
        knocking = Door(world, prover, signer, client)
        nobodys = {**world.message("employee", SILENT), "channelData": {}}
        nobodys["conversation"] = {"id": "chat-employee", "conversationType": "personal"}
        assert knocking.post(nobodys).status_code == 403


def test_what_is_turned_away_leaves_no_word_in_a_log(
    door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said = door.world.message("employee", f"henkilötunnukseni on {PRIVATE}")
    forged = by_hand({"alg": "RS256", "kid": f"x\n{PRIVATE} forged line"}, claims(door.world.teams.address))
    assert door.post(said, forged).status_code == 401
    assert door.post({**said, "channelId": PRIVATE}).status_code == 403
    assert door.knock(PRIVATE.encode()).status_code == 400
    told = capfd.readouterr()
    assert f"\n{PRIVATE}" not in caplog.text + told.out + told.err
    assert f"on {PRIVATE}" not in caplog.text + told.out + told.err


# ── Microsoft's keys ────────────────────────────────────────────────────────────────────────────────────────────────


def connector_at(keys: str, teams: FakeTeams) -> Connector:
    """The SDK with its keys elsewhere."""
    cloud = dataclasses.replace(PUBLIC, openid_metadata_url=keys)
    return Connector(Identity(CLIENT, TENANT, token=lambda *_: TOKEN), cloud, graph=f"{teams.address}graph/")


@pytest.mark.parametrize("page", [None, b"<html>sign in</html>", b"", b'{"keys": 5}', b'{"keys": []}', b"\xff"])
def test_where_the_keys_cannot_be_had_nothing_is_refused_but_asked_to_come_again(
    world: TeamsWorld, teams: FakeTeams, signer: Signer, page: bytes | None
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/openidconfiguration"
    if page is not None:
        teams.files["keys"] = page
    connector = connector_at(closed if page is None else f"{teams.address}files/openidconfiguration", teams)
    before = everything(world)
    with pytest.raises(Unreachable):
        connector.check(signer.token(teams.address), teams.address)
    with opened(world, connector, signer) as door:
        assert door.post(world.message("employee", SILENT)).status_code == 503
    assert everything(world) == before
    connector.close()


def test_a_forged_token_is_forged_where_the_keys_are_there(prover: Connector, teams: FakeTeams, signer: Signer) -> None:
    teams.keys = [signer.public]
    prover.check(signer.token(teams.address), teams.address)
    prover.check(signer.token(teams.address.rstrip("/")), teams.address)
    for bearer, service in ((signer.token("https://evil.example.org/"), teams.address), ("", teams.address)):
        with pytest.raises(Forged):
            prover.check(bearer, service)


@pytest.mark.parametrize("page", [b"<html>sign in</html>", b"{", b"\xff"])
def test_a_proxys_page_is_no_answer_of_the_connectors(connector: Connector, teams: FakeTeams, page: bytes) -> None:
    teams.files["page"] = page
    with pytest.raises(Unreachable):
        connector.call("GET", teams.address, "files/page")


@pytest.mark.parametrize("status", [302, 307, 407])
def test_what_only_a_proxy_says_is_tried_again(connector: Connector, teams: FakeTeams, status: int) -> None:
    teams.faults.append((status, {"location": f"{teams.address}keys"}, {}))
    with pytest.raises(Unreachable):
        connector.call(
            "POST", teams.address, "v3/conversations/chat-employee/activities", {"type": "message", "text": "x"}
        )
    assert teams.posted == []


# ── bodies that are none ────────────────────────────────────────────────────────────────────────────────────────────

BODIES = {
    "nothing": b"", "null": b"null", "a number": b"5", "a text": b'"x"', "a list": b"[]", "half": b"{",
    "no UTF-8": b"\xff\xfe", "nested": b"[" * 200_000, "nested objects": b'{"a":' * 100_000,
    "a number of 5000 digits": b'{"id": ' + b"9" * 5000 + b"}", "a form": b"payload=x",
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_object_is_a_400(door: Door, name: str) -> None:
    before = everything(door.world)
    assert door.knock(BODIES[name], f"Bearer {door.token()}").status_code == 400
    assert everything(door.world) == before


def test_a_body_of_a_million_bytes_is_read_and_a_longer_one_is_a_413(door: Door) -> None:
    body = json.dumps(door.world.message("employee", "apua")).encode()
    assert door.post(body + b" " * (LONGEST_BODY - len(body))).status_code == 200
    assert door.post(body + b" " * (LONGEST_BODY + 1 - len(body))).status_code == 413
    assert door.post(b"x" * 3 * LONGEST_BODY).status_code == 413


def test_half_a_character_is_replaced_and_hinders_nothing(door: Door) -> None:
    body = door.world.message("employee", f"{SILENT} \ud83d")
    body["from"]["name"] = "\udc00"
    assert door.post(json.dumps(body).encode()).status_code == 200
    door.world.settle()
    assert "Ohje ei sano" in door.world.sees("employee")


def test_another_method_or_path_is_none(door: Door) -> None:
    assert door.client.get(PATH).status_code == 405
    assert door.client.post("/").status_code == 404


# ── the service ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_service_listens_answers_when_it_is_on_disk_and_ends(
    world: TeamsWorld, teams: FakeTeams, signer: Signer, capfd: pytest.CaptureFixture[str]
) -> None:
    teams.keys = [signer.public]
    connector = connector_to(teams)
    edge = Edge(world.app, connector, [TENANT])
    service = TeamsService(edge, connector, "127.0.0.1", 0)
    service.start()
    address, bearer = f"http://127.0.0.1:{service.port}{PATH}", f"Bearer {signer.token(teams.address)}"
    body = world.message("employee", SILENT)
    assert httpx.post(address, json=body).status_code == 401
    assert httpx.post(address, json=body, headers={"authorization": bearer}).status_code == 200
    assert len(world.store.records("questions")) == 1
    assert world.teams.of("chat-employee") == [], "what is sent is sent afterwards, from the outbox"
    with socket.create_connection(("127.0.0.1", service.port)) as hung_up:
        hung_up.sendall(f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{{".encode())
    taken = TeamsService(edge, connector, "127.0.0.1", service.port)
    with pytest.raises(OSError, match="cannot be listened on"):
        taken.start()
    service.stop()
    assert "Traceback" not in capfd.readouterr().err


def test_what_is_sent_when_the_service_has_ended_waits_for_the_next_start(
    world: TeamsWorld, teams: FakeTeams, renderer: Renderer, guide: Guide, tmp_path: Path
) -> None:
    world.says("employee", "apua")
    before = len(world.teams.of("chat-employee"))
    world.app.receive(world.message("employee", SILENT))
    world.store.close()
    closed = connector_to(teams)
    closed.close()
    ending = make_teams(tmp_path / "t.db", teams, closed, guide, renderer, world.clock)
    ending.waits(minutes=30)
    assert ending.store.dead_letters() == []
    ending.store.close()
    mended = connector_to(teams)
    after = make_teams(tmp_path / "t.db", teams, mended, guide, renderer, world.clock)
    after.waits(minutes=30)
    assert len(after.own("employee")) == before + 1
    after.store.close()
    mended.close()


# ── odd activities ──────────────────────────────────────────────────────────────────────────────────────────────────

ODD = ("", "x", "teams:@employee", "a|b", ";messageid=1", "19:x@thread.tacv2;messageid=1;2", "@", "\ud83d", "outbox:1",
       "questions/1", "<at>Someopas</at>", "<![x[", "&#" + "9" * 5000 + ";", "9" * 5000, "29:stranger", "personal",
       "channel", "text/html", "image/png", "mention", "http://[", "\u202e")  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(ODD),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("id", "type", "someopas", "whisper", "text", "content", "data")), inner, max_size=3
        )
    ),
    max_leaves=6,
)
LEFT_OUT = object()
Place = tuple[str | int, ...]


def kinds(world: TeamsWorld) -> list[Json]:
    """One valid activity of each kind that arrives, with everything in it that is read."""
    said = {"contentType": "text/html", "content": '<div><a href="https://example.org">x</a></div>'}
    picture = {"contentType": "image/png", "contentUrl": f"{world.teams.address}v3/attachments/1", "name": "kuva.png"}
    file = {
        "contentType": "application/vnd.microsoft.teams.file.download.info", "name": "a.pdf",
        "content": {"downloadUrl": "https://kunta.sharepoint.com/a", "uniqueId": "1", "fileType": "pdf"},
    }  # fmt: skip
    quoted = {"type": "quotedReply", "quotedReply": {"messageId": "1700000000001"}}
    mentioned = {"type": "mention", "mentioned": {"id": "29:supervisor", "name": "S"}, "text": "<at>S</at>"}
    message = {
        "id": "5", "body": {"contentType": "html", "content": "<p>klikkaa <a href='https://example.org'>x</a></p>"},
        "from": {"user": {"id": "aad-supervisor", "displayName": "S"}}, "linkToMessage": "https://example.org/5",
        "attachments": [{"contentType": "reference", "contentUrl": "https://example.org/b", "name": "b"}],
    }  # fmt: skip
    press = {"action": "questions/send", "record": "questions/1", "value": ""}
    sent = {"form": FORM, "record": "questions/1", "opened": "", "window": False}
    flag = {"commandId": REPORT, "commandContext": "message", "messagePayload": message}
    mention = world.mention("employee", f"{SILENT} <at>S</at>")
    mention["entities"].append(mentioned)
    pressed = [
        {"action": {"type": "Action.Execute", "data": {"someopas": data}}, "trigger": "manual"}
        for data in (press, {"whisper": "outbox:1"}, {"refresh": "outbox:1"}, {"back": True})
    ]
    filled = {"text": "Miten?", "named": "no", "someopas": sent}
    return [
        world.message("employee", SILENT, attachments=[said, picture, file], entities=[quoted]),
        mention,
        world.message("employee", "", value={"someopas": press}, replyToId="1700000000001"),
        *(world.invoke("employee", "adaptiveCard/action", value, reply_to="1700000000001") for value in pressed),
        world.invoke("employee", "adaptiveCard/action", pressed[0], CHANNEL, "1700000000001"),
        world.invoke("employee", "adaptiveCard/action", {"action": {"type": "Action.Execute", "data": filled}}),
        world.invoke("employee", "task/fetch", {"data": {"someopas": {"window": "teams:aad-employee:invoke:chat:1"}}}),
        world.invoke("employee", "task/submit", {"data": filled}),
        world.invoke("employee", "composeExtension/fetchTask", {**flag, "commandId": ASK}),
        world.invoke("employee", "composeExtension/fetchTask", flag, GROUP),
        world.invoke("employee", "composeExtension/submitAction", {"data": filled}, CHANNEL),
        world.invoke(
            "employee", "message/submitAction",
            {"actionName": "feedback", "actionValue": {"reaction": "like", "feedback": "{}"}}, reply_to="1700000000001",
        ),
        world.invoke("employee", "fileConsent/invoke", {}),
        world.activity("employee", "installationUpdate", action="add"),
        world.activity("employee", "conversationUpdate", membersAdded=[{"id": BOT}]),
        world.activity("employee", "messageReaction", reactionsAdded=[{"type": "like"}]),
    ]  # fmt: skip


def places(of: object, at: Place = ()) -> Iterator[Place]:
    """Every place in an activity."""
    inside = of.items() if isinstance(of, dict) else enumerate(of) if isinstance(of, list) else ()
    for name, value in inside:
        yield (*at, name)
        yield from places(value, (*at, name))


def changed(of: Any, at: Place, value: object) -> Any:
    """The activity with something else in a place, or with nothing."""
    name, *rest = at
    copy = dict(of) if isinstance(of, dict) else list(of)
    if rest:
        copy[name] = changed(copy[name], tuple(rest), value)
    elif value is LEFT_OUT:
        del copy[name]
    else:
        copy[name] = value
    return copy


def answered_as_expected(activity: Json, status: int, body: Any) -> str:
    """What is wrong with the answer to an activity for the client that waits for it, "" where nothing is."""
    if status == 400:
        return "" if body is None else "a body with a 400"
    if activity.get("type") != "invoke":
        return "" if status in (200, 403) and body is None else f"{status} to what is no invoke"
    match str(activity.get("name")):
        case "adaptiveCard/action":
            right = (
                status == 200 and body["statusCode"] == 200 and (body["type"] == KIND) == isinstance(body["value"], dict)
            )
        case "message/submitAction":
            right = status == 200 and body == {}
        case "task/fetch" | "task/submit" | "composeExtension/fetchTask" | "composeExtension/submitAction":
            right = status == 200 and body["task"]["type"] in ("message", "continue") and bool(body["task"]["value"])
        case _:
            right = status == 501 and body is None
    return "" if right else f"{status} {body}"


def broke(body: object) -> bool:
    """Whether an answer is a sentence with an id: something in the bot broke."""
    return "kerro pääkäyttäjälle tunnus" in json.dumps(body, ensure_ascii=False)


def holds_what_is_odd(world: TeamsWorld, activity: Json, *, known: bool) -> None:
    before = len(world.teams.posted)
    answer = world.app.receive(activity)
    assert answered_as_expected(activity, answer.status, answer.body) == "", activity
    assert not known or not broke(answer.body), activity
    world.clock.move(seconds=2)
    world.sender.run_once()
    for posted in world.teams.posted[before:]:
        assert not known or not broke(posted.activity), activity
    broken = world.store._rows("select error from outbox where error glob '*Error' or error glob '*Exception'")
    assert broken == [], activity


def test_what_is_missing_or_of_another_type_in_any_place_breaks_nothing(world: TeamsWorld) -> None:
    world.says("employee", SILENT)
    odd = itertools.cycle((None, 7, "a|b", [], {}, True, "x"))
    for kind in kinds(world):
        for place in places(kind):
            for value in (LEFT_OUT, next(odd)):
                if isinstance(place[-1], str) or value is not LEFT_OUT:
                    holds_what_is_odd(world, changed(kind, place, value), known=place[0] != "from")


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_stands_in_whatever_place_breaks_nothing(world: TeamsWorld, data: st.DataObject) -> None:
    if not world.teams.posted:
        world.says("employee", SILENT)
    kind = data.draw(st.sampled_from(kinds(world)))
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(list(places(kind))))
        if place[:1] not in (("serviceUrl",), ("channelId",)):  # of which the edge has made sure
            kind = changed(kind, place, data.draw(VALUES))
    raw = json.dumps(kind, ensure_ascii=False).encode(errors="replace")
    known = kind.get("from") == {"id": "29:employee", "aadObjectId": "aad-employee", "name": "employee"}
    holds_what_is_odd(world, json.loads(raw), known=known)


def test_an_invoke_that_is_not_known_is_a_501(door: Door) -> None:
    for name in ("signin/verifyState", "composeExtension/query", "", None, 7):
        response = door.post(door.world.activity("employee", "invoke", name=name, value={}))
        assert (response.status_code, response.content) == (501, b"")


# ── twice ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def asked(world: TeamsWorld) -> Json:
    """The press that opens the form with which a question goes to the communications team."""
    world.says("employee", SILENT)
    *_, (posted, action) = [
        (p, a) for p, card in world.seen("employee") for a in actions_of(card)
        if a.get("data", {}).get("someopas", {}).get("action") == FORM
    ]  # fmt: skip
    return world.execute("employee", posted, action)


def filled(world: TeamsWorld, text: str = "Miten?") -> Json:
    """The form, filled in and on its way."""
    world.receive(asked(world))
    body = world.answer.body
    assert isinstance(body, dict)
    [send] = [a for a in actions_of(body["value"]) if "form" in a["data"]["someopas"]]
    return world.execute("employee", world.own("employee")[-1], send, {"text": text, "named": "no"})


def test_a_message_twice_is_one_question_and_one_answer(world: TeamsWorld) -> None:
    body = world.message("employee", SILENT)
    for _ in range(4):
        assert world.receive(body).status == 200
    assert len(world.store.records("questions")) == 1
    assert len(world.own("employee")) == 1


def test_a_press_twice_opens_the_same_form_and_a_form_twice_is_sent_once(world: TeamsWorld) -> None:
    press = asked(world)
    first, second = world.receive(press), world.receive(press)
    assert first == second
    assert "Input.Text" in str(first.body)
    wrong = filled(world, text=" ")
    first, second = world.receive(wrong), world.receive(wrong)
    assert first == second
    assert "Kirjoita kysymys." in str(first.body)
    form = filled(world)
    first, second = world.receive(form), world.receive(form)
    assert first == second
    assert len(world.teams.of(COMMS)) == 1


@pytest.mark.parametrize("conversation", ["", CHANNEL])
def test_a_command_twice_is_one_report_and_the_same_dialog(world: TeamsWorld, conversation: str) -> None:
    value = {"commandId": REPORT, "messagePayload": {"id": "5", "body": {"content": "huijaus"}}}
    body = world.invoke("employee", "composeExtension/fetchTask", value, conversation)
    first, second = world.receive(body), world.receive(body)
    assert first == second
    assert isinstance(first.body, dict)
    assert first.body["task"]["type"] == "continue"


def test_deliveries_at_the_same_time_have_one_effect_and_one_answer(world: TeamsWorld) -> None:
    for body in (world.message("employee", SILENT), asked(world), filled(world)):
        both = threading.Barrier(2, timeout=LONG_ENOUGH)

        def deliver(activity: Json, both: threading.Barrier = both) -> Any:
            both.wait()
            return world.app.receive(activity)

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(deliver, (body, body))
        assert (first.status, first.body) == (second.status, second.body)
        world.settle()
    assert len(world.store.records("questions")) == 3
    assert len(world.teams.of(COMMS)) == 1


def test_the_same_number_of_another_person_or_in_another_conversation_is_another_message(world: TeamsWorld) -> None:
    for body in (
        world.message("employee", SILENT), world.message("supervisor", SILENT), world.mention("employee", SILENT, GROUP),
        world.mention("supervisor", SILENT, GROUP),
    ):  # fmt: skip
        assert world.receive({**body, "id": "1"}).status == 200
    assert len(world.store.records("questions")) == 4


@pytest.mark.parametrize(
    "kind", ["messageUpdate", "messageDelete", "messageReaction", "typing", "conversationUpdate", "event"]
)
def test_what_is_not_said_to_the_bot_does_nothing(world: TeamsWorld, kind: str) -> None:
    body = world.message("employee", SILENT)
    world.receive(body)
    before = everything(world)
    again = {**body, "type": kind, "text": "Kuka päättää uudesta some-tilistä?", "reactionsAdded": [{"type": "like"}]}
    assert world.app.receive(again).status == 200
    assert everything(world) == before


def test_an_installation_twice_is_greeted_once_and_one_after_a_removal_again(world: TeamsWorld) -> None:
    body = world.activity("employee", "installationUpdate", action="add")
    for _ in range(2):
        assert world.receive(body).status == 200
    greeted = len(world.own("employee"))
    assert greeted == 1
    world.installs("employee", "remove")
    world.receive({**body, "timestamp": "2026-11-23T09:00:00Z"})
    assert len(world.own("employee")) == 2


@pytest.mark.parametrize("action", ["add-upgrade", "remove-upgrade", "", None, [], "upgrade"])
def test_an_update_of_the_app_is_neither_a_coming_nor_a_going(world: TeamsWorld, action: Any) -> None:
    world.installs("employee")
    assert world.receive(world.activity("employee", "installationUpdate", action=action)).status == 200
    assert len(world.own("employee")) == 1
    world.app.receive(world.message("employee", "apua"))
    world.receive(world.activity("employee", "installationUpdate", action=action))
    assert len(world.own("employee")) == 2, "what is on its way still has a way"


# ── late ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Gated:
    """A store of which each unit of work waits until it may begin, or fails where it would be kept."""

    store: Any
    gate: threading.Event = field(default_factory=threading.Event)
    failing: int = 0
    tried: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        assert self.gate.wait(LONG_ENOUGH)
        with self.store.unit() as unit:
            yield unit
            if self.failing:
                self.failing, self.tried = self.failing - 1, self.tried + 1
                raise OSError("the disk is full")


def gated(world: TeamsWorld) -> Gated:
    """The store in which the world's bot keeps what it decided, its gate open."""
    store = Gated(world.store)
    store.gate.set()
    world.bot._decider._store = store  # type: ignore[assignment]  # it is as a store
    return store


@dataclass
class Awaited(list[Any]):
    """Messages that can be waited for."""

    grown: threading.Condition = field(default_factory=threading.Condition)

    def append(self, one: Any) -> None:
        with self.grown:
            super().append(one)
            self.grown.notify_all()

    def wait(self, holds: Callable[[], bool]) -> None:
        with self.grown:
            assert self.grown.wait_for(holds, LONG_ENOUGH)


SOON = {"invoke": 0.01, "message": 0.01}


@dataclass
class Slow:
    """A bot whose store lets nothing through yet, behind a door at which nobody waits."""

    door: Door
    store: Gated
    posted: Awaited

    def opens(self, until: Callable[[], bool]) -> None:
        self.store.gate.set()
        self.posted.wait(until)


@pytest.fixture
def slow(world: TeamsWorld, teams: FakeTeams, prover: Connector, signer: Signer) -> Iterator[Slow]:
    teams.keys, teams.posted = [signer.public], Awaited()
    assert isinstance(teams.posted, Awaited)
    store = gated(world)
    with opened(world, prover, signer, SOON) as door:
        yield Slow(door, store, teams.posted)
        store.gate.set()


def busy_in(body: Json) -> str:
    """The sentence of an answer, in whatever form it stands."""
    return str(body["task"]["value"] if "task" in body else body["value"])


def test_a_press_that_takes_long_is_answered_at_once_and_what_it_opened_is_made_good_by_a_sentence(slow: Slow) -> None:
    world = slow.door.world
    press = asked(world)
    slow.store.gate.clear()
    answer = slow.door.post(press)
    assert (answer.status_code, answer.json()["statusCode"]) == (200, 200)
    assert "kestää hetken" in busy_in(answer.json())
    slow.opens(lambda: any("ei ehtinyt näkyviin" in words for words in said(world)))


def test_a_form_that_takes_long_is_kept_and_its_second_delivery_changes_nothing(slow: Slow) -> None:
    world = slow.door.world
    form = filled(world)
    slow.store.gate.clear()
    assert "kestää hetken" in busy_in(slow.door.post(form).json())
    slow.store.gate.set()
    world.receive(form)  # as it is delivered again; it waits for the first one
    assert world.store.records("questions")[0].status == "waiting"
    assert len(world.teams.of(COMMS)) == 1


def test_a_late_form_of_a_channel_is_told_of_in_ones_own_chat_alone(slow: Slow) -> None:
    world = slow.door.world
    world.mentions("employee", SILENT)
    [posted] = world.teams.of(CHANNEL)
    [(at, action)] = [
        (posted, a) for p, card in world.seen("employee", CHANNEL) for a in actions_of(card)
        if a.get("data", {}).get("someopas", {}).get("action") == FORM
    ]  # fmt: skip
    slow.store.gate.clear()
    slow.door.post(world.execute("employee", at, action))
    slow.opens(lambda: any("ei ehtinyt näkyviin" in words for words in said(world)))
    assert len(world.teams.of(CHANNEL)) == 1


@pytest.mark.parametrize("name", ["task/submit", "composeExtension/submitAction", "composeExtension/fetchTask"])
def test_a_dialog_that_takes_long_says_so_in_its_own_form(slow: Slow, name: str) -> None:
    world = slow.door.world
    value = {"commandId": REPORT, "messagePayload": {"body": {"content": "huijaus"}},
             "data": {"someopas": {"action": "home/ask", "record": "", "value": ""}}}  # fmt: skip
    slow.store.gate.clear()
    answer = slow.door.post(world.invoke("employee", name, value, CHANNEL))
    assert (answer.status_code, answer.json()["task"]["type"]) == (200, "message")
    assert "kestää hetken" in busy_in(answer.json())
    slow.opens(lambda: any("ei ehtinyt näkyviin" in words for words in said(world)))
    assert world.teams.of(CHANNEL) == []


def test_teams_own_thumbs_that_take_long_are_answered_with_nothing(slow: Slow) -> None:
    world = slow.door.world
    world.says("employee", "Kuinka usein salasanat pitää vaihtaa?")
    value = {"actionName": "feedback", "actionValue": {"reaction": "like"}}
    thumb = world.invoke("employee", "message/submitAction", value, reply_to=world.own("employee")[-1].id)
    slow.store.gate.clear()
    answer = slow.door.post(thumb)
    assert (answer.status_code, answer.json()) == (200, {})
    slow.store.gate.set()
    world.receive(thumb)
    assert '"helpful":"yes"' in world.store.records("questions")[0].data


def test_a_message_that_takes_long_is_not_acknowledged_and_its_second_delivery_has_no_second_effect(
    slow: Slow, prover: Connector, signer: Signer
) -> None:
    world = slow.door.world
    body = world.message("employee", SILENT)
    slow.store.gate.clear()
    assert slow.door.post(body).status_code == 503
    slow.store.gate.set()
    with opened(world, prover, signer) as patient:
        assert patient.post(body).status_code == 200
    world.settle()
    assert len(world.store.records("questions")) == 1
    assert len(world.own("employee")) == 1


def test_late_work_that_fails_is_told_with_an_id(slow: Slow) -> None:
    world = slow.door.world
    body = world.message("employee", SILENT)
    world.says("employee", "apua")
    slow.store.gate.clear()
    slow.store.failing = 1
    assert slow.door.post(body).status_code == 503
    slow.opens(lambda: any(broke(words) for words in said(world)))


# ── a failure before the commit ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def failing(world: TeamsWorld) -> Gated:
    """The store of the world's bot, of which units of work will fail at their end."""
    return gated(world)


def kept(world: TeamsWorld) -> dict[str, list[Any]]:
    """All that a handled event keeps: who wrote, and from where, is known beforehand."""
    return {name: rows for name, rows in everything(world).items() if name not in ("accounts", "ways")}


def test_a_message_that_could_not_be_kept_is_a_500_with_a_sentence_and_its_next_delivery_is_answered(
    world: TeamsWorld, failing: Gated, door: Door
) -> None:
    body = world.message("employee", SILENT)
    before = kept(world)
    failing.failing = 1
    assert door.post(body).status_code == 500
    [told] = said(world)
    assert re.search(r"tunnus [0-9a-f]{8}", told)
    assert kept(world) == before
    assert door.post(body).status_code == 200
    world.settle()
    assert "Ohje ei sano" in world.sees("employee")
    assert len(world.store.records("questions")) == 1


INVOKES = ("press", "form", "dialog", "command", "submit")


@pytest.mark.parametrize("name", INVOKES)
def test_an_invoke_that_could_not_be_kept_is_a_sentence_with_an_id_and_a_second_try_works(
    world: TeamsWorld, failing: Gated, door: Door, name: str
) -> None:
    press, form = asked(world), filled(world)
    data = press["value"]["action"]["data"]
    flag = {"commandId": REPORT, "messagePayload": {"body": {"content": "huijaus"}}}
    body = {
        "press": press, "form": form,
        "dialog": world.invoke("employee", "task/submit", {"data": data}),
        "command": world.invoke("employee", "composeExtension/fetchTask", flag, CHANNEL),
        "submit": world.invoke("employee", "composeExtension/submitAction", {"data": data}, CHANNEL),
    }[name]  # fmt: skip
    again = {**body, "id": f"again-{body['id']}"}
    before = kept(world)
    failing.failing = 1
    first = door.post(again)
    assert (first.status_code, failing.tried) == (200, 1)
    assert re.search(r"tunnus [0-9a-f]{8}", busy_in(first.json()))
    assert kept(world) == before
    second = door.post(again)
    assert answered_as_expected(again, 200, second.json()) == ""
    assert not broke(second.json())
    assert kept(world) != before


def test_a_thumb_or_an_installation_that_could_not_be_kept_leaves_nothing(
    world: TeamsWorld, failing: Gated, door: Door
) -> None:
    world.says("employee", "Kuinka usein salasanat pitää vaihtaa?")
    value = {"actionName": "feedback", "actionValue": {"reaction": "like"}}
    thumb = world.invoke("employee", "message/submitAction", value, reply_to=world.own("employee")[-1].id)
    before = kept(world)
    failing.failing = 2
    assert door.post(thumb).json() == {}
    installed = world.activity("employee", "installationUpdate", action="add")
    assert door.post(installed).status_code == 500
    assert kept(world) == before
    assert door.post(installed).status_code == 200
    assert kept(world) != before


def test_a_failing_request_leaves_no_word_in_a_log(
    world: TeamsWorld, failing: Gated, door: Door, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    failing.failing = 1
    assert door.post(world.message("employee", f"henkilötunnukseni on {PRIVATE}")).status_code == 500
    told = capfd.readouterr()
    assert PRIVATE not in caplog.text + told.out + told.err
    assert "request failed" in told.out + told.err


def test_who_teams_does_not_know_is_turned_away_and_not_asked_to_come_again(world: TeamsWorld, door: Door) -> None:
    assert door.post(world.message("nobody", SILENT)).status_code == 403
    assert world.store.records("questions") == []
    assert world.teams.posted == []


def test_while_teams_does_not_tell_who_somebody_is_their_message_is_asked_to_come_again(
    world: TeamsWorld, door: Door
) -> None:
    body = world.message("employee", SILENT)
    world.teams.silent = True
    assert door.post(body).status_code == 500
    world.teams.silent = False
    assert door.post(body).status_code == 200
    assert len(world.store.records("questions")) == 1


def test_a_world_that_is_opened_again_answers_a_second_delivery_as_before(
    tmp_path: Path, world: TeamsWorld, teams: FakeTeams, connector: Connector, guide: Guide, renderer: Renderer
) -> None:
    press = asked(world)
    first = world.receive(press)
    world.store.close()
    after = make_teams(tmp_path / "t.db", teams, connector, guide, renderer, FakeClock(world.clock.now()))
    assert after.receive(press) == first
    assert text_of(dict(first.body)["value"])  # type: ignore[call-overload]  # it is an object
    after.store.close()
