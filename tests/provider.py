"""A stand-in for the municipality's sign-in: an OpenID provider on loopback that people click their way through.

It keeps the rules of the code flow as a strict provider does (OpenID Connect Core 1.0, 3.1.2 and 3.1.3; RFC 7636): the
address to come back to, the client's secret and the verifier must be right, and a code is good once. What it was asked
wrongly is in `faults`, so that a test can say that nothing was.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

CLIENT, SECRET = "someopas", "a-secret-of-the-provider"


@dataclass
class StandIn:
    """Its accounts by name, each with the e-mail address that it verified; `now` gives the seconds since 1970."""

    back: str
    accounts: dict[str, str]
    now: Callable[[], float]
    address: str = ""
    faults: list[str] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    """What is put in the place of a parameter with which people are sent back: a forged `state`, say."""
    claims: dict[str, Any] = field(default_factory=dict)
    """What is put in the place of a claim: another `nonce`, say."""
    _codes: dict[str, tuple[dict[str, str], str]] = field(default_factory=dict)

    def published(self) -> dict[str, Any]:
        """Its discovery document."""
        return {
            "issuer": self.address, "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token", "authorization_response_iss_parameter_supported": True,
        }  # fmt: skip

    def page(self, asked: dict[str, str]) -> str:
        """Its page: a button for each account, and one for who would rather not."""
        wanted = {"response_type": "code", "client_id": CLIENT, "redirect_uri": self.back,
                  "code_challenge_method": "S256"}  # fmt: skip
        self.faults += [f"{name}: {asked.get(name)}" for name, value in wanted.items() if asked.get(name) != value]
        self.faults += [f"no {name}" for name in ("state", "nonce", "code_challenge") if len(asked.get(name, "")) < 43]
        self.prompts.append(asked.get("prompt", ""))
        buttons = [f'<p><a href="/chosen?{escape(urlencode({**asked, "who": who}))}">{escape(who)}</a></p>'
                   for who in (*self.accounts, "Peruuta")]  # fmt: skip
        return f'<!doctype html><meta charset="utf-8"><title>Kunnan kirjautuminen</title>{"".join(buttons)}'

    def back_with(self, asked: dict[str, str]) -> str:
        """Where the browser of who chose an account is sent."""
        told = {"state": asked["state"], "iss": self.address}
        if asked["who"] in self.accounts:
            told["code"] = secrets.token_urlsafe(16)
            self._codes[told["code"]] = (asked, self.accounts[asked["who"]])
        else:
            told["error"] = "access_denied"
        return f"{self.back}?{urlencode(told | self.answers)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """What a code is worth: the status and the body."""
        asked, email = self._codes.pop(form.get("code", ""), ({}, ""))
        key = base64.b64encode(f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}".encode()).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        right = {
            "code": bool(asked), "client": authorization == f"Basic {key}",
            "redirect_uri": form.get("redirect_uri") == self.back,
            "grant_type": form.get("grant_type") == "authorization_code",
            "verifier": base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked.get("code_challenge"),
        }  # fmt: skip
        if wrong := [name for name, good in right.items() if not good]:
            self.faults.append(f"token: {', '.join(wrong)}")
            return 400, {"error": "invalid_grant"}
        now = int(self.now())
        claims = {"iss": self.address, "aud": CLIENT, "sub": email, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
                  "email": email, "email_verified": True, **self.claims}  # fmt: skip
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
        return 200, {"id_token": f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln", "access_token": "none", "token_type": "Bearer"}


@contextmanager
def standing_in(made: StandIn) -> Iterator[StandIn]:
    """The provider, served on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {k: v[0] for k, v in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self._give(200, "application/json", json.dumps(made.published()))
            elif parts.path == "/authorize":
                self._give(200, "text/html", made.page(asked))
            elif parts.path == "/chosen":
                self._give(303, "text/plain", "", made.back_with(asked))
            else:
                self._give(404, "text/plain", "")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {k: v[0] for k, v in parse_qs(body).items()}
            status, answer = made.token(form, self.headers.get("Authorization", ""))
            self._give(status, "application/json", json.dumps(answer))

        def _give(self, status: int, kind: str, body: str, location: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with served(Handler) as made.address:
        yield made


@contextmanager
def served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address at which requests are handled so, on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
