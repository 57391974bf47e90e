"""`doctor` of Teams: what is not set, what Microsoft says is wrong, whom the bot cannot write to; a line each."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import jwt
import pytest

from bot.doctor import online_problems as incident_problems
from bot.doctor import problems
from bot.platforms.teams.checks import missing, online_problems, settings_problems, unreachable
from bot.platforms.teams.connector import Connector, Identity
from bot.platforms.teams.ways import Way, Ways
from bot.settings import Settings
from bot.storage import Account
from bot.storage.sqlite import SqliteStore
from bot.wiring import read_people
from tests.fakes import MONDAY, FakeClock

pytestmark = pytest.mark.filterwarnings("ignore:The bot client is deprecated")  # the SDK warns of its own parts
CLIENT, TENANT = "11111111-2222-3333-4444-555555555555", "99999999-8888-7777-6666-555555555555"
CHANNEL = "19:abc123@thread.tacv2"
COMPLETE = {
    "platforms": ["teams"], "teams_client_id": CLIENT, "teams_client_secret": "s3cret", "teams_tenant_id": TENANT,
    "teams_communications": CHANNEL, "dense": False,
}  # fmt: skip
MEMBERS = f"/v3/conversations/{CHANNEL}/pagedmembers"


@dataclass
class Microsoft:
    """The Bot Connector and Graph on loopback: what it answers, by path; else 404. `asked` is what it was asked."""

    answers: dict[str, int] = field(default_factory=lambda: {MEMBERS: 200, "/graph/users": 200})
    asked: list[str] = field(default_factory=list)
    address: str = ""
    token: str | None = field(default_factory=lambda: jwt.encode({"exp": int(time.time()) + 3600}, "k" * 32))

    def connect(self, settings: Settings) -> Connector:
        """A connector of these settings that is given a token, or none."""
        return Connector(
            Identity(settings.teams_client_id, settings.teams_tenant_id, token=self.give), graph=f"{self.address}graph/"
        )

    def give(self, *_: object) -> str:
        """What Entra gives: a token, or what the SDK raises for one that was not given."""
        if self.token is None:
            raise ValueError("AADSTS7000215: Invalid client secret provided.")
        return self.token


class _Handler(BaseHTTPRequestHandler):
    of: ClassVar[Microsoft]

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0])
        self.of.asked.append(path)
        status = self.of.answers.get(path, 404)
        body = json.dumps({"value": []} if status == 200 else {"error": {"code": "Said"}}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def microsoft() -> Iterator[Microsoft]:
    made = Microsoft()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"of": made}))
    made.address = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def settings(folder: Path, microsoft: Microsoft | None = None, **changed: object) -> Settings:
    address = microsoft.address if microsoft else "https://smba.trafficmanager.net/teams/"
    return Settings.model_validate({**COMPLETE, "data": folder, "teams_service": address, **changed})


# ── the settings ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({}, []),
        ({"teams_client_id": ""}, ["SOMEOPAS_TEAMS_CLIENT_ID"]),
        ({"teams_client_id": "someopas"}, ["SOMEOPAS_TEAMS_CLIENT_ID"]),
        ({"teams_tenant_id": "example.onmicrosoft.com"}, ["SOMEOPAS_TEAMS_TENANT_ID"]),
        ({"teams_client_secret": ""}, ["SOMEOPAS_TEAMS_CLIENT_SECRET"]),
        ({"teams_client_secret": "", "teams_managed_identity": True}, []),
        ({"teams_client_id": "", "teams_tenant_id": "", "teams_client_secret": ""}, ["CLIENT_ID", "TENANT_ID", "SECRET"]),
    ],
)
def test_what_serving_cannot_do_without_is_named(tmp_path: Path, changed: dict[str, object], named: list[str]) -> None:
    found = missing(settings(tmp_path, **changed))
    assert len(found) == len(named)
    assert all(name in line for name, line in zip(named, found, strict=True))
    assert settings_problems(settings(tmp_path, **changed)) == found


def test_a_missing_extra_is_named_with_how_to_install_it(tmp_path: Path) -> None:
    [line] = missing(settings(tmp_path), sdk="a_package_that_is_nowhere")
    assert "make .venv/teams" in line


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"teams_communications": "19:abc_DEF-1@thread.skype"}, []),
        ({"teams_communications": ""}, ["SOMEOPAS_TEAMS_COMMUNICATIONS"]),
        ({"teams_communications": "Viestintä"}, ["SOMEOPAS_TEAMS_COMMUNICATIONS"]),
        ({"teams_communications": f"{CHANNEL};messageid=1718"}, ["SOMEOPAS_TEAMS_COMMUNICATIONS"]),
        ({"teams_communications": "19:meeting_abc@thread.v2"}, ["SOMEOPAS_TEAMS_COMMUNICATIONS"]),
        ({"teams_communications": "19%3Aabc%40thread.tacv2"}, ["SOMEOPAS_TEAMS_COMMUNICATIONS"]),
        ({"teams_other_tenants": [TENANT]}, []),
        ({"teams_other_tenants": [TENANT, "other.example.org"]}, ["other.example.org"]),
        ({"teams_host": "::1"}, []),
        ({"teams_host": "localhost"}, []),
        ({"teams_host": "0.0.0.0"}, ["a proxy end TLS"]),
        ({"teams_host": "bot.example.org"}, ["a proxy end TLS"]),
        ({"teams_service": "http://smba.trafficmanager.net/teams/"}, ["SOMEOPAS_TEAMS_SERVICE"]),
    ],
)
def test_what_is_malformed_is_named_though_it_can_be_served(
    tmp_path: Path, changed: dict[str, object], named: list[str]
) -> None:
    assert missing(settings(tmp_path, **changed)) == []
    found = settings_problems(settings(tmp_path, **changed))
    assert len(found) == len(named)
    assert all(name in line for name, line in zip(named, found, strict=True))


def test_every_line_says_where_the_way_is_described_and_none_says_the_secret(tmp_path: Path) -> None:
    wrong = {"teams_communications": "x", "teams_host": "0.0.0.0", "teams_service": "x", "teams_tenant_id": "x"}
    found = settings_problems(settings(tmp_path, **wrong))
    assert len(found) == 4
    assert all(line.startswith("teams: ") and line.endswith("See docs/teams.md.") for line in found)
    assert "s3cret" not in "".join(found) + repr(settings(tmp_path)) + str(settings(tmp_path))


def test_doctor_speaks_of_teams_only_where_it_is_served(tmp_path: Path) -> None:
    assert any(line.startswith("teams: ") for line in problems(settings(tmp_path, teams_client_id="")))
    assert not any(line.startswith("teams: ") for line in problems(settings(tmp_path, teams_client_id="", platforms=[])))


def test_who_serves_no_teams_needs_none_of_its_software() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, bot.__main__; print([m for m in sys.modules if m.startswith('microsoft')])"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == "[]"


# ── what Microsoft says ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_microsoft_that_finds_nothing_wrong(tmp_path: Path, microsoft: Microsoft) -> None:
    assert online_problems(settings(tmp_path, microsoft, teams_graph=True), microsoft.connect) == []
    assert microsoft.asked == [MEMBERS, "/graph/users"]


def test_an_identity_that_is_not_taken_is_all_that_is_said(tmp_path: Path, microsoft: Microsoft) -> None:
    microsoft.token = None
    [line] = online_problems(settings(tmp_path, microsoft, teams_graph=True), microsoft.connect)
    assert "AADSTS7000215" in line
    assert "the secret" in line
    assert microsoft.asked == []


def test_a_managed_identity_that_is_not_taken_is_asked_for_its_machine(tmp_path: Path, microsoft: Microsoft) -> None:
    microsoft.token = None
    [line] = online_problems(settings(tmp_path, microsoft, teams_managed_identity=True), microsoft.connect)
    assert "a machine of Azure's" in line
    assert "secret still" not in line


@pytest.mark.parametrize(
    ("status", "said"), [(403, "add the app there"), (404, "copy its id anew"), (503, "could not be read")]
)
def test_the_communications_channel_is_read(tmp_path: Path, microsoft: Microsoft, status: int, said: str) -> None:
    microsoft.answers[MEMBERS] = status
    [line] = online_problems(settings(tmp_path, microsoft), microsoft.connect)
    assert said in line
    assert str(status) in line


@pytest.mark.parametrize(("status", "said"), [(403, "User.Read.All"), (503, "could not be asked")])
def test_graph_is_asked_where_it_is_wished_and_not_else(
    tmp_path: Path, microsoft: Microsoft, status: int, said: str
) -> None:
    microsoft.answers["/graph/users"] = status
    assert online_problems(settings(tmp_path, microsoft), microsoft.connect) == []
    [line] = online_problems(settings(tmp_path, microsoft, teams_graph=True), microsoft.connect)
    assert said in line


def test_without_a_channel_or_an_identity_nobody_is_asked(tmp_path: Path, microsoft: Microsoft) -> None:
    assert online_problems(settings(tmp_path, microsoft, teams_communications=""), microsoft.connect) == []
    assert online_problems(settings(tmp_path, microsoft, teams_client_id=""), microsoft.connect) == []
    assert microsoft.asked == []


# ── whom the bot reaches ────────────────────────────────────────────────────────────────────────────────────────────


def met(folder: Path, *accounts: tuple[str, str, str], removed: str = "") -> SqliteStore:
    """A store that knows these accounts: their ids, addresses and standings."""
    store = SqliteStore(folder / "someopas.db")
    for name, email, standing in accounts:
        store.keep_account(Account(name, name, email, "fi", standing, MONDAY))  # type: ignore[arg-type]
    if removed:
        Ways(store, FakeClock(), "").keep(removed, Way("a:1", "https://smba.example.org/", here=False))
    return store


def test_who_was_met_in_teams_is_reached_and_others_are_not(tmp_path: Path, microsoft: Microsoft) -> None:
    met(
        tmp_path, ("teams:1", "met@example.org", "member"), ("teams:2", "guest@example.org", "guest"),
        ("teams:3", "gone@example.org", "gone"), ("teams:4", "stranger@example.org", "stranger"),
        ("slack:U5", "slack@example.org", "member"), ("teams:6", "removed@example.org", "member"), removed="teams:6",
    ).close()  # fmt: skip
    everybody = [f"{name}@example.org" for name in ("Met", "guest", "gone", "stranger", "slack", "removed", "new")]
    found = unreachable(settings(tmp_path, microsoft), everybody, microsoft.connect)
    assert found == [f"{name}@example.org" for name in ("gone", "stranger", "slack", "removed", "new")]
    assert microsoft.asked == []


def test_with_graph_who_was_never_met_is_looked_for_by_address(tmp_path: Path, microsoft: Microsoft) -> None:
    met(tmp_path, ("teams:1", "met@example.org", "member")).close()
    microsoft.answers |= {"/graph/users/known@example.org": 200, "/graph/users/busy@example.org": 503}
    everybody = [f"{name}@example.org" for name in ("met", "known", "busy", "unknown")]
    found = unreachable(settings(tmp_path, microsoft, teams_graph=True), everybody, microsoft.connect)
    assert found == ["unknown@example.org"], "that Microsoft is silent is said of its token"
    assert "/graph/users/met@example.org" not in microsoft.asked


def test_who_is_to_get_incidents_and_is_reached_nowhere_is_named_with_what_helps(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(
        "id,name,email,unit,department,supervisor,roles,deputy_for,away\n"
        "it,Tietohallintopäällikkö,it@example.org,,,,it_manager,,\n"
        "deputy,Sijainen,deputy@example.org,,,,,it_manager,\n",
        "utf-8",
    )
    store = met(tmp_path, ("teams:1", "it@example.org", "member"))
    store.replace_people(read_people(people))
    store.close()
    wished = settings(tmp_path)
    [line] = incident_problems(wished, unreachable)
    assert "deputy@example.org" in line
    assert "open Someopas in Teams once" in line
    assert "an app setup policy" in line
    assert incident_problems(wished, unreachable, lambda *_: []) == [], "another platform reaches them"
    assert incident_problems(wished) == []
