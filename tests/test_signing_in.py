"""Outside of this machine the page is given to nobody who has not signed in; whoever signed in is that person alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2 as httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bot.app import Bot
from bot.directory import Directory, read_people
from bot.platforms import Refused, Unreachable
from bot.platforms.web.checks import missing, signs_in
from bot.platforms.web.platform import WebPlatform
from bot.platforms.web.provider import Begun, Provider, _claims, is_safe
from bot.platforms.web.server import Page
from bot.platforms.web.signing_in import AT_ONCE, BACK, IN, MOST_BEGUN, OUT, SESSION, SIGNING, Seal, SigningIn, _is_ours
from bot.rendering import Renderer
from bot.sender import Sender
from bot.settings import Settings
from bot.storage.sqlite import SqliteStore
from bot.wiring import DEMO_PEOPLE
from bot.working_time import FinnishWorkingTime
from knowledge.guide import Guide
from tests.fakes import FakeClock
from tests.provider import served

pytestmark = pytest.mark.slow

HOST, CLIENT, SECRET = "https://someopas.example.org", "someopas", "a-secret-of-the-provider"
EMPLOYEE, MANAGER = "tyontekija.kirjasto@example.org", "viestintapaallikko@example.org"


@dataclass
class FakeProvider:
    """A provider on loopback that gives codes to whoever comes, and remembers what it was asked."""

    claims: dict[str, Any] = field(default_factory=dict)
    published: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    body: bytes | None = None
    may_answer: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    asked: list[tuple[dict[str, str], dict[str, str]]] = field(default_factory=list)
    address: str = ""
    challenge: str = ""

    def __post_init__(self) -> None:
        self.may_answer.set()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Answers nothing meanwhile."""
        self.may_answer.clear()
        self.arrived = threading.Semaphore(0)
        try:
            yield
        finally:
            self.may_answer.set()

    def tokens(self, form: dict[str, str], headers: dict[str, str]) -> bytes:
        self.asked.append((form, headers))
        self.arrived.release()
        self.may_answer.wait()
        if self.body is not None:
            return self.body
        verified = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        assert verified == self.challenge, "the code is for who began the sign-in alone"
        payload = base64.urlsafe_b64encode(json.dumps(self.claims).encode()).rstrip(b"=").decode()
        return json.dumps({"id_token": f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln", "access_token": "never used"}).encode()


@contextmanager
def serving(fake: FakeProvider) -> Iterator[FakeProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = {"issuer": fake.address, "authorization_endpoint": f"{fake.address}/in",
                    "token_endpoint": f"{fake.address}/token", **fake.published}  # fmt: skip
            self._give(json.dumps(told).encode(), 200)

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {k: v[0] for k, v in parse_qs(raw).items()}
            self._give(fake.tokens(form, dict(self.headers)), fake.status)

        def _give(self, body: bytes, status: int) -> None:
            self.send_response(status)
            if status in (301, 302, 307, 308):
                self.send_header("Location", f"{fake.address}/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with served(Handler) as fake.address:
        yield fake


@contextmanager
def by_tls(folder: Path, heard: list[bytes]) -> Iterator[str]:
    """An address of https with a certificate that no authority signed; what it hears is put into `heard`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "tls.pem").write_bytes(pem + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def answer() -> None:
            with suppress(OSError), context.wrap_socket(listening.accept()[0], server_side=True) as one:
                heard.append(one.recv(9))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.fixture
def fake() -> Iterator[FakeProvider]:
    with serving(FakeProvider()) as made:
        yield made


@dataclass
class Site:
    client: TestClient
    fake: FakeProvider
    store: SqliteStore
    directory: Directory
    clock: FakeClock

    def begins(self, wish: str = "") -> dict[str, str]:
        """What a browser is sent to the provider with."""
        sent = self.client.get(f"{IN}?{wish}", follow_redirects=False)
        assert sent.status_code == 303
        asked = {k: v[0] for k, v in parse_qs(urlsplit(sent.headers["location"]).query).items()}
        self.fake.challenge = asked["code_challenge"]
        now = int(self.clock.now().timestamp())
        self.fake.claims = {"iss": self.fake.address, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 300,
                            "nonce": asked["nonce"], "email": EMPLOYEE, "email_verified": True}  # fmt: skip
        return asked

    def comes_back(self, state: str, code: str = "c0de") -> httpx.Response:
        return self.client.get(BACK, params={"state": state, "code": code}, follow_redirects=False)

    def signs_in(self, email: str = EMPLOYEE) -> httpx.Response:
        asked = self.begins()
        self.fake.claims["email"] = email
        return self.comes_back(asked["state"])

    def ask(self, person: str, text: str = "apua") -> httpx.Response:
        body = {"key": f"key-{id(text)}-{person}-12345678"[:70], "person": person, "conversation": f"web:dm:{person}"}
        return self.client.post("/ask", json={**body, "text": text})


@pytest.fixture
def site(tmp_path: Path, lexical_guide: Guide, renderer: Renderer, fake: FakeProvider) -> Iterator[Site]:
    store, clock = SqliteStore(tmp_path / "s.db"), FakeClock()
    store.replace_people(read_people(DEMO_PEOPLE))
    directory, platform = Directory(store), WebPlatform(store, clock)
    bot = Bot(store, directory, lexical_guide, clock, FinnishWorkingTime(), {"web": platform})
    page = Page(bot, platform, renderer, Sender(bot, renderer), None, hosts=["someopas.example.org"])
    provider = Provider(fake.address, CLIENT, SECRET, f"{HOST}{BACK}")
    guard = SigningIn(provider, SECRET, directory, clock, renderer.label, store)
    with TestClient(guard.guarding(page.app()), base_url=HOST) as client:
        yield Site(client, fake, store, directory, clock)
    store.close()


# ── nobody ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", [
    "/messages?as=employee&conversation=web:dm:employee", "/ohje/x", "/tilit", "/luvut?as=it-manager", "/changes",
    "/tapaus/1?as=it-manager", "/sopimus/1", "/todiste/1/aa", "/asialista", "/lupa/kuva", "/nothing", "/static",
])  # fmt: skip
def test_nobody_is_given_anything_but_a_401_without_a_word(site: Site, path: str) -> None:
    refused = site.client.get(path, follow_redirects=False)
    assert (refused.status_code, refused.content) == (401, b"")


@pytest.mark.parametrize("path", ["/ask", "/press", "/submit", "/files?as=employee", "/clock"])
def test_nobody_does_anything(site: Site, path: str) -> None:
    body = {"key": "key-00000001", "person": "employee", "conversation": "web:dm:employee", "text": "apua"}
    refused = site.client.post(path, json=body)
    assert (refused.status_code, refused.content) == (401, b"")
    assert list(site.store.journal()) == []


def test_who_opens_the_page_is_sent_to_sign_in_and_its_style_is_anybodys(site: Site) -> None:
    opened = site.client.get("/", follow_redirects=False)
    assert (opened.status_code, opened.headers["location"]) == (303, IN)
    assert site.client.get("/static/page.css").status_code == 200
    assert site.client.get("/static/../server.py").status_code in (401, 404)
    assert site.client.get("/static/%2e%2e/server.py").status_code in (401, 404)


# ── signing in ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_provider_is_asked_as_the_standard_says(site: Site) -> None:
    asked = site.begins()
    assert {k: asked[k] for k in ("response_type", "client_id", "redirect_uri", "scope", "code_challenge_method")} == {
        "response_type": "code", "client_id": CLIENT, "redirect_uri": f"{HOST}{BACK}", "scope": "openid email",
        "code_challenge_method": "S256",
    }  # fmt: skip
    assert min(len(asked[k]) for k in ("state", "nonce", "code_challenge")) >= 43
    assert site.comes_back(asked["state"]).status_code == 303
    [(form, headers)] = site.fake.asked
    assert form["grant_type"] == "authorization_code"
    assert headers["Authorization"] == "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    assert SECRET not in json.dumps(form)


def test_who_signed_in_is_on_the_page_as_themselves_and_cannot_be_another(site: Site) -> None:
    assert site.signs_in().status_code == 303
    page = site.client.get("/").text
    assert 'data-person="employee"' in page
    assert "Viestintäpäällikkö" not in page, "nobody else is offered"
    assert 'data-person="employee"' in site.client.get("/?as=communications-manager&as=it-manager").text
    assert site.ask("employee").status_code == 200
    assert site.ask("communications-manager").status_code == 403
    other = {"as": "communications-manager", "conversation": "web:dm:communications-manager"}
    assert site.client.get("/messages", params=other).status_code == 404
    assert site.client.get("/luvut?as=communications-manager").status_code == 404


def test_each_role_has_what_is_theirs(site: Site) -> None:
    assert site.signs_in(MANAGER.upper()).status_code == 303
    assert site.client.get("/luvut").status_code == 200


def test_the_cookie_is_for_this_host_over_tls_for_eight_hours_and_no_script_reads_it(site: Site) -> None:
    cookies = site.signs_in().headers.get_list("set-cookie")
    [session] = [c for c in cookies if c.startswith(f"{SESSION}=")]
    attributes = {a.strip().lower() for a in session.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/", "max-age=28800"} <= attributes
    assert not any(a.startswith("domain") for a in attributes)
    assert EMPLOYEE not in session
    site.clock.move(hours=7, minutes=59)
    assert site.client.get("/tilit").status_code == 200
    site.clock.move(minutes=2)
    assert site.client.get("/tilit").status_code == 401


def test_who_left_the_house_is_out_at_the_next_request(site: Site) -> None:
    site.signs_in()
    assert site.client.get("/tilit").status_code == 200
    site.store.replace_people([p for p in site.store.people() if p.id != "employee"])
    site.directory.refresh()
    assert site.client.get("/tilit").status_code == 401


def test_who_is_in_no_directory_is_told_so(site: Site) -> None:
    told = site.signs_in("nobody@example.org")
    assert (told.status_code, "henkilöluettelosta" in told.text) == (403, True)
    assert site.client.get("/tilit").status_code == 401


def test_signing_out_ends_it_and_no_other_site_can(site: Site) -> None:
    assert site.client.post(OUT).status_code == 403
    site.signs_in()
    assert site.client.get(OUT).status_code == 403
    assert site.client.post(OUT).status_code == 200
    assert site.client.get("/tilit").status_code == 401


CLAIMS: dict[str, Callable[[dict[str, Any]], None]] = {
    "another issuer": lambda c: c.update(iss="https://other.example.org"),
    "no issuer": lambda c: c.pop("iss"),
    "another audience": lambda c: c.update(aud="another"),
    "several audiences and no azp": lambda c: c.update(aud=[CLIENT, "another"]),
    "another azp": lambda c: c.update(azp="another"),
    "expired": lambda c: c.update(exp=c["iat"] - 300),
    "no expiry": lambda c: c.pop("exp"),
    "an expiry that is none": lambda c: c.update(exp="later"),
    "true for an expiry": lambda c: c.update(exp=True),
    "of long ago": lambda c: c.update(iat=c["iat"] - 3600, exp=c["iat"] + 300),
    "of the future": lambda c: c.update(iat=c["iat"] + 3600),
    "another nonce": lambda c: c.update(nonce="another"),
    "no nonce": lambda c: c.pop("nonce"),
    "an address that is not verified": lambda c: c.update(email_verified=False),
    "nothing of the address's being verified": lambda c: c.pop("email_verified"),
    "the word true": lambda c: c.update(email_verified="true"),
    "no address": lambda c: c.pop("email"),
    "a list for an address": lambda c: c.update(email=[EMPLOYEE]),
    "an address of letters that look alike": lambda c: c.update(email=EMPLOYEE.replace("k", "\u212a")),
    "not yet good": lambda c: c.update(nbf=c["iat"] + 600),
    "nobody": lambda c: c.pop("sub"),
    "an empty subject": lambda c: c.update(sub=""),
    "an address that is said not to be verified, though its domain is": lambda c: c.update(
        email_verified=False, xms_edov=True
    ),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_an_identity_token_with_a_wrong_claim_lets_nobody_in(site: Site, name: str) -> None:
    asked = site.begins()
    CLAIMS[name](site.fake.claims)
    told = site.comes_back(asked["state"])
    assert told.status_code == 403
    assert "ei onnistunut" in told.text
    assert site.client.get("/tilit").status_code == 401


def test_an_address_that_entra_verified_by_its_domain_is_one(site: Site) -> None:
    asked = site.begins()
    site.fake.claims |= {"email_verified": None, "xms_edov": "1"}
    assert site.comes_back(asked["state"]).status_code == 303


BODIES = [
    b"",
    b"[]",
    b"null",
    b"{}",
    b'{"id_token": 1}',
    b'{"id_token": "a.b.c"}',
    b'{"id_token": "a.W10.c"}',
    b"\xff",
    b"[" * 9000,
]


@pytest.mark.parametrize(("told", "promised", "status"), [
    ("", False, 303), ("", True, 403), ("own", True, 303), ("own", False, 303), ("https://other.example.org", False, 403),
    ("https://other.example.org", True, 403),
])  # fmt: skip
def test_a_code_of_another_issuer_is_none(site: Site, told: str, promised: bool, status: int) -> None:
    site.fake.published = {"authorization_response_iss_parameter_supported": promised}
    asked = site.begins()
    params = {"state": asked["state"], "code": "c0de", "iss": site.fake.address if told == "own" else told}
    answer = site.client.get(BACK, params={k: v for k, v in params.items() if v}, follow_redirects=False)
    assert answer.status_code == status


@pytest.mark.parametrize("body", BODIES)
def test_an_answer_that_is_none_lets_nobody_in(site: Site, body: bytes) -> None:
    asked = site.begins()
    site.fake.body = body
    assert site.comes_back(asked["state"]).status_code == 403


@pytest.mark.parametrize(("status", "told"), [(400, 403), (401, 403), (302, 403), (307, 403), (500, 503), (503, 503)])
def test_a_provider_that_refuses_or_leads_away_lets_nobody_in(site: Site, status: int, told: int) -> None:
    asked = site.begins()
    site.fake.status = status
    assert site.comes_back(asked["state"]).status_code == told
    assert len(site.fake.asked) == 1, "the secret goes to no other address"


def test_a_sign_in_that_was_begun_elsewhere_or_long_ago_is_none(site: Site) -> None:
    asked = site.begins()
    assert site.comes_back("another state").status_code == 403
    assert site.client.get(BACK, params={"state": asked["state"]}).status_code == 403
    assert site.client.get(BACK, params={"state": asked["state"], "error": "access_denied"}).status_code == 403
    site.clock.move(minutes=11)
    assert site.comes_back(asked["state"]).status_code == 403
    site.client.cookies.clear()
    assert site.comes_back(asked["state"]).status_code == 403
    assert site.fake.asked == []


def test_a_sign_in_lets_in_once(site: Site) -> None:
    asked = site.begins()
    assert site.comes_back(asked["state"]).status_code == 303
    assert [name for name, value in site.client.cookies.items() if name.startswith(SIGNING) and value] == []
    assert site.comes_back(asked["state"]).status_code == 403


@pytest.mark.parametrize(
    "published",
    [{"issuer": "https://other.example.org"}, {"authorization_endpoint": "http://other.example.org/in"},
     {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": None},
     {"authorization_endpoint": "https://[::1"}, {"authorization_endpoint": "https://"}],
)  # fmt: skip
def test_a_provider_that_publishes_something_odd_is_not_gone_to(site: Site, published: dict[str, Any]) -> None:
    site.fake.published = published
    assert site.client.get(IN, follow_redirects=False).status_code == 403


def test_a_provider_that_is_not_there_is_said() -> None:
    with pytest.raises(Unreachable):
        Provider("http://127.0.0.1:9", CLIENT, SECRET, HOST).address(Begun.fresh())
    with pytest.raises(Refused):
        Provider("http://provider.example.org", CLIENT, SECRET, HOST).address(Begun.fresh())


def test_what_is_read_on_the_way_is_nobodys_endpoint_where_the_issuer_is_reached_by_tls() -> None:
    provider = Provider("https://in.example.org", CLIENT, SECRET, HOST)
    provider._known = {
        "token_endpoint": "http://127.0.0.1:1/token",
        "authorization_endpoint": "https://in.example.org/in",
    }
    assert provider.address(Begun.fresh()).startswith("https://in.example.org/in?")
    with pytest.raises(Refused, match="no https address"):
        provider.email("c0de", Begun.fresh(), FakeClock().now())


def test_a_provider_that_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    heard: list[bytes] = []
    with by_tls(tmp_path, heard) as address, pytest.raises(Unreachable, match="URLError"):
        Provider(address, CLIENT, SECRET, HOST).address(Begun.fresh())
    assert heard == []


# ── the way back ────────────────────────────────────────────────────────────────────────────────────────────────────

PAGE = {"accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize("place", ["/tapaus/1", "/luvut?as=it-manager", "/ohje/tuusula?kohta=1", "/%C3%A4"])
def test_who_opens_a_page_comes_back_to_it_from_the_sign_in(site: Site, place: str) -> None:
    sent = site.client.get(place, headers=PAGE, follow_redirects=False)
    assert sent.status_code == 303
    path, _, wish = sent.headers["location"].partition("?")
    assert (path, site.client.post(place, headers=PAGE).status_code) == (IN, 401)
    asked = site.begins(wish)
    assert site.comes_back(asked["state"]).headers["location"] == place


@pytest.mark.parametrize("place", [
    "https://pahis.example", "//pahis.example", "/\\pahis.example", "\\/pahis.example", "/%0d%0aX: y\r\n", "",
    "/\t/pahis.example", "javascript:alert(1)", "/a\nb", "/@pahis.example", "/kirjaudu/ulos", "/kirjaudu?minne=/",
    "/" + "a" * 5000, "/\u2028", "a",
])  # fmt: skip
def test_the_sign_in_leads_to_no_other_site_and_not_to_itself(site: Site, place: str) -> None:
    asked = site.begins(urlencode({"minne": place}))
    assert site.comes_back(asked["state"]).headers["location"] == "/"


@given(st.text(max_size=40))
def test_what_is_a_page_of_ours_has_no_host(place: str) -> None:
    assert not _is_ours(place) or (urlsplit(place).scheme, urlsplit(place).netloc, urljoin(HOST, place)[: len(HOST)]) == (
        "", "", HOST,
    )  # fmt: skip


def test_several_windows_sign_in_at_the_same_time_and_old_attempts_are_cleared_away(site: Site) -> None:
    first, second = site.begins()["state"], site.begins()["state"]
    for _ in range(9):
        last = site.begins()
    begun = [name for name in site.client.cookies if name.startswith(SIGNING)]
    assert len(begun) <= MOST_BEGUN
    assert site.comes_back(last["state"]).status_code == 303
    assert [site.comes_back(state).status_code for state in (first, second)] == [403, 403]


def test_a_window_that_began_earlier_is_not_put_out_by_a_later_one(site: Site) -> None:
    earlier = site.begins()
    kept, challenge = dict(site.fake.claims), site.fake.challenge
    site.begins()
    site.fake.claims, site.fake.challenge = kept, challenge
    assert site.comes_back(earlier["state"]).status_code == 303


@pytest.mark.parametrize("name", [f"{SIGNING}-x", f"{SIGNING}-(,;", f"{SIGNING}-0123456g", f"{SIGNING}-00000000"])
def test_cookies_that_look_like_a_sign_ins_hinder_none(site: Site, name: str) -> None:
    assert site.client.get(IN, headers={"cookie": f"{name}=1"}, follow_redirects=False).status_code == 303


# ── the end of a session ────────────────────────────────────────────────────────────────────────────────────────────


def test_where_the_store_is_away_who_signed_in_reads_a_sentence_with_an_id_and_the_pages_own_files_are_given(
    site: Site,
) -> None:
    site.signs_in()
    away = TestClient(
        site.client.app, base_url=HOST, cookies=dict(site.client.cookies), raise_server_exceptions=False
    )  # fmt: skip
    site.store.close()
    answer = away.get("/", headers={"accept": "text/html"})
    assert answer.status_code == 500
    assert re.search(r"Jokin meni vikaan.*tunnus [0-9a-f]{8}", answer.text)
    assert away.get("/static/page.css").status_code == 200


def test_signing_out_ends_every_session_that_was_begun_before_it_and_none_of_anybody_else(site: Site) -> None:
    site.signs_in(MANAGER)
    others = site.client.cookies[SESSION]
    site.client.cookies.clear()
    site.signs_in()
    stolen = site.client.cookies[SESSION]
    site.clock.move(seconds=1)
    assert site.client.post(OUT).status_code == 200
    assert site.client.get("/tilit", headers={"cookie": f"{SESSION}={stolen}"}).status_code == 401
    assert site.client.get("/tilit", headers={"cookie": f"{SESSION}={others}"}).status_code == 200
    site.clock.move(seconds=1)
    site.signs_in()
    assert site.client.get("/tilit").status_code == 200


@pytest.mark.parametrize(
    ("where", "status"), [("cross-site", 403), ("same-site", 403), ("none", 403), ("same-origin", 200)]
)
def test_a_neighbours_site_signs_nobody_out(site: Site, where: str, status: int) -> None:
    site.signs_in()
    assert site.client.post(OUT, headers={"sec-fetch-site": where}).status_code == status


def test_every_answer_says_that_this_host_is_reached_by_tls_alone(site: Site) -> None:
    site.signs_in()
    for path in ("/", IN, "/tilit", "/nothing", "/static/page.css"):
        answer = site.client.get(path, follow_redirects=False)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_who_is_turned_away_reads_it_in_their_language_on_a_page_that_runs_nothing_of_others(site: Site) -> None:
    for language, words in (
        ("fi", "henkilöluettelosta"),
        ("sv-FI", "personförteckning"),
        ("en", "directory"),
        ("x", "henkilö"),
    ):
        asked = site.begins()
        site.fake.claims["email"] = "nobody@example.org"
        told = site.client.get(
            BACK, params={"state": asked["state"], "code": "c0de"}, headers={"accept-language": language}
        )
        assert words in told.text
        assert "nobody@example.org" not in told.text
        assert "unsafe-inline" not in told.headers["content-security-policy"]
        assert "<style" not in told.text


def test_a_provider_that_is_slow_holds_up_nobody_who_is_signed_in(site: Site) -> None:
    assert site.client.portal
    threads = site.client.portal.call(current_default_thread_limiter)
    threads.total_tokens = AT_ONCE + 2
    site.signs_in()
    state = site.begins()["state"]
    with ThreadPoolExecutor(20) as crowd, site.fake.held():
        slow = [crowd.submit(site.comes_back, state) for _ in range(20)]
        assert all(site.fake.arrived.acquire(timeout=9) for _ in range(AT_ONCE))
        assert site.client.get("/tilit").status_code == 200
        assert not any(one.done() for one in slow)


# ── what nobody else can make ───────────────────────────────────────────────────────────────────────────────────────


@given(st.text() | st.binary().map(lambda b: b.decode("latin-1")))
def test_a_cookie_of_somebody_elses_making_is_none(value: str) -> None:
    assert Seal(SECRET, "session").opened(value, 0) == {}


def test_a_cookie_is_for_its_purpose_its_secret_and_its_time_alone() -> None:
    made = Seal(SECRET, "session").sealed({"person": "employee", "until": 10})
    assert Seal(SECRET, "session").opened(made, 9)["person"] == "employee"
    assert Seal(SECRET, "session").opened(made, 10) == {}
    assert Seal(SECRET, "signing").opened(made, 9) == {}
    assert Seal("another secret", "session").opened(made, 9) == {}
    body, _, sign = made.partition(".")
    forged = base64.urlsafe_b64encode(json.dumps({"person": "it-manager", "until": 10}).encode()).decode()
    assert Seal(SECRET, "session").opened(f"{forged}.{sign}", 9) == {}
    assert Seal(SECRET, "session").opened(f"{body}.{sign[:-1]}", 9) == {}


@given(st.text())
def test_any_token_is_read_or_refused(token: str) -> None:
    with suppress(Refused):
        _claims(token)


def test_any_cookie_header_is_answered(site: Site) -> None:
    for header in ("x", f"{SESSION}=", f"{SESSION}=a.b; {SESSION}=c", ";" * 500, f'{SESSION}="', f"{SESSION}=å.ä"):
        answer = site.client.get("/tilit", headers={"cookie": header.encode("utf-8")})
        assert answer.status_code == 401


# ── at the start ────────────────────────────────────────────────────────────────────────────────────────────────────

WHOLE = {"web_host": "0.0.0.0", "web_address": HOST, "oidc_issuer": "https://in.example.org", "oidc_client_id": CLIENT,
         "oidc_client_secret": SECRET}  # fmt: skip


def test_the_page_is_on_loopback_and_without_sign_in_by_itself() -> None:
    assert Settings().web_host == "127.0.0.1"
    assert missing(Settings()) == []
    assert not signs_in(Settings())


@pytest.mark.parametrize("name", ["web_address", "oidc_issuer", "oidc_client_id", "oidc_client_secret"])
def test_outside_of_this_machine_each_part_of_the_sign_in_is_demanded(name: str) -> None:
    assert missing(Settings(**WHOLE)) == []  # type: ignore[arg-type]  # as a file of settings gives them
    assert signs_in(Settings(**WHOLE))  # type: ignore[arg-type]
    without = Settings(**{**WHOLE, name: ""})  # type: ignore[arg-type]
    assert [f"SOMEOPAS_{name.upper()}" in p for p in missing(without)] == [True]
    assert not signs_in(without)


@pytest.mark.parametrize("changes", [{"oidc_issuer": "http://in.example.org"}, {"web_address": "http://someopas.example.org"},
                                     {"oidc_client_secret": "short"}])  # fmt: skip
def test_what_would_be_read_on_the_way_or_guessed_is_refused(changes: dict[str, str]) -> None:
    assert len(missing(Settings(**{**WHOLE, **changes}))) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(("address", "safe"), [
    ("https://a.example", True), ("http://a.example", False), ("http://127.0.0.1:1/x", True), ("http://localhost", True),
    ("http://127.0.0.1.example.org", False), ("http://127.0.0.1@example.org", False),
    ("https://[::1", False), ("https://", False),
    ("file:///etc/passwd", False), ("", False), ("ftp://localhost", False),
])  # fmt: skip
def test_only_tls_and_loopback_are_safe(address: str, safe: bool) -> None:
    assert is_safe(address) is safe
